"""In `self.m[k] = v` a value that writes changes what the key reads, as in Python.

By hand: n 0 -> 1 sets key 1, 1 -> 2 sets key 2, then nothing changes; key 0 is never set.
run: -> states=3 transitions=3
"""
from spec.lang import *

class Trap(Spec):
    """A value with an effect."""
    n: Annotated[int, Bounds(0, 2)] = 0
    m: Map[Annotated[int, Bounds(0, 2)], bool] = everywhere(False)

    @kernel
    def act(self) -> None:
        """Set."""
        self.m[self.n] = self.bump()

    def bump(self) -> bool:
        """Count."""
        self.n = min(self.n + 1, 2)
        return True

    @invariant
    def never_key_0(self) -> bool:
        return not self.m[0]

    @final
    def over(self) -> bool:
        return True
