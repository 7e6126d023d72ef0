"""All steps of one state, four ways: by `evaluate`, by direct run, by generated Python and by generated C."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker import evaluate
from checker.explicit.py_functions import Program
from checker.explicit.py_steps import Steps, instances
from checker.explorations import ALWAYS_ON
from spec.lang import direct
from spec.lang.direct import DirectStep
from spec.lang.ground import GroundMachine
from spec.lang.values import Value, decode
from tests.agreement.cases import Case, Slots


@dataclass(frozen=True, slots=True)
class Taken:
    """One run that is not disabled, in codes; `site` is None for a fault, and `after` then the state before."""

    action: int
    args: tuple[int, ...]
    tape: tuple[int, ...]
    site: int | None
    sites: frozenset[int]
    warnings: frozenset[int]
    after: Slots


@dataclass(frozen=True, slots=True)
class Told:
    """The same run as people know it, and as the direct run tells it: no sites, but what they say."""

    action: str
    args: tuple[Value, ...]
    tape: tuple[int, ...]
    kind: str
    errno: str
    reason: str
    warnings: frozenset[str]
    after: Slots


def by_evaluate(case: Case, steps: Iterable[evaluate.Step]) -> list[Taken]:
    """Steps of `evaluate`, in codes."""
    return [
        Taken(
            step.index,
            step.codes(case.ground),
            step.run.codes,
            step.run.outcome.site if step.run.outcome is not None else None,
            step.run.sites,
            frozenset(step.run.warnings),
            case.layout.encode(step.run.after),
        )
        for step in steps
    ]


def told(case: Case, taken: Sequence[Taken]) -> list[Told]:
    """What the direct run has to say to agree."""
    machine = case.ground.machine
    rows = []
    for step in taken:
        action = case.ground.actions[step.action]
        params = case.ground.functions[action.function].params
        args = tuple(decode(code, p.type, case.ground) for p, code in zip(params, step.args, strict=True))
        site = None if step.site is None else machine.sites[step.site]
        answer = ("fault", "", "") if site is None else (site.kind, site.errno, site.reason)
        warnings = frozenset(machine.warnings[w].message for w in step.warnings)
        rows.append(Told(action.name, args, step.tape, *answer, warnings, step.after))
    return rows


class Direct:
    """The direct run of one case; `folded` are the fields that grounding took out because they never change."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.instance = case.instance()
        first = direct.snapshot(self.instance)
        self.folded = {name: value for name, value in first.items() if name not in case.ground.fields}

    def steps(self, state: Mapping[str, Value]) -> list[Told]:
        """All steps of a state given by the values of its fields."""
        direct.restore(self.instance, {**self.folded, **state})
        return self.told(direct.steps(self.instance))

    def told(self, steps: Iterable[DirectStep]) -> list[Told]:
        """Steps of the direct run, the disabled ones left out."""
        rows = []
        for step in (s for s in steps if s.run.kind != "disabled"):
            run = step.run
            assert self.folded.items() <= step.after.items(), "a field that was folded away has changed"
            kind = "fault" if run.kind == "fault" else run.outcome
            after = self.case.layout.encode(step.after)
            rows.append(
                Told(step.action, step.args, run.tape, kind, run.errno, run.reason, frozenset(run.warnings), after)
            )
        return rows


class Python:
    """Generated Python of one case, without its search."""

    def __init__(self, case: Case) -> None:
        self.steps_of = Steps(case.ground, Program(case.ground, case.layout, case.slots))
        self.instances = instances(case.ground)
        self.ground: GroundMachine = case.ground

    def steps(self, slots: Slots) -> tuple[list[Taken], list[frozenset[str]]]:
        """All steps of a state, and which of the spec's own promises about steps each breaks."""
        rows, broken = [], []
        for one in self.instances:
            for ran in self.steps_of.runs(one, slots):
                faulted = ran.after is None and bool(ran.violated)
                if ran.after is None and not faulted:
                    continue
                site, after = (None, slots) if ran.after is None else (ran.site, tuple(ran.after))
                sites, warnings = frozenset(ran.sites), frozenset(ran.warnings)
                rows.append(Taken(one.action, one.args, ran.tape, site, sites, warnings, after))
                broken.append(frozenset(ran.violated) - frozenset(ALWAYS_ON))
        return rows, broken


def same(where: Any, expected: Sequence[Any], found: Sequence[Any], way: str) -> None:
    """Fails at the first row that differs, and names the state and the way it was taken."""
    for number, (a, b) in enumerate(zip(expected, found, strict=False)):
        assert a == b, f"step {number} {way} in {where}"
    assert len(expected) == len(found), f"number of steps {way} in {where}"
