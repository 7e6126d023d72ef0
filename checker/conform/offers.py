"""What a Hypothesis machine can draw from: the calls of each action in one state, those that get further first."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from checker.conform.spec_side import Entry, Expected

NEW, OLD, SAME = "new", "old", "same"
"""Where a call leads: to a state that this run has not been in, back to another one, or nowhere."""

WEIGHTS = {NEW: 6, OLD: 1, SAME: 2}
"""How often calls of a sort are drawn, if there are some."""


@dataclass(slots=True)
class Offer:
    """The calls of one action that the spec enables in a state: by where they lead, then by their arguments.

    The runs of a call that nature's choices tell apart stand together, the usual course first.
    """

    sorts: dict[str, dict[tuple[int, ...], list[Expected]]] = field(default_factory=dict)

    @property
    def weighted(self) -> list[str]:
        """The sorts there are, each as often as its weight says; the first is what shrinking goes to."""
        return [name for name, weight in WEIGHTS.items() if name in self.sorts for _ in range(weight)]

    def groups(self, sort: str) -> list[list[Expected]]:
        """The calls of one sort."""
        return list(self.sorts[sort].values())

    @property
    def calls(self) -> Iterator[Expected]:
        """All of them."""
        for groups in self.sorts.values():
            for runs in groups.values():
                yield from runs


def offers(entries: Iterable[Entry], state: int, been: Container[int]) -> dict[int, Offer]:
    """What can be called, by the place of its action; `been` are the states that the run has been in."""
    found: dict[int, Offer] = {}
    for call in sorted(
        (call for entry in entries for call in entry.expected), key=lambda c: (c.index, c.codes, c.tape)
    ):
        sort = SAME if not call.change else OLD if state ^ call.change in been else NEW
        offer = found.setdefault(call.index, Offer())
        offer.sorts.setdefault(sort, {}).setdefault(call.codes, []).append(call)
    return found
