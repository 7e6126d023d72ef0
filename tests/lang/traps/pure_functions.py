"""Pure functions are inlined meaning, also with early returns and loops.

By hand: the state walks A, B, C, A.
run: -> states=3 transitions=3
"""
from spec.lang import *

class Kind(Enum): A = auto(); B = auto(); C = auto()

@pure
def following(k: Kind) -> Kind:
    """The next kind, around."""
    seen = False
    for x in Kind:
        if seen:
            return x
        if x is k:
            seen = True
    return Kind.A

class Trap(Spec):
    """Walks."""
    k: Kind = Kind.A

    @kernel
    def act(self) -> None:
        """Walk."""
        self.k = following(self.k)
