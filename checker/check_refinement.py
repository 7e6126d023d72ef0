"""The refinements of a spec: one search of the product for each, and the verdicts they allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checker.check_liveness import Budget, Watch
from checker.conclude import Searched
from checker.confirm import Finding, confirm
from checker.explorations import RawPath
from checker.refinement import Refined, refine
from checker.trace import Trace
from checker.trace_build import build_trace, disagree, play
from checker.verdict import Bound, PropertyResult, Verdict
from spec.lang.ground import GroundMachine
from spec.lang.machine import Refinement
from spec.lang.values import Value

ENGINE = "evaluate"


def check_refinements(
    searched: Sequence[Searched],
    wanted: frozenset[str],
    budget: Budget,
    watch: Watch,
    findings: dict[tuple[str, str], Finding],
) -> Iterator[PropertyResult]:
    """A row per refinement and configuration, in declared order.

    Why a refinement fails goes to
    `findings`, by configuration and name.
    """
    for s in searched:
        for refinement in s.ground.refinements:
            if refinement.name in wanted:
                yield _row(s, refinement, budget, watch, findings)


def _row(
    s: Searched, refinement: Refinement, budget: Budget, watch: Watch, findings: dict[tuple[str, str], Finding]
) -> PropertyResult:
    done: list[Refined] = []
    broken: tuple[Mapping[str, Value], RawPath] | None = None
    for choice in s.choices:
        limits = budget.next()
        if limits is None:
            break
        place = f"{s.ground.machine.name} {s.instance.configuration} {refinement.name}"
        done.append(refine(s.ground, choice, refinement, limits, watch(place)))
        budget.interrupted = budget.interrupted or done[-1].stopped == "interrupt"
        path = done[-1].path
        if path is not None and (broken is None or len(path.steps) < len(broken[1].steps)):
            broken = choice, path
    trace = None
    if broken is not None:
        trace, finding = refinement_trace(s.ground, *broken, refinement, s.instance.configuration)
        findings[s.instance.configuration, refinement.name] = finding
    verdict, bound, reason = _judge(s, done, trace)
    return PropertyResult(
        spec=s.ground.machine.name,
        configuration=s.instance.configuration,
        property=refinement.name,
        kind="refinement",
        verdict=verdict,
        engine=ENGINE,
        states=sum(d.states for d in done),
        transitions=sum(d.transitions for d in done),
        refusals=None,
        depth=len(trace.steps) if trace is not None else max((d.depth for d in done), default=None),
        sizes=dict(s.ground.sizes),
        switches=dict(s.ground.switches),
        constants=s.constants,
        bound=bound,
        reason=reason,
        seconds=sum(d.seconds for d in done),
        trace=trace,
    )


def refinement_trace(
    ground: GroundMachine, constants: Mapping[str, Value], path: RawPath, refinement: Refinement, configuration: str
) -> tuple[Trace, Finding]:
    """The trace of a path that the abstract machine cannot follow, and why; EngineError if it can."""
    played = play(ground, constants, path)
    finding = confirm(played, refinement.name)
    if finding is None:
        raise disagree(f"'{refinement.name}' is not broken at the end of a path", path)
    return build_trace(played, name=refinement.name, kind="refinement", configuration=configuration), finding


def _judge(s: Searched, done: list[Refined], trace: Trace | None) -> tuple[Verdict, Bound | None, str]:
    if trace is not None:
        return Verdict.VIOLATED, None, ""
    stopped = sorted({d.stopped for d in done if d.stopped})
    if stopped or len(done) < len(s.choices):
        asked = stopped == ["depth"] and len(done) == len(s.choices)
        depth = min((d.depth for d in done if d.stopped), default=0)
        text = f"every path of fewer than {depth + 1} steps ({' and '.join(stopped) or 'time'} limit)"
        bound = Bound(text, asked, depth=bool(stopped))
        return (Verdict.HOLDS_WITHIN, bound, "") if done else (Verdict.UNKNOWN, None, "nothing was searched")
    return Verdict.HOLDS, None, _effects(done)


def _effects(done: list[Refined]) -> str:
    """Where each process takes effect, by name of its blocks."""
    found: dict[str, dict[str, None]] = {}
    for each in done:
        for process, points in each.points.items():
            found.setdefault(process, {}).update(dict.fromkeys(points))
    return "; ".join(f"{process} takes effect in {' or '.join(points)}" for process, points in found.items())
