"""Each call of a helper has choices of its own.

By hand: any of 4 maps from any.
run: Device=2 -> states=4 transitions=16
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Stores a choice for each."""
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self) -> None:
        """Store."""
        for d in Device:
            self.m[d] = self.flip()

    @helper
    def flip(self, *, c: bool) -> bool:
        """Nature's coin."""
        return c

    @final
    def over(self) -> bool:
        return True
