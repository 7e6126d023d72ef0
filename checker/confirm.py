"""Whether a played path really breaks its property, and why: the last word before anything is called VIOLATED."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checker import evaluate
from checker.evaluate import Occasion, Reason, State, Written
from checker.explorations import BOUNDS_ARE_KEPT, NO_DEADLOCK, NO_WARNINGS, REFUSALS_CHANGE_NOTHING
from checker.lock_cycle import NO_LOCK_CYCLE, lock_cycle
from checker.refinement_follow import follow_path
from checker.trace_build import Played
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property, is_about, part_of
from spec.lang.spans import Span
from spec.lang.types import MapType
from spec.lang.values import MapValue, key_index


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong (or, for a goal, what was reached): a sentence, its place, and the values of the parts."""

    message: str
    span: Span | None
    reasons: tuple[Reason, ...] = ()


def confirm(played: Played, name: str) -> Finding | None:
    """Why the end of the path breaks the property (reaches the goal); None if it does not."""
    always = {
        REFUSALS_CHANGE_NOTHING: _refused,
        BOUNDS_ARE_KEPT: _fault,
        NO_WARNINGS: _warned,
        NO_DEADLOCK: _deadlock,
    }
    if name in always:
        return always[name](played)
    refinement = next((r for r in played.ground.refinements if r.name == name), None)
    if refinement is not None:
        message = follow_path(played, refinement)
        return Finding(message, refinement.span) if message is not None else None
    declared = next((p for p in played.ground.properties if p.name == name), None)
    return _declared(played, declared) if declared is not None else None


def _refused(played: Played) -> Finding | None:
    if not played.runs:
        return None
    _, _, run = played.runs[-1]
    if run.kind != "step" or run.outcome is None or run.after == run.before:
        return None
    site = played.ground.machine.sites[run.outcome.site]
    if site.kind not in ("refused", "blocked"):
        return None
    changed = ", ".join(name for name in run.after if run.after[name] != run.before[name])
    return Finding(f"the call was {site.kind} and yet changed {changed}", site.span)


def _warned(played: Played) -> Finding | None:
    run = played.runs[-1][2] if played.runs else played.boot
    if not run.warnings:
        return None
    warning = played.ground.machine.warnings[run.warnings[0]]
    return Finding(f"the kernel warns: {warning.message}", warning.span)


def _fault(played: Played) -> Finding | None:
    fault = next(_faults(played), None)
    return Finding(fault.message, fault.span) if fault is not None else None


def _faults(played: Played) -> Iterator[evaluate.Fault]:
    ground, constants = played.ground, played.constants
    if played.boot.fault is not None:
        yield played.boot.fault
        return
    if played.runs:
        _, _, run = played.runs[-1]
        if run.fault is not None:
            yield run.fault
            return
        yield from run.premise_faults
        for p in ground.properties:
            if p.kind == "action" and _concerns(p, played):
                judged = evaluate.premise_holds(ground, constants, p, _occasion(played))
                yield from [judged.fault] if judged.fault else []
    here = Occasion(played.last)
    for p in ground.properties:
        if p.kind in ("goal", "final", "boundary"):
            judged = evaluate.holds(ground, constants, p, here)
            yield from [judged.fault] if judged.fault else []
        if p.kind in ("invariant", "goal"):
            judged = evaluate.premise_holds(ground, constants, p, here)
            yield from [judged.fault] if judged.fault else []


def _deadlock(played: Played) -> Finding | None:
    ground, constants, state = played.ground, played.constants, played.last
    if any(s.run.kind == "step" and s.run.after != state for s in evaluate.steps(ground, constants, state)):
        return None
    finals = [p for p in ground.properties if p.kind == "final"]
    if any(evaluate.holds(ground, constants, p, Occasion(state)).value for p in finals):
        return None
    return Finding("no step leads to another state, and the state is not declared final", None)


