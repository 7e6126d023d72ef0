"""Clarifications of protocol v1 of November 2021, each against the problem that it answers; none was merged.

Their ids carry the number of the problem.
"""

from typing import Annotated, Self

from spec.lang import *
from spec.uapi.history.migration_v1 import (
    Access,
    IrqsAtAnyTime,
    NoListOfAccesses,
    StoppedButProgrammed,
    VectorsMove,
)
from spec.uapi.migration_v1_state import RESUMING, Device, saving
from spec.uapi.migration_v1_wishes import PeersWish


@proposal("V01-ideal", status="never merged; v2 says what STOP is", breaks=("no_p2p_write_is_lost",),
          cites="documentation drafts of 2021-11: the ideal stopped device")
class IdealStoppedDevice(PeersWish):
    """A stopped device discards writes and reads as all ones; misuse stays with the user that misused it.

    The verdict: what V01 leaves open is settled. A write that is discarded is still lost to its writer (V02), so a
    definition of one state cannot replace a second one.
    """

    spoiled: Ghost[Map[Device, bool]] = everywhere(False)  # the stream of a device that was misused
    touched: Ghost[Map[Device, bool]] = everywhere(False)  # a user wrote to it while it was stopped
    configurations = {
        "world": configuration("A guest, memory and interrupts.", Device=1, region=False, host=True),
        "region": configuration("A stream is saved and put back.", Device=1),
        "guests": configuration("A guest writes to stopped devices.", Device=2, region=False, host=True),
        "peers": configuration("Two devices.", Device=2, region=False, peers=True),
    }

    def mmio(self, d: Device, *, spoils: bool) -> Outcome:
        """Discarded by the ideal device; a real one may spoil its own stream and nothing else."""
        if self.stopped(d):
            self.touched[d] = True
            if spoils:
                self.spoiled[d] = True
            return DONE
        return super().mmio(d)

    def fresh(self, d: Device) -> None:
        """What was spoiled is gone."""
        self.spoiled[d] = False
        self.touched[d] = False

    @invariant
    @when("host")
    def misuse_stays_with_the_device_that_was_misused(self) -> bool:
        """Isolation holds whatever a user does."""
        return all(self.touched[d] for d in Device if self.spoiled[d])


@proposal("V04-list", status="what v2 says: config space and MSI-X must work in STOP",
          breaks=("nothing_touches_a_stopped_device",), cites="documentation drafts of 2021-11")
class ExternalStateIsExempt(StoppedButProgrammed):
    """The rule is kept with one exemption: what the kernel does for SET_IRQS.

    The verdict VIOLATED is the word "nothing", which nobody could mean; the interrupts can be programmed.
    """

    static: Constant[bool] = False


@proposal("V06-order", status="a recommended order, enforced by nobody", breaks=(),
          cites="thread of 2021-10 and 2021-11: between RESUMING and RUNNING")
class IrqsBetweenResumingAndRunning(IrqsAtAnyTime):
    """SET_IRQS is refused while a device saves or resumes, and what was programmed before a resume does not count."""

    def set_irqs(self, d: Device) -> Outcome:
        """Not while state moves."""
        if (saving(self.device_state[d]) and self.stopped(d)) or self.device_state[d] == RESUMING:
            return refuse(EBUSY, "state-is-moving", sure="deduced", cites="the order that was preferred")
        return super().set_irqs(d)

    def enter(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> None:
        """The user has to program again."""
        if value == RESUMING:
            self.asked[d] = False
        super().enter(d, value)


@proposal("V07-external", status="the reading of v2: vectors and config space are the user's", breaks=(),
          cites="documentation drafts of 2021-11: externally controlled state")
class ExternallyControlledState(VectorsMove):
    """A resume leaves alone what is controlled from outside: MSI-X, MSI, INTx, most of config space, power states."""

    def load_table(self, d: Device) -> None:
        """Not the device's to load."""


@proposal("V09-generic", status="what v2 says", breaks=(), cites="thread of 2021-10 and 2021-11; documentation of v2")
class ConfigAndInterruptsAlwaysWork(NoListOfAccesses):
    """One list for all: config space and MSI-X work in every state, and everything else is forbidden to the user."""

    tolerates: Constant[Map[Access, bool]] = listed(True, True, False)


@proposal("MP09", status="rejected for one list for all", breaks=("what_a_resume_needs_is_allowed",),
          cites="Williamson, thread of 2021-10 and 2021-11: flags of regions")
class FlagsSayWhatIsAccessible(NoListOfAccesses):
    """Every region carries a flag that says whether it may be used while the device is stopped.

    The verdict: a user that looks at the flags is never surprised. VIOLATED stays what V09 asks for: nothing makes a
    driver flag what a resume cannot do without, and if something did the flags would say nothing new.
    """

    flagged: Constant[Map[Access, bool]] = every()

    @assume
    def flags_are_true(self) -> bool:
        """They say what the device stands."""
        return all(self.flagged[a] == self.tolerates[a] for a in Access)

    @action_property("access")
    def what_is_flagged_works(self, old: Self, outcome: Outcome, what: Access) -> bool:
        """In every state."""
        return implies(self.flagged[what], outcome.done)


@proposal("V10-control", status="warned of: the kernel may not do this",
          breaks=("a_stream_goes_where_the_kernel_wants_it",),
          cites="documentation drafts of 2021-11: migration control registers in the guest's IOMMU group")
class ControlRegistersBesideTheGuests(PeersWish):
    """The device writes its state to an address in a register that a guest can reach through another device.

    The registers belong to the kernel, but they lie in the same IOMMU group as those that the guest owns, and devices
    of a group reach one another without the IOMMU.
    """

    aimed: Map[Device, bool] = everywhere(False)    # the register holds the address that the kernel wrote
    strayed: bool = False
    configurations = {"peers": configuration("Two devices of a group.", Device=2, region=False, peers=True)}

    def enter(self, d: Device, value: Annotated[int, Bounds(0, 7)]) -> None:
        """The kernel tells the device where its state is to go."""
        if saving(value):
            self.aimed[d] = True
        super().enter(d, value)

    def p2p(self, a: Device, b: Device) -> None:
        """A guest chooses where its devices write."""
        super().p2p(a, b)
        self.aimed[b] = False

    @hardware(cites="the DMA of migration data", sure="deduced")
    def write_state_out(self, d: Device) -> None:
        """To whatever address stands there."""
        require(saving(self.device_state[d]))
        if not self.aimed[d]:
            self.strayed = True

    @invariant
    def a_stream_goes_where_the_kernel_wants_it(self) -> bool:
        """Else a guest writes to memory that is not its own."""
        return not self.strayed

    no_p2p_write_is_lost = None     # not asked here


@proposal("V10-copied", status="what hisi_acc does", breaks=(),
          cites="drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c: no DMA to memory for migration data")
class KernelCopiesTheStream(ControlRegistersBesideTheGuests):
    """The kernel reads the state out of the device with the CPU, so that the register has nothing to point at."""

    def write_state_out(self, d: Device) -> None:
        """Into a page of the kernel, by the kernel."""
        require(saving(self.device_state[d]))
