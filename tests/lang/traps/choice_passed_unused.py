"""Passing a choice reads it, even if the callee never looks.

By hand: one state, two runs.
run: -> states=1 transitions=2
"""
from spec.lang import *

class Trap(Spec):
    """Passes a choice for nothing."""
    a: bool = False

    @kernel
    def act(self, *, e: bool) -> None:
        """Pass on."""
        self.a = self.ignore(c=e)

    @helper
    def ignore(self, *, c: bool) -> bool:
        """Nobody asks."""
        return False

    @final
    def over(self) -> bool:
        return True
