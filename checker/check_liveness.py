"""The promises of a spec about whole runs: one graph per choice of constants, and a lasso where a promise is broken.

Nothing here runs for a spec without such promises. A lasso counts only after `evaluate` has walked it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from checker import evaluate
from checker.conclude import Searched, union
from checker.confirm import Finding
from checker.constants import as_slots
from checker.evaluate import Occasion
from checker.explicit.state_graph import Label, StateGraph
from checker.explorations import Limits, Progress, RawPath
from checker.fairness import assumptions
from checker.liveness import Lasso, Runs
from checker.liveness_confirm import arguments, confirm_lasso, raw_path
from checker.liveness_fair import fair_instances
from checker.request import LIVENESS
from checker.trace import Trace, Typed
from checker.trace_build import build_trace, disagree, play
from checker.verdict import Bound, PropertyResult, ResultKind, Verdict
from spec.lang.ground import GroundMachine
from spec.lang.machine import Fairness, Property
from spec.lang.values import Value, cardinality

Watch = Callable[[str], Callable[[Progress], None]]
Codes = tuple[int, ...]


class GraphOf(Protocol):
    """Builds the graph of a machine at one choice of constants, with labels, within limits."""

    def __call__(
        self,
        ground: GroundMachine,
        constants: Mapping[str, Sequence[int]],
        labels: Sequence[Label],
        limits: Limits,
        report: Callable[[Progress], None],
        /,
    ) -> StateGraph:
        """The graph; `truncated` if it is not whole."""


class Budget(Protocol):
    """What is left for the searches of a spec."""

    interrupted: bool

    def next(self) -> Limits | None:
        """The limits of the next search; None when it may not begin."""

    def why_stopped(self) -> str:
        """Why no search may begin; empty if one may."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A promise at one value of its parameters, and the labels that say where its parts are true."""

    prop: Property
    codes: Codes

    @property
    def awaited(self) -> Label:
        """What must come."""
        return Label(self.prop.function, self.codes)

    @property
    def premise(self) -> Label | None:
        """What it answers to; None for all states."""
        return Label(self.prop.premise, self.codes) if self.prop.premise is not None else None


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken promise: under which choice of constants, along which path, and where that loops (None: a fault)."""

    asked: Asked
    choice: Mapping[str, Value]
    path: RawPath
    loop: int | None

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The least is the one to show: a fault first, then the shortest stem, then the shortest loop."""
        return self.loop is not None, self.loop or 0, len(self.path.steps)


@dataclass(slots=True)
class _Row:
    """What the graphs of one configuration show about one promise."""

    broken: Broken | None = None
    met: bool = False
    graphs: int = 0
    states: int = 0
    edges: int = 0
    seconds: float = 0.0
    truncated: dict[str, None] = field(default_factory=dict)
    engines: dict[str, None] = field(default_factory=dict)


def check_liveness(
    searched: Sequence[Searched],
    wanted: frozenset[str],
    graph_of: GraphOf,
    budget: Budget,
    watch: Watch,
    findings: dict[tuple[str, str], Finding],
    unfair: tuple[str, ...] = (),
) -> list[PropertyResult]:
    """A row per promise about whole runs and configuration, in declared order.

    Why a promise is broken goes to `findings`, by configuration and name. `unfair` is noted in the traces.
    """
    found: dict[str, list[PropertyResult]] = {}
    for s in searched:
        asked = [p for p in s.ground.properties if p.kind in LIVENESS and p.name in wanted]
        if not asked:
            continue
        rows = _Configuration(s, asked, graph_of, budget, watch).rows()
        for prop in asked:
            trace = None
            broken = rows[prop.name].broken
            if broken is not None:
                trace, finding = liveness_trace(s.ground, broken, s.instance.configuration, unfair)
                findings[s.instance.configuration, prop.name] = finding
            found.setdefault(prop.name, []).append(_result(s, prop, rows[prop.name], trace, budget))
    names = [p.name for s in searched for p in s.ground.machine.properties.values() if p.name in found]
    return [row for name in dict.fromkeys(names) for row in union(found[name], found[name][0].kind)]


