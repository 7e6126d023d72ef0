"""`//` and `%` round towards minus infinity.

By hand: every n from -7 to 7 from every other.
run: -> states=15 transitions=225
"""
from spec.lang import *

class Trap(Spec):
    """Divides."""
    n: Annotated[int, Bounds(-7, 7)] = 0
    q: Annotated[int, Bounds(-3, 2)] = 0
    r: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def act(self, x: Annotated[int, Bounds(-7, 7)]) -> None:
        """Divide."""
        self.n = x
        self.q = x // 3
        self.r = x % 3

    @invariant
    def euclid(self) -> bool:
        return self.q * 3 + self.r == self.n

    @final
    def over(self) -> bool:
        return True
