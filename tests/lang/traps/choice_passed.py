"""A choice passed on by keyword is one choice for both calls; a given value is no choice.

By hand: a is chosen, b becomes True: the first state and two more, two runs each.
run: -> states=3 transitions=6
"""
from spec.lang import *

class Trap(Spec):
    """Passes choices."""
    a: bool = False
    b: bool = False

    @kernel
    def act(self, *, c: bool) -> None:
        """Pass on."""
        self.a = self.flip(c=c)
        self.b = self.flip(c=True)

    @helper
    def flip(self, *, c: bool) -> bool:
        """Nature's coin."""
        return c

    @final
    def over(self) -> bool:
        return True
