"""In `self.m[k] += v` the key is read before the value, as Python does.

By hand: entries 0..2 for 2 keys, the step adds 0, 1 or 2: 9 states, 6 runs each; of the 3 * 3 pairs of an entry and a
number 6 fit, for 3 values of the other entry and 2 keys: 36; the rest are faults, the first from an entry of 1.
run: Device=2 -> states=9 transitions=36 tapes=act:2,3 violated=bounds_are_kept:2 faults=act:18
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Two choices in one store."""
    m: Map[Device, Annotated[int, Bounds(0, 2)]] = everywhere(0)

    @kernel
    def act(self, *, k: Device, v: Annotated[int, Bounds(0, 2)]) -> None:
        """Add."""
        self.m[k] += v

    @final
    def over(self) -> bool:
        return True
