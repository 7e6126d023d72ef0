"""Slices have Python's meaning: past the end there is nothing, bounds may cross, a literal below 0 counts from the end.

By hand: boot makes (0, 1, 2). Each action cuts it and stores in n the length times 1000 plus the entries as digits.
cut_front and last_two leave (1, 2), 2012; cut_back and drop_last (0, 1), 2001; middle (1), 1001; crossed and beyond
nothing, 0; whole, wide and far_back everything, 3012. So n has 5 values besides the first one, 3, and each of the 10
actions is a step from each of the 6 states.
run: Device=3 -> states=6 transitions=60
"""
from spec.lang import *

class Device(Sort, ordered=True): "An entry."

class Trap(Spec):
    """Cuts."""
    q: Seq[Device, Max(3)] = ()
    n: Annotated[int, Bounds(0, 3999)] = 3

    @initial
    def boot(self) -> None:
        for d in Device:
            self.q = self.q + (d,)

    @pure
    def number(self, row: Seq[Device, Max(3)]) -> int:
        total = 0
        for d in row:
            total = 10 * total + sum(1 for e in Device if e < d)
        return 1000 * len(row) + total

    @kernel
    def cut_front(self) -> None:
        self.n = self.number(self.q[1:])

    @kernel
    def cut_back(self) -> None:
        self.n = self.number(self.q[:2])

    @kernel
    def drop_last(self) -> None:
        self.n = self.number(self.q[:-1])

    @kernel
    def middle(self) -> None:
        self.n = self.number(self.q[1:-1])

    @kernel
    def crossed(self) -> None:
        self.n = self.number(self.q[2:1])

    @kernel
    def beyond(self) -> None:
        self.n = self.number(self.q[5:9])

    @kernel
    def whole(self) -> None:
        self.n = self.number(self.q[:])

    @kernel
    def wide(self) -> None:
        self.n = self.number(self.q[0:7])

    @kernel
    def far_back(self) -> None:
        self.n = self.number(self.q[-9:])

    @kernel
    def last_two(self) -> None:
        self.n = self.number(self.q[-2:])

    @final
    def over(self) -> bool:
        return True
