"""In `self.m[k] = v` the choice in v is read even though the key turns out to be None.

By hand: nothing put: 2 faulting runs; put: 2 runs and a put in both states.
run: Device=1 -> states=3 transitions=7 violated=bounds_are_kept:1 faults=act:2
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """A key that may be None."""
    o: Device | None = None
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self, *, c: bool) -> None:
        """Set."""
        self.m[self.o] = c

    @kernel
    def put(self, d: Device) -> None:
        """Set o."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
