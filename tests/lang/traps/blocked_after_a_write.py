"""A blocked call that changed something is a violation like a refusal.

By hand: False -> True, then a plain blocked call.
run: Device=1 -> states=2 transitions=1 refusals=1 violated=refused_calls_change_nothing:1
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Waits too late."""
    m: Map[Device, bool] = everywhere(False)

    @ioctl
    def act(self) -> Outcome:
        """Mark, then wait."""
        for d in Device:
            self.m[d] = True
        return blocked("waits")

    @final
    def over(self) -> bool:
        return True
