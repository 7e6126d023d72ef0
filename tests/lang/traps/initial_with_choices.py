"""An initialiser's choices make initial states, each once.

By hand: tapes (0), (1, 0), (1, 1) make False, False, True.
run: -> states=2 transitions=2 goals=on:0
"""
from spec.lang import *

class Trap(Spec):
    """Starts on or off."""
    a: bool = False

    @initial
    def boot(self, *, x: bool, y: bool) -> None:
        self.a = x and y

    @kernel
    def act(self) -> None:
        """Toggle."""
        self.a = not self.a

    @goal
    def on(self) -> bool:
        return self.a
