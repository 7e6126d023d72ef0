"""Choices passed on are read in the order written in the call, not as the callee declares them.

By hand: any of 6 pairs from any; the first choice read has 3 values.
run: -> states=6 transitions=36 tapes=act:3,2
"""
from spec.lang import *

class Kind(Enum): A = auto(); B = auto(); C = auto()

class Trap(Spec):
    """Passes two choices."""
    f: bool = False
    k: Kind = Kind.A

    @kernel
    def act(self, *, x: bool, y: Kind) -> None:
        """Pass."""
        self.both(b=y, a=x)

    @helper
    def both(self, *, a: bool, b: Kind) -> None:
        """Store."""
        self.f = a
        self.k = b

    @final
    def over(self) -> bool:
        return True
