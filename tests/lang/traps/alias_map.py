"""A name for a whole map does not see a later write to an entry.

By hand: a grows by d, b is a of one step ago: 8 pairs, every pair has both calls.
run: Device=2 -> states=8 transitions=16
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Copies a map, then writes."""
    a: Map[Device, bool] = everywhere(False)
    b: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self, d: Device) -> None:
        """Copy, then write."""
        whole = self.a
        self.a[d] = True
        self.b = whole

    @final
    def over(self) -> bool:
        return True
