"""A local assigned in every branch can be read after them.

By hand: 0, then 1 or 2.
run: -> states=3 transitions=6
"""
from spec.lang import *

class Trap(Spec):
    """Branches."""
    n: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def act(self, b: bool) -> None:
        """Branch."""
        if b:
            x = 1
        else:
            x = 2
        self.n = x

    @final
    def over(self) -> bool:
        return True
