"""Set operations on bounded ints that do not start at 0.

By hand: 8 sets, 3 additions and 3 removals in each.
run: -> states=8 transitions=48
"""
from spec.lang import *

class Trap(Spec):
    """A set of 1..3."""
    s: Set[Annotated[int, Bounds(1, 3)]] = set()

    @kernel
    def add(self, x: Annotated[int, Bounds(1, 3)]) -> None:
        """Add."""
        self.s = self.s | {x}

    @kernel
    def drop(self, x: Annotated[int, Bounds(1, 3)]) -> None:
        """Remove."""
        self.s = self.s - {x}

    @invariant
    def members_agree(self) -> bool:
        return all((x in self.s) == (len(self.s & {x}) == 1) for x in range(1, 4)) and sum(x for x in self.s) <= 6

    @final
    def over(self) -> bool:
        return True
