"""A set is walked in the order of its items, however it was built.

By hand: no pair, 3 singles, 3 pairs; 9 calls each.
run: Slot=3 -> states=7 transitions=63
"""
from spec.lang import *

class Slot(Sort, ordered=True): "An item."

class Trap(Spec):
    """Lists a set."""
    s: Set[Slot] = set()
    q: Seq[Slot, Max(3)] = ()

    @kernel
    def act(self, a: Slot, b: Slot) -> None:
        """List it."""
        self.s = {b, a}
        self.q = ()
        for x in self.s:
            self.q = self.q + (x,)

    @invariant
    def rising(self) -> bool:
        return all(self.q[i] < self.q[i + 1] for i in range(len(self.q) - 1))

    @final
    def over(self) -> bool:
        return True
