"""`+=` on an entry reads and writes that entry only; past the bound is a fault.

By hand: 9 maps; of 18 calls 6 pass the bound.
run: Device=2 -> states=9 transitions=12 violated=bounds_are_kept:3
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Counts."""
    m: Map[Device, Annotated[int, Bounds(0, 2)]] = everywhere(0)

    @kernel
    def act(self, d: Device) -> None:
        """Count."""
        self.m[d] += 1

    @final
    def over(self) -> bool:
        return True
