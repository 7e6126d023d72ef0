"""A local that may be None can get a value later.

By hand: o and n are each None, d0 or d1: all 9 pairs; 2 + 2 calls.
run: Device=2 -> states=9 transitions=36
"""
from spec.lang import *

class Device(Sort): "A value."

class Trap(Spec):
    """Falls back on the argument."""
    o: Device | None = None
    n: Device | None = None

    @kernel
    def put(self, d: Device) -> None:
        """Set o."""
        self.o = d

    @kernel
    def act(self, d: Device) -> None:
        """Set n."""
        x = self.o
        if x is None:
            x = d
        self.n = x

    @final
    def over(self) -> bool:
        return True
