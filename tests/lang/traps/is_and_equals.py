"""`is` and `==` agree on members and bools; `in` asks a tuple of alternatives.

By hand: kind and flag are set freely.
run: -> states=6 transitions=36
"""
from spec.lang import *

class Kind(Enum): A = auto(); B = auto(); C = auto()

class Trap(Spec):
    """Sets members."""
    k: Kind = Kind.A
    b: bool = False

    @kernel
    def act(self, k: Kind, b: bool) -> None:
        """Set."""
        self.k = k
        self.b = b

    @invariant
    def agree(self) -> bool:
        return all((self.k is x) == (self.k == x) for x in Kind) and (self.b is True) == self.b

    @invariant
    def alternatives(self) -> bool:
        return (self.k in (Kind.A, Kind.C)) == (self.k is not Kind.B)

    @final
    def over(self) -> bool:
        return True
