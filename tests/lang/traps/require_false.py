"""A false `require` is no step: neither transition nor refusal.

By hand: 4 maps, one step for each key that is not set: 2 + 1 + 1 + 0.
run: Device=2 -> states=4 transitions=4 violated=no_deadlock:2
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Sets once."""
    m: Map[Device, bool] = everywhere(False)

    @fault
    def act(self, d: Device) -> None:
        """Set."""
        require(not self.m[d])
        self.m[d] = True
