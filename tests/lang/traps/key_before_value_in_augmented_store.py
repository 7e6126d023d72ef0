"""In `self.m[k] += v` the key and the entry are read before a value that writes, as in Python.

By hand: keys 0, 1, 2 get 1 while n goes 1, 2, 2; then key 2 would get 2, a fault.
run: -> states=4 transitions=3 violated=bounds_are_kept:4
"""
from spec.lang import *

class Trap(Spec):
    """A value with an effect."""
    n: Annotated[int, Bounds(0, 2)] = 0
    m: Map[Annotated[int, Bounds(0, 2)], Annotated[int, Bounds(0, 1)]] = everywhere(0)

    @kernel
    def act(self) -> None:
        """Add."""
        self.m[self.n] += self.bump()

    def bump(self) -> int:
        """Count."""
        self.n = min(self.n + 1, 2)
        return 1

    @final
    def over(self) -> bool:
        return True
