"""`min` over nothing is a fault of the step, which then has no successor.

By hand: off: only toggle; on: act and toggle.
run: Device=1 -> states=4 transitions=6 violated=bounds_are_kept:1
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Takes the least of what is on."""
    on: Map[Device, bool] = everywhere(False)
    m: Map[Device, Annotated[int, Bounds(0, 1)]] = everywhere(1)
    n: Annotated[int, Bounds(0, 1)] = 0

    @kernel
    def act(self) -> None:
        """Take."""
        self.n = min(self.m[x] for x in Device if self.on[x])

    @kernel
    def toggle(self, d: Device) -> None:
        """Switch."""
        self.on[d] = not self.on[d]
