"""A read sees the writes before it in the same call.

By hand: (0, 0) -> (1, 1) -> (2, 2) -> (3, 3).
run: -> states=4 transitions=3
"""
from spec.lang import *

class Trap(Spec):
    """Two counters."""
    a: Annotated[int, Bounds(0, 3)] = 0
    b: Annotated[int, Bounds(0, 3)] = 0

    @kernel
    def act(self) -> None:
        """Count."""
        require(self.a < 3)
        self.a = self.b + 1
        self.b = self.a

    @final
    def over(self) -> bool:
        return True
