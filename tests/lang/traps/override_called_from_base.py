"""A base's text calls the override.

By hand: 0 -> 2, never 1; the action itself is inherited with its decorator.
run: -> states=2 transitions=2
"""
from spec.lang import *

class Base(Spec):
    """Would store 1."""
    n: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def act(self) -> None:
        """Store."""
        self.n = self.value()

    def value(self) -> int:
        """One."""
        return 1

    @invariant
    def never_one(self) -> bool:
        return self.n != 1

    @final
    def over(self) -> bool:
        return True

class Trap(Base):
    """Stores 2."""
    def value(self) -> int:
        """One more."""
        return super().value() + 1

    def act(self) -> None:
        """As the base, without a decorator of its own."""
        super().act()
