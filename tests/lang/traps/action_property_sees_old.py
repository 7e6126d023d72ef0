"""`old` is the state before the call, also for a refusal.

By hand: 0, 1, 2, 3; at 3 the call is refused; at 2 -> 3 the property breaks, in 3 steps.
run: -> states=4 transitions=3 refusals=1 violated=at_most_two:3
"""
from spec.lang import *

class Trap(Spec):
    """Counts."""
    n: Annotated[int, Bounds(0, 3)] = 0

    @ioctl
    def act(self, up: Annotated[int, Bounds(1, 1)]) -> Outcome:
        """Count."""
        if self.n == 3:
            return refuse(ERANGE, "full")
        self.n += up
        return DONE

    @action_property("act")
    def counts_up(self, old: Self, outcome: Outcome, up: Annotated[int, Bounds(1, 1)]) -> bool:
        return self.n == old.n + (up if outcome.done else 0)

    @action_property("act")
    def at_most_two(self, old: Self, outcome: Outcome) -> bool:
        return implies(outcome.done, old.n < 2)

    @final
    def over(self) -> bool:
        return True
