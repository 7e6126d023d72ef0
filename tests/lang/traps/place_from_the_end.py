"""`q[-1]` is the last entry and `q[-2]` the one before; a fault where there is none.

By hand: q is (), (0) or (0, 1), last is None at first. (): act and before fault. (0): act stores 0, before faults.
(0, 1): act stores 1, before stores 0. States (length, last): (0, None), (1, None), (1, 0), (2, None), (2, 0), (2, 1).
Steps: push 3, act 5, before 3. Faults: act 1, before 3.
run: Device=2 -> states=6 transitions=11 violated=bounds_are_kept:1 faults=act:1,before:3
"""
from spec.lang import *

class Device(Sort, ordered=True): "An entry."

class Trap(Spec):
    """Looks at the end."""
    q: Seq[Device, Max(2)] = ()
    last: Device | None = None

    @kernel
    def act(self) -> None:
        """The last."""
        self.last = self.q[-1]

    @kernel
    def before(self) -> None:
        """The last but one."""
        self.last = self.q[-2]

    @kernel
    def push(self) -> None:
        """Grow."""
        require(len(self.q) < 2)
        self.q = self.q + (needed_next(self.q),)

@pure
def needed_next(row: Seq[Device, Max(2)]) -> Device:
    return first(d for d in Device if d not in row)
