"""A `@during` property is asked after every write, an invariant only between calls.

By hand: a before b, seen once.
run: -> states=2 transitions=2 violated=together:1
"""
from spec.lang import *

class Trap(Spec):
    """Two writes."""
    a: bool = False
    b: bool = False

    @kernel
    def act(self) -> None:
        """Write."""
        self.a = True
        self.b = True

    @during
    def together(self, old: Self) -> bool:
        return self.a == self.b

    @during
    def nothing_is_taken_back(self, old: Self) -> bool:
        return self.a or not old.a

    @invariant
    def together_between(self) -> bool:
        return self.a == self.b

    @final
    def over(self) -> bool:
        return True
