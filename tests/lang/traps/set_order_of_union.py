"""Records in a set are walked in the order of the union, not of their declarations.

By hand: no set, 3 singles, 3 pairs, of Box(False), Box(True), Empty; 9 calls each.
run: -> states=7 transitions=63
"""
from spec.lang import *

class Empty(Record): "Declared first, last in the union."
class Box(Record):
    full: bool
Thing = Box | Empty

class Trap(Spec):
    """Lists a set."""
    s: Set[Thing] = set()
    q: Seq[Thing, Max(2)] = ()

    @kernel
    def act(self, a: Thing, b: Thing) -> None:
        """List."""
        self.s = {a, b}
        self.q = ()
        for x in self.s:
            self.q = self.q + (x,)

    @invariant
    def empty_is_last(self) -> bool:
        return all(self.q[i] != Empty() for i in range(len(self.q) - 1))

    @final
    def over(self) -> bool:
        return True
