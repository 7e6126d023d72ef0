"""`checking_first` puts the check before everything else: where both checks apply, it answers.

By hand: n 0: refused by "busy" or done; n 1: "busy" or, without it, "held": 1 done, 3 refusals.
run: -> states=2 transitions=1 refusals=3
"""
from spec.lang import *

class Base(Spec):
    """Takes once."""
    n: Annotated[int, Bounds(0, 1)] = 0

    @ioctl
    def take(self, *, busy: bool) -> Outcome:
        """Take."""
        if self.n > 0:
            return refuse(EPERM, "held")
        if busy:
            return refuse(EBUSY, "busy")
        self.n += 1
        return DONE

    @final
    def over(self) -> bool:
        return True

class Trap(Base):
    """Asks nature first."""
    take = Base.take.checking_first("busy")
