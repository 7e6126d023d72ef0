"""What was overwritten, so that it can be put back: snapshots of a whole model at the price of its writes.

Every object that a model may change is `Recorded`; it holds immutable values only (numbers, strings, tuples, other
recorded objects), so that setting an attribute is the one way in which anything changes.
"""

from __future__ import annotations

from collections.abc import Callable

Undo = tuple[Callable[..., object], tuple[object, ...]]
"""A call that takes one write back."""

MISSING = object()


class Journal:
    """The writes since the model began, newest last. `observer` is called after each of them, while it is set."""

    __slots__ = ("entries", "observer")

    def __init__(self) -> None:
        self.entries: list[Undo] = []
        self.observer: Callable[[], None] | None = None

    def mark(self) -> int:
        """A moment to come back to."""
        return len(self.entries)

    def wrote(self, undo: Callable[..., object], *args: object) -> None:
        """Notes a write that has been made, by the call that takes it back."""
        self.entries.append((undo, args))
        if self.observer is not None:
            self.observer()

    def back(self, mark: int) -> None:
        """Takes back everything since a mark. Objects made since then are of no use any more."""
        entries = self.entries
        while len(entries) > mark:
            undo, args = entries.pop()
            undo(*args)


class Recorded:
    """An object whose attributes are on record from the second time they are set; the first is its making."""

    __slots__ = ("journal",)
    journal: Journal

    def __setattr__(self, name: str, value: object) -> None:
        old = getattr(self, name, MISSING)
        object.__setattr__(self, name, value)
        if old is not MISSING and old is not value:
            self.journal.wrote(object.__setattr__, self, name, old)