def liveness_trace(
    ground: GroundMachine, broken: Broken, configuration: str, unfair: tuple[str, ...]
) -> tuple[Trace, Finding]:
    """The trace of a broken promise and why it is broken; EngineError if `evaluate` does not agree."""
    prop, codes = broken.asked.prop, broken.asked.codes
    played = play(ground, broken.choice, broken.path)
    args = arguments(ground, prop.function, codes)
    finding = confirm_lasso(played, prop, args, broken.loop)
    if finding is None:
        raise disagree(f"'{prop.name}' is not broken by a lasso that returns to state {broken.loop}", broken.path)
    trace = build_trace(played, name=prop.name, kind=prop.kind, configuration=configuration)
    params = ground.functions[prop.function].params
    typed = tuple(Typed(p.name, p.type, args[p.name]) for p in params)
    return replace(trace, loop=broken.loop, property_args=typed, unfair=unfair), finding


class _Configuration:
    """The graphs of one configuration, one after the other."""

    def __init__(self, s: Searched, props: Sequence[Property], graph_of: GraphOf, budget: Budget, watch: Watch) -> None:
        self.s = s
        self.ground = s.ground
        self.graph_of = graph_of
        self.budget = budget
        self.watch = watch
        self.asked = [Asked(p, codes) for p in props for codes in _all_codes(s.ground, p.function)]
        self.found = {p.name: _Row() for p in props}

    def rows(self) -> dict[str, _Row]:
        """What is found, by name."""
        labels = list(dict.fromkeys(x for a in self.asked for x in (a.premise, a.awaited) if x is not None))
        for number, choice in enumerate(self.s.choices, start=1):
            limits = self.budget.next()
            if limits is None:
                break
            place = f" {number}/{len(self.s.choices)}" if len(self.s.choices) > 1 else ""
            report = self.watch(f"{self.ground.machine.name} {self.s.instance.configuration}{place} runs")
            codes: dict[str, Sequence[int]] = {**as_slots(self.ground, choice)}
            began = time.monotonic()
            graph = self.graph_of(self.ground, codes, labels, limits, report)
            self.budget.interrupted = self.budget.interrupted or graph.truncated == "interrupt"
            self._ask(graph, choice, began)
        return self.found

    def _ask(self, graph: StateGraph, choice: Mapping[str, Value], began: float) -> None:
        """All promises of one graph; what is left over when the budget runs out counts as not seen."""
        fairness: dict[int, Fairness] = {place: action.fair for place, action in enumerate(self.ground.actions)}
        runs = Runs(graph, fair_instances(graph, fairness), lambda state: self._is_end(graph, choice, state))
        for name, members in itertools.groupby(self.asked, key=lambda a: a.prop.name):
            row = self.found[name]
            row.states += graph.states
            row.edges += graph.edges
            row.engines[graph.engine] = None
            if graph.truncated:
                row.truncated[graph.truncated] = None
            try:
                row.graphs += all([self._one(a, runs, choice, row) for a in members])
            except KeyboardInterrupt:
                self.budget.interrupted = True
            row.seconds += time.monotonic() - began
            began = time.monotonic()

    def _one(self, asked: Asked, runs: Runs, choice: Mapping[str, Value], row: _Row) -> bool:
        """Looks for a lasso; False if there was no time."""
        graph = runs.graph
        if self.budget.why_stopped() and graph.truncated != "interrupt":
            return False
        premise = graph.labels[asked.premise] if asked.premise is not None else None
        row.met = row.met or premise is None or any(premise)
        if graph.faults & {asked.premise, asked.awaited}:
            self._note(row, asked, choice, runs.path(self._fault(graph, asked, choice)), runs, fault=True)
            return True
        lasso = runs.lasso(premise, graph.labels[asked.awaited])
        if lasso is not None:
            self._note(row, asked, choice, lasso, runs, fault=False)
        return True

    def _note(
        self, row: _Row, asked: Asked, choice: Mapping[str, Value], lasso: Lasso, runs: Runs, *, fault: bool
    ) -> None:
        """Keeps what is nearer than what was found before."""
        rank = (not fault, 0 if fault else lasso.loop, len(lasso.edges))
        if row.broken is None or rank < row.broken.rank:
            path = raw_path(self.ground, choice, runs.graph, lasso)
            row.broken = Broken(asked, choice, path, None if fault else lasso.loop)

    def _fault(self, graph: StateGraph, asked: Asked, choice: Mapping[str, Value]) -> int:
        """The first state in which a part of the promise has no value."""
        args = arguments(self.ground, asked.prop.function, asked.codes)
        for state in range(graph.states):
            occasion = Occasion(graph.state(state), args=args)
            for judge in (evaluate.premise_holds, evaluate.holds):
                if judge(self.ground, choice, asked.prop, occasion).fault is not None:
                    return state
        raise disagree(f"'{asked.prop.name}' has a value in every state", RawPath((), ()))

    def _is_end(self, graph: StateGraph, choice: Mapping[str, Value], state: int) -> bool:
        """True if a state without edges was expanded; where a budget ran out nobody knows, so it counts as open."""
        if graph.truncated != "boundary":
            return not graph.truncated
        bounds = (p for p in self.ground.properties if p.kind == "boundary")
        here = Occasion(graph.state(state))
        return all(evaluate.holds(self.ground, choice, p, here).value for p in bounds)


