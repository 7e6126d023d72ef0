"""A sequence that grows past its capacity is a fault where it grows, stored or not.

By hand: empty: act and push; full: act faults and push cannot happen.
run: Device=1 -> states=4 transitions=4 violated=bounds_are_kept:2
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Grows a local."""
    q: Seq[Device, Max(1)] = ()
    n: bool = False

    @kernel
    def act(self, d: Device) -> None:
        """Grow."""
        longer = self.q + (d,)
        self.n = len(longer) == 1

    @kernel
    def push(self, d: Device) -> None:
        """Store."""
        require(len(self.q) == 0)
        self.q = self.q + (d,)

    @final
    def over(self) -> bool:
        return True
