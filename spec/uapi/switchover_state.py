"""The words and the state of a switchover: devices that write to each other, guest memory, a VMM that moves both.

What a value is does not matter here, only whether two places agree on it. Of a page that is whether the copy that was
sent is still current; of a device, whether its stream still says what the device is. A version number would say no
more: every promise is about equality with the source at one moment, and a value that was overwritten never comes back.
"""

from enum import Enum, auto

from spec.lang import *
from spec.uapi.migration_arcs import State


class Device(Sort, size=2):
    "A device that one VM owns. All are alike: whatever order the VMM walks them in is one of those searched."


class Page(Sort, size=1):
    "A page of guest memory; no step concerns two of them."


class Arc(Enum):
    "How an arc ends: done, failed with the state kept, or failed into ERROR."
    OK = auto()
    KEEP = auto()
    ERROR = auto()


class Fd(Enum):
    "What the VMM holds of a device's session: nothing, the data fd, or one whose session has ended."
    NONE = auto()
    LIVE = auto()
    DEAD = auto()


class Copy(Enum):
    "The page that was sent last, beside the page itself; STALE also if none was sent."
    STALE = auto()
    CURRENT = auto()


@abstract
class SwitchoverState(Spec):
    """What devices are and what flows between them; the same on the source and on the destination.

    Nothing here is code of the kernel but what happens inside `set_state` and `reset`. Steps of the VMM are partial
    (`kernel` is the word for that): a VMM is a program and makes its calls in its order.
    """

    p2p: Constant[bool] = True           # every device has the states that are silent towards peers
    pre_copy: Constant[bool] = True      # every device can be read while it runs

    faults: Switch[bool] = False         # any arc of any device may fail
    resets: Switch[bool] = False         # the guest resets devices
    interrupts: Switch[bool] = False     # one interrupt a device, and its vector
    tells_apart: Switch[bool] = True     # a silent device tells DMA to memory from DMA to peers, and goes on with it
    error_is_silent: Switch[bool] = False  # a device in ERROR does nothing; the uAPI promises no such thing

    # --- devices ---
    state: Map[Device, State] = everywhere(State.RUNNING)
    outstanding: Map[Device, Set[Device]] = everywhere(set())   # to whom a write of the device is on its way
    awake: Map[Device, bool] = everywhere(True)          # the driver in the guest has given the device work
    disturbed: Map[Device, bool] = everywhere(False)     # was touched while silent, which may end the silence

    # --- what the VMM knows ---
    fd: Map[Device, Fd] = everywhere(Fd.NONE)
    calling: Device | None = None                        # whose SET is under way; one thread makes them all
    broken: bool = False                                 # that SET has failed, and its device is to be recovered
    passed: Map[Device, bool] = everywhere(False)        # the pass under way has dealt with the device
    failed: bool = False                                 # something went wrong, and the migration shall end

    lost: Ghost[bool] = False                            # a write arrived where nobody listened

    # --- questions that the two sides answer differently ---

    def vcpus_run(self) -> bool:
        """True if the guest executes instructions here."""
        return False

    def changed(self, d: Device) -> None:
        """The internal state of a device is no longer what it was."""

    def page_written(self, d: Device, p: Page) -> None:
        """A device wrote a page."""
