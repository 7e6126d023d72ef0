"""A spec and its parts share switches and the era by name; one part has a switch set for good.

By hand, E1: both count to 3: 16 states, 24 go, 8 refused at the wall. Bounded: the first goes 0, 1, then loses: 3
states, always goes; the second 0, 1: goes 3 times, refused 3 times. The second drops too: 9 states, all go.
run: -> states=16 transitions=24 refusals=8
run: era=E2 -> states=6 transitions=9 refusals=3
run: bounded=True -> states=6 transitions=9 refusals=3
run: era=E2 drop=True -> states=9 transitions=18
run: era=E2 bounded=False -> states=16 transitions=24 refusals=8
"""
from spec.lang import *

class Era(OrderedEnum):
    E1 = auto()
    E2 = auto()

class Queue(Spec):
    """Counts what waits."""
    era: Switch[Era] = Era.E2
    bounded: Switch[bool] = since(Era.E2)
    drop: Switch[bool] = False
    n: Annotated[int, Bounds(0, 3)] = 0
    lost: bool = field(False, when="drop")

    @ioctl
    def push(self) -> Outcome:
        """One more."""
        if self.bounded and self.n == 1:
            return self.overflow()
        if self.n == 3:
            return refuse(ENOSPC, "wall")
        self.n += 1
        return DONE

    @helper
    @unless("drop")
    def nothing(self) -> bool:
        return True

    def overflow(self) -> Outcome:
        if self.drop:
            self.lost = True
            return DONE
        return refuse(EAGAIN, "full")

    @invariant
    @when("bounded")
    def it_stays_short(self) -> bool:
        return self.n < 2

    @invariant
    @until(Era.E1)
    @unless("bounded", "drop")
    def nothing_is_lost(self) -> bool:
        return self.nothing()

class Trap(Spec):
    """Two queues of one era."""
    era: Switch[Era] = Era.E1
    first: Queue = part("push", drop=True)
    second: Queue = part("push")

    @final
    def over(self) -> bool:
        return True

class Flat(Spec):
    """The same, written by hand in one class."""
    era: Switch[Era] = Era.E1
    bounded: Switch[bool] = since(Era.E2)
    drop: Switch[bool] = False
    first: Annotated[int, Bounds(0, 3)] = 0
    second: Annotated[int, Bounds(0, 3)] = 0
    first_lost: bool = False
    second_lost: bool = field(False, when="drop")

    @ioctl
    def push_first(self) -> Outcome:
        if self.bounded and self.first == 1:
            self.first_lost = True
            return DONE
        if self.first == 3:
            return refuse(ENOSPC, "wall")
        self.first += 1
        return DONE

    @ioctl
    def push_second(self) -> Outcome:
        if self.bounded and self.second == 1 and self.drop:
            self.second_lost = True
            return DONE
        if self.bounded and self.second == 1:
            return refuse(EAGAIN, "full")
        if self.second == 3:
            return refuse(ENOSPC, "wall")
        self.second += 1
        return DONE

    @final
    def over(self) -> bool:
        return True
