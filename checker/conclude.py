"""From counts and paths to verdicts: what the searches of one spec allow to be said about each property.

NOTE(union): a spec's configurations share its promises. A premise that is true in one of them is not vacuous in the
others, and a goal needs to be reached in one of them only; a configuration where nothing is to be said gets no row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from checker.explorations import ALWAYS_ON, Exploration, RawPath
from checker.request import CHECKED, Instance
from checker.symbolic_answer import Solved, Walked
from checker.symbolic_judge import Said, judge, needs_premise
from checker.trace import Trace
from checker.verdict import Bound, PropertyResult, ResultKind, Verdict
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property
from spec.lang.values import Value

EXPLICIT = "explicit"
"""Who settled what an exhaustive search shows."""


@dataclass(frozen=True, slots=True)
class Searched:
    """One configuration: the finite machine, the choices of its constants, and the searches that were made of them.

    `searches` has one entry per choice, in order, and stops early when a budget ran out; `missing` then says why.
    `solved` is what symbolic engines say, if they were asked.
    """

    instance: Instance
    ground: GroundMachine
    choices: tuple[dict[str, Value], ...]
    searches: tuple[Exploration, ...]
    constants: dict[str, str]
    missing: str = ""
    solved: Solved | None = None

    @property
    def complete(self) -> bool:
        """True if every choice was searched to its end."""
        return len(self.searches) == len(self.choices) and all(s.complete for s in self.searches)


TraceOf = Callable[[Searched, int, str, RawPath], Trace | None]
"""The replayed trace of a path that was found for a property, under the choice of constants of this number;
None where the initialiser itself goes wrong."""

WalkedTraceOf = Callable[[Searched, str, Walked], Trace | None]
"""The replayed trace of a path that symbolic engines found for a property, under constants of its own."""


def conclude(
    searched: Sequence[Searched], wanted: frozenset[str], trace_of: TraceOf, walked: WalkedTraceOf | None = None
) -> list[PropertyResult]:
    """One result per property and configuration in declared order, as NOTE(union) says.

    Where symbolic engines say more than the searches, theirs is the verdict.
    """
    results: list[PropertyResult] = []
    for name, kind in _promised(searched):
        if name in wanted:
            rows = [_one(s, name, kind, trace_of, walked) for s in searched if _available(s, name)]
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


def _one(
    s: Searched, name: str, kind: ResultKind, trace_of: TraceOf, walked: WalkedTraceOf | None
) -> PropertyResult:
    row = searched_row(s, name, kind, trace_of)
    if s.solved is None or (s.searches and (s.complete or row.verdict is Verdict.VIOLATED or row.trace is not None)):
        return row
    seen = any(name in e.premises for e in s.searches)
    said = judge(s.ground, s.solved, name, kind, seen=seen)
    return with_symbolic(s, row, said, walked) if says_more(s, row, said) else row


def says_more(s: Searched, row: PropertyResult, said: Said) -> bool:
    """True if a symbolic engine says more than the searches of a configuration."""
    if not s.searches:
        return True
    if said.verdict is Verdict.UNKNOWN or row.verdict not in (Verdict.UNKNOWN, Verdict.HOLDS_WITHIN):
        return False
    if said.bounded and row.verdict is Verdict.HOLDS_WITHIN:
        depth = min(e.checked_depth for e in s.searches) if len(s.searches) == len(s.choices) else -1
        return said.answer.clear > depth
    return True


def with_symbolic(
    s: Searched, row: PropertyResult, said: Said, walked: WalkedTraceOf | None = None
) -> PropertyResult:
    """A row with the verdict of symbolic engines in place of its own."""
    assert s.solved is not None
    answer = said.answer
    trace = None
    if answer.broken is not None and said.verdict is not Verdict.UNKNOWN:
        assert walked is not None, "a path needs a trace"
        trace = walked(s, row.property, answer.broken)
    proved = answer.proved
    depth = len(trace.steps) if trace is not None else answer.clear if answer.clear >= 0 else row.depth
    return replace(
        row,
        verdict=said.verdict,
        bound=said.bound,
        reason=said.reason,
        engine=row.engine if s.searches else s.solved.engine,
        depth=depth,
        seconds=row.seconds + s.solved.seconds,
        trace=trace,
        proved_by=said.by,
        method=proved.method if proved is not None else "",
        k=proved.k if proved is not None else None,
        invariant=proved.clauses if proved is not None else (),
        cti=answer.cti if said.verdict is Verdict.UNKNOWN else (),
    )


def searched_row(s: Searched, name: str, kind: ResultKind, trace_of: TraceOf) -> PropertyResult:
    """What the searches of one configuration say about a property."""
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
        proved_by=EXPLICIT if s.searches and verdict is not Verdict.UNKNOWN else "",
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
    return not needs_premise(s.ground, name) or any(name in e.premises for e in s.searches)


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
        far = f"every path of up to {depth} steps" if depth >= 0 else "not even all initial states"
        parts.append(f"{far} ({' and '.join(_limit(r) for r in reasons)})")
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
