"""A warning does not end the call, however often it comes.

By hand: 4 maps, done or not; 2 marks and 1 act.
run: Device=2 -> states=8 transitions=24 violated=no_warnings:2
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Warns."""
    m: Map[Device, bool] = everywhere(False)
    over: bool = False

    @kernel
    def mark(self, d: Device) -> None:
        """Mark."""
        self.m[d] = True

    @kernel
    def act(self) -> None:
        """Warn."""
        for d in Device:
            if self.m[d]:
                warn("marked")
        self.over = True

    @final
    def ended(self) -> bool:
        return True
