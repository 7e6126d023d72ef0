"""`replace` checks an item before it reads the next.

By hand: no box (act faults before its choice), n 0, 1 with any owner; at n 1 the bound is passed before the choice.
make gives n 0: from nothing 2 makes; from 4 boxes 2 makes; act: 2 runs from n 0, 1 faulting run from n 1.
run: Device=2 -> states=5 transitions=14 violated=bounds_are_kept:1 faults=act:3
"""
from spec.lang import *

class Device(Sort): "An owner."

class Box(Record):
    n: Annotated[int, Bounds(0, 1)]
    o: Device

class Trap(Spec):
    """Changes a box."""
    b: Box | None = None

    @kernel
    def make(self, d: Device) -> None:
        """A new one."""
        self.b = Box(n=0, o=d)

    @kernel
    def act(self, *, c: Device) -> None:
        """Count and give away."""
        self.b = replace(self.b, n=self.b.n + 1, o=c)

    @final
    def over(self) -> bool:
        return True
