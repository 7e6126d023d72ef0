"""A name for a record keeps its value when the field gets another one.

By hand: (0, 0) -> (1, 0) -> (2, 1).
run: -> states=3 transitions=2
"""
from spec.lang import *

class Pair(Record):
    n: Annotated[int, Bounds(0, 2)]
    m: bool

class Trap(Spec):
    """Keeps the record of one step ago."""
    cur: Pair = Pair(n=0, m=False)
    prev: Pair = Pair(n=0, m=False)

    @kernel
    def act(self) -> None:
        """Advance."""
        require(self.cur.n < 2)
        r = self.cur
        self.cur = replace(r, n=r.n + 1)
        self.prev = r

    @invariant
    def prev_is_one_behind(self) -> bool:
        return self.prev.n == max(self.cur.n - 1, 0)

    @final
    def over(self) -> bool:
        return True
