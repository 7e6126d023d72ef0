"""A chain stops at the first False.

By hand: first pick 0 or 1: no second pick (2 runs); 2 or 3: four second picks each (8 runs); True only for 2 < 3.
run: -> states=2 transitions=20
"""
from spec.lang import *

class Trap(Spec):
    """Picks in a chain."""
    hit: bool = False

    @kernel
    def act(self) -> None:
        """Compare."""
        middle = self.pick()
        self.hit = 1 < middle < self.pick()

    @helper
    def pick(self, *, v: Annotated[int, Bounds(0, 3)]) -> int:
        """Nature's number."""
        return v

    @final
    def over(self) -> bool:
        return True
