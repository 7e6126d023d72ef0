"""`check`: search every configuration of a spec at every choice of its constants, and say what that shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, Protocol, TypeGuard, TypeVar, get_args

from checker import slow, slow_graph
from checker.check_liveness import GraphOf, check_liveness
from checker.check_refinement import check_refinements
from checker.conclude import Searched, conclude
from checker.confirm import Finding, confirm
from checker.constants import as_slots, constant_choices
from checker.explicit import engine as explicit
from checker.explicit import graph_of
from checker.explicit.ahead import Ahead
from checker.explorations import Exploration, Limits, Progress, RawPath
from checker.fairness import without_fairness
from checker.portfolio import Alone, Portfolio
from checker.portfolio_process import Task
from checker.request import Instance, Settings, instances, wanted_properties
from checker.symbolic_agree import agree
from checker.symbolic_answer import SymbolicEngine, Walked
from checker.symbolic_judge import ONLY_EXPLICIT
from checker.symbolic_rows import only_explicit
from checker.trace import Trace
from checker.trace_build import build_trace, disagree, play
from checker.verdict import PropertyResult
from spec.lang.catalogue import short_name
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine
from spec.lang.values import Value

T = TypeVar("T")

FIXED = "fixed"
ExplicitName = Literal["auto", "c", "python", "evaluate"]
EngineName = ExplicitName | SymbolicEngine


@dataclass(frozen=True, slots=True)
class Plan:
    """What to search with, and for how long: `limits.seconds` is for the whole spec, the others for each search.

    With `symmetry` one state of each orbit is searched; verdicts, traces and numbers are the same. With `alone` the
    engine "auto" is joined after that time by a second process that looks for proofs.
    """

    settings: Settings = field(default_factory=Settings)
    engine: EngineName = "auto"
    limits: Limits = field(default_factory=Limits)
    symmetry: bool = True
    alone: Alone | None = None


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
    engine: EngineName = "auto"


class Watcher(Protocol):
    """Told of each search as it starts and goes on."""

    def start(self, what: str) -> None:
        """A search begins."""

    def __call__(self, progress: Progress, /) -> None:
        """A search goes on."""

    def say(self, text: str) -> None:
        """A search goes on that counts no states."""


class Silent:
    """A watcher that does nothing with what it is told."""

    def start(self, what: str) -> None:
        """A search begins."""

    def __call__(self, progress: Progress, /) -> None:
        """A search goes on."""

    def say(self, text: str) -> None:
        """A search goes on that counts no states."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a check searches: every configuration with its ground machine, and the promises that are asked about."""

    machine: Machine
    target: str
    plan: Plan
    wanted: frozenset[str]
    finite: tuple[tuple[Instance, GroundMachine], ...]


def prepare(machine: Machine, target: str, plan: Plan, ahead: Ahead) -> Prepared:
    """What is to be searched; it is compiled from now on.

    RequestError for settings that do not fit the spec, SpecError for a spec that is wrong at these sizes.
    """
    machine = without_fairness(machine, plan.settings.unfair)
    wanted = wanted_properties(machine, plan.settings.properties)
    finite = []
    for instance in instances(machine, plan.settings):
        finite.append((instance, ground(machine, instance.sizes, instance.switches)))
        if plan.engine in ("auto", "c"):
            ahead.add(finite[-1][1])
    return Prepared(machine, target, plan, wanted, tuple(finite))


def check(machine: Machine, target: str, plan: Plan, watch: Watcher | None = None) -> SpecReport:
    """Checks one spec: `prepare`, with its errors, and `check_prepared`."""
    with Ahead() as ahead:
        return check_prepared(prepare(machine, target, plan, ahead), watch)


def check_prepared(prepared: Prepared, watch: Watcher | None = None) -> SpecReport:
    """Searches and concludes.

    When time runs out or the user interrupts, the report says how far the searches came. EngineError if `evaluate` does
    not confirm what an engine found.
    """
    machine, target, plan, wanted = prepared.machine, prepared.target, prepared.plan, prepared.wanted
    budget = _Budget(plan.limits)
    searched: list[Searched] = []
    for instance, machine_here in prepared.finite:
        look = solve if is_symbolic(plan.engine) else search
        arguments = (instance, machine_here, wanted, plan, budget, watch or Silent())
        searched.append(_or_less(budget, partial(look, *arguments)))
    findings: dict[tuple[str, str], Finding] = {}

    def walked(s: Searched, name: str, found: Walked) -> Trace | None:
        trace, finding = confirmed(s.ground, found.constants, found.path, name, s.instance.configuration)
        findings[s.instance.configuration, name] = finding
        return trace

    def trace_of(s: Searched, number: int, name: str, path: RawPath) -> Trace | None:
        return walked(s, name, Walked(s.choices[number], path))

    results = _or_less(budget, lambda: conclude(searched, wanted, trace_of, walked))
    if is_symbolic(plan.engine):
        results += only_explicit(searched, wanted)
    else:
        results += _or_less(budget, lambda: check_refinements(searched, wanted, budget, starting(watch), findings))
        asked = (searched, wanted, _graphs(explicit_of(plan.engine)), budget, starting(watch), findings)
        results += _or_less(budget, lambda: check_liveness(*asked, plan.settings.unfair))
    name = short_name(machine.module, machine.name)
    rows = tuple(replace(r, spec=name) for r in results)
    return SpecReport(
        name, target, machine, plan.settings, tuple(searched), rows, findings, budget.interrupted, plan.engine
    )


