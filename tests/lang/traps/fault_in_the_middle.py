"""A fault ends the call; the writes before it are not seen by anybody.

By hand: no successor at all.
run: -> states=1 transitions=0 violated=bounds_are_kept:1
"""
from spec.lang import *

class Trap(Spec):
    """Writes, then leaves the bounds."""
    a: bool = False
    n: Annotated[int, Bounds(0, 0)] = 0

    @kernel
    def act(self) -> None:
        """Fail."""
        self.a = True
        self.n += 1

    @invariant
    def never_seen(self) -> bool:
        return not self.a

    @final
    def over(self) -> bool:
        return True
