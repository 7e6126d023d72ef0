"""A choice read twice is the same choice.

By hand: both False or both True; one choice each time.
run: -> states=2 transitions=4
"""
from spec.lang import *

class Trap(Spec):
    """Stores one choice twice."""
    a: bool = False
    b: bool = False

    @kernel
    def act(self, *, c: bool) -> None:
        """Store."""
        self.a = c
        self.b = c

    @invariant
    def same(self) -> bool:
        return self.a == self.b

    @final
    def over(self) -> bool:
        return True
