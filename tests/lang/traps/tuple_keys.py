"""A map keyed by pairs has one entry for each pair.

By hand: each device is untouched, (A, B) or (A): 9 states, 2 calls.
run: Device=2 -> states=9 transitions=18
"""
from spec.lang import *

class Device(Sort): "Half a key."
class Kind(Enum): A = auto(); B = auto()

class Trap(Spec):
    """Pairs."""
    f: Map[tuple[Device, Kind], bool] = everywhere(False)

    @kernel
    def act(self, d: Device) -> None:
        """Set one, turn the other."""
        self.f[d, Kind.A] = True
        self.f[d, Kind.B] = not self.f[d, Kind.B]

    @final
    def over(self) -> bool:
        return True
