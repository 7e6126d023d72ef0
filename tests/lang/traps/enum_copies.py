"""A member kept in a local stays what it was.

By hand: old is the kind of one step ago: 4 pairs.
run: -> states=4 transitions=8
"""
from spec.lang import *

class Kind(Enum): A = auto(); B = auto()

class Trap(Spec):
    """Keeps the last kind."""
    k: Kind = Kind.A
    old: Kind = Kind.A

    @kernel
    def act(self, k: Kind) -> None:
        """Set."""
        now = self.k
        self.k = k
        self.old = now

    @final
    def over(self) -> bool:
        return True
