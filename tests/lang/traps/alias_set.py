"""`|=` on a set stores a new set; a name for the old one keeps it.

By hand: as alias_map, 8 pairs of sets of two.
run: Device=2 -> states=8 transitions=16
"""
from spec.lang import *

class Device(Sort): "An item."

class Trap(Spec):
    """Copies a set, then writes."""
    s: Set[Device] = set()
    t: Set[Device] = set()

    @kernel
    def act(self, d: Device) -> None:
        """Copy, then write."""
        before = self.s
        self.s |= {d}
        self.t = before

    @final
    def over(self) -> bool:
        return True
