"""`without`, `with_errno` and `checking_first` work on the base's text; they chain.

By hand: base: n 0, 1 with busy refused; here busy comes first and answers EAGAIN, "held" is gone: n counts to 2.
n=0: busy or not: 1 refusal, 1 done; n=1 likewise; n=2: 1 refusal, 1 fault (bounds).
run: -> states=3 transitions=2 refusals=3 violated=bounds_are_kept:3
"""
from spec.lang import *

class Base(Spec):
    """Takes once."""
    n: Annotated[int, Bounds(0, 2)] = 0

    @ioctl
    def take(self, *, busy: bool) -> Outcome:
        """Take."""
        if self.n > 0:
            return refuse(EPERM, "held")
        if busy:
            return refuse(EBUSY, "busy")
        self.n += 1
        return DONE

    @action_property("take")
    def errnos(self, old: Self, outcome: Outcome) -> bool:
        return implies(outcome.refused, outcome.errno == EAGAIN and outcome.reason == "busy")

    @final
    def over(self) -> bool:
        return True

class Trap(Base):
    """Takes again."""
    take = Base.take.checking_first("busy").without("held").with_errno("busy", EAGAIN)
