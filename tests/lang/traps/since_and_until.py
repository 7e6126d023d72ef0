"""Eras are inclusive at both ends, on switches, methods and fields.

By hand: E1 has b and c, E2 all three, E3 a and c; c stores 3 only where both switches are on.
run: era=E1 -> states=2 transitions=4
run: era=E2 -> states=4 transitions=12
run: era=E3 -> states=2 transitions=4
run: era=E3 older=True -> states=3 transitions=6
run: -> states=2 transitions=4
"""
from spec.lang import *

class Era(OrderedEnum): E1 = auto(); E2 = auto(); E3 = auto()

class Trap(Spec):
    """Three actions."""
    era: Switch[Era] = Era.E3
    newer: Switch[bool] = since(Era.E2)
    older: Switch[bool] = until(Era.E2)
    n: Annotated[int, Bounds(0, 3)] = 0

    @since(Era.E2)
    @kernel
    def a(self) -> None:
        """Store 1."""
        self.n = 1

    @kernel
    @until(Era.E2)
    def b(self) -> None:
        """Store 2."""
        self.n = 2

    @kernel
    def c(self) -> None:
        """Store 3 or 0."""
        self.n = 3 if self.newer and self.older else 0

    @until(Era.E1)
    @invariant
    def only_in_the_first_era(self) -> bool:
        return self.n != 3
