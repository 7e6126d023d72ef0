"""The arm not taken reads nothing.

By hand: 0 by one run, 1 and 2 by one each: three runs in three states.
run: -> states=3 transitions=9
"""
from spec.lang import *

class Trap(Spec):
    """Nested conditional expressions."""
    n: Annotated[int, Bounds(0, 2)] = 0

    @kernel
    def act(self, *, c: bool, e: bool) -> None:
        """Choose."""
        self.n = (1 if e else 2) if c else 0

    @final
    def over(self) -> bool:
        return True
