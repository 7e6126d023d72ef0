"""The three calls of DMA logging with their checks in order, the tracker, and the user that sends memory."""

from spec.lang import *
from spec.uapi.dma_logging_state import (
    LogState,
    Number,
    Page,
    PageSize,
    Slot,
    Span,
    aligned,
    covers,
    overlap,
    shares_a_bit,
)


@abstract
class LogCalls(LogState):
    """The checks of the argument size and of the flags come before all this, and are those of every device feature."""

    # --- start ---

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_logging_start()", sure="read")
    @when("mistakes")
    def start(self, number: Number, first_range: Span, second_range: Span, size: PageSize) -> Outcome:
        """Log the writes to these ranges; the answer is the page size that the tracker took."""
        return self.start_feature(number, first_range, second_range, size)

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_logging_start()", sure="read")
    @unless("mistakes")
    def start_range(self, s: Span) -> Outcome:
        """The same with one range, so that a search can look at what comes after."""
        return self.start_feature(Number.ONE, s, s, PageSize.SMALL)

    def start_feature(self, number: Number, first_range: Span, second_range: Span, size: PageSize) -> Outcome:
        """The checks, the driver, and the way back to the user."""
        if not self.has_log_operations:
            return refuse(ENOTTY, "start-not-supported", sure="read", cites="vfio_ioctl_device_feature_logging_start()")
        if number is Number.NONE:
            return refuse(EINVAL, "no-ranges", sure="recorded", cites="mtty: zero ranges")
        if number is Number.TOO_MANY:
            return refuse(E2BIG, "too-many-ranges", sure="recorded", cites="mtty: 257 ranges")
        checked = self.check_ranges(number, first_range, second_range, size)
        if checked.refused:
            return checked
        started = self.log_start(number, first_range, second_range, size)
        if started.refused:
            return started
        delivered = self.copy_out()
        if delivered.refused:
            return delivered
        self.begin(number, first_range, second_range)
        return done(size=self.log_size if self.strict else size)

    def check_ranges(self, number: Number, a: Span, b: Span, size: PageSize) -> Outcome:
        """Range by range: which errno comes is decided by the order of the array."""
        one = self.check_range(a, size)
        if one.refused or number is Number.ONE:
            return one
        two = self.check_range(b, size)
        if two.refused:
            return two
        if overlap(a, b):
            return refuse(EINVAL, "ranges-overlap", sure="recorded", cites="mtty: overlapping ranges")
        return DONE

    def check_range(self, s: Span, size: PageSize, *, entry_faults: bool) -> Outcome:
        """Read one entry and look at it; an empty range passes."""
        if entry_faults:
            return refuse(EFAULT, "range-faults", sure="read", cites="vfio_ioctl_device_feature_logging_start()")
        if not aligned(s, size):
            return refuse(EINVAL, "range-not-aligned", sure="read", cites="vfio_ioctl_device_feature_logging_start()")
        if s is Span.WRAPS:
            return refuse(EOVERFLOW, "range-wraps", sure="recorded", cites="mtty: a range that wraps")
        return DONE

    def copy_out(self, *, answer_faults: bool) -> Outcome:
        """The page size goes back to the user; if it cannot, logging is stopped again."""
        if answer_faults:
            self.log_stop()
            return refuse(EFAULT, "answer-faults", sure="read", cites="vfio_ioctl_device_feature_logging_start()")
        return DONE

    def log_start(self, number: Number, a: Span, b: Span, size: PageSize, *, coarse: bool) -> Outcome:
        """The driver: a tracker of its own page size, and memory for every range."""
        if not self.strict:
            return DONE
        if self.on:
            return refuse(EINVAL, "already-started", sure="deduced", cites="drivers/vfio/pci/mlx5: one tracker")
        got = self.allocate(number)
        if got.refused:
            return got
        self.on = True
        self.log_size = PageSize.LARGE if coarse else PageSize.SMALL
        for p in Page:
            self.in_range[p] = covers(a, p) or (number is Number.TWO and covers(b, p))
        return DONE

    def allocate(self, number: Number, *, no_first: bool, no_second: bool) -> Outcome:
        """One piece a range; when the second is not to be had the first is given back."""
        if no_first:
            return refuse(ENOMEM, "no-memory-for-first-range", sure="deduced", cites="any driver that allocates")
        self.allocated[Slot.FIRST] = True
        if number is Number.TWO:
            if no_second:
                self.unwind()
                return refuse(ENOMEM, "no-memory-for-second-range", sure="deduced", cites="any driver that allocates")
            self.allocated[Slot.SECOND] = True
        return DONE

    def unwind(self) -> None:
        """What was allocated before the failure."""
        self.allocated[Slot.FIRST] = False

    # --- stop ---

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_logging_stop()", sure="read")
    def stop(self) -> Outcome:
        """End the log, if there is one (mlx5vf_stop_page_tracker()); what was not reported is gone."""
        if not self.has_log_operations:
            return refuse(ENOTTY, "stop-not-supported", sure="read", cites="vfio_ioctl_device_feature_logging_stop()")
        self.log_stop()
        return DONE

    def log_stop(self) -> None:
        """The tracker and its memory."""
        if self.strict:
            self.on = False
            self.log_size = PageSize.SMALL
            for p in Page:
                self.in_range[p] = False
                self.logged[p] = False
            for s in Slot:
                self.allocated[s] = False

    # --- report ---

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_logging_report()", sure="read")
    def report(self, window: Span, size: PageSize, *, no_memory: bool) -> Outcome:
        """Read and clear what was logged of a window; bits of pages of `size` are set in the user's bitmap."""
        if not self.has_log_operations:
            return refuse(ENOTTY, "report-not-supported", sure="read",
                          cites="vfio_ioctl_device_feature_logging_report()")
        if size is PageSize.TINY or size is PageSize.ODD:
            return refuse(EINVAL, "bad-page-size", sure="recorded", cites="mtty: 2048, and no power of two")
        if window is Span.WRAPS:
            return refuse(EOVERFLOW, "window-wraps", sure="recorded", cites="mtty: a window that wraps")
        if no_memory:
            self.distrust()
            return refuse(ENOMEM, "no-memory-for-bitmap", partial=True, sure="read", cites="iova_bitmap_alloc()")
        if not self.strict:
            self.note_last(window)
            return DONE
        if not self.on:
            return refuse(EINVAL, "report-without-start", sure="deduced", cites="drivers/vfio/pci/mlx5")
        return self.read_and_clear(window, size)

    def read_and_clear(self, window: Span, size: PageSize, *, tracker_fails: bool) -> Outcome:
        """Page by page; when the tracker fails in between, what it had cleared is in no bitmap."""
        if tracker_fails:
            self.clear(window)
            self.distrust()
            return refuse(EIO, "tracker-failed", partial=True, sure="deduced", cites="any error: the log is corrupt")
        for p in Page:
            if covers(window, p) and self.logged[p]:
                self.record(p, window, size)
        self.clear(window)
        self.note_last(window)
        return DONE

    def note_last(self, window: Span) -> None:
        """The user takes a report of a stopped device for the last one."""
        for p in Page:
            if covers(window, p) and self.may_be_last():
                self.final[p] = True

    def clear(self, window: Span) -> None:
        """What was read is logged no more."""
        for p in Page:
            if covers(window, p):
                self.logged[p] = False

    def record(self, p: Page, window: Span, size: PageSize) -> None:
        """One bit of the user's bitmap, counted from where the window begins: a large one stands for both pages."""
        for q in Page:
            if q is p or shares_a_bit(window, q, size):
                self.bitmap[q] = True

    # --- the device ---

    @hardware(cites="a write of the device to memory", sure="deduced")
    @when("strict")
    @when("traffic")
    def dma(self, p: Page) -> None:
        """A write; where the log is coarser than a page it names the neighbour too."""
        require(not self.frozen)
        self.stale[p] = True
        if self.on:
            for q in Page:
                if self.in_range[q] and self.in_range[p] and (q is p or self.log_size is PageSize.LARGE):
                    self.logged[q] = True

    @ioctl(cites="VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE: STOP", sure="read")
    def freeze(self) -> Outcome:
        """The device stops."""
        self.frozen = True
        return DONE

    @ioctl(cites="VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE: RUNNING", sure="read")
    def thaw(self) -> Outcome:
        """The device runs again."""
        self.frozen = False
        self.final = everywhere(False)
        return DONE

    # --- the user ---

    def begin(self, number: Number, a: Span, b: Span) -> None:
        """From here on the user relies on the log; before that everything is sent once."""
        for p in Page:
            self.asked[p] = covers(a, p) or (number is Number.TWO and covers(b, p))
            if self.strict and self.asked[p]:
                self.bitmap[p] = True
        self.trusted = True

    def distrust(self) -> None:
        """After an error the log is corrupt: all memory counts as dirty, or the migration is given up."""
        self.trusted = False

    def may_be_last(self) -> bool:
        """True if a report now is one after the device has stopped."""
        return self.frozen

    @kernel(cites="a user that migrates: sends a page", sure="deduced")
    @when("traffic")
    def send(self, p: Page) -> None:
        """The page as it is now; its bit is cleared first."""
        require(self.bitmap[p])
        self.bitmap[p] = False
        self.stale[p] = False

    @kernel(cites="a user that migrates: has sent all there is", sure="deduced")
    @when("traffic")
    def finish(self) -> None:
        """The last pass begins: what is in the bitmap now is sent, and then the destination runs."""
        require(self.frozen and self.ready())

    def ready(self) -> bool:
        """True if every page that the user relies on was reported after the stop."""
        return self.trusted and all(self.final[p] for p in Page if self.asked[p]) and any(self.asked[p] for p in Page)
