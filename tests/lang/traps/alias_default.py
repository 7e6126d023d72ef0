"""`everywhere(set())` gives every key and every map a set of its own.

By hand: any of 4 bits can be added, in any state.
run: Device=2 -> states=16 transitions=64
"""
from spec.lang import *

class Device(Sort): "Key and item."

class Trap(Spec):
    """A map of sets."""
    m: Map[Device, Set[Device]] = everywhere(set())
    n: Map[Device, Set[Device]] = everywhere(set())

    @kernel
    def act(self, d: Device, e: Device) -> None:
        """Add one."""
        self.m[d] |= {e}

    @invariant
    def the_other_map_stays_empty(self) -> bool:
        return all(len(self.n[d]) == 0 for d in Device)

    @final
    def over(self) -> bool:
        return True
