"""Arithmetic is exact in between; only what is stored must fit.

By hand: 0 -> 1 -> 2 -> 0 by way of 100 times the number.
run: -> states=3 transitions=3
"""
from spec.lang import *

class Trap(Spec):
    """Large detours."""
    n: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def act(self) -> None:
        """Detour."""
        x = (self.n + 1) * 100 - 250
        x -= 1
        self.n = ((x + 251) // 100) % 3
