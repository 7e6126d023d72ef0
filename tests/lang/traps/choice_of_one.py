"""A choice with one value still takes a place on the tape.

By hand: one state, one run with a tape of one entry.
run: Device=1 -> states=2 transitions=2 tapes=act:1
"""
from spec.lang import *

class Device(Sort): "A key."

class Trap(Spec):
    """One choice of one."""
    o: Device | None = None

    @kernel
    def act(self, *, d: Device) -> None:
        """Store."""
        self.o = d

    @final
    def over(self) -> bool:
        return True
