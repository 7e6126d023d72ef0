"""Checks that every model with a binding can have: lock-step with its spec, injected failures, a recorded log.

What only the spec decides (its reachable states and answers) is worked out once, in the process that starts all others,
and outlives the model that is loaded anew for each mutant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from checker.conform.budget import Budget
from checker.conform.differences import Detail, Difference, Found
from checker.conform.explored import Explored, explore
from checker.conform.implementation import Case, Model
from checker.conform.log import LogSequence, read_log
from checker.conform.model_log import judge_log_on_model
from checker.conform.modules import model_of
from checker.conform.mutate_child import Progress
from checker.conform.spec_side import SpecSide
from checker.conform.translations import translation_of
from checker.conform_cases import sides_of
from checker.request import Settings
from spec.lang.errors import RequestError
from spec.lang.frontend import load


class FirstDifference(BaseException):
    """One is enough; nothing on the way catches it."""

    def __init__(self, one: Difference) -> None:
        self.one = one


class Stopping(Found):
    """Where the first difference ends the run."""

    def add(self, one: Difference) -> None:
        raise FirstDifference(one)


@cache
def prepared(spec: str, case: Case) -> tuple[tuple[SpecSide, Explored], ...]:
    """The instances of a case, one for each choice of its constants, each with all its states."""
    return tuple((side, explore(side, Budget())) for side in sides_of(load(spec), case))


@dataclass(frozen=True, slots=True)
class AgainstSpec:
    """Every call in every reachable state of some cases, compared with the spec; or failing at each of its places."""

    name: str
    about: str
    model: str
    spec: str
    cases: tuple[Case, ...]
    mode: Literal["lock-step", "faults"] = "lock-step"

    def prepare(self) -> None:
        for case in self.cases:
            prepared(self.spec, case)

    def run(self, progress: Progress) -> str:
        model, _ = model_of(self.model)
        for case in self.cases:
            for side, explored in prepared(self.spec, case):
                if text := self._one(model, case, side, explored, progress):
                    return f"{case.name}: {text}"
        return ""

    def _one(self, model: Model, case: Case, side: SpecSide, explored: Explored, progress: Progress) -> str:
        # The library behind a tour is not needed to list the checks.
        from checker.conform.inject import FaultTour
        from checker.conform.lockstep import Lockstep

        tour_of = Lockstep if self.mode == "lock-step" else FaultTour
        tour = tour_of(model, side, explored, Budget(), Stopping(), case.name)
        try:
            walked = tour.run()
        except FirstDifference as first:
            return told(first.one)
        finally:
            progress.steps += tour.walked.calls
        if walked.stopped:
            raise RuntimeError(f"stopped by {walked.stopped}")
        return f"{len(tour.missing)} states are out of the model's reach" if tour.missing else ""


def told(one: Difference) -> str:
    """A difference in one line: after how many calls, which call, what the spec says and what there was."""
    call = "the start" if one.call is None else f"{one.call.action}{one.call.args}"
    where = f"with a failure at {one.injected.place}, " if one.injected is not None else ""
    return f"after {len(one.path)} calls, {call}: {where}{'; '.join(map(_detail, one.details))}"


def _detail(one: Detail) -> str:
    place = f" {one.where}" if one.where else ""
    return f"{one.what}{place}: {one.got} instead of {one.expected}"


@cache
def recorded(log: str) -> tuple[LogSequence, ...]:
    """The sequences of a log, read once."""
    return tuple(read_log(log))


@dataclass(frozen=True, slots=True)
class AgainstLog:
    """Every step that a kernel was recorded to do; those that differ have to be known and explained."""

    name: str
    about: str
    model: str
    spec: str
    logs: tuple[str, ...]

    def prepare(self) -> None:
        for log in self.logs:
            recorded(log)

    def run(self, progress: Progress) -> str:
        from checker.cli_validate import possible_of

        model, _ = model_of(self.model)
        machine = load(self.spec)
        for log in self.logs:
            translation = translation_of(machine, None)
            possible, _ = possible_of(machine, translation, Settings())
            found = judge_log_on_model(recorded(log), model, possible.ground, possible.choices, translation)
            progress.steps += found.total.steps
            wrong = [d for d in found.differ if not d.explained]
            if wrong:
                first = wrong[0]
                said = f"{first.expected} instead of {first.recorded}"
                return f"{Path(log).name} {first.sequence} step {first.step}, {first.op}: {said}; {len(wrong)} differ"
        return ""


def there(paths: Iterable[Path]) -> tuple[str, ...]:
    """Those of the files that exist, such as logs that are not part of what is installed."""
    return tuple(str(path) for path in paths if path.is_file())


def only(model: Model, names: Iterable[str]) -> tuple[Case, ...]:
    """The cases of a model by their names. RequestError for one that it has not."""
    cases = {case.name: case for case in model.cases}
    missing = [name for name in names if name not in cases]
    if missing:
        raise RequestError(f"the model has no case {', '.join(missing)}")
    return tuple(cases[name] for name in names)
