"""None has no order: comparing it is a fault, equality is not.

By hand: (None, F); o in {0, 1} with hit F or T: 5 states; None: 2 sets and a fault, others 2 sets and act.
run: -> states=5 transitions=14 violated=bounds_are_kept:1
"""
from spec.lang import *

class Trap(Spec):
    """Compares."""
    o: Annotated[int, Bounds(0, 1)] | None = None
    hit: bool = False

    @kernel
    def put(self, x: Annotated[int, Bounds(0, 1)]) -> None:
        """Set."""
        self.o = x

    @kernel
    def act(self) -> None:
        """Compare."""
        self.hit = self.o < 1

    @invariant
    def equality_is_fine(self) -> bool:
        return (self.o == 0) or self.o != 0

    @final
    def over(self) -> bool:
        return True
