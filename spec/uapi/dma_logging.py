"""DMA logging of a VFIO device: start, stop, report, and that no page written by the device is forgotten."""

from typing import Self

from spec.lang import *
from spec.uapi.dma_logging_calls import LogCalls
from spec.uapi.dma_logging_state import Number, Page, PageSize, Slot, Span, covers, shares_a_bit


class DmaLogging(LogCalls):
    """Device features 6, 7 and 8, the tracker behind them, and a user that sends memory while it is written.

    Promises are asked of a driver that keeps the rules. The profile `mtty` is the sample driver of the recorded
    kernel, which takes start, stop and report in any order, logs nothing and writes no memory.
    """

    profiles = {"strict": profile(strict=True), "mtty": profile(strict=False)}
    configurations = {
        "rules": configuration("A driver that keeps the rules, and a user that need not.", mistakes=True),
        "traffic": configuration("A device that writes, a user that sends.", traffic=True),
        "mtty": configuration("The sample driver.", strict=False, mistakes=True),
        "without": configuration("A device without log operations.", has_log_operations=False, mistakes=True),
    }

    @invariant
    @when("traffic")
    def every_write_is_known_or_still_logged(self) -> bool:
        """I6, step by step: a page written since it was sent is in the user's bitmap, or a report will put it there."""
        return all(self.bitmap[p] or self.logged[p] for p in Page
                   if self.stale[p] and self.on and self.trusted and self.asked[p])

    @action_property("finish")
    @when("traffic")
    def the_last_pass_sends_every_write(self, old: Self) -> bool:
        """I6, at the end: what is not in the bitmap any more has arrived as it is."""
        return all(old.bitmap[p] for p in Page if old.stale[p] and old.asked[p])

    @action_property("report")
    @when("traffic")
    def a_report_names_every_page_written_before_it(self, old: Self, outcome: Outcome, window: Span) -> bool:
        """Whatever the page sizes of log and report."""
        return all(self.bitmap[p] for p in Page
                   if outcome.done and old.trusted and covers(window, p) and old.in_range[p] and old.stale[p])

    @action_property("dma")
    @when("traffic")
    def a_write_is_logged_in_pages_of_the_log(self, old: Self, p: Page) -> bool:
        """With its neighbour where these are large, and only where the user asked."""
        return all(self.logged[q] == (old.logged[q] or (old.on and old.in_range[p] and old.in_range[q]
                                                        and (q is p or old.log_size is PageSize.LARGE)))
                   for q in Page)

    @action_property("report")
    def a_report_only_sets_bits(self, old: Self, outcome: Outcome) -> bool:
        """The user's bitmap is neither cleared nor initialised."""
        return all(self.bitmap[p] for p in Page if old.bitmap[p])

    @action_property("report")
    def a_report_clears_what_it_read(self, old: Self, outcome: Outcome, window: Span) -> bool:
        """And nothing else."""
        return all((not self.logged[p]) if covers(window, p) else self.logged[p] == old.logged[p]
                   for p in Page if outcome.done)

    @action_property("report")
    @when("strict")
    def a_report_speaks_of_pages_of_its_own_size(self, old: Self, outcome: Outcome,
                                                 window: Span, size: PageSize) -> bool:
        """A page is named if it was logged, or if it shares a large page of the report with one that was."""
        return all(self.bitmap[p] == (old.bitmap[p] or any(old.logged[q] and covers(window, q) for q in Page
                                                           if q is p or shares_a_bit(window, p, size)))
                   for p in Page if outcome.done)

    @action_property("start", "start_range")
    @when("strict")
    def a_log_is_started_once(self, old: Self, outcome: Outcome) -> bool:
        """A second start is refused, and the log goes on."""
        return implies(old.on, outcome.refused and self.on)

    @action_property("start", "start_range")
    def a_start_that_fails_leaves_no_log(self, old: Self, outcome: Outcome) -> bool:
        """Also where only the answer could not be delivered."""
        return implies(outcome.refused, self.on == old.on)

    @action_property("start", "start_range", "stop", "report")
    def logging_leaves_the_device_alone(self, old: Self, outcome: Outcome) -> bool:
        """The log and the state of the device are independent of each other."""
        return self.frozen == old.frozen

    @action_property("freeze", "thaw")
    def the_device_leaves_the_log_alone(self, old: Self) -> bool:
        """The other half."""
        return self.on == old.on and all(self.logged[p] == old.logged[p] for p in Page)

    @invariant
    @when("strict")
    def memory_for_the_log_lives_as_long_as_the_log(self) -> bool:
        """Nothing is left over, and nothing is missing."""
        return self.on == self.allocated[Slot.FIRST] and implies(self.allocated[Slot.SECOND], self.on)

    @invariant
    def a_log_has_a_page_size(self) -> bool:
        """Whatever the user asked for."""
        return self.log_size is PageSize.SMALL or self.log_size is PageSize.LARGE

    @action_property("start")
    @when("mistakes")
    def a_user_that_asks_for_nothing_gets_nothing(self, old: Self, outcome: Outcome, number: Number) -> bool:
        """No range, or more than fit into a page."""
        return implies(number is Number.NONE or number is Number.TOO_MANY, outcome.refused)

    @goal
    @when("strict")
    @when("traffic")
    def a_page_is_sent_again(self) -> bool:
        """It was written, logged and reported."""
        return any(self.stale[p] and self.bitmap[p] and self.final[p] for p in Page)
