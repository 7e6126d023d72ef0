"""A range may start below 0 and may be empty.

By hand: sums from -2, -1, 0, 1, 2 up to 1 are -2, 0, 1, 1, 0.
run: -> states=3 transitions=15
"""
from spec.lang import *

class Trap(Spec):
    """Adds a range."""
    t: Annotated[int, Bounds(-2, 1)] = 0

    @kernel
    def act(self, a: Annotated[int, Bounds(-2, 2)]) -> None:
        """Add."""
        total = 0
        for i in range(a, 2):
            total += i
        self.t = total

    @invariant
    def as_a_sum(self) -> bool:
        return self.t in (-2, 0, 1)

    @final
    def over(self) -> bool:
        return True
