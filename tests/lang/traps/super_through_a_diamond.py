"""`super()` is the next class in Python's order, also sideways.

By hand: 3, 1, 2, 0.
run: -> states=2 transitions=1 goals=done_once:1
"""
from spec.lang import *

class Root(Spec):
    """Writes 0."""
    log: Seq[Annotated[int, Bounds(0, 3)], Max(4)] = ()

    @kernel
    def act(self) -> None:
        """Once."""
        require(len(self.log) == 0)
        self.note()

    def note(self) -> None:
        """Last."""
        self.log = self.log + (0,)

    @goal
    def done_once(self) -> bool:
        return self.log == (3, 1, 2, 0)

    @final
    def over(self) -> bool:
        return True

class Left(Root):
    """Writes 1."""
    def note(self) -> None:
        """Then on."""
        self.log = self.log + (1,)
        super().note()

class Right(Root):
    """Writes 2."""
    def note(self) -> None:
        """Then on."""
        self.log = self.log + (2,)
        super().note()

class Trap(Left, Right):
    """Writes 3."""
    def note(self) -> None:
        """Then on."""
        self.log = self.log + (3,)
        super().note()
