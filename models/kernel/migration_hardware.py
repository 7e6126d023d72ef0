"""The device itself, as its driver can command it: what it may begin, what it is, what it keeps to track changes."""

from __future__ import annotations

from typing import Literal

from models.hw.journal import Journal, Recorded
from models.kernel.migration_stream import DIRTY, REGISTERS, record

Save = Literal["dirty", "final"]


class MigratableHardware(Recorded):
    """A device with ports. `initiates`: it may begin DMA; `responds`: it answers and executes.

    While it tracks, `changed` says that it is not any more what was last saved. `save` is one that goes on.
    """

    __slots__ = ("changed", "initiates", "ports", "responds", "save", "tracks", "vectors")

    def __init__(self, journal: Journal, ports: int) -> None:
        self.journal = journal
        self.ports = tuple(_fresh(number) for number in range(ports))
        self.initiates = True
        self.responds = True
        self.tracks = False
        self.changed = False
        self.save: Save | None = None
        self.vectors = False

    def run(self, initiates: bool, responds: bool) -> None:
        """The two halves of stopping a device, or of letting it go on; what was begun is done before this returns."""
        self.initiates = initiates
        self.responds = responds

    def begin_tracking(self) -> None:
        """From here on it can say what changed."""
        self.tracks = True
        self.changed = False

    def end_tracking(self) -> None:
        """Give back what tracking needs; a save that goes on is cancelled."""
        self.tracks = False
        self.changed = False
        self.save = None

    def change(self) -> None:
        """It works, so that it is not what it was. A device that responds to nobody does not change."""
        if self.responds:
            first = self.ports[0]
            self.ports = (bytes(((first[0] + 1) & 0xFF,)) + first[1:], *self.ports[1:])

    def changes(self) -> bytes:
        """What changed since the last time."""
        return record(DIRTY, self.ports[0])

    def load(self, ports: tuple[bytes, ...]) -> None:
        """Become another device."""
        self.ports = ports

    def reset(self) -> None:
        """As new, and running."""
        self.ports = tuple(_fresh(number) for number in range(len(self.ports)))
        self.run(initiates=True, responds=True)


def _fresh(number: int) -> bytes:
    return bytes((0, number)) + bytes(REGISTERS - 2)
