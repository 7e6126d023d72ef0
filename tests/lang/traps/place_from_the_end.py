"""`q[-1]` is no place of a sequence: Python would take the last entry.

By hand: act faults before and after the one push.
run: Device=1 -> states=2 transitions=1 violated=bounds_are_kept:1 faults=act:2
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Looks at the end."""
    q: Seq[Device, Max(1)] = ()
    hit: bool = False

    @kernel
    def act(self) -> None:
        """Look."""
        self.hit = self.q[-1] in self.q

    @kernel
    def push(self, d: Device) -> None:
        """Grow."""
        require(len(self.q) == 0)
        self.q = self.q + (d,)

    @final
    def over(self) -> bool:
        return True
