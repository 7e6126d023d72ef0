"""None is in no set; asking is no fault.

By hand: o None or d, s empty or not, hit only for d in s: 5 states, 3 calls each.
run: Device=1 -> states=5 transitions=15
"""
from spec.lang import *

class Device(Sort): "An item."

class Trap(Spec):
    """Asks."""
    o: Device | None = None
    s: Set[Device] = set()
    hit: bool = False

    @kernel
    def act(self) -> None:
        """Ask."""
        self.hit = self.o in self.s

    @kernel
    def put(self, d: Device) -> None:
        """Set o."""
        self.o = d

    @kernel
    def add(self, d: Device) -> None:
        """Grow s."""
        self.s |= {d}

    @final
    def over(self) -> bool:
        return True
