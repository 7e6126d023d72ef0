"""An entry goes in at a place, out of a place, and is found by its value, with slices and comprehensions alone.

By hand: `put` inserts the lowest missing device at place 0 or 1, where 1 is the end of a shorter row; `out` takes the
entry at a place away and faults where there is none to read; `where` stores the place of device 0 and faults where it
is not. Rows of distinct devices out of 2, made by inserting the lowest missing one: (), (0), (0, 1), (1, 0), and (1)
after `out`: 5 rows. n is the place last found. () n=0; where needs 0: place 0 in (0), (0, 1); 1 in (1, 0).
n = 0 or 1 with every row: n = 1 is set at (1, 0), from where every row is reached again: 10 states.
Steps for either n: put(0|1): (), (0), (1) 2 each; out(0|1): 1 entry 1, 2 entries 2: (0) 1, (1) 1, two rows 2 each;
where: (0), (0, 1), (1, 0). So 6 + 6 + 3 = 15, twice 30. Faults: out: () 2, (0) 1, (1) 1; where: (), (1): twice.
run: Device=2 -> states=10 transitions=30 violated=bounds_are_kept:1 faults=out:8,where:4
"""
from spec.lang import *

class Device(Sort, ordered=True): "An entry."

class Trap(Spec):
    """Keeps a row."""
    q: Seq[Device, Max(2)] = ()
    n: Annotated[int, Bounds(0, 1)] = 0

    @kernel
    def put(self, at: Annotated[int, Bounds(0, 1)]) -> None:
        """Insert."""
        require(len(self.q) < 2)
        d = first(d for d in Device if d not in self.q)
        require(d is not None)
        self.q = self.q[:at] + (d,) + self.q[at:]

    @kernel
    def out(self, at: Annotated[int, Bounds(0, 1)]) -> None:
        """Take out."""
        gone = self.q[at]
        self.q = self.q[:at] + self.q[at + 1:]
        if gone in self.q:
            self.n = 1

    @kernel
    def where(self) -> None:
        """Find."""
        self.n = min(i for i in range(len(self.q)) if self.q[i] == first(d for d in Device))

    @final
    def over(self) -> bool:
        return True
