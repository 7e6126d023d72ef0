"""What users wanted of protocol v1 for devices that talk to each other; it promises nothing of the kind."""

from typing import Self

from spec.lang import *
from spec.uapi.migration_v1 import MigrationV1
from spec.uapi.migration_v1_state import ERROR, Device, Reading, running


@abstract
class PeersWish(MigrationV1):
    """A write of one device into another has its effect, or the writer could have been kept from it."""

    def can_be_silenced(self, d: Device) -> bool:
        """True if the user has a way to keep a running device from writing."""
        return False

    @action_property("p2p")
    @when("peers")
    def no_p2p_write_is_lost(self, old: Self, a: Device, b: Device) -> bool:
        """I5, where the user has done what it can."""
        return running(old.device_state[b]) or self.reading is Reading.QUIESCENT or self.can_be_silenced(a)


@abstract
class WithNdma(PeersWish):
    """A fourth bit keeps a running device from starting DMA; it is flipped alone, and not every device can have it."""

    can_quiesce: Constant[Map[Device, bool]] = everywhere(True)   # the device can be alive and start nothing
    quiet: Map[Device, bool] = everywhere(False)

    def can_be_silenced(self, d: Device) -> bool:
        """By the bit."""
        return self.can_quiesce[d]

    def starts_dma(self, d: Device) -> bool:
        """The bit is in force while the device runs."""
        return self.may_act(d) and not self.quiet[d]

    @ioctl(cites="drafts of November and December 2021, NDMA", sure="read")
    def write_ndma(self, d: Device, on: bool) -> Outcome:
        """Flip the bit; what was started is over when the call returns."""
        if self.device_state[d] == ERROR:
            return refuse(EIO, "ndma-in-error", sure="guessed", cites="as for the other bits")
        if on and not self.can_quiesce[d]:
            return refuse(EINVAL, "cannot-quiesce", sure="deduced", cites="hns: cannot be operating and silent at once")
        self.quiet[d] = on
        return DONE

    def fresh(self, d: Device) -> None:
        """A reset clears the bit."""
        self.quiet[d] = False

    @action_property("p2p")
    @when("peers")
    def a_silent_device_writes_to_no_peer(self, old: Self, a: Device) -> bool:
        """I1."""
        return not old.quiet[a]
