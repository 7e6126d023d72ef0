"""A bool is not an int: maps keyed by one and the other are apart.

By hand: each key can be set, the two maps in step: 4 states, 2 calls each.
run: -> states=4 transitions=8
"""
from spec.lang import *

class Trap(Spec):
    """Two maps."""
    b: Map[bool, bool] = everywhere(False)
    n: Map[Annotated[int, Bounds(0, 1)], bool] = everywhere(False)

    @kernel
    def act(self, x: bool) -> None:
        """Set both."""
        self.b[x] = True
        self.n[1 if x else 0] = True

    @invariant
    def in_step(self) -> bool:
        return self.b[False] == self.n[0] and self.b[True] == self.n[1]

    @final
    def over(self) -> bool:
        return True
