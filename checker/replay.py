"""`replay`: run a stored trace again on the meaning of its spec, and say whether it still ends where it did."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checker.confirm import Finding, confirm
from checker.explorations import RawPath, RawStep
from checker.fairness import without_fairness
from checker.liveness_confirm import confirm_lasso
from checker.request import LIVENESS, checked_properties
from checker.trace import Trace, Typed
from checker.trace_build import Played, build_trace, play
from checker.trace_read import TraceFile, decode
from spec.lang.errors import EngineError, RequestError, nearest
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine
from spec.lang.values import encode


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stored trace beside what its steps do now.

    `finding` is why the property is broken (or the goal reached) at the end, None if it is not any more. `deviates`
    says where the run left the stored states, "" if nowhere; then the run has stopped at that step.
    """

    stored: Trace
    ground: GroundMachine
    now: Trace | None
    finding: Finding | None
    deviates: str


def replay(raw: TraceFile, machine: Machine, *, any_digest: bool = False) -> Replayed:
    """Replays a trace on a machine.

    RequestError if the trace is of another spec, of another text of it (unless `any_digest`), or names what the
    machine does not have.
    """
    if raw.spec != machine.name and not any_digest:
        raise RequestError(f"{raw.name}: the trace is of {raw.spec}, not of {machine.name}")
    if raw.digest != machine.digest and not any_digest:
        raise RequestError(
            f"{raw.name}: the text of {machine.name} has changed since the trace was made\n"
            "  hint: `--any-text` replays it all the same; `uapicheck check` makes a new one"
        )
    if raw.property_name and raw.property_name not in checked_properties(machine):
        hint = nearest(raw.property_name, checked_properties(machine))
        raise RequestError(f"{raw.name}: {machine.name} has no property '{raw.property_name}'; {hint}")
    try:
        machine = without_fairness(machine, raw.unfair)
        finite = ground(machine, raw.sizes, dict(raw.switches))
    except RequestError as error:
        raise RequestError(f"{raw.name}: {error}") from error
    stored = decode(raw, finite)
    path = path_of(stored, finite)
    return _compare(stored, finite, path)


def path_of(trace: Trace, finite: GroundMachine) -> RawPath:
    """The numbers of a decoded trace."""
    places = {a.name: i for i, a in enumerate(finite.actions)}
    steps = tuple(RawStep(places[s.action], _codes(s.args, finite), _codes(s.tape, finite)) for s in trace.steps)
    return RawPath(_codes(trace.boot, finite), steps)


def _codes(items: tuple[Typed, ...], finite: GroundMachine) -> tuple[int, ...]:
    return tuple(encode(i.value, i.type, finite) for i in items)


def _compare(stored: Trace, finite: GroundMachine, path: RawPath) -> Replayed:
    constants = {c.name: c.value for c in stored.constants}
    for length in range(len(path.steps) + 1):
        try:
            played = play(finite, constants, RawPath(path.initial_tape, path.steps[:length]))
        except EngineError:
            return Replayed(stored, finite, None, None, _cannot(length, stored))
        deviation = _deviation(played, stored, length)
        if deviation:
            return Replayed(stored, finite, None, None, deviation)
    trace = build_trace(played, name=stored.property_name, kind=stored.kind, configuration=stored.configuration)
    trace = replace(trace, loop=stored.loop, property_args=stored.property_args, unfair=stored.unfair)
    return Replayed(stored, finite, trace, _finding(played, stored), "")


def _finding(played: Played, stored: Trace) -> Finding | None:
    declared = next((p for p in played.ground.properties if p.name == stored.property_name), None)
    if declared is not None and declared.kind in LIVENESS:
        return confirm_lasso(played, declared, {a.name: a.value for a in stored.property_args}, stored.loop)
    return confirm(played, stored.property_name) if stored.property_name else None


def _cannot(length: int, stored: Trace) -> str:
    if length == 0:
        return "the stored initial state cannot be reached any more"
    return f"step {length}, {stored.steps[length - 1].action}, cannot be taken any more"


def _deviation(played: Played, stored: Trace, length: int) -> str:
    state = stored.states[length]
    different = [n for n, value in state.values.items() if played.last[n] != value]
    where = f"after step {length}" if length else "in the first state"
    if different:
        return f"{where} {', '.join(different)} is not as stored"
    if state.step is not None:
        step = build_trace(played, name="", kind="", configuration="").steps[-1]
        now = step.outcome
        if now != state.step.outcome:
            return f"step {length} answers {now.label}, stored is {state.step.outcome.label}"
        if step.calls != state.step.calls:
            return f"step {length} calls actions of parts in another way than stored"
    return ""
