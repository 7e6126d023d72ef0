"""Statements and calls over values that depend on inputs; the order and the faults are those of `checker.eval_body`."""

from __future__ import annotations

from typing import assert_never

from checker.symbolic.circuit import FALSE, TRUE
from checker.symbolic.sym_expr import SymExpressions
from checker.symbolic.sym_values import Cases, Sym, Table
from checker.symbolic.sym_world import Symbols, SymFrame, SymWorld
from spec.lang import ir
from spec.lang.ir import Stmt
from spec.lang.machine import Function, Property, is_about, part_of
from spec.lang.types import MapType, OptionType, OutcomeType
from spec.lang.values import Answer

PLAIN_DONE = Cases({Answer(0): TRUE})


def call_function(world: SymWorld, function: Function, args: Symbols, given: Symbols) -> Sym | None:
    """Runs a function; None where it returns nothing, and the plain DONE where an outcome is due."""
    frame = SymFrame(function, dict(args), dict(given))
    SymBody(world).run(function.body, frame)
    default = PLAIN_DONE if isinstance(function.returns, OutcomeType) else None
    if frame.result is None:
        return default
    if default is not None:
        return world.algebra.merge(frame.live, default, frame.result)
    if isinstance(function.returns, OptionType):
        return world.algebra.merge(frame.live, Cases({None: TRUE}), frame.result)
    return frame.result