def _declared(played: Played, prop: Property) -> Finding | None:
    ground, constants = played.ground, played.constants
    inner = ""
    match prop.kind:
        case "invariant" | "goal":
            occasion: Occasion | None = Occasion(played.last)
        case "action":
            occasion, inner = _bad_step(played, prop)
        case "during":
            occasion = _bad_write(played, prop)
        case _:
            occasion = None
    if occasion is None:
        return None
    judged = evaluate.holds(ground, constants, prop, occasion)
    if judged.value is not (prop.kind == "goal"):
        return None
    cycle = lock_cycle(ground, played.last) if prop.name == NO_LOCK_CYCLE and judged.fault is None else None
    if cycle is not None:
        return Finding(*cycle)
    message = {
        "invariant": "false in the last state",
        "goal": "true in the last state",
        "action": f"false of the call of {inner} in the last step" if inner else "false of the last step",
    }.get(prop.kind, "false after a write in the last step")
    if judged.fault is not None:
        message = f"has no value: {judged.fault.message}"
    body = ground.functions[prop.function].body
    span = body[-1].span if body else prop.span
    return Finding(message, span, tuple(evaluate.explain(ground, constants, prop, occasion)))


def _bad_step(played: Played, prop: Property) -> tuple[Occasion | None, str]:
    """The last step, or the first call of an action of a part in it, of which the property is false; that action."""
    found = [(_occasion(played), "")] if _concerns(prop, played) else []
    if played.runs:
        calls = [c for c in played.runs[-1][2].calls if c.outcome is not None and c.action in prop.on]
        calls = [c for c in calls if part_of(c.action) == part_of(prop.name)]
        found += [(Occasion(c.after, c.before, c.outcome, c.args), c.action) for c in calls]
    for occasion, action in found:
        if not evaluate.holds(played.ground, played.constants, prop, occasion).value:
            return occasion, action
    return None, ""


def _concerns(prop: Property, played: Played) -> bool:
    if not played.runs:
        return False
    action, _, run = played.runs[-1]
    return run.kind == "step" and (not prop.on or action.name in prop.on)


def _occasion(played: Played) -> Occasion:
    _, args, run = played.runs[-1]
    return Occasion(run.after, run.before, run.outcome, args)


def _bad_write(played: Played, prop: Property) -> Occasion | None:
    """The moment after the first write of the last step at which the property is false."""
    if not played.runs:
        return None
    _, _, run = played.runs[-1]
    state = dict(run.before)
    for place, written in enumerate(run.writes):
        apply_write(state, written, played.ground)
        if not is_about(prop.name, written.target):
            continue
        occasion = Occasion(dict(state), _before_step_of(part_of(prop.name), run, place))
        if not evaluate.holds(played.ground, played.constants, prop, occasion).value:
            return occasion
    return None


def _before_step_of(part: str, run: evaluate.Run, place: int) -> State:
    """The state before the call of the part's action that made a write; the step itself may be one of the part."""
    for call in run.calls:
        if part_of(call.action) == part and call.first <= place and (call.end is None or place < call.end):
            return call.before
    return run.before


def apply_write(state: State, written: Written, ground: GroundMachine) -> None:
    """Does one write again, on a state that is changed in place."""
    if not written.keys:
        state[written.target] = written.value
        return
    kind, whole = ground.fields[written.target].type, state[written.target]
    assert isinstance(kind, MapType) and isinstance(whole, MapValue)
    place = key_index(written.keys, kind, ground)
    state[written.target] = MapValue((*whole.entries[:place], written.value, *whole.entries[place + 1 :]))


def reason_lines(finding: Finding) -> list[str]:
    """The parts of the expression with their values, indented as they nest.

    Of the whole only the deciding turn is told, since its text and value are what the finding says; a bound variable
    whose turn is told is not told again.
    """
    lines: list[str] = []
    told: set[str] = set()
    reasons = list(finding.reasons)
    if len(reasons) > 1 and reasons[0].depth == 0 and not reasons[0].fault:
        told = {name for name, _ in reasons[0].binding}
        lines = [", ".join(f"{name} = {value}" for name, value in reasons[0].binding)] if told else []
        reasons = [replace(r, depth=r.depth - 1) for r in reasons[1:]]
    for reason in reasons:
        if reason.text in told:
            continue
        told |= {name for name, _ in reason.binding}
        turn = ", ".join(f"{name} = {value}" for name, value in reason.binding)
        value = f"fault: {reason.fault}" if reason.fault else reason.value
        lines.append("  " * max(0, reason.depth) + f"{reason.text} = {value}" + (f"   with {turn}" if turn else ""))
    return lines
