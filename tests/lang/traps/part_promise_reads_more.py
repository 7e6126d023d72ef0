"""A promise about a call of a part reads more of the state than the call does: what is remembered must know.

By hand: n and closed, 4 states. go: 4, close: 4. The gate is closed, then go: broken after 2.
run: -> states=4 transitions=8 violated=gate.it_moves_only_while_open:2
"""
from spec.lang import *

class Gate(Spec):
    """Moves although it is closed."""
    closed: bool = False
    n: bool = False

    @ioctl
    def move(self) -> Outcome:
        """To the other side."""
        self.n = not self.n
        return DONE

    @kernel
    def close(self) -> None:
        """Closed, or open again."""
        self.closed = not self.closed

    @action_property("move")
    def it_moves_only_while_open(self, old: Self, outcome: Outcome) -> bool:
        return not old.closed

class Trap(Spec):
    """A caller of the gate."""
    gate: Gate = part("close")

    @ioctl
    def go(self) -> Outcome:
        """Move it."""
        return self.gate.move()

class Flat(Spec):
    """The same, written by hand in one class."""
    closed: bool = False
    n: bool = False

    @kernel
    def close(self) -> None:
        self.closed = not self.closed

    @ioctl
    def go(self) -> Outcome:
        self.n = not self.n
        return DONE

    @action_property("go")
    def gate_it_moves_only_while_open(self, old: Self, outcome: Outcome) -> bool:
        return not old.closed
