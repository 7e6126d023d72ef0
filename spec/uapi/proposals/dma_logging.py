"""What was proposed for dirty logs whose hardware lacks something."""

from spec.lang import *
from spec.uapi.dma_logging_tracker import GuestPage
from spec.uapi.history.dma_logging import ReadAndClearIsTwoSteps


@proposal("I6-quiescent", status="named as the slower way", breaks=(),
          cites="documentation drafts of 2021-11: a quiescent state can emulate atomic read and clear")
class DeviceIsSilentDuringReports(ReadAndClearIsTwoSteps):
    """A tracker that cannot read and clear at once is given a device that does not write meanwhile."""

    @hardware(cites="a write of the device to memory", sure="deduced")
    def dma(self, p: GuestPage) -> None:
        """Not during a report."""
        require(not self.reporting)
        super().dma(p)