def _all_codes(ground: GroundMachine, function: str) -> list[Codes]:
    """Every value of the parameters, by their codes, the first slowest."""
    return list(itertools.product(*(range(cardinality(p.type, ground)) for p in ground.functions[function].params)))


def _result(s: Searched, prop: Property, row: _Row, trace: Trace | None, budget: Budget) -> PropertyResult:
    verdict, bound, reason = _judge(s, row, budget)
    kind: ResultKind = "leads_to" if prop.kind == "leads_to" else "always_eventually"
    return PropertyResult(
        spec=s.ground.machine.name,
        configuration=s.instance.configuration,
        property=prop.name,
        kind=kind,
        verdict=verdict,
        engine="+".join(sorted(row.engines)) or "none",
        states=row.states if row.engines else None,
        transitions=row.edges if row.engines else None,
        refusals=None,
        depth=len(trace.steps) if trace is not None else None,
        sizes=dict(s.ground.sizes),
        switches=dict(s.ground.switches),
        constants=s.constants,
        bound=bound,
        reason=reason,
        seconds=row.seconds,
        trace=trace,
        fairness=assumptions(s.ground),
    )


def _judge(s: Searched, row: _Row, budget: Budget) -> tuple[Verdict, Bound | None, str]:
    if row.broken is not None:
        return Verdict.VIOLATED, None, ""
    stopped = [reason for reason in row.truncated if reason != "boundary"]
    if stopped or row.graphs < len(s.choices):
        asked = stopped == ["depth"] and row.graphs == len(s.choices)
        text = f"the graph of the runs is not whole ({' and '.join(sorted(stopped)) or 'time'} limit)"
        bound = Bound(text, asked, depth="depth" in stopped)
        return Verdict.UNKNOWN, bound, text if stopped else budget.why_stopped() or text
    names = [p.name for p in s.ground.properties if p.kind == "boundary"]
    inside = Bound(f"inside the boundary {' and '.join(names)}", True) if row.truncated else None
    if not row.met:
        return Verdict.VACUOUS, inside, "its premise never became true"
    return (Verdict.HOLDS if inside is None else Verdict.HOLDS_WITHIN), inside, ""
