"""What all command queues have in common: commands as words, and what a unit does that has no such command.

The vendors' words are in `queue_vtd`, `queue_amd`, `queue_arm` and `queue_riscv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from models.hw.invalidation import Command

Words = tuple[int, ...]


class NoCommandError(Exception):
    """The unit has no command that removes this: software asks for something larger."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Completion of everything before it, told by writing `data` to `address` unless that is None."""

    address: int | None = None
    data: int = 0


class Codec(Protocol):
    """The words of one kind of unit."""

    def encode(self, command: Command | Wait) -> Words:
        """The words of a command. Raises `NoCommandError`; never encodes a smaller one."""
        ...

    def decode(self, words: Words) -> tuple[Command, ...] | Wait:
        """What the unit removes, at least, when it runs the words: one command as a rule."""
        ...
