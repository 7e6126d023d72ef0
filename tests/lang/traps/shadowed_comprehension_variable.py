"""A variable of a comprehension hides an outer one only inside.

By hand: n is the number of unset keys once one is set: (none, 0), (one, 1) twice, (both, 0).
run: Device=2 -> states=4 transitions=8
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """Two variables of one name."""
    m: Map[Device, bool] = everywhere(False)
    n: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def act(self, d: Device) -> None:
        """Count."""
        self.m[d] = True
        count = 0
        for x in Device:
            if any(self.m[x] for x in Device) and not self.m[x]:
                count += 1
        self.n = count

    @final
    def over(self) -> bool:
        return True
