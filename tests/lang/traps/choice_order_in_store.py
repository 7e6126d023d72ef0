"""In `self.m[k] = v` the value is read before the key, as Python does.

By hand: any of 8 maps; 6 runs each. The tape's first entry is v: cardinality 2.
run: Device=3 -> states=8 transitions=48 tapes=act:2,3
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Two choices in one store."""
    m: Map[Device, bool] = everywhere(False)

    @kernel
    def act(self, *, k: Device, v: bool) -> None:
        """Store."""
        self.m[k] = v

    @final
    def over(self) -> bool:
        return True
