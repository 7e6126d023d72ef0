"""A fault in the first argument leaves the second unread.

By hand: nothing picked: one faulting run with an empty tape; picked: two runs and one pick.
run: Device=1 -> states=3 transitions=7 violated=bounds_are_kept:1 faults=act:1
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Passes None and a choice."""
    o: Device | None = None
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self, *, c: bool) -> None:
        """Set."""
        self.put(self.o, c)

    def put(self, d: Device, b: bool) -> None:
        """Set one."""
        self.m[d] = b

    @kernel
    def pick(self, d: Device) -> None:
        """Pick."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
