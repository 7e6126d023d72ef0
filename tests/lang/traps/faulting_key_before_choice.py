"""In `self.m[k] += v` the key comes first: None leaves the choice unread.

By hand: nothing put: 1 faulting run; entry 0: 2 runs; entry 1: adding 1 is a fault.
run: Device=1 -> states=3 transitions=6 violated=bounds_are_kept:1 faults=act:2
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """A key that may be None."""
    o: Device | None = None
    m: Map[Device, Annotated[int, Bounds(0, 1)]] = everywhere(0)

    @kernel
    def act(self, *, c: Annotated[int, Bounds(0, 1)]) -> None:
        """Add."""
        self.m[self.o] += c

    @kernel
    def put(self, d: Device) -> None:
        """Set o."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
