"""An inner filter sees the outer variable.

By hand: 4 bits set one by one; ok follows from the two off-diagonal ones.
run: Device=2 -> states=16 transitions=64
"""
from spec.lang import *

class Device(Sort): "Half a key."

class Trap(Spec):
    """Asks for a partner."""
    m: Map[tuple[Device, Device], bool] = everywhere(False)
    ok: bool = False

    @kernel
    def act(self, a: Device, b: Device) -> None:
        """Set."""
        self.m[a, b] = True
        self.ok = all(any(self.m[x, y] for y in Device if y != x) for x in Device)

    @invariant
    def pairs(self) -> bool:
        return self.ok == (sum(1 for x in Device for y in Device if x != y and self.m[x, y]) == 2)

    @final
    def over(self) -> bool:
        return True
