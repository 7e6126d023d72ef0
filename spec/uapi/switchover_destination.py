"""The destination of a switchover: devices take over what others were, and begin to write to each other again.

Start with `switchover_state.py` for the words; `switchover.py` is the source.
"""

from typing import Self

from spec.lang import *
from spec.uapi.migration_arcs import State
from spec.uapi.switchover_lemmas_destination import DestinationLemmas
from spec.uapi.switchover_state import Device, Page
from spec.uapi.switchover_vmm_destination import Phase, Stream


class SwitchoverDestination(DestinationLemmas):
    """The destination of a migration of several devices."""

    progress: Switch[bool] = False       # ask whether what was begun ends

    configurations = {
        "core": configuration("Two devices with every capability. No faults.", Device=2),
        "faults": configuration("Any arc may fail, any stream end early.", Device=2, faults=True, cut_streams=True),
        "without-p2p": configuration("One device.", Device=1, p2p=False, pre_copy=every(), faults=True),
        "interrupts": configuration("An interrupt a device, due or not when it was saved.", Device=2, interrupts=True,
                                    due=every()),
        "resets": configuration("The guest resets devices as soon as it runs.", Device=2, resets=True),
        "three": configuration("Three devices, of which symmetry searches one order of six.", Device=3, faults=True),
        "progress": configuration("Whether each pass ends though arcs fail.", Device=2, faults=True, progress=True),
    }

    @invariant
    def the_guest_runs_with_all_that_its_devices_were(self) -> bool:
        """I4, on this side: no vCPU runs beside a device that lost its state."""
        return implies(self.phase is Phase.RUNS, all(self.loaded[d] for d in Device))

    @invariant
    def the_guest_runs_with_all_of_its_memory(self) -> bool:
        """I6, on this side."""
        return implies(self.phase is Phase.RUNS, all(p in self.arrived for p in Page))

    @invariant
    def what_a_device_has_written_stays(self) -> bool:
        """I6, on this side: memory from the source is there before a device may write to it, unless this side fails."""
        return not self.clobbered or self.failed or self.broken

    @action_property("set_state")
    def only_a_whole_stream_is_loaded(self, old: Self, d: Device) -> bool:
        """I10."""
        return implies(old.state[d] is State.RESUMING and self.state[d] is State.STOP,
                       old.stream[d] is Stream.WHOLE)

    @final
    def the_guest_has_a_place(self) -> bool:
        """Here, or at the source."""
        return self.phase is Phase.RUNS or self.phase is Phase.GONE

    @goal
    def the_guest_runs_here(self) -> bool:
        """A migration may succeed."""
        return self.phase is Phase.RUNS

    @leads_to
    @when("progress")
    def the_guest_runs_somewhere(self) -> Promise:
        """L3: here, or after this side gave up at the source."""
        return leads_to(True, self.phase is Phase.RUNS or self.phase is Phase.GONE)
