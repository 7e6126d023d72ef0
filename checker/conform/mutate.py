"""Whether the checks of a model notice that it is wrong: each mutant is run through them until one refuses it.

A mutant is a model with one edit. Nothing is believed before the model itself passes every check (the control).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from checker.conform.mutate_child import Ran, run_checks
from checker.conform.mutate_edit import Edit
from checker.conform.mutate_find import Check, Mutant, edit_of

How = Literal["", "failure", "exception", "time"]
"""What a check says of a mutant: nothing, that it is wrong, that it broke down, that it did not come to an end."""

LEAST_SECONDS = 20.0
TIMES = 20.0
"""A check of a mutant may take that many times as long as of the model itself, and at least so long."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant and what the checks that were run said, in their order."""

    mutant: Mutant
    ran: tuple[Ran, ...]

    @property
    def killer(self) -> Ran | None:
        """The first check that refused the mutant."""
        return next((r for r in self.ran if r.how), None)

    @property
    def killers(self) -> tuple[str, ...]:
        return tuple(r.check for r in self.ran if r.how)

    @property
    def seconds(self) -> float:
        """Until the first refusal; all checks if there is none."""
        return self._until(lambda r: r.seconds)

    @property
    def steps(self) -> int:
        """Steps of the check that refused; of all checks if none did."""
        killer = self.killer
        return killer.steps if killer is not None else sum(r.steps for r in self.ran)

    def _until(self, cost: Callable[[Ran], float]) -> float:
        total = 0.0
        for each in self.ran:
            total += cost(each)
            if each.how:
                break
        return total


@dataclass(slots=True)
class Mutated:
    """What came of a run so far. `ended` says why it is not complete, if it is not."""

    model: str
    checks: tuple[Check, ...]
    control: list[Ran] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    wanted: int = 0
    ended: Literal["", "control", "time", "interrupted"] = ""
    seconds: float = 0.0

    @property
    def survivors(self) -> list[Judged]:
        return [j for j in self.judged if j.killer is None]

    @property
    def broken(self) -> list[Ran]:
        """Checks that refuse the model itself."""
        return [r for r in self.control if r.how]


class OverError(Exception):
    """The time of the whole run is over."""


@dataclass(slots=True)
class Clock:
    """How long the whole run may take; `limit` is that of one check of one mutant, if the user said so."""

    total: float | None = None
    limit: float | None = None
    began: float = field(default_factory=time.monotonic)

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def allowed(self, wanted: float | None) -> float | None:
        """The seconds for one check, cut by what is left. OverError if nothing is left."""
        if self.total is None:
            return wanted
        left = self.total - self.elapsed()
        if left <= 0:
            raise OverError
        return left if wanted is None else min(left, wanted)


def judge(found: Mutated, mutants: Sequence[Mutant], clock: Clock, *, every: bool, say: Callable[[str], None]) -> None:
    """Runs the control, then every mutant, and leaves in `found` what is known at any time.

    With `every`, all checks judge each mutant; else the first that refuses it is enough.
    """
    found.wanted = len(mutants)
    edits = [edit_of(mutant) for mutant in mutants]
    try:
        _control(found, clock, say)
        if found.broken:
            found.ended = "control"
            return
        limits = {r.check: clock.limit or max(LEAST_SECONDS, TIMES * r.seconds) for r in found.control}
        for mutant, edit in zip(mutants, edits, strict=True):
            say(f"{len(found.judged)} of {len(mutants)} mutants, now {mutant.name}")
            ran = tuple(_ran(found.checks, edit, limits, clock, every))
            found.judged.append(Judged(mutant, ran))
    except OverError:
        found.ended = "time"
    except KeyboardInterrupt:
        found.ended = "interrupted"
    finally:
        found.seconds = clock.elapsed()


def _control(found: Mutated, clock: Clock, say: Callable[[str], None]) -> None:
    def limits(name: str) -> float | None:
        say(f"the model itself, {name}")
        return clock.allowed(None)

    for ran in run_checks(found.checks, None, limits, every=True):
        if ran.how == "time":
            raise OverError
        found.control.append(ran)


def _ran(checks: Sequence[Check], edit: Edit, limits: dict[str, float], clock: Clock, every: bool) -> Iterator[Ran]:
    given: dict[str, float] = {}

    def allowed(name: str) -> float | None:
        given[name] = clock.allowed(limits[name]) or 0.0
        return given[name]

    for ran in run_checks(checks, edit, allowed, every=every):
        limit = limits[ran.check]
        if ran.how == "time":
            if given[ran.check] < limit:
                # Cut short by the end of the whole run, which says nothing about the mutant.
                raise OverError
            ran = replace(ran, text=f"no end within {limit:.0f} s")
        yield ran
