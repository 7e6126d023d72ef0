"""`min` and `max` of two and of a comprehension.

By hand: 6 pairs lo <= hi, 9 calls each.
run: -> states=6 transitions=54
"""
from spec.lang import *

class Trap(Spec):
    """Sorts two numbers."""
    lo: Annotated[int, Bounds(0, 2)] = 0
    hi: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def act(self, x: Annotated[int, Bounds(0, 2)], y: Annotated[int, Bounds(0, 2)]) -> None:
        """Sort."""
        self.lo = min(x, y)
        self.hi = max(z for z in range(3) if z == x or z == y)

    @invariant
    def in_order(self) -> bool:
        return self.lo <= self.hi

    @final
    def over(self) -> bool:
        return True
