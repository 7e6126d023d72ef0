"""`judge_log` follows every sequence of a log on a spec and counts where both say the same.

A sequence has one instance of the spec for each machine that its translation names; each begins anew in the initial
states. A step agrees if some of the states that are still possible has a run with the recorded answer; the states
after such runs stay possible.

NOTE(resync): behind a call that differs every outcome of that call is possible, and the next call narrows the set
again. So a difference is counted once where the record says what came of it, and again at every later step that no
outcome explains; all but the first of a sequence are marked as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from checker.conform.log import LogSequence, LogStep
from checker.conform.possible import Possible
from checker.conform.protocol import About, Call, Fixed, Judge, Look, Reader, Skip, Translated, Translation
from checker.conform.validate_spec import SpecSide
from spec.lang.errors import RequestError

Tell = Callable[[], tuple[str, ...]]

TOLD = 20
"""Sequences of which the report says what could have happened where they first differ."""


@dataclass(frozen=True, slots=True)
class Differing:
    """A step at which log and spec part: `step` counts from 1; `again` if the sequence had differed before.

    `expected` is what the spec would have answered, `reason` why, as far as its text tells. `valid` is how many steps
    of the sequence before the first difference agree, and `explained` why the difference is known, "" if it is not.
    `tell` says of the first difference of a sequence what could have happened instead.
    """

    sequence: str
    line: int
    step: int
    op: str
    call: str
    expected: str
    recorded: str
    reason: str
    about: About
    valid: int
    again: bool
    explained: str
    tell: Tell | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class Tally:
    """How many steps agree, differ, are skipped; at `loose` of those that agree the spec would have allowed another
    answer too."""

    agree: int = 0
    differ: int = 0
    skipped: int = 0
    loose: int = 0

    @property
    def steps(self) -> int:
        """All of them."""
        return self.agree + self.differ + self.skipped


@dataclass(slots=True)
class Validated:
    """What a log says about a spec. `deciders` splits the judged steps by what decides them; `judged` are the sites of
    refusals that some agreeing step can only have met, `perhaps` those that it may have met."""

    sequences: int = 0
    ops: dict[str, Tally] = field(default_factory=dict)
    deciders: dict[About, Tally] = field(default_factory=dict)
    why_skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    differ: list[Differing] = field(default_factory=list)
    judged: set[int] = field(default_factory=set)
    perhaps: set[int] = field(default_factory=set)

    def told(self) -> dict[int, tuple[str, ...]]:
        """What could have happened instead, at the first differences (by their place in `differ`) of some sequences."""
        first = [(place, d.tell) for place, d in enumerate(self.differ) if d.tell is not None]
        return {place: tell() for place, tell in first[:TOLD]}

    @property
    def total(self) -> Tally:
        """All ops together."""
        each = self.ops.values()
        counts = [[t.agree, t.differ, t.skipped, t.loose] for t in each]
        return Tally(*(sum(column) for column in zip(*counts, strict=True))) if counts else Tally()


class Met(Protocol):
    """What came of holding one call against its recorded answer.

    `loose` says that there were other answers too, `sites` are those of the refusals that the answer may be. The texts
    are asked for only where it does not agree.
    """

    @property
    def agrees(self) -> bool: ...

    @property
    def loose(self) -> bool: ...

    @property
    def sites(self) -> frozenset[int]: ...

    @property
    def sure(self) -> bool: ...

    def expected(self) -> str:
        """What the answer would have been."""

    def reason(self) -> str:
        """Why."""

    def there(self) -> tuple[str, ...]:
        """What could have happened there, and what could not and why."""


class Side(Protocol):
    """What a sequence is held against: a spec, or an implementation. It goes on from call to call."""

    def call(self, machine: str, call: Call) -> Met:
        """Does a call of the machine of that name."""

    def look(self, machine: str, look: Look) -> Met:
        """Asks it something that changes nothing."""


def judge_log(sequences: Iterable[LogSequence], possible: Possible, translation: Translation) -> Validated:
    """Judges all sequences of a log by a spec."""
    return judge_by(sequences, lambda: SpecSide(possible), translation)


def judge_by(sequences: Iterable[LogSequence], begin: Callable[[], Side], translation: Translation) -> Validated:
    """Judges all sequences of a log, each by a side of its own."""
    found = Validated()
    for sequence in sequences:
        _Follow(sequence, begin(), translation, found).all()
    return found


class _Follow:
    """One sequence."""

    def __init__(self, sequence: LogSequence, side: Side, translation: Translation, found: Validated) -> None:
        self.sequence, self.side, self.found = sequence, side, found
        self.explained = translation.explained
        self.reader: Reader = translation.begin(sequence)
        self.valid: int | None = None

    def all(self) -> None:
        """The steps in order."""
        self.found.sequences += 1
        for number, step in enumerate(self.sequence.steps, start=1):
            self.one(number, step)

    def one(self, number: int, step: LogStep) -> None:
        tally = self.found.ops.setdefault(step.op, Tally())
        loose = False
        match self.translated(number, step):
            case Skip(why):
                tally.skipped += 1
                self.found.why_skipped[step.op, why] += 1
                return
            case Fixed(errno, why, about):
                agrees = errno == step.errno
                if not agrees:
                    self.differs(number, step, about, step.op, errno, f"the translation says: {why}")
            case Judge(machine, calls, about):
                agrees, loose = self.judge(number, step, machine, calls, about)
        decider = self.found.deciders.setdefault(about, Tally())
        for each in (tally, decider):
            each.agree += agrees
            each.differ += not agrees
            each.loose += agrees and loose

    def translated(self, number: int, step: LogStep) -> Translated:
        """The step in the words of the spec; RequestError with its place if it lacks what its op needs."""
        try:
            return self.reader.step(step)
        except (KeyError, ValueError) as error:
            place = f"{self.sequence.file}:{self.sequence.line}"
            what = f"no argument {error}" if isinstance(error, KeyError) else str(error)
            raise RequestError(f"{place}: step {number}, {step.op}, cannot be read: {what}") from error

    def judge(
        self, number: int, step: LogStep, machine: str, calls: tuple[Call | Look, ...], about: About
    ) -> tuple[bool, bool]:
        """Follows the calls of a step; the first that differs is reported, the others only narrow the set.

        Says whether they agree, and whether some call had other answers than the recorded one.
        """
        agrees, every = True, []
        for call in calls:
            met = self.side.call(machine, call) if isinstance(call, Call) else self.side.look(machine, call)
            every.append(met)
            if agrees and not met.agrees:
                agrees = False
                shown = f"{machine}: {show_call(call)}"
                tell = met.there if self.valid is None else None
                self.differs(number, step, about, shown, met.expected(), met.reason(), tell)
        if agrees:
            self.found.perhaps |= {site for met in every for site in met.sites}
            self.found.judged |= {site for met in every if met.sure for site in met.sites}
        return agrees, any(met.loose for met in every)

    def differs(
        self,
        number: int,
        step: LogStep,
        about: About,
        call: str,
        expected: str,
        reason: str,
        tell: Tell | None = None,
    ) -> None:
        again = self.valid is not None
        self.valid = number - 1 if self.valid is None else self.valid
        known = [e.why for e in self.explained if e.covers(self.sequence.id, step.op, step.errno)]
        self.found.differ.append(
            Differing(
                sequence=self.sequence.id,
                line=self.sequence.line,
                step=number,
                op=step.op,
                call=call,
                expected=expected,
                recorded=show_recorded(step),
                reason=reason,
                about=about,
                valid=self.valid,
                again=again,
                explained=known[0] if known else "",
                tell=tell,
            )
        )


def show_call(call: Call | Look) -> str:
    """The call as the spec writes it."""
    if isinstance(call, Look):
        return f"(asked) {call.what}"
    return f"{call.action}({', '.join(f'{name}={value}' for name, value in call.args.items())})"


def show_recorded(step: LogStep) -> str:
    """The recorded answer in one line."""
    shown = ", ".join(f"{name}={value}" for name, value in step.out.items())
    return step.errno + (f" {shown}" if shown else "")
