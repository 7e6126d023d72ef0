"""`without(seq, x)` needs an x.

By hand: q empty or full, o None or d; drop faults while o is None; calls 2 + 1 + 3 + 2.
run: Device=1 -> states=4 transitions=8 violated=bounds_are_kept:1
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Removes."""
    o: Device | None = None
    q: Seq[Device, Max(1)] = ()

    @kernel
    def push(self, d: Device) -> None:
        """Grow."""
        require(len(self.q) == 0)
        self.q = self.q + (d,)

    @kernel
    def drop(self) -> None:
        """Shrink."""
        self.q = without(self.q, self.o)

    @kernel
    def put(self, d: Device) -> None:
        """Set o."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
