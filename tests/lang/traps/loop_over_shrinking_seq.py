"""Removing what a loop stands on skips nothing.

By hand: boot makes (d0, d1, d0, d1); one call removes all of them and counts 4 turns; then 0 turns.
run: Device=2 -> states=3 transitions=3 goals=four_turns:1
"""
from spec.lang import *

class Device(Sort): "An entry."

class Trap(Spec):
    """Removes what it walks."""
    q: Seq[Device, Max(4)] = ()
    turns: Annotated[int, Bounds(0, 4)] = 0

    @initial
    def boot(self) -> None:
        for i in range(2):
            for d in Device:
                self.q = self.q + (d,)

    @kernel
    def act(self) -> None:
        """Empty it."""
        n = 0
        for x in self.q:
            n += 1
            self.q = without(self.q, x)
        self.turns = n

    @goal
    def four_turns(self) -> bool:
        return self.turns == 4 and len(self.q) == 0

    @final
    def over(self) -> bool:
        return True
