"""`listed` goes by position, the last value repeats; a rigid constant is no state.

By hand: only d0 is allowed: two states; act(d0) toggles, two others are refused.
run: Device=3 -> states=2 transitions=2 refusals=4
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Asks the topology."""
    allowed: Constant[Map[Device, bool]] = listed(True, False)
    n: bool = False

    @ioctl
    def act(self, d: Device) -> Outcome:
        """Toggle."""
        if not self.allowed[d]:
            return refuse(ENODEV, "not-allowed")
        self.n = not self.n
        return DONE
