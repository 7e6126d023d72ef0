"""None returned where a value is promised is a fault of the call.

By hand: nothing put: one faulting run; then two runs and a put in both states.
run: Device=1 -> states=3 transitions=7 violated=bounds_are_kept:1 faults=act:1
"""
from spec.lang import *

class Device(Sort): "A value."

class Trap(Spec):
    """Hands o around."""
    o: Device | None = None
    n: Device | None = None

    @kernel
    def act(self, *, c: bool) -> None:
        """Get, then maybe store."""
        x = self.get()
        if c:
            self.n = x

    def get(self) -> Device:
        """What o holds."""
        return self.o

    @kernel
    def put(self, d: Device) -> None:
        """Set o."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
