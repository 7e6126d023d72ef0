"""A spec as what a log is held against: the set of states in which its machines may be."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from checker.conform.possible import Answered, Possible, Spot, fits, word
from checker.conform.protocol import Call, Look, Word
from checker.conform.refusals import because, why_not

SHOWN = 12
"""Calls of one kind that are named where a log leaves the spec."""


@dataclass(frozen=True, slots=True)
class MetCall:
    """A call of the spec: its answers from every state that was left, and those that are the recorded one."""

    possible: Possible
    call: Call
    before: frozenset[Spot]
    answers: tuple[Answered, ...]
    kept: tuple[Answered, ...]

    @property
    def agrees(self) -> bool:
        return bool(self.kept)

    @property
    def loose(self) -> bool:
        return len(self.kept) < len(self.answers)

    @property
    def sites(self) -> frozenset[int]:
        return frozenset(a.site for a in self.kept if a.kind != "done")

    @property
    def sure(self) -> bool:
        return len({a.site for a in self.kept}) == 1

    def expected(self) -> str:
        return " or ".join(dict.fromkeys(a.label for a in self.answers)) or "nothing: it cannot happen here"

    def reason(self) -> str:
        return why_not(self.possible.ground, self.call, self.answers)

    def there(self) -> tuple[str, ...]:
        return what_could_be(self.possible, self.before)


@dataclass(frozen=True, slots=True)
class MetLook:
    """A question that changes nothing: what every state that was left answers."""

    possible: Possible
    look: Look
    answers: Mapping[Spot, Mapping[str, Word]]

    @property
    def kept(self) -> frozenset[Spot]:
        """The states that answer as recorded."""
        return frozenset(spot for spot, shown in self.answers.items() if same(shown, self.look.recorded))

    @property
    def agrees(self) -> bool:
        return bool(self.kept)

    @property
    def loose(self) -> bool:
        return len(self.kept) < len(self.answers)

    @property
    def sites(self) -> frozenset[int]:
        return frozenset()

    @property
    def sure(self) -> bool:
        return False

    def expected(self) -> str:
        return " or ".join(dict.fromkeys(show_answer(shown) for shown in self.answers.values()))

    def reason(self) -> str:
        names = {n for shown in self.answers.values() for n in shown if shown[n] != self.look.recorded.get(n)}
        return f"the state shows another {', '.join(sorted(names))}"

    def there(self) -> tuple[str, ...]:
        return what_could_be(self.possible, frozenset(self.answers))


class SpecSide:
    """The machines of one sequence."""

    def __init__(self, possible: Possible) -> None:
        self.possible = possible
        self.spots: dict[str, frozenset[Spot]] = {}

    def call(self, machine: str, call: Call) -> MetCall:
        """Narrows the set; a call that cannot happen leaves everything as it was (NOTE(resync))."""
        spots = self.spots.get(machine, self.possible.start)
        answers = tuple(self.possible.ask(spots, call))
        kept = tuple(a for a in answers if fits(a, call))
        self.spots[machine] = self.possible.after(kept or answers) or spots
        return MetCall(self.possible, call, spots, answers, kept)

    def look(self, machine: str, look: Look) -> MetLook:
        """Narrows the set to the states that show what was recorded, if there are any."""
        spots = self.spots.get(machine, self.possible.start)
        met = MetLook(self.possible, look, self.possible.look(spots, look))
        self.spots[machine] = met.kept or spots
        return met


def same(shown: Mapping[str, Word], recorded: Mapping[str, Word]) -> bool:
    """True if these are the same answers, with values of the same types."""
    return shown.keys() == recorded.keys() and all(
        type(shown[name]) is type(recorded[name]) and shown[name] == recorded[name] for name in shown
    )


def show_answer(shown: Mapping[str, Word]) -> str:
    """An answer in one line, its errno first."""
    rest = ", ".join(f"{name}={word(value)}" for name, value in shown.items() if name != "errno")
    return " ".join(part for part in (str(shown.get("errno", "")), rest) if part)


def what_could_be(possible: Possible, spots: frozenset[Spot]) -> tuple[str, ...]:
    """For each action of the spec: with which arguments it succeeds in one of these states, else what forbids it.

    Where it never succeeds, the first condition that is in the way is given, of the first arguments.
    """
    lines = []
    for action in possible.ground.actions:
        params = possible.ground.functions[action.function].params
        rows = list(itertools.product(*(possible.words(p) for p in params)))
        calls = [Call(action.name, {p.name: v for p, v in zip(params, row, strict=True)}) for row in rows]
        answered = [(call, possible.ask(spots, call)) for call in calls]
        done = [call for call, answers in answered if any(a.kind == "done" for a in answers)]
        if done:
            lines.append(f"{action.name}: possible{_which(done, len(calls))}")
        else:
            lines.append(f"{action.name}: {_in_the_way(possible, spots, answered)}")
    return tuple(lines)


def _which(done: list[Call], total: int) -> str:
    if len(done) == total:
        return ""
    shown = ["(" + ", ".join(word(v) for v in call.args.values()) + ")" for call in done[:SHOWN]]
    more = f" and {len(done) - SHOWN} more" if len(done) > SHOWN else ""
    return " with " + ", ".join(shown) + more


def _in_the_way(possible: Possible, spots: frozenset[Spot], answered: list[tuple[Call, list[Answered]]]) -> str:
    for _, answers in answered:
        for answer in answers:
            return f"{answer.errno or answer.kind} {because(possible.ground, answer.site)}"
    for call, _ in answered:
        for spot in sorted(spots):
            return f"not now, `{possible.forbids(spot, call)}` is false"
    return "never"
