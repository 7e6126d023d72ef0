"""A place below 0 is a fault; nothing is counted from the end.

By hand: lengths 0 and 1 fault, length 2 reads place 0.
run: Device=1 -> states=4 transitions=4 violated=bounds_are_kept:1
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Looks before the last."""
    q: Seq[Device, Max(2)] = ()
    hit: bool = False

    @kernel
    def act(self) -> None:
        """Look."""
        x = self.q[len(self.q) - 2]
        self.hit = x in self.q

    @kernel
    def push(self, d: Device) -> None:
        """Grow."""
        require(len(self.q) < 2)
        self.q = self.q + (d,)

    @final
    def over(self) -> bool:
        return True
