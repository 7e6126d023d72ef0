"""`check`: search every configuration of a spec at every choice of its constants, and say what that shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from checker import slow, slow_graph
from checker.check_liveness import GraphOf, check_liveness
from checker.check_refinement import check_refinements
from checker.conclude import Searched, conclude
from checker.confirm import Finding, confirm
from checker.constants import as_slots, constant_choices
from checker.explicit import engine as explicit
from checker.explicit import graph_of
from checker.explicit.result import Exploration, Limits, Progress, RawPath
from checker.fairness import without_fairness
from checker.request import Instance, Settings, instances, wanted_properties
from checker.trace import Trace
from checker.trace_build import build_trace, disagree, play
from checker.verdict import PropertyResult
from spec.lang.catalogue import short_name
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine
from spec.lang.values import Value

FIXED = "fixed"
EngineName = Literal["auto", "c", "python", "evaluate"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to search with, and for how long: `limits.seconds` is for the whole spec, the others for each search.

    With `symmetry` one state of each orbit is searched; verdicts, traces and numbers are the same.
    """

    settings: Settings = field(default_factory=Settings)
    engine: EngineName = "auto"
    limits: Limits = field(default_factory=Limits)
    symmetry: bool = True


@dataclass(frozen=True, slots=True)
class SpecReport:
    """All that is known after the check of one spec; `findings` say why, by configuration and property."""

    name: str
    target: str
    machine: Machine
    settings: Settings
    searched: tuple[Searched, ...]
    results: tuple[PropertyResult, ...]
    findings: dict[tuple[str, str], Finding]
    interrupted: bool = False


class Watcher(Protocol):
    """Told of each search as it starts and goes on."""

    def start(self, what: str) -> None:
        """A search begins."""

    def __call__(self, progress: Progress, /) -> None:
        """A search goes on."""


class Silent:
    """A watcher that does nothing with what it is told."""

    def start(self, what: str) -> None:
        """A search begins."""

    def __call__(self, progress: Progress, /) -> None:
        """A search goes on."""


def check(machine: Machine, target: str, plan: Plan, watch: Watcher | None = None) -> SpecReport:
    """Checks one spec.

    RequestError for settings that do not fit the spec, SpecError for a spec that is wrong at these sizes. When time
    runs out or the user interrupts, the report says how far the searches came. EngineError if `evaluate` does not
    confirm what an engine found.
    """
    machine = without_fairness(machine, plan.settings.unfair)
    wanted = wanted_properties(machine, plan.settings.properties)
    finite = [(i, ground(machine, i.sizes, i.switches)) for i in instances(machine, plan.settings)]
    budget = _Budget(plan.limits)
    searched: list[Searched] = []
    for instance, machine_here in finite:
        searched.append(search(instance, machine_here, plan, budget, watch or Silent()))
    findings: dict[tuple[str, str], Finding] = {}

    def trace_of(s: Searched, number: int, name: str, path: RawPath) -> Trace:
        trace, finding = confirmed(s.ground, s.choices[number], path, name, s.instance.configuration)
        findings[s.instance.configuration, name] = finding
        return trace

    name = short_name(machine.module, machine.name)
    results = [replace(r, spec=name) for r in conclude(searched, wanted, trace_of)]
    results += [replace(r, spec=name) for r in check_refinements(searched, wanted, budget, starting(watch), findings)]
    graphs = _graphs(plan.engine)
    unfair = plan.settings.unfair
    runs = check_liveness(searched, wanted, graphs, budget, starting(watch), findings, unfair)
    results += [replace(r, spec=name) for r in runs]
    return SpecReport(
        name, target, machine, plan.settings, tuple(searched), tuple(results), findings, budget.interrupted
    )


def _graphs(engine: EngineName) -> GraphOf:
    """How the graph of a machine is built."""
    if engine == "evaluate":
        return lambda finite, codes, labels, limits, _: slow_graph.state_graph(finite, codes, labels, limits)
    return lambda finite, codes, labels, limits, report: graph_of.state_graph(
        finite, codes, labels, limits, engine=engine, report=report
    )


class _Budget:
    """The time that is left for the searches of one spec, and whether the user has stopped it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.started = time.monotonic()
        self.interrupted = False

    def left(self) -> Limits:
        if self.limits.seconds is None:
            return self.limits
        spent = time.monotonic() - self.started
        return replace(self.limits, seconds=max(0.0, self.limits.seconds - spent))

    def next(self) -> Limits | None:
        """The limits of the next search; None when it may not begin."""
        return None if self.why_stopped() else self.left()

    def why_stopped(self) -> str:
        if self.interrupted:
            return "interrupted before this was searched"
        left = self.left().seconds
        return "the time limit was reached before this was searched" if left is not None and left <= 0 else ""


def starting(watch: Watcher | None) -> Callable[[str], Callable[[Progress], None]]:
    """Tells a watcher that a search begins, and gives what to tell while it goes on."""
    told = watch or Silent()

    def start(what: str) -> Callable[[Progress], None]:
        told.start(what)
        return told

    return start


def search(instance: Instance, finite: GroundMachine, plan: Plan, budget: _Budget, watch: Watcher) -> Searched:
    """The searches of one configuration, one per choice of its constants."""
    choices = tuple(constant_choices(finite, instance.constants))
    if not choices:
        where = f"{finite.machine.name}, configuration {instance.configuration}"
        raise RequestError(f"{where}: the assumptions rule out every choice of the constants")
    done: list[Exploration] = []
    missing = ""
    for number, choice in enumerate(choices, start=1):
        missing = budget.why_stopped()
        if missing:
            break
        place = f" {number}/{len(choices)}" if len(choices) > 1 else ""
        watch.start(f"{finite.machine.name} {instance.configuration}{place}")
        found = explore(finite, choice, plan.engine, budget.left(), watch, symmetry=plan.symmetry)
        done.append(found)
        budget.interrupted = budget.interrupted or found.stopped == "interrupt"
    return Searched(instance, finite, choices, tuple(done), scopes(finite, instance, len(choices)), missing)


def scopes(finite: GroundMachine, instance: Instance, choices: int) -> dict[str, str]:
    """For each constant whether it is fixed or takes every choice, and how many choices there were in all."""
    shown: dict[str, str] = {}
    for name, decl in finite.constants.items():
        init = instance.constants.get(name, decl.init)
        shown[name] = FIXED if init is not None else f"every choice, up to symmetry: {choices}"
    return shown


def explore(
    finite: GroundMachine,
    choice: Mapping[str, Value],
    engine: EngineName,
    limits: Limits,
    report: Callable[[Progress], None],
    *,
    symmetry: bool = False,
) -> Exploration:
    """One exhaustive search by the engine of this name; `evaluate` searches every state in any case."""
    codes: dict[str, Sequence[int]] = {**as_slots(finite, choice)}
    if engine == "evaluate":
        return slow.explore(finite, codes, limits, report)
    return explicit.explore(finite, codes, limits, engine=engine, report=report, symmetry=symmetry)


def confirmed(
    finite: GroundMachine, choice: Mapping[str, Value], path: RawPath, name: str, configuration: str
) -> tuple[Trace, Finding]:
    """The trace of a path and why it matters; EngineError if `evaluate` does not come to the same end."""
    played = play(finite, choice, path)
    finding = confirm(played, name)
    if finding is None:
        raise disagree(f"'{name}' is not what an engine says it is at the end of a path", path)
    declared = finite.machine.properties.get(name)
    kind = declared.kind if declared is not None else "always"
    return build_trace(played, name=name, kind=kind, configuration=configuration), finding
