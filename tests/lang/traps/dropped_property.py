"""`name = None` drops a property of the base.

By hand: the base's property is violated by its first state; here nothing is.
run: -> states=2 transitions=2
"""
from spec.lang import *

class Base(Spec):
    """Promises too much."""
    n: bool = False

    @kernel
    def act(self) -> None:
        """Toggle."""
        self.n = not self.n

    @invariant
    def never(self) -> bool:
        return self.n and not self.n

class Trap(Base):
    """Promises nothing."""
    never = None
