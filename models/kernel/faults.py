"""Where a call of the kernel may fail inside, and whether it does this time."""

from __future__ import annotations

from models.hw.formats import PAGE
from models.hw.memory import Memory, OutOfMemoryError

Script = tuple[tuple[str, bool], ...]
"""Answers in the order in which they are asked for: the place, and whether it fails."""


class FaultPoints:
    """What is asked at every place that may fail. It belongs to the experiment, not to the machine: no journal.

    A place fails if the next answer for it in the script says so, or if it is the one with the number `inject`. Answers
    that are passed over on the way are `unused`.
    A place that begins with "must " is one that no caller can cope with.
    """

    __slots__ = ("inject", "reached", "script", "unused")

    def __init__(self) -> None:
        self.begin()

    def begin(self, script: Script = (), inject: int | None = None) -> None:
        """Before every call that is told how to fail."""
        self.script = script
        self.inject = inject
        self.reached: tuple[str, ...] = ()
        self.unused: Script = ()

    def fails(self, place: str, what: object = None) -> bool:
        """True if it fails here. `what` is for whoever looks on."""
        number = len(self.reached)
        self.reached += (place,)
        for n, (asked, answer) in enumerate(self.script):
            if asked == place:
                self.unused += self.script[:n]
                self.script = self.script[n + 1 :]
                return answer or number == self.inject
        return number == self.inject

    def finish(self) -> Script:
        """Answers that nobody asked for."""
        return self.unused + self.script


class FallibleMemory(Memory):
    """Memory of a kernel: every allocation is a place that may fail."""

    __slots__ = ("faults",)
    faults: FaultPoints

    def allocate(self, pages: int = 1) -> int:
        if self.faults.fails("no-frame", pages * PAGE):
            raise OutOfMemoryError
        return Memory.allocate(self, pages)
