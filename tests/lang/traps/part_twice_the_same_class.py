"""Two parts of one class have states of their own; a refusal after a successful call of a part is found.

By hand: l and r are 0..2, all 9 reachable. up: 6 go, 3 refused. move: refused in 3; 6 go, 2 of which (r full) took
from l and were refused. drain: 6. Full on the left after 2, on the right after 4; up move up move up, then move.
run: -> states=9 transitions=18 refusals=6 violated=refused_calls_change_nothing:6,left.never_full:2,right.never_full:4
"""
from spec.lang import *

class Counter(Spec):
    """Counts to two."""
    n: Annotated[int, Bounds(0, 2)] = 0

    @ioctl
    def up(self) -> Outcome:
        """One more."""
        if self.n == 2:
            return refuse(EBUSY, "full")
        self.n += 1
        return DONE

    @ioctl
    def down(self) -> Outcome:
        """One less."""
        if self.n == 0:
            return refuse(EINVAL, "empty")
        self.n -= 1
        return DONE

    @invariant
    def never_full(self) -> bool:
        return self.n < 2

class Trap(Spec):
    """Moves from one counter to the other."""
    left: Counter = part("up")
    right: Counter

    @ioctl
    def move(self) -> Outcome:
        """From left to right."""
        if (r := self.left.down()).refused:
            return r
        return self.right.up()

    @kernel
    def drain(self) -> None:
        """The right one empties."""
        require(self.right.n > 0)
        self.right.down()

class Flat(Spec):
    """The same, written by hand in one class."""
    left: Annotated[int, Bounds(0, 2)] = 0
    right: Annotated[int, Bounds(0, 2)] = 0

    @ioctl
    def left_up(self) -> Outcome:
        if self.left == 2:
            return refuse(EBUSY, "full")
        self.left += 1
        return DONE

    @ioctl
    def move(self) -> Outcome:
        if self.left == 0:
            return refuse(EINVAL, "empty")
        self.left -= 1
        if self.right == 2:
            return self.full()
        self.right += 1
        return DONE

    def full(self) -> Outcome:
        return refuse(EBUSY, "full")

    @kernel
    def drain(self) -> None:
        require(self.right > 0)
        self.right -= 1

    @invariant
    def left_never_full(self) -> bool:
        return self.left < 2

    @invariant
    def right_never_full(self) -> bool:
        return self.right < 2