class SymBody:
    """Runs statements in a world."""

    def __init__(self, world: SymWorld) -> None:
        self.world = world
        self.circuit = world.circuit
        self.look = SymExpressions(world, call_function)

    def run(self, stmts: tuple[Stmt, ...], frame: SymFrame) -> None:
        """The statements in text order, as long as the function goes on."""
        for place, stmt in enumerate(stmts):
            if frame.live == FALSE:
                return
            if frame.live != TRUE:
                self._rest(stmts[place:], frame)
                return
            self._statement(stmt, frame)

    def _rest(self, stmts: tuple[Stmt, ...], frame: SymFrame) -> None:
        """The statements where the function still goes on."""

        def on() -> None:
            frame.live = TRUE
            self.run(stmts, frame)

        def over() -> None:
            frame.live = FALSE

        self.world.fork(frame, frame.live, on, over)

    def _statement(self, stmt: Stmt, frame: SymFrame) -> None:
        look = self.look
        match stmt:
            case ir.Assign(name, value):
                frame.variables[name] = look.passed(value, frame.function.locals[name], frame)
            case ir.Write():
                self._write(stmt, frame)
            case ir.If(test, then, other):
                self.world.fork(
                    frame, look.truth(test, frame), lambda: self.run(then, frame), lambda: self.run(other, frame)
                )
            case ir.For():
                self._loop(stmt, frame)
            case ir.Break():
                frame.live, frame.broken = FALSE, TRUE
            case ir.Continue():
                frame.live, frame.continued = FALSE, TRUE
            case ir.Return(value):
                kind = frame.function.returns
                bare = PLAIN_DONE if isinstance(kind, OutcomeType) else None
                frame.result = bare if value is None else look.passed(value, kind, frame)
                frame.live = FALSE
            case ir.Require(cond):
                self.world.disable(look.truth(cond, frame) ^ 1)
            case ir.Warn(number):
                self.world.mark(warning_mark(number), TRUE)
            case ir.Do(node):
                look.call(node, frame)
            case ir.Inner():
                self._inner(stmt, frame)
            case _:
                assert_never(stmt)

    # --- loops --------------------------------------------------------------------------------------------------

    def _loop(self, stmt: ir.For, frame: SymFrame) -> None:
        outer = (frame.broken, frame.continued)
        frame.broken, frame.continued = FALSE, FALSE
        for there, value in list(self.look.elements(stmt.binder.domain, frame)):
            coming = self.circuit.both(there, frame.live)

            def turn(value: Sym = value) -> None:
                frame.live = TRUE
                frame.variables[stmt.binder.name] = value
                self.run(stmt.body, frame)
                frame.live = self.circuit.either(frame.live, frame.continued)
                frame.continued = FALSE

            def none() -> None:
                return

            self.world.fork(frame, coming, turn, none)
        frame.live = self.circuit.either(frame.live, frame.broken)
        frame.broken, frame.continued = outer

    # --- writes -------------------------------------------------------------------------------------------------

    def _write(self, stmt: ir.Write, frame: SymFrame) -> None:
        """Keys, then the value, then the store, then the properties that hold during an action."""
        kind = self.world.ground.fields[stmt.target].type
        if not stmt.keys:
            self._store(stmt.target, self.look.entering(stmt.value, kind, frame))
            return
        assert isinstance(kind, MapType)
        places = dict(self.look.places(self.look.keys(stmt.keys, kind, frame), kind))
        value = self.look.entering(stmt.value, kind.value, frame)
        before = self.world.now[stmt.target]
        assert isinstance(before, Table)
        merge = self.world.algebra.merge
        entries = [merge(places.get(i, FALSE), value, entry) for i, entry in enumerate(before.entries)]
        self._store(stmt.target, Table(tuple(entries)))

    def _store(self, target: str, value: Sym) -> None:
        self.world.now[target] = value
        for prop in self.world.ground.properties:
            if self.world.old is not None and prop.kind == "during" and is_about(prop.name, target):
                self._ask(prop, self.world.olds.get(part_of(prop.name), self.world.old), None, {})

    # --- properties in the middle of a step ---------------------------------------------------------------------

    def _inner(self, stmt: ir.Inner, frame: SymFrame) -> None:
        """A call of an action of a part: a step of that part within the step of the whole."""
        world, part = self.world, part_of(stmt.action)
        before, outer = dict(world.now), world.olds.get(part)
        params = world.ground.functions[stmt.call.function].params
        args = {p.name: frame.variables[p.name] for p in params}
        world.olds[part] = before
        value = self.look.call(stmt.call, frame)
        del world.olds[part]
        if outer is not None:
            world.olds[part] = outer
        outcome = value if isinstance(value, Cases) and _is_outcome(value) else PLAIN_DONE
        for prop in world.ground.properties:
            if prop.name in stmt.properties and world.old is not None:
                self._ask(prop, before, outcome, args)
                if prop.premise is None:
                    world.mark(met_mark(prop.name), TRUE)
        if stmt.name:
            frame.variables[stmt.name] = Cases({None: TRUE}) if value is None else value

    def _ask(self, prop: Property, old: Symbols, outcome: Cases | None, args: Symbols) -> None:
        world = self.world
        value, fault = judge(world, prop.function, old, outcome, args)
        world.mark(broken_mark(prop.name), self.circuit.both(value, fault ^ 1) ^ 1)
        if prop.premise is not None:
            met, missed = judge(world, prop.premise, old, outcome, args)
            world.mark(met_mark(prop.name), self.circuit.both(met, missed ^ 1))
            world.mark(PREMISE_FAULT, missed)


def _is_outcome(value: Cases) -> bool:
    return all(isinstance(v, Answer) for v in value.of)


def judge(
    world: SymWorld, name: str, old: Symbols | None, outcome: Sym | None, args: Symbols
) -> tuple[int, int]:
    """Whether a predicate is true in the present state of a world, and whether it faults; neither disturbs the world.

    Both are meant on the present path only.
    """
    function = world.ground.functions[name]
    inner = SymWorld(world.ground, world.algebra, world.constants, dict(world.now), old, None, world.path)
    given: Symbols = {}
    for param in function.params:
        if isinstance(param.type, OutcomeType):
            assert outcome is not None, f"{name} needs an outcome"
            given[param.name] = outcome
        else:
            given[param.name] = args[param.name]
    value = call_function(inner, function, given, {})
    assert isinstance(value, int), f"{name} is no predicate"
    return value, inner.record.fault


PREMISE_FAULT = "premise fault"


def warning_mark(number: int) -> str:
    """The mark of a warning."""
    return f"warning {number}"


def broken_mark(name: str) -> str:
    """The mark of a property that a write or an inner call broke."""
    return f"broken {name}"


def met_mark(name: str) -> str:
    """The mark of a property whose premise was true in the middle of a step."""
    return f"met {name}"
