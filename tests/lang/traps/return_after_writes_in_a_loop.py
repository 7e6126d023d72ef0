"""`return` keeps the writes of the turns before.

By hand: all three at once, then nothing.
run: Device=3 -> states=2 transitions=2
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Sets until one is set."""
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self) -> None:
        """Set."""
        for d in Device:
            if self.m[d]:
                return
            self.m[d] = True

    @final
    def over(self) -> bool:
        return True
