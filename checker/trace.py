"""`Trace`: a path through a machine with everything a reader or another tool needs, and its JSON form.

The format is ITF (Informal Trace Format): complete states, and under `#meta` the call that led to each. There is no
time in it: the same question gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from checker.trace_values import Json, to_itf
from spec.lang.ground import GroundMachine
from spec.lang.types import Type
from spec.lang.values import Value

SCHEMA = "uapicheck.trace/1"
DESCRIPTION = "https://apalache-mc.org/docs/adr/015adr-trace.html"

OutcomeKind = Literal["done", "refused", "blocked", "partial", "pending", "fault"]


@dataclass(frozen=True, slots=True)
class Typed:
    """A named value with the type that says how to write it; a choice of nature also says whose it is."""

    name: str
    type: Type
    value: Value
    function: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A value that a call hands out, as people read it (an outcome does not declare the types of its outputs)."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TraceOutcome:
    """What the call answered. A fault has no errno: `reason` says what went wrong, and the state is as before."""

    kind: OutcomeKind
    errno: str = ""
    reason: str = ""
    outputs: tuple[Output, ...] = ()

    @property
    def label(self) -> str:
        """`0`, `-EPERM already-held`, `blocked: ...` or `fault: ...`, as a table shows it."""
        match self.kind:
            case "done":
                return " ".join(["0", *(f"{o.name}={o.text}" for o in self.outputs)])
            case "refused":
                return f"-{self.errno} {self.reason}"
            case "partial":
                return f"-{self.errno} {self.reason} (partial)"
            case "blocked":
                return f"blocked: {self.reason}"
            case "pending":
                return "..."
            case "fault":
                return f"fault: {self.reason}"


@dataclass(frozen=True, slots=True)
class TraceCall:
    """A call of an action of a part within a step; `depth` counts such calls around it."""

    action: str
    args: tuple[Typed, ...]
    outcome: TraceOutcome
    depth: int


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One occurrence of an action. `file`, `line`, `cites` and `sure` belong to the answer, or else to the action.

    `function` is the kernel function it stands for; `actor` is the kind of action: ioctl, kernel, hardware or fault.
    `component` are the parts that the action is of, outermost first; `calls` the actions of parts that it called.
    """

    action: str
    actor: str
    args: tuple[Typed, ...]
    tape: tuple[Typed, ...]
    outcome: TraceOutcome
    warnings: tuple[str, ...]
    file: str
    line: int
    function: str
    cites: str
    sure: str
    component: tuple[str, ...] = ()
    calls: tuple[TraceCall, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceState:
    """A complete state, and the step that led to it (None for the first)."""

    values: dict[str, Value]
    step: TraceStep | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A path from an initial state that breaks the named property, or reaches it if it is a goal.

    `target` loads the spec again; `digest` is that of its text. `constants` are the rigid values in force, and
    `boot` the choices of the initialiser. `loop` is the index of the state that a lasso returns to: the last state is
    that state again, reached by the last step, unless `loop` is the last index itself (then that state is repeated for
    ever). `property_args` are the values of the promise's parameters, `unfair` the actions whose fairness was dropped.
    """

    spec: str
    target: str
    digest: str
    property_name: str
    kind: str
    configuration: str
    sizes: dict[str, int]
    switches: dict[str, bool | int | str]
    constants: tuple[Typed, ...]
    boot: tuple[Typed, ...]
    states: tuple[TraceState, ...]
    loop: int | None = None
    property_args: tuple[Typed, ...] = ()
    unfair: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[TraceStep, ...]:
        """The steps in order."""
        return tuple(s.step for s in self.states if s.step is not None)


def to_json(trace: Trace, ground: GroundMachine) -> str:
    """The trace as ITF JSON text, ending in a newline; the same trace gives the same text."""
    document: dict[str, Json] = {
        "#meta": {
            "format": "ITF",
            "format-description": DESCRIPTION,
            "schema": SCHEMA,
            "spec": trace.spec,
            "target": trace.target,
            "digest": trace.digest,
            "property": trace.property_name,
            "kind": trace.kind,
            "configuration": trace.configuration,
            "sizes": dict(trace.sizes),
            "switches": dict(trace.switches),
            "constants": _named(trace.constants, ground),
            **({"property_args": _named(trace.property_args, ground)} if trace.property_args else {}),
            **({"unfair": list(trace.unfair)} if trace.unfair else {}),
        },
        "params": [],
        "vars": list(ground.fields),
        "states": [_state(index, state, trace, ground) for index, state in enumerate(trace.states)],
    }
    if trace.loop is not None:
        document["loop"] = trace.loop
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _state(index: int, state: TraceState, trace: Trace, ground: GroundMachine) -> Json:
    meta: dict[str, Json] = {"index": index}
    if state.step is None:
        meta["tape"] = _tape(trace.boot, ground)
    else:
        meta |= _step(state.step, ground)
    values = {name: to_itf(state.values[name], field.type, ground) for name, field in ground.fields.items()}
    return {"#meta": meta, **values}


def _step(step: TraceStep, ground: GroundMachine) -> dict[str, Json]:
    calls: dict[str, Json] = {"calls": [_call(call, ground) for call in step.calls]} if step.calls else {}
    return {
        "action": step.action,
        "actor": step.actor,
        "component": list(step.component),
        "args": _named(step.args, ground),
        "tape": _tape(step.tape, ground),
        "outcome": _outcome(step.outcome),
        "warnings": list(step.warnings),
        "source": {"file": step.file, "line": step.line, "function": step.function},
        "cites": step.cites,
        "sure": step.sure,
        **calls,
    }


def _call(call: TraceCall, ground: GroundMachine) -> Json:
    args = _named(call.args, ground)
    return {"action": call.action, "args": args, "outcome": _outcome(call.outcome), "depth": call.depth}


def _outcome(outcome: TraceOutcome) -> Json:
    return {
        "kind": outcome.kind,
        "errno": outcome.errno,
        "reason": outcome.reason,
        "outputs": {o.name: o.text for o in outcome.outputs},
    }


def _named(items: tuple[Typed, ...], ground: GroundMachine) -> dict[str, Json]:
    return {item.name: to_itf(item.value, item.type, ground) for item in items}


def _tape(items: tuple[Typed, ...], ground: GroundMachine) -> Json:
    return [
        {"choice": item.name, "function": item.function, "value": to_itf(item.value, item.type, ground)}
        for item in items
    ]
