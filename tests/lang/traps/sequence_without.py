"""`without` removes every equal entry and keeps the order of the others.

By hand: (0, 1, 0, 1) -> (1, 1) or (0, 0) -> (); two calls each.
run: Device=2 -> states=4 transitions=8
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Removes."""
    q: Seq[Device, Max(4)] = ()

    @initial
    def boot(self) -> None:
        for i in range(2):
            for d in Device:
                self.q = self.q + (d,)

    @kernel
    def act(self, d: Device) -> None:
        """Remove."""
        self.q = without(self.q, d)

    @invariant
    def all_or_none(self) -> bool:
        return len(self.q) in (0, 2, 4)

    @final
    def over(self) -> bool:
        return True
