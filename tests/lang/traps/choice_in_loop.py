"""A choice read in a loop is made once for the whole call.

By hand: all False or all True.
run: Device=3 -> states=2 transitions=4
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Stores one choice everywhere."""
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self, *, c: bool) -> None:
        """Store."""
        for d in Device:
            self.m[d] = c

    @final
    def over(self) -> bool:
        return True
