"""None as a key is a fault.

By hand: as fault_not_reached, but act has no step while nothing is picked.
run: Device=1 -> states=3 transitions=5 violated=bounds_are_kept:1
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Looks without asking."""
    o: Device | None = None
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self) -> None:
        """Set."""
        self.m[self.o] = True

    @kernel
    def pick(self, d: Device) -> None:
        """Pick."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
