"""A ghost is part of the state like any field.

By hand: the ghost toggles.
run: -> states=2 transitions=2
"""
from spec.lang import *

class Trap(Spec):
    """Toggles."""
    seen: Ghost[bool] = False

    @kernel
    def act(self) -> None:
        """Toggle."""
        self.seen = not self.seen
