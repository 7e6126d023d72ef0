"""A variable of a comprehension with the name of a choice is not that choice.

By hand: n is the number of bits that are True (0 or 1), bits are any set that was added to; act reads nothing.
bits: {}, {F}, {T}, {F,T}; n follows on act: 4 sets with n 0, 2 with n 1; each has 2 additions and 1 act.
run: -> states=6 transitions=18 tapes=act:
"""
from spec.lang import *

class Trap(Spec):
    """A choice hidden by a variable."""
    bits: Set[bool] = set()
    n: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def add(self, b: bool) -> None:
        """Add."""
        self.bits |= {b}

    @kernel
    def act(self, *, c: bool) -> None:
        """Count."""
        self.n = sum(1 for c in self.bits if c)

    @final
    def over(self) -> bool:
        return True