def _or_less(budget: _Budget, ask: Callable[[], T]) -> T:
    """The answer; after Ctrl-C between two searches the one that says what is known without any more of them."""
    try:
        return ask()
    except KeyboardInterrupt:
        budget.interrupted = True
        return ask()


def is_symbolic(engine: EngineName) -> TypeGuard[SymbolicEngine]:
    """True for the engines that solve formulas."""
    return engine in get_args(SymbolicEngine)


def solve(
    instance: Instance, finite: GroundMachine, wanted: frozenset[str], plan: Plan, budget: _Budget, watch: Watcher
) -> Searched:
    """One configuration by a symbolic engine."""
    from checker import check_symbolic  # only here, for it brings the solver along

    assert is_symbolic(plan.engine)
    choices = choices_of(instance, finite)
    constants = scopes(finite, instance, len(choices))
    late = budget.why_stopped()
    if late:
        return Searched(instance, finite, choices, (), constants, late)
    watch.start(f"{finite.machine.name} {instance.configuration}")
    solved = check_symbolic.solve(finite, instance, choices, wanted, plan.engine, budget.left(), watch.say)
    budget.interrupted = budget.interrupted or solved.interrupted
    return Searched(instance, finite, choices, (), constants, ONLY_EXPLICIT, solved)


def explicit_of(engine: EngineName) -> ExplicitName:
    """The explicit engine of this name; "auto" for a symbolic one."""
    match engine:
        case "auto" | "c" | "python" | "evaluate":
            return engine
    return "auto"


def _graphs(engine: ExplicitName) -> GraphOf:
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


def choices_of(instance: Instance, finite: GroundMachine) -> tuple[dict[str, Value], ...]:
    """The choices of the constants of one configuration, at least one."""
    choices = tuple(constant_choices(finite, instance.constants))
    if not choices:
        where = f"{finite.machine.name}, configuration {instance.configuration}"
        raise RequestError(f"{where}: the assumptions rule out every choice of the constants")
    return choices


def search(
    instance: Instance, finite: GroundMachine, wanted: frozenset[str], plan: Plan, budget: _Budget, watch: Watcher
) -> Searched:
    """The searches of one configuration, one per choice of its constants."""
    choices = choices_of(instance, finite)
    constants = scopes(finite, instance, len(choices))
    if plan.alone is None or plan.engine != "auto":
        done, missing = _searches(instance, finite, choices, plan, budget, watch)
        return Searched(instance, finite, choices, tuple(done), constants, missing)
    task = Task(finite, instance, choices, wanted, budget.left())
    with Portfolio(plan.alone, task, watch) as both:
        done, missing = _searches(instance, finite, choices, plan, budget, watch, both)
        try:
            both.after(done, budget.left().seconds)
        except KeyboardInterrupt:
            budget.interrupted = True
        searched = Searched(instance, finite, choices, tuple(done), constants, missing, both.solved)
    agree(searched)
    return replace(searched, solved=None) if searched.complete or not both.started else searched


def _searches(
    instance: Instance,
    finite: GroundMachine,
    choices: Sequence[Mapping[str, Value]],
    plan: Plan,
    budget: _Budget,
    watch: Watcher,
    both: Portfolio | None = None,
) -> tuple[list[Exploration], str]:
    """One search per choice of the constants, and why there are fewer, if so."""
    done: list[Exploration] = []
    for number, choice in enumerate(choices, start=1):
        missing = budget.why_stopped()
        if missing:
            return done, missing
        place = f" {number}/{len(choices)}" if len(choices) > 1 else ""
        watch.start(f"{finite.machine.name} {instance.configuration}{place}")
        engine = explicit_of(plan.engine)
        found = explore(finite, choice, engine, budget.left(), both or watch, symmetry=plan.symmetry)
        if both is not None and both.enough:
            return [*done, replace(found, stopped="enough")], ""
        done.append(found)
        budget.interrupted = budget.interrupted or found.stopped == "interrupt"
    return done, ""


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
    engine: ExplicitName,
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
) -> tuple[Trace | None, Finding]:
    """The trace of a path and why it matters; EngineError if `evaluate` does not come to the same end.

    Where the initialiser itself goes wrong there is no state, hence no trace.
    """
    played = play(finite, choice, path)
    finding = confirm(played, name)
    if finding is None:
        raise disagree(f"'{name}' is not what an engine says it is at the end of a path", path)
    if played.boot.fault is not None:
        return None, finding
    declared = finite.machine.properties.get(name)
    kind = declared.kind if declared is not None else "always"
    return build_trace(played, name=name, kind=kind, configuration=configuration), finding
