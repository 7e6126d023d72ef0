"""`@during` is asked after writes in helpers, and of calls that fault later.

By hand: c False: n changes without a; c True: a before b; every second call faults.
run: -> states=3 transitions=2 violated=same:1,no_change_without_a:1,bounds_are_kept:2
"""
from spec.lang import *

class Trap(Spec):
    """Three writes."""
    a: bool = False
    b: bool = False
    n: Annotated[int, Bounds(0, 1)] = 0

    @kernel
    def act(self, *, c: bool) -> None:
        """Write."""
        self.set_a(c)
        self.b = c
        self.n += 1

    def set_a(self, c: bool) -> None:
        """Write a."""
        self.a = c

    @during
    def same(self, old: Self) -> bool:
        return self.a == self.b

    @during
    def no_change_without_a(self, old: Self) -> bool:
        return implies(self.n != old.n, self.a)

    @final
    def over(self) -> bool:
        return True
