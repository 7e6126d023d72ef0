"""The tests that one step made on its way: every `if` and `require` that it came by, with its value and its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from checker.eval_body import call_function
from checker.eval_world import Constants, Disabled, Fault, Spotlight, State, Tape, World
from checker.evaluate import source_text
from spec.lang import ir
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, Stmt
from spec.lang.machine import Action
from spec.lang.spans import Span
from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Test:
    """A condition in the text, and what it was; `word` is `if` or `require`."""

    word: str
    text: str
    value: bool
    span: Span


def tests_of_step(
    ground: GroundMachine,
    constants: Constants,
    state: State,
    action: Action,
    args: Sequence[Value],
    tape: Sequence[int],
) -> tuple[Test, ...]:
    """The tests of a run in the order they were made, each with the same value once.

    Left out are tests inside comprehensions that did not decide them, those that were not made to the end because the
    step faults there, and those that stand in no text.
    """
    light = Spotlight()
    world = World(ground, constants, dict(state), dict(state), Tape(tape, ground), spotlight=light)
    function = ground.functions[action.function]
    given = {p.name: v for p, v in zip(function.params, args, strict=True)}
    with suppress(Fault, Disabled):
        call_function(world, function, given, {})
    words = {id(test): word for f in ground.functions.values() for word, test in _tests(f.body)}
    found: dict[Test, None] = {}
    for part in light.parts:
        text = source_text(part.expr.span, ground.machine.texts)
        if id(part.expr) in words and part.known and text:
            found[Test(words[id(part.expr)], text, part.value is True, part.expr.span)] = None
    return tuple(found)


def _tests(body: Sequence[Stmt]) -> Iterator[tuple[str, Expr]]:
    for stmt in body:
        match stmt:
            case ir.If(test, then, other):
                yield "if", test
                yield from _tests(then)
                yield from _tests(other)
            case ir.Require(cond):
                yield "require", cond
            case ir.For():
                yield from _tests(stmt.body)
            case _:
                pass
