"""A fault in an invariant is a violation of that invariant, not of the bounds.

By hand: None violates at once.
run: Device=1 -> states=2 transitions=2 violated=looks:0
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Picks."""
    o: Device | None = None
    m: Map[Device, bool] = everywhere(True)

    @kernel
    def pick(self, d: Device) -> None:
        """Pick."""
        self.o = d

    @invariant
    def looks(self) -> bool:
        return self.m[self.o]

    @final
    def over(self) -> bool:
        return True
