"""What the driver has no say in: which allocations, copies and commands of one call fail, and what a device decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NOTHING: Mapping[str, Sequence[bool]] = {}


class Nature:
    """The decisions of one call, made beforehand. It is an input of the model and no part of its state.

    A place that the script does not name says no. `reached` are the places that were asked, in order; the one with
    the number `inject` says yes, whatever the script says.
    """

    __slots__ = ("asked", "inject", "reached", "script")

    def __init__(self) -> None:
        self.begin()

    def begin(self, script: Mapping[str, Sequence[bool]] = NOTHING, inject: int | None = None) -> None:
        """A new call: the answers of each place, in the order in which it is asked."""
        self.script = script
        self.inject = inject
        self.reached: list[str] = []
        self.asked: dict[str, int] = {}

    def says(self, place: str) -> bool:
        """True if it happens here. Behind a failure that the script did not foresee it has nothing more to say."""
        number = len(self.reached)
        self.reached.append(place)
        answers = self.script.get(place)
        told = False
        if answers is not None:
            nth = self.asked.get(place, 0)
            self.asked[place] = nth + 1
            told = nth < len(answers) and answers[nth]
        if number == self.inject and not told:
            self.script = NOTHING
            return True
        return told

    def unasked(self) -> dict[str, int]:
        """How many answers of each place nobody asked for."""
        left = {place: len(answers) - self.asked.get(place, 0) for place, answers in self.script.items()}
        return {place: count for place, count in left.items() if count > 0}
