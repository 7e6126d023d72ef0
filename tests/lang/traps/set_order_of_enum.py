"""Members of an enumeration are walked as declared, not by name.

By hand: Z is declared first; the second call repeats the first.
run: -> states=2 transitions=2
"""
from spec.lang import *

class Kind(Enum):
    Z = auto()
    M = auto()
    A = auto()

class Trap(Spec):
    """Takes the first."""
    s: Set[Kind] = set()
    got: Kind | None = None

    @kernel
    def act(self) -> None:
        """Take."""
        self.s = {Kind.A, Kind.M, Kind.Z}
        self.got = first(k for k in self.s)

    @invariant
    def z_comes_first(self) -> bool:
        return self.got is None or self.got is Kind.Z

    @final
    def over(self) -> bool:
        return True
