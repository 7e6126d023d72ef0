"""A state outside the boundary is counted and checked, not expanded.

By hand: 0, 1, 2; 2 is outside.
run: -> states=3 transitions=2 violated=never_two:2 outside=1
"""
from spec.lang import *

class Trap(Spec):
    """Counts."""
    n: Annotated[int, Bounds(0, 5)] = 0

    @kernel
    def act(self) -> None:
        """Count."""
        self.n += 1

    @boundary
    def small(self) -> bool:
        return self.n < 2

    @invariant
    def never_two(self) -> bool:
        return self.n != 2
