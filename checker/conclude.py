"""From counts and paths to verdicts: what the searches of one spec allow to be said about each property.

NOTE(union): a spec's configurations share its promises. A premise that is true in one of them is not vacuous in the
others, and a goal needs to be reached in one of them only; a configuration where nothing is to be said gets no row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from checker.explicit.result import ALWAYS_ON, Exploration, RawPath
from checker.request import CHECKED, Instance
from checker.trace import Trace
from checker.verdict import Bound, PropertyResult, ResultKind, Verdict
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property
from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Searched:
    """One configuration: the finite machine, the choices of its constants, and the searches that were made of them.

    `searches` has one entry per choice, in order, and stops early when a budget ran out; `missing` then says why.
    """

    instance: Instance
    ground: GroundMachine
    choices: tuple[dict[str, Value], ...]
    searches: tuple[Exploration, ...]
    constants: dict[str, str]
    missing: str = ""

    @property
    def complete(self) -> bool:
        """True if every choice was searched to its end."""
        return len(self.searches) == len(self.choices) and all(s.complete for s in self.searches)


TraceOf = Callable[[Searched, int, str, RawPath], Trace]
"""The replayed trace of a path that was found for a property, under the choice of constants of this number."""


def conclude(searched: Sequence[Searched], wanted: frozenset[str], trace_of: TraceOf) -> list[PropertyResult]:
    """One result per property and configuration in declared order, as NOTE(union) says."""
    results: list[PropertyResult] = []
    for name, kind in _promised(searched):
        if name in wanted:
            rows = [_one(s, name, kind, trace_of) for s in searched if _available(s, name)]
            results += union(rows, kind)
    return results


def _promised(searched: Sequence[Searched]) -> list[tuple[str, ResultKind]]:
    found: dict[str, ResultKind] = {}
    for s in searched:
        for p in s.ground.machine.properties.values():
            match p.kind:
                case "invariant" | "action" | "during" | "goal":
                    found.setdefault(p.name, p.kind)
                case _:
                    pass
    return list(found.items()) + [(name, "always") for name in ALWAYS_ON]


def _declared(s: Searched, name: str) -> Property | None:
    return next((p for p in s.ground.properties if p.name == name and p.kind in CHECKED), None)


def _available(s: Searched, name: str) -> bool:
    return name in ALWAYS_ON or _declared(s, name) is not None


def _one(s: Searched, name: str, kind: ResultKind, trace_of: TraceOf) -> PropertyResult:
    found = [(number, e.found[name]) for number, e in enumerate(s.searches) if name in e.found]
    verdict, bound, reason = _judge(s, name, kind, bool(found))
    trace = None
    if found:
        number, path = min(found, key=lambda item: len(item[1].steps))
        trace = trace_of(s, number, name, path)
    depth = len(trace.steps) if trace is not None else max((e.depth for e in s.searches), default=None)
    return PropertyResult(
        spec=s.ground.machine.name,
        configuration=s.instance.configuration,
        property=name,
        kind=kind,
        verdict=verdict,
        engine="+".join(sorted({e.engine for e in s.searches})) or "none",
        states=_total([e.states for e in s.searches]),
        representatives=_total([e.representatives for e in s.searches]),
        transitions=_total([e.transitions for e in s.searches]),
        refusals=_total([e.refusals for e in s.searches]),
        depth=depth,
        sizes=dict(s.ground.sizes),
        switches=dict(s.ground.switches),
        constants=s.constants,
        bound=bound,
        reason=reason,
        seconds=sum(e.seconds for e in s.searches),
        trace=trace,
    )


def _total(counts: list[int]) -> int | None:
    return sum(counts) if counts else None


def _judge(s: Searched, name: str, kind: ResultKind, found: bool) -> tuple[Verdict, Bound | None, str]:
    if found:
        return (Verdict.HOLDS if kind == "goal" else Verdict.VIOLATED), None, ""
    bound = bound_of(s)
    if kind == "goal":
        if bound is None:
            return Verdict.VIOLATED, None, "no reachable state satisfies it"
        return Verdict.UNKNOWN, bound, f"not reached: {bound.text}"
    if not s.searches or (min(e.checked_depth for e in s.searches) < 0 and not s.complete):
        why = s.missing or (bound.text if bound is not None else "")
        return Verdict.UNKNOWN, None, why or "nothing was searched"
    if not _premise_seen(s, name):
        if bound is not None and (bound.depth or not bound.asked):
            return Verdict.UNKNOWN, bound, f"its premise never became true: {bound.text}"
        return Verdict.VACUOUS, bound, "its premise never became true"
    return (Verdict.HOLDS if bound is None else Verdict.HOLDS_WITHIN), bound, ""


def _premise_seen(s: Searched, name: str) -> bool:
    declared = _declared(s, name)
    if declared is None or declared.kind == "during" or (declared.kind != "action" and declared.premise is None):
        return True
    return any(name in e.premises for e in s.searches)


def bound_of(s: Searched) -> Bound | None:
    """How far the searches of a configuration looked; None if they saw everything."""
    parts: list[str] = []
    asked = True
    if len(s.searches) < len(s.choices):
        parts.append(f"{len(s.searches)} of {len(s.choices)} choices of the constants")
        asked = False
    stopped = [e for e in s.searches if e.stopped]
    if stopped:
        depth = min(e.checked_depth for e in stopped)
        reasons = sorted({e.stopped for e in stopped})
        asked = asked and reasons == ["depth"]
        parts.append(f"every path of up to {depth} steps ({' and '.join(_limit(r) for r in reasons)})")
    if any(e.outside for e in s.searches):
        names = [p.name for p in s.ground.properties if p.kind == "boundary"]
        parts.append(f"inside the boundary {' and '.join(names)}")
    return Bound("; ".join(parts), asked, depth=bool(stopped)) if parts else None


def _limit(reason: str) -> str:
    return "interrupted" if reason == "interrupt" else f"{reason} limit"


def union(rows: list[PropertyResult], kind: ResultKind) -> list[PropertyResult]:
    """The rows of one property as NOTE(union) says."""
    if kind == "goal":
        reached = [r for r in rows if r.verdict is Verdict.HOLDS]
        if reached:
            return reached
        open_ = [r for r in rows if r.verdict is Verdict.UNKNOWN]
        return open_ or rows
    seen = [r.configuration for r in rows if r.verdict in (Verdict.HOLDS, Verdict.HOLDS_WITHIN, Verdict.VIOLATED)]
    return [_not_vacuous(r, seen) if r.verdict is Verdict.VACUOUS and seen else r for r in rows]


def _not_vacuous(row: PropertyResult, seen: list[str]) -> PropertyResult:
    verdict = Verdict.HOLDS if row.bound is None else Verdict.HOLDS_WITHIN
    reason = f"its premise becomes true only in {', '.join(seen)}"
    return replace(row, verdict=verdict, reason=reason, vacuous_here=True)
