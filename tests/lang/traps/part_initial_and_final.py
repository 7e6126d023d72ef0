"""Parts are initialised first, in declared order, each with its own choices; the end is where all parts say so, unless
the whole says it itself.

By hand: 8 initial states. a stays; b goes down; the sum is that of the start, or 0: 16 states, 10 steps. a is never
0, so the parts are never both at their end: stuck after 1. The whole looks at b only.
run: own=False -> states=16 transitions=10 violated=no_deadlock:1
run: own=True -> states=16 transitions=10
"""
from spec.lang import *

class Cell(Spec):
    """Starts at one or two."""
    v: Annotated[int, Bounds(0, 2)] = 1

    @initial
    def start(self, *, high: bool) -> None:
        if high:
            self.v = 2

    @kernel
    def lose(self) -> None:
        """One less."""
        require(self.v > 0)
        self.v -= 1

    @final
    def empty(self) -> bool:
        return self.v == 0

class Trap(Spec):
    """Two cells, one of which leaks."""
    own: Switch[bool] = False
    a: Cell
    b: Cell = part(all)
    total: Annotated[int, Bounds(0, 4)] = 0

    @initial
    def boot(self, *, late: bool) -> None:
        self.total = self.a.v + self.b.v
        if late:
            self.total = 0

    @final
    @when("own")
    def over(self) -> bool:
        return self.b.v == 0

class Flat(Spec):
    """The same, written by hand in one class."""
    own: Switch[bool] = False
    a: Annotated[int, Bounds(0, 2)] = 1
    b: Annotated[int, Bounds(0, 2)] = 1
    total: Annotated[int, Bounds(0, 4)] = 0

    @initial
    def boot(self, *, a_high: bool, b_high: bool, late: bool) -> None:
        self.a = 2 if a_high else 1
        self.b = 2 if b_high else 1
        self.total = 0 if late else self.a + self.b

    @kernel
    def lose(self) -> None:
        require(self.b > 0)
        self.b -= 1

    @final
    def over(self) -> bool:
        return self.b == 0 and (self.own or self.a == 0)
