"""From the numbers that an engine returns to a trace that `evaluate` has run: a violation is never taken on trust."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker import evaluate
from checker.evaluate import Choice, Constants, PartCall, Run, State
from checker.explorations import RawPath, RawStep
from checker.trace import OutcomeKind, Output, Trace, TraceCall, TraceOutcome, TraceState, TraceStep, Typed
from spec.lang.errors import EngineError
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Machine, Provenance, part_of
from spec.lang.spans import Span
from spec.lang.values import Answer, NotInType, Value, decode, show_value

KERNEL_FUNCTION = re.compile(r"\w+\(\)")


@dataclass(frozen=True, slots=True)
class Played:
    """A path as `evaluate` ran it: the initial state, then one run per step."""

    ground: GroundMachine
    constants: Constants
    boot: Run
    runs: tuple[tuple[Action, dict[str, Value], Run], ...]

    @property
    def last(self) -> State:
        """The state at the end; after a fault the one before it."""
        return self.runs[-1][2].after if self.runs else self.boot.after


def play(ground: GroundMachine, constants: Constants, path: RawPath) -> Played:
    """Runs a path; EngineError where `evaluate` cannot follow, which means that an engine is wrong."""
    boot = next((r for r in evaluate.initial_runs(ground, constants) if r.codes == path.initial_tape), None)
    if boot is None or boot.kind == "disabled" or (boot.kind == "fault" and path.steps):
        raise disagree("the initial state of a path does not exist", path)
    state = boot.after
    runs: list[tuple[Action, dict[str, Value], Run]] = []
    for number, step in enumerate(path.steps, start=1):
        action, args, run = _run(ground, constants, state, step, path)
        if run.kind == "disabled" or run.codes != step.tape:
            raise disagree(f"step {number} of a path cannot be taken", path)
        if run.kind == "fault" and number < len(path.steps):
            raise disagree(f"step {number} of a path faults, and yet the path goes on", path)
        runs.append((action, args, run))
        state = run.after
    return Played(ground, constants, boot, tuple(runs))


def _run(
    ground: GroundMachine, constants: Constants, state: State, step: RawStep, path: RawPath
) -> tuple[Action, dict[str, Value], Run]:
    try:
        action = ground.actions[step.action]
        params = ground.functions[action.function].params
        args = {p.name: decode(code, p.type, ground) for p, code in zip(params, step.args, strict=True)}
        run = evaluate.run(ground, constants, state, action, tuple(args.values()), step.tape)
    except (IndexError, ValueError, NotInType) as error:
        raise disagree(f"a path has a step that the machine does not have ({error})", path) from error
    return action, args, run


def disagree(message: str, path: RawPath) -> EngineError:
    """The loud end: an engine and the meaning differ, so nothing it says may be believed."""
    return EngineError(f"internal disagreement, please report: {message}: {path}")


def build_trace(played: Played, *, name: str, kind: str, configuration: str) -> Trace:
    """The trace of a played path for a property."""
    ground = played.ground
    machine = ground.machine
    states = [TraceState(played.boot.after, None)]
    for action, args, run in played.runs:
        states.append(TraceState(run.after, _step(ground, action, args, run)))
    return Trace(
        spec=machine.name,
        target=target_of(machine),
        digest=machine.digest,
        property_name=name,
        kind=kind,
        configuration=configuration,
        sizes=dict(ground.sizes),
        switches=dict(ground.switches),
        constants=tuple(Typed(n, c.type, played.constants[n]) for n, c in ground.constants.items()),
        boot=_tape(played.boot.tape),
        states=tuple(states),
    )


def target_of(machine: Machine) -> str:
    """What loads this spec again: `module:Class` for a shipped one, else `path:Class`."""
    place = machine.module if machine.module.startswith("spec.") else machine.file
    return f"{place}:{machine.name}"


def _step(ground: GroundMachine, action: Action, args: Mapping[str, Value], run: Run) -> TraceStep:
    params = ground.functions[action.function].params
    outcome, span, provenance = _outcome(ground, action, run)
    return TraceStep(
        action=action.name,
        actor=action.kind,
        args=tuple(Typed(p.name, p.type, args[p.name]) for p in params),
        tape=_tape(run.tape),
        outcome=outcome,
        warnings=tuple(ground.machine.warnings[w].message for w in run.warnings),
        file=span.file,
        line=span.line,
        function=_kernel_function(provenance.cites) or _kernel_function(action.provenance.cites),
        cites=provenance.cites,
        sure=provenance.sure,
        component=component_of(ground.machine, action.name),
        calls=tuple(_call(ground, call) for call in run.calls),
    )


def component_of(machine: Machine, action: str) -> tuple[str, ...]:
    """The parts that an action is of, outermost first."""
    function = machine.actions[action].function
    path = part_of(action).split(".") if part_of(action) else []
    return tuple(path) if path and function.startswith(part_of(action) + ".") else ()


def _call(ground: GroundMachine, call: PartCall) -> TraceCall:
    params = ground.functions[call.function].params
    args = tuple(Typed(p.name, p.type, call.args[p.name]) for p in params)
    outcome = TraceOutcome("fault") if call.outcome is None else _answer(ground, call.outcome)
    return TraceCall(call.action, args, outcome, call.depth)


def _outcome(ground: GroundMachine, action: Action, run: Run) -> tuple[TraceOutcome, Span, Provenance]:
    """The answer with the place and the source of that answer; a plain DONE has those of the action."""
    if run.fault is not None:
        return TraceOutcome("fault", "", run.fault.message), run.fault.span, action.provenance
    assert run.outcome is not None, "a step that does not fault has an outcome"
    site = ground.machine.sites[run.outcome.site]
    outcome = _answer(ground, run.outcome)
    if run.outcome.site == 0:
        return outcome, action.span, action.provenance
    return outcome, site.span, site.provenance if site.provenance.cites else action.provenance


def _answer(ground: GroundMachine, answer: Answer) -> TraceOutcome:
    site = ground.machine.sites[answer.site]
    kind: OutcomeKind = "refused" if site.in_process else site.kind
    outputs = tuple(Output(name, show_value(value, ground)) for name, value in answer.outputs)
    return TraceOutcome(kind, site.errno, site.reason, outputs)


def _kernel_function(cites: str) -> str:
    found = KERNEL_FUNCTION.search(cites)
    return found.group() if found else ""


def _tape(read: Sequence[Choice]) -> tuple[Typed, ...]:
    return tuple(Typed(c.name, c.type, c.value, c.function) for c in read)
