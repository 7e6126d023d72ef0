"""The meaning of a ground machine, slow and obvious: initial states, runs of actions, steps, properties.

Every engine is tested against this module. Nothing is cached, coded or merged: a state is a dictionary of Python
values, a run walks the text.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from checker.eval_body import call_function
from checker.eval_expr import Expressions
from checker.eval_property import (
    Judgement,
    Occasion,
    Reason,
    explain,
    holds,
    premise_holds,
    source_text,
)
from checker.eval_world import (
    Choice,
    Constants,
    Disabled,
    Fault,
    Frame,
    Log,
    PartCall,
    State,
    Tape,
    World,
    Written,
    next_tape,
)
from spec.lang.fold import resolve
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, Inner
from spec.lang.machine import Action, Function, Property, is_about, part_of
from spec.lang.spans import BUILTIN
from spec.lang.types import NONE
from spec.lang.values import Answer, Value, encode, values

__all__ = [
    "Choice",
    "Constants",
    "Fault",
    "Judgement",
    "Occasion",
    "PartCall",
    "Reason",
    "Run",
    "State",
    "Step",
    "Written",
    "closed_value",
    "explain",
    "holds",
    "initial_runs",
    "initial_states",
    "next_tape",
    "premise_holds",
    "run",
    "source_text",
    "steps",
    "tapes",
]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of an action (or of the initialiser) did.

    `before` and `after` are complete states; a fault or a disabled run leaves `after` equal to `before`, and what it
    had written shows in `writes` only. `during` names the properties that some write violated or that some call of an
    action of a part did, `met` the premises of such properties that were true (those without premise that were asked
    of such a call among them), `premise_faults` those that could not be evaluated. `calls` are the calls of actions
    of parts in the order of their beginning.
    """

    kind: Literal["step", "disabled", "fault"]
    outcome: Answer | None
    before: State
    after: State
    tape: tuple[Choice, ...]
    warnings: tuple[int, ...]
    sites: frozenset[int]
    writes: tuple[Written, ...]
    during: tuple[str, ...]
    met: frozenset[str]
    premise_faults: tuple[Fault, ...]
    fault: Fault | None
    calls: tuple[PartCall, ...] = ()

    @property
    def codes(self) -> tuple[int, ...]:
        """The tape as engines keep it."""
        return tuple(choice.code for choice in self.tape)


@dataclass(frozen=True, slots=True)
class Step:
    """A run of an action that is not disabled, with its place in `GroundMachine.actions` and its arguments."""

    index: int
    action: Action
    args: tuple[Value, ...]
    run: Run

    def codes(self, ground: GroundMachine) -> tuple[int, ...]:
        """The arguments as engines keep them."""
        params = ground.functions[self.action.function].params
        return tuple(encode(v, p.type, ground) for v, p in zip(self.args, params, strict=True))


