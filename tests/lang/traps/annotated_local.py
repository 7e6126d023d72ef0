"""A local with an annotation holds what the annotation says.

By hand: o and n are None or d; act is two runs.
run: Device=1 -> states=4 transitions=12
"""
from spec.lang import *

class Device(Sort): "A value."

class Trap(Spec):
    """Falls back."""
    o: Device | None = None
    n: Device | None = None

    @kernel
    def act(self, d: Device, *, c: bool) -> None:
        """Store."""
        x: Device | None = d
        if c:
            x = self.o
        self.n = x

    @kernel
    def put(self, d: Device) -> None:
        """Set o."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
