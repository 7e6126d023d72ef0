"""None among the terms of a sum is a fault.

By hand: a None: 2 puts and a faulting act; else a and n are 0 or 1: 2 puts and an act each.
run: Device=1 -> states=5 transitions=14 violated=bounds_are_kept:1
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Adds up."""
    a: Map[Device, Annotated[int, Bounds(0, 1)] | None] = everywhere(None)
    n: Annotated[int, Bounds(0, 1)] = 0

    @kernel
    def act(self) -> None:
        """Add up."""
        self.n = sum(self.a[d] for d in Device)

    @kernel
    def put(self, d: Device, x: Annotated[int, Bounds(0, 1)]) -> None:
        """Set."""
        self.a[d] = x

    @final
    def over(self) -> bool:
        return True
