"""Whether a property holds, and why: the values of the parts of its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.eval_body import call_function
from checker.eval_world import Constants, Fault, Part, Spotlight, State, World
from spec.lang import ir
from spec.lang.ground import GroundMachine
from spec.lang.machine import Function, Property
from spec.lang.spans import Span
from spec.lang.types import MapType, OutcomeType
from spec.lang.values import Answer, Value, show_value


@dataclass(frozen=True, slots=True)
class Judgement:
    """The value of a predicate; with a `fault` it has none, and `value` is what the contract puts in its place."""

    value: bool
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a property is asked: the state, and for kinds `action` and `during` what led to it.

    `args` are the arguments of the step's action by parameter name.
    """

    now: State
    old: State | None = None
    outcome: Answer | None = None
    args: Mapping[str, Value] | None = None


def holds(ground: GroundMachine, constants: Constants, prop: Property, occasion: Occasion) -> Judgement:
    """Evaluates a property. One that faults is False; a boundary then is True, as if the state were inside."""
    return _judge(ground, constants, prop.function, occasion, at_fault=prop.kind == "boundary")


def premise_holds(ground: GroundMachine, constants: Constants, prop: Property, occasion: Occasion) -> Judgement:
    """Evaluates the premise of a property; True if it has none, False if it faults."""
    if prop.premise is None:
        return Judgement(True)
    return _judge(ground, constants, prop.premise, occasion, at_fault=False)


def _judge(ground: GroundMachine, constants: Constants, name: str, occasion: Occasion, *, at_fault: bool) -> Judgement:
    world = World(ground, constants, occasion.now, occasion.old)
    try:
        value = _call(world, ground.functions[name], occasion)
    except Fault as fault:
        return Judgement(at_fault, fault)
    assert isinstance(value, bool), f"{name} is no predicate"
    return Judgement(value)


def _call(world: World, function: Function, occasion: Occasion) -> Value:
    args: dict[str, Value] = {}
    for param in function.params:
        if isinstance(param.type, OutcomeType):
            args[param.name] = occasion.outcome
        else:
            assert occasion.args is not None, f"{function.name} needs the arguments of the step"
            args[param.name] = occasion.args[param.name]
    return call_function(world, function, args, {})


# --- why --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a property's text and its value, as people read them; `fault` where evaluation ended.

    `binding` names the turn that decided a comprehension: the counterexample of an `all`, the witness of an `any`.
    """

    depth: int
    text: str
    value: str
    span: Span
    binding: tuple[tuple[str, str], ...] = ()
    fault: str = ""


def explain(
    ground: GroundMachine, constants: Constants, prop: Property, occasion: Occasion, *, premise: bool = False
) -> list[Reason]:
    """The parts of a property (or its premise) with their values, outermost first.

    Parts that were never evaluated are left out, of a comprehension all turns but the deciding one, and parts that
    say nothing: literals, whole maps, and what stands in the same place as the part around it.
    """
    light = Spotlight()
    world = World(ground, constants, occasion.now, occasion.old, spotlight=light)
    name = prop.premise if premise else prop.function
    assert name is not None, f"{prop.name} has no premise"
    message = ""
    try:
        _call(world, ground.functions[name], occasion)
    except Fault as fault:
        message = fault.message
    reasons: list[Reason] = []
    seen: list[Part] = []
    for part in light.parts:
        if _says_something(part, seen):
            reasons.append(_reason(part, seen, ground, message))
            seen.append(part)
    return reasons


def _says_something(part: Part, seen: list[Part]) -> bool:
    if isinstance(part.expr, ir.Lit | ir.NoneLit | ir.EnumLit) or isinstance(part.expr.type, MapType):
        return False
    if isinstance(part.expr, ir.Not | ir.IsNone) and part.expr.span == part.expr.base.span:
        return False  # nobody wrote it: the premise of an `implies`, and the test of an option inside `isinstance`
    return not any(other.expr.span == part.expr.span and other.depth < part.depth for other in seen)


def _reason(part: Part, seen: list[Part], ground: GroundMachine, message: str) -> Reason:
    above = 0
    level = part.depth
    for other in reversed(seen):
        if other.depth < level:
            above, level = above + 1, other.depth
    return Reason(
        depth=above,
        text=source_text(part.expr.span, ground.machine.texts),
        value=show_value(part.value, ground) if part.known else "",
        span=part.expr.span,
        binding=tuple((name, show_value(value, ground)) for name, value in part.binding),
        fault="" if part.known else message,
    )


def source_text(span: Span, texts: Mapping[str, str]) -> str:
    """The text at a place, on one line; empty where the text is not known."""
    lines = texts.get(span.file, "").splitlines()[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_col - 1]
    lines[0] = lines[0][span.col - 1 :]
    return " ".join(line.strip() for line in lines)
