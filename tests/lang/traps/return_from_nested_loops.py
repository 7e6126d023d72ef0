"""`return` leaves all loops at once.

By hand: nothing set (1), a pair set and not probed (4), a pair set and probed (4); calls 5 + 4 + 4.
run: Device=2 -> states=9 transitions=13
"""
from spec.lang import *

class Device(Sort): "Half a key."

class Trap(Spec):
    """Counts how many pairs a search visits."""
    m: Map[tuple[Device, Device], bool] = everywhere(False)
    n: Annotated[int, Bounds(0, 4)] = 0

    @kernel
    def mark(self, x: Device, y: Device) -> None:
        """Set one pair."""
        require(not any(self.m[a, b] for a in Device for b in Device))
        self.m[x, y] = True

    @kernel
    def probe(self) -> None:
        """Search."""
        self.n = self.visited()

    def visited(self) -> int:
        """Turns until the pair."""
        count = 0
        for x in Device:
            for y in Device:
                count += 1
                if self.m[x, y]:
                    return count
        return 0

    @final
    def over(self) -> bool:
        return True
