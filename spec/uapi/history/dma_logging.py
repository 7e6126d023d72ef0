"""Ways to lose a dirty page: two bugs of the kernel, and the mistakes that a driver or a user can make with a log."""

from spec.lang import *
from spec.uapi.dma_logging import DmaLogging
from spec.uapi.dma_logging_state import Page, PageSize, Span, covers
from spec.uapi.dma_logging_tracker import CachingTracker, GuestPage


@history("M18", breaks=("every_write_is_known_or_still_logged", "a_report_names_every_page_written_before_it",
                        "a_report_speaks_of_pages_of_its_own_size", "the_last_pass_sends_every_write"),
         cites="2780025e01e2 'iommufd/iova_bitmap: Handle recording beyond the mapped pages', 2024-02-02")
class RecordingStopsAtThePinnedPages(DmaLogging):
    """A large page reaches beyond the part of the user's bitmap that is pinned, and only the bits inside were set.

    The bit in the hardware was one bit, and was cleared. Here one page of the bitmap is pinned at a time.
    """

    configurations = {
        "traffic": configuration("A device that writes, and a user that sends.", traffic=True),
    }

    def read_and_clear(self, window: Span, size: PageSize, *, tracker_fails: bool) -> Outcome:
        """The second half of a large page is not looked at any more."""
        if self.log_size is PageSize.LARGE and self.logged[Page.LOW] and covers(window, Page.LOW):
            self.record(Page.LOW, window, size)
            self.clear(window)
        return super().read_and_clear(window, size, tracker_fails=tracker_fails)


@history("M19", breaks=("refused_calls_change_nothing", "memory_for_the_log_lives_as_long_as_the_log"),
         cites="'vfio/type1: Fix error unwind in migration dirty bitmap allocation', 6.16")
class UnwindFreesTheWrongBitmap(DmaLogging):
    """Memory for the second range is not to be had, and the way back does not give back that of the first.

    The bug was in the dirty tracking of the type 1 container, which allocates a bitmap for every mapping; START is
    modelled with the same loop.
    """

    configurations = {"rules": configuration("A driver that keeps the rules.", mistakes=True)}

    def unwind(self) -> None:
        """The loop looked at the failed range every time."""


@candidate("I6-unmade", breaks=("a_start_that_fails_leaves_no_log", "refused_calls_change_nothing"),
           cites="vfio_ioctl_device_feature_logging_start(): log_stop() after a failed copy_to_user()")
class AnswerFaultsAndLogStays(DmaLogging):
    """START cannot deliver its answer and leaves the log on: the user, told of an error, cannot start again."""

    configurations = {"rules": configuration("A driver that keeps the rules.", mistakes=True)}

    def copy_out(self, *, answer_faults: bool) -> Outcome:
        """Without the stop."""
        if answer_faults:
            self.distrust()
            return refuse(EFAULT, "answer-faults", sure="read", cites="vfio_ioctl_device_feature_logging_start()")
        return DONE


@candidate("I6-error", breaks=("every_write_is_known_or_still_logged", "a_report_names_every_page_written_before_it",
                               "the_last_pass_sends_every_write"),
           cites="include/uapi/linux/vfio.h: any error means that the log is corrupt")
class ErrorsAreIgnored(DmaLogging):
    """A report fails after it had cleared a part of the log, and the user goes on as if nothing had been read."""

    configurations = {
        "traffic": configuration("A device that writes, and a user that sends.", traffic=True),
    }

    def distrust(self) -> None:
        """The user asks again, and gets an answer."""


@candidate("I6-stop", breaks=("the_last_pass_sends_every_write",),
           cites="include/uapi/linux/vfio.h: VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP")
class StopBeforeTheFinalReport(DmaLogging):
    """The user stops the log and then believes that it has seen all of it."""

    configurations = {
        "traffic": configuration("A device that writes, and a user that sends.", traffic=True),
    }

    def ready(self) -> bool:
        """A log that was stopped."""
        return self.trusted and not self.on and any(self.asked[p] for p in Page)


@candidate("I6-early", breaks=("the_last_pass_sends_every_write",),
           cites="include/uapi/linux/vfio.h: RUNNING_P2P forbids peer-to-peer DMA only")
class FinalReportBeforeTheStop(DmaLogging):
    """The last report comes while the device may still write memory."""

    configurations = {
        "traffic": configuration("A device that writes, and a user that sends.", traffic=True),
    }

    def may_be_last(self) -> bool:
        """Whenever the user likes."""
        return True


@candidate("I6-flush", breaks=("every_write_is_known_or_still_logged", "a_sent_page_is_not_believed_to_be_logged"),
           cites="the tracker of a device with a cache: clear, flush, return")
class ReportReturnsBeforeTheFlush(CachingTracker):
    """The user sends a page while the tracker still believes that its next write need not be logged."""

    def report(self) -> Process:
        """Clear, return, flush."""
        self.reporting = True
        self.read_and_clear()
        self.reporting = False
        yield "cleared and returned"
        self.flush()
        return DONE

    a_page_is_written_between_clear_and_flush = None


@candidate("I6-order", breaks=("every_write_is_known_or_still_logged", "a_sent_page_is_not_believed_to_be_logged"),
           cites="the tracker of a device with a cache: clear, flush, return")
class FlushBeforeTheClear(CachingTracker):
    """What is written between the flush and the clear is believed to be in the log for ever."""

    def report(self) -> Process:
        """Flush, clear, return."""
        self.reporting = True
        self.flush()
        yield "flushed"
        self.read_and_clear()
        yield "cleared"
        self.reporting = False
        return DONE

    a_page_is_written_between_clear_and_flush = None


@candidate("I6-atomic", breaks=("every_write_is_known_or_still_logged",),
           cites="documentation drafts of 2021-11: atomic read and clear is a property of the hardware")
class ReadAndClearIsTwoSteps(CachingTracker):
    """What is logged between the read and the clear is in no report."""

    def report(self) -> Process:
        """Read, clear, flush, return."""
        self.reporting = True
        for p in GuestPage:
            if self.logged[p]:
                self.bitmap[p] = True
        yield "read"
        self.logged = everywhere(False)
        yield "cleared"
        self.flush()
        yield "flushed"
        self.reporting = False
        return DONE


