"""A tracker with a cache: a page that it believes to be logged already is not logged again."""

from spec.lang import *


class GuestPage(Sort, size=2): "A page of guest memory."


class CachingTracker(Spec):
    """Reports clear the log, flush the cached flags, and only then return; the device writes all the time.

    The hardware reads and clears one page in one step. That a tracker has to be flushed before the user may rely on a
    report is the driver's to know: nothing of this is visible at the interface.
    """

    cached: Map[GuestPage, bool] = everywhere(False)        # the tracker believes that the page is in the log
    logged: Map[GuestPage, bool] = everywhere(False)
    bitmap: Map[GuestPage, bool] = everywhere(False)        # of the user
    reporting: bool = False                            # the user waits for the report and sends nothing
    stale: Ghost[Map[GuestPage, bool]] = everywhere(False)  # written since it was last sent

    configurations = {"two-pages": configuration("Two pages, one report at a time.", GuestPage=2)}

    @hardware(cites="a write of the device to memory", sure="deduced")
    def dma(self, p: GuestPage) -> None:
        """A write; the log is only touched for a page that the cache does not know."""
        self.stale[p] = True
        if not self.cached[p]:
            self.logged[p] = True
            self.cached[p] = True

    @process(cites="drivers/vfio/pci/mlx5/cmd.c:mlx5vf_tracker_read_and_clear()", sure="deduced")
    def report(self) -> Process:
        """Clear, flush, return."""
        self.reporting = True
        self.read_and_clear()
        yield "cleared"
        self.flush()
        yield "flushed"
        self.reporting = False
        return DONE

    def read_and_clear(self) -> None:
        """What is logged goes into the user's bitmap."""
        for p in GuestPage:
            if self.logged[p]:
                self.bitmap[p] = True
                self.logged[p] = False

    def flush(self) -> None:
        """The tracker forgets what it believes."""
        self.cached = everywhere(False)

    @kernel(cites="a user that migrates: sends a page", sure="deduced")
    def send(self, p: GuestPage) -> None:
        """The page as it is now."""
        require(self.bitmap[p] and not self.reporting)
        self.bitmap[p] = False
        self.stale[p] = False

    @invariant
    def every_write_is_known_or_still_logged(self) -> bool:
        """I6."""
        return all(self.bitmap[p] or self.logged[p] for p in GuestPage if self.stale[p])

    @invariant
    def a_sent_page_is_not_believed_to_be_logged(self) -> bool:
        """What carries it, once nobody reports: the cache knows only of pages that the log has."""
        return all(self.logged[p] for p in GuestPage if self.cached[p] and not self.reporting)

    @goal
    def a_page_is_written_between_clear_and_flush(self) -> bool:
        """It is in the report that is under way."""
        return at("cleared") and any(self.stale[p] and self.cached[p] and not self.logged[p] for p in GuestPage)
