"""Action properties of a process, of one block, and of everything; during-properties of its writes.

run: Thread=2 -> violated=no_step_to_two,never_three_in_the_middle
"""

from spec.lang import *


class Thread(Sort, size=2):
    "A task."


class Trap(Spec):
    """Counts."""

    n: Annotated[int, Bounds(0, 3)] = 0

    @process(thread=Thread)
    def up(self, t: Thread) -> Process:
        self.n = 3
        self.n = 1
        yield "one"
        self.n = 2
        yield "two"
        self.n = 0
        return DONE

    @action_property("up")
    def no_step_to_two(self, old: Self, outcome: Outcome, t: Thread) -> bool:
        return not (self.n == 2 and not outcome.done and at(t, "two"))

    @action_property("up.two")
    def the_end_is_zero(self, outcome: Outcome) -> bool:
        return implies(outcome.done, self.n == 0)

    @action_property
    def nobody_is_refused(self, outcome: Outcome) -> bool:
        return not outcome.refused

    @during
    def never_three_in_the_middle(self) -> bool:
        return self.n != 3
