"""`rest(q)` and `q[1:]` leave out the first entry; of nothing they leave nothing.

By hand: (0, 1) -> (1) -> () -> (), the other way the same.
run: Device=2 -> states=3 transitions=6
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Shortens."""
    q: Seq[Device, Max(2)] = ()

    @initial
    def boot(self) -> None:
        for d in Device:
            self.q = self.q + (d,)

    @kernel
    def act(self) -> None:
        """Shorten."""
        self.q = rest(self.q)

    @kernel
    def cut(self) -> None:
        """Shorten."""
        self.q = self.q[1:]

    @final
    def over(self) -> bool:
        return True
