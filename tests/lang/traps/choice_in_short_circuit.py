"""A choice behind `and` is read only if it matters.

By hand: off: 1 run of act, on: 2; toggle always 1; 4 states.
run: -> states=4 transitions=10
"""
from spec.lang import *

class Trap(Spec):
    """Reads a choice while on."""
    on: bool = False
    n: bool = False

    @kernel
    def act(self, *, c: bool) -> None:
        """Read it, or not."""
        if self.on and c:
            self.n = True
        else:
            self.n = False

    @kernel
    def toggle(self) -> None:
        """Switch."""
        self.on = not self.on
