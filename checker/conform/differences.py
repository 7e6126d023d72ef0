"""Where a model and the spec differ: what was called after which calls, what the spec says, and what the model did."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from checker.conform.implementation import Answer, Plain
from checker.conform.plain import apart, literal
from checker.conform.spec_side import Expected, Initial, SpecSide

What = Literal["kind", "errno", "outputs", "warned", "state", "raised", "leak", "restored"]

KEPT = 3
"""Differences of one sort that are told in full; the others are counted."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that differs: what, where (an output, an entry of a field), what the spec says and what there was."""

    what: What
    where: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Injected:
    """A failure that the spec was not asked about: the place with this number, and its name."""

    number: int
    place: str


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One difference. `path` are the calls before `call`; without a call the initial state itself differs.

    `after` is the packed state that the spec is in afterwards; `found_by` the check that met it.
    """

    found_by: str
    case: str
    side: SpecSide
    initial: Initial
    path: tuple[Expected, ...]
    call: Expected | None
    details: tuple[Detail, ...]
    after: int
    injected: Injected | None = None

    @property
    def sort(self) -> tuple[str, ...]:
        """What differs in which action: differences of one sort likely have one cause."""
        action = self.call.action if self.call is not None else "(start)"
        names = {d.where.partition("[")[0] if d.what == "state" else d.what for d in self.details}
        if len(names) > 1:
            names.discard("leak")  # which is not asked for at every call
        return (self.found_by, action, *sorted(names))

    @property
    def length(self) -> int:
        """How many calls show it."""
        return len(self.path) + (self.call is not None)


class Found:
    """All differences of a run: of each sort the shortest are kept, all are counted."""

    def __init__(self, keep: int = KEPT) -> None:
        self.keep = keep
        self.counts: Counter[tuple[str, ...]] = Counter()
        self._kept: dict[tuple[str, ...], list[Difference]] = {}

    def add(self, one: Difference) -> None:
        """Notes a difference."""
        self.counts[one.sort] += 1
        kept = self._kept.setdefault(one.sort, [])
        if len(kept) == self.keep and one.length >= kept[-1].length:
            return
        kept.append(one)
        kept.sort(key=lambda d: d.length)
        del kept[self.keep :]

    @property
    def total(self) -> int:
        """How many there were."""
        return self.counts.total()

    @property
    def kept(self) -> list[Difference]:
        """Those that are told, the shortest first."""
        return sorted((d for row in self._kept.values() for d in row), key=lambda d: d.length)

    def change(self, how: Callable[[Difference], Difference]) -> None:
        """Puts others of the same sort in the place of those that are told."""
        for row in self._kept.values():
            row[:] = sorted(map(how, row), key=lambda d: d.length)


def answer_details(expected: Expected, answer: Answer) -> list[Detail]:
    """Where an answer differs from that of the spec."""
    found: list[Detail] = []
    if answer.kind != expected.kind or answer.errno != expected.errno:
        what: What = "kind" if answer.kind != expected.kind else "errno"
        found.append(Detail(what, "", label(expected.kind, expected.errno), label(answer.kind, answer.errno)))
    outputs = dict(answer.outputs)
    for name in dict.fromkeys([*expected.outputs, *outputs]):
        wanted, given = _output(expected.outputs, name), _output(outputs, name)
        if wanted != given:
            found.append(Detail("outputs", name, wanted, given))
    if answer.warned != expected.warned:
        found.append(Detail("warned", "", _warned(expected.warned), _warned(answer.warned)))
    return found


def state_details(side: SpecSide, expected: tuple[Plain, ...], got: object) -> list[Detail]:
    """Where the state that a model shows differs from that of the spec."""
    if not isinstance(got, tuple) or len(got) != len(side.fields):
        shown = f"{len(got)} values" if isinstance(got, tuple) else type(got).__name__
        return [Detail("state", "(all)", f"{len(side.fields)} values, one for each field", shown)]
    return [
        Detail("state", *where)
        for name, wanted, given in zip(side.fields, expected, got, strict=True)
        if wanted != given
        for where in apart(name, side.ground.fields[name].type, wanted, given, side.ground)
    ]


def label(kind: str, errno: str) -> str:
    """`done`, `-EBUSY` or `blocked`."""
    return f"-{errno}" if kind == "refused" else kind


def raised(error: Exception) -> Detail:
    """What the model's own code threw."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return Detail("raised", "", "an answer", f"{type(error).__name__}: {error}{place}")


def leak(new: Iterable[str]) -> Detail:
    """What nobody frees any more."""
    return Detail("leak", "", "nothing is lost", "lost: " + ", ".join(new))


def new_leaks(before: tuple[str, ...], now: tuple[str, ...]) -> list[str]:
    """The leaks that were not there before, each as often as it is new."""
    return sorted((Counter(now) - Counter(before)).elements())


def _output(outputs: dict[str, Plain], name: str) -> str:
    return literal(outputs[name]) if name in outputs else "(no such output)"


def _warned(said: bool) -> str:
    return "a WARN" if said else "no WARN"