class _During:
    """Asks the properties of single writes after each of them, and those of steps of parts after calls of these."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.properties = [p for p in world.ground.properties if p.kind == "during"]
        self.violated: dict[str, None] = {}
        self.met: set[str] = set()
        self.faults: list[Fault] = []

    def after_write(self, target: str) -> None:
        """The properties that a write to this field concerns."""
        for prop in self.properties:
            if is_about(prop.name, target):
                old = self.world.olds.get(part_of(prop.name), self.world.old)
                self._ask(prop, Occasion(self.world.now, old))

    def after_call(self, stmt: Inner, done: PartCall) -> None:
        """The action properties of a part about a call of its action."""
        for prop in self.world.ground.properties:
            if prop.name in stmt.properties:
                self._ask(prop, Occasion(self.world.now, done.before, done.outcome, done.args))
                self.met |= {prop.name} if prop.premise is None else set()

    def _ask(self, prop: Property, occasion: Occasion) -> None:
        if not holds(self.world.ground, self.world.constants, prop, occasion).value:
            self.violated[prop.name] = None
        if prop.premise is not None:
            premise = premise_holds(self.world.ground, self.world.constants, prop, occasion)
            self.met |= {prop.name} if premise.value else set()
            self.faults += [premise.fault] if premise.fault else []


def run(
    ground: GroundMachine,
    constants: Constants,
    state: State,
    action: Action,
    args: Sequence[Value],
    tape: Sequence[int] = (),
) -> Run:
    """Runs an action once. Choices beyond the tape take code 0; entries that are not read do not count.

    `NotInType` if an entry that is read is no code of its choice.
    """
    function = ground.functions[action.function]
    world = World(ground, constants, dict(state), dict(state), Tape(tape, ground))
    during = _During(world)
    world.after_write, world.after_call = during.after_write, during.after_call
    given = {p.name: v for p, v in zip(function.params, args, strict=True)}

    def body() -> Answer:
        answer = call_function(world, function, given, {})
        return answer if isinstance(answer, Answer) else Answer(0)

    return _finish(world, dict(state), body, during)


def _finish(world: World, before: State, body: Callable[[], Answer | None], during: _During | None) -> Run:
    assert world.tape is not None
    kind: Literal["step", "disabled", "fault"] = "step"
    outcome, fault, after, log = None, None, world.now, world.log
    try:
        outcome = body()
    except Disabled:
        kind, after, log, during = "disabled", before, Log(), None
    except Fault as found:
        kind, after, fault = "fault", before, found
    return Run(
        kind=kind,
        outcome=outcome,
        before=before,
        after=after,
        tape=tuple(world.tape.read),
        warnings=tuple(log.warnings),
        sites=frozenset(log.sites),
        writes=tuple(log.writes),
        during=tuple(during.violated) if during else (),
        met=frozenset(during.met) if during else frozenset(),
        premise_faults=tuple(during.faults) if during else (),
        fault=fault,
        calls=tuple(log.calls),
    )


def tapes(ground: GroundMachine, attempt: Callable[[tuple[int, ...]], Run]) -> Iterator[Run]:
    """The runs for all tapes, in odometer order."""
    tape: tuple[int, ...] | None = ()
    while tape is not None:
        found = attempt(tape)
        yield found
        tape = next_tape(found.tape, ground)


def initial_runs(ground: GroundMachine, constants: Constants) -> Iterator[Run]:
    """All runs of the initialiser in tape order: every field takes its initial value, then `initial` runs.

    `outcome` is None; `before` is empty. Properties of single writes are not asked here.
    """

    def attempt(tape: tuple[int, ...]) -> Run:
        world = World(ground, constants, {}, {}, Tape(tape, ground))

        def body() -> None:
            look = Expressions(world, call_function)
            for name, field in ground.fields.items():
                world.now[name] = look.entering(field.init, field.type, _nowhere())
            if ground.initial is not None:
                call_function(world, ground.functions[ground.initial], {}, {})

        return _finish(world, {}, body, None)

    return tapes(ground, attempt)


def _nowhere() -> Frame:
    """The frame of an expression that stands in no function."""
    return Frame(Function("", (), (), NONE, (), {}, "", BUILTIN), 0, {}, {})


def initial_states(ground: GroundMachine, constants: Constants) -> list[tuple[tuple[int, ...], State]]:
    """The initial states with the tape that gives each, in tape order; of equal ones the first."""
    found: list[tuple[tuple[int, ...], State]] = []
    for each in initial_runs(ground, constants):
        if each.kind == "step" and all(each.after != state for _, state in found):
            found.append((each.codes, each.after))
    return found


def steps(ground: GroundMachine, constants: Constants, state: State) -> Iterator[Step]:
    """Everything that can happen in a state, faults too, in the order that all engines keep.

    Actions as in `ground.actions`, arguments by their codes with the first slowest, tapes like an odometer.
    """
    for index, action in enumerate(ground.actions):
        params = ground.functions[action.function].params
        for args in itertools.product(*(tuple(values(p.type, ground)) for p in params)):
            for found in tapes(ground, lambda tape, a=action, v=args: run(ground, constants, state, a, v, tape)):  # type: ignore[misc]
                if found.kind != "disabled":
                    yield Step(index, action, args, found)


def closed_value(ground: GroundMachine, expr: Expr, constants: Constants | None = None) -> Value:
    """The value of an expression without state; it may read constants that are given. `Fault` if it has none."""
    look = Expressions(World(ground, constants or {}, {}), call_function)
    return look.fit(look.value(expr, _nowhere()), resolve(expr.type, ground.sizes), expr.span)
