"""A loop runs over the sequence as it was when the loop began.

By hand: () -> (d) -> loop once -> (d, d); a loop that saw the growth would pass Max(4).
run: Device=1 -> states=2 transitions=1
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Appends to what it walks."""
    q: Seq[Device, Max(4)] = ()

    @kernel
    def act(self, d: Device) -> None:
        """Double it."""
        require(len(self.q) == 0)
        self.q = self.q + (d,)
        for x in self.q:
            self.q = self.q + (x,)

    @invariant
    def none_or_two(self) -> bool:
        return len(self.q) in (0, 2)

    @final
    def over(self) -> bool:
        return True
