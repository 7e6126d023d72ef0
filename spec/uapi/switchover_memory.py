"""Guest memory on the source: what was sent, what the dirty log knows, what the VMM still has to send."""

from spec.lang import *
from spec.uapi.switchover_promises import DevicePromises
from spec.uapi.switchover_state import Copy, Device, Page


@abstract
class Memory(DevicePromises):
    """The log of each device, as DMA logging keeps it. What vCPUs write is logged by KVM, and left out."""

    report_errors: Switch[bool] = False      # logging may not begin; a report may fail, and the log is then gone
    heeds_report_errors: Switch[bool] = True

    copy: Ghost[Map[Page, Copy]] = everywhere(Copy.STALE)
    todo: Set[Page] = set()                              # what the VMM knows that it has to send
    logging: bool = False                                # every device logs what it writes
    log: Map[Device, Set[Page]] = everywhere(set())
    final: bool = False                                  # the last report was taken

    def page_written(self, d: Device, p: Page) -> None:
        """Memory changes, and the log of the device says so."""
        if self.migrating():
            self.copy[p] = Copy.STALE
        if self.logging:
            self.log[d] = self.log[d] | {p}

    def migrating(self) -> bool:
        """True if somebody cares for the copy."""
        return False

    def begin_memory(self) -> None:
        """DMA_LOGGING_START on every device; all of memory is still to be sent."""
        self.logging = True
        self.todo = {p for p in Page}

    def end_memory(self) -> None:
        """DMA_LOGGING_STOP, and nothing of the migration is left."""
        self.stop_logging()
        self.todo = set()
        self.copy = everywhere(Copy.STALE)
        self.final = False

    def stop_logging(self) -> None:
        """What no report has fetched is gone."""
        self.logging = False
        self.log = everywhere(set())

    def reported(self, error: bool) -> bool:
        """DMA_LOGGING_REPORT on every device: fetch the logs and clear them. False if the VMM has to give up."""
        if self.report_errors and error:
            self.log = everywhere(set())
            return not self.heeds_report_errors
        self.todo = self.todo | {p for p in Page if any(p in self.log[d] for d in Device)}
        self.log = everywhere(set())
        return True
