"""The meaning of statements and calls."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from checker.eval_expr import Expressions
from checker.eval_world import Disabled, Frame, PartCall, World, Written
from spec.lang import ir
from spec.lang.ir import Stmt
from spec.lang.machine import Function, part_of
from spec.lang.types import MapType, OutcomeType
from spec.lang.values import Answer, MapValue, Value


class _Leave(Exception):
    """Ends a loop, a turn of it, or a function."""


class _Break(_Leave):
    pass


class _Continue(_Leave):
    pass


class _Return(_Leave):
    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


def call_function(world: World, function: Function, args: dict[str, Value], given: dict[str, Value]) -> Value:
    """Runs a function. One that ends without a value gives None, or the plain DONE where an outcome is due."""
    frame = Frame(function, world.frames, dict(args), dict(given))
    world.frames += 1
    body = Body(world)
    try:
        body.run(function.body, frame)
    except _Return as left:
        if left.value is not None:
            return left.value
    return Answer(0) if isinstance(function.returns, OutcomeType) else None


class Body:
    """Runs statements in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.expressions = Expressions(world, call_function)

    def run(self, stmts: tuple[Stmt, ...], frame: Frame) -> None:
        """The statements in text order."""
        for stmt in stmts:
            self._statement(stmt, frame)

    def _statement(self, stmt: Stmt, frame: Frame) -> None:
        look = self.expressions
        match stmt:
            case ir.Assign(name, value):
                frame.variables[name] = look.passed(value, frame.function.locals[name], frame)
            case ir.Write():
                self._write(stmt, frame)
            case ir.If(test, then, other):
                self.run(then if look.truth(test, frame) else other, frame)
            case ir.For():
                self._loop(stmt, frame)
            case ir.Break():
                raise _Break
            case ir.Continue():
                raise _Continue
            case ir.Return(value):
                raise _Return(None if value is None else look.passed(value, frame.function.returns, frame))
            case ir.Require(cond):
                if not look.truth(cond, frame):
                    raise Disabled(cond.span)
            case ir.Warn(number):
                self.world.log.warnings.append(number)
            case ir.Do(node):
                look.call(node, frame)
            case ir.Inner():
                self._inner(stmt, frame)
            case _:
                assert_never(stmt)

    def _inner(self, stmt: ir.Inner, frame: Frame) -> None:
        """A call of an action of a part: a step of that part within the step of the whole."""
        world, part = self.world, part_of(stmt.action)
        before, outer = dict(world.now), world.olds.get(part)
        function = stmt.call.function
        args = {p.name: frame.variables[p.name] for p in world.ground.functions[function].params}
        place, depth, first = len(world.log.calls), len(world.olds), len(world.log.writes)
        open_ = PartCall(stmt.action, function, args, None, depth, before, before, first, None)
        world.log.calls.append(open_)
        world.olds[part] = before
        value = self.expressions.call(stmt.call, frame)
        del world.olds[part]
        if outer is not None:
            world.olds[part] = outer
        answer = value if isinstance(value, Answer) else Answer(0)
        done = replace(open_, outcome=answer, after=dict(world.now), end=len(world.log.writes))
        world.log.calls[place] = done
        if world.after_call is not None:
            world.after_call(stmt, done)
        if stmt.name:
            frame.variables[stmt.name] = value

    def _loop(self, stmt: ir.For, frame: Frame) -> None:
        for value in self.expressions.elements(stmt.binder.domain, frame):
            frame.variables[stmt.binder.name] = value
            try:
                self.run(stmt.body, frame)
            except _Continue:
                continue
            except _Break:
                return

    def _write(self, stmt: ir.Write, frame: Frame) -> None:
        """Keys, then the value, then the store, then the properties that hold during an action."""
        kind = self.world.ground.fields[stmt.target].type
        if not stmt.keys:
            self.store(stmt.target, self.expressions.entering(stmt.value, kind, frame), stmt, ())
            return
        assert isinstance(kind, MapType)
        places = zip(stmt.keys, kind.keys, strict=True)
        keys = tuple([self.expressions.entering(key, t, frame) for key, t in places])
        place = self.expressions.place_of(keys, kind)
        value = self.expressions.entering(stmt.value, kind.value, frame)
        before = self.world.now[stmt.target]
        assert isinstance(before, MapValue)
        after = replace(before, entries=(*before.entries[:place], value, *before.entries[place + 1 :]))
        self.store(stmt.target, after, stmt, keys, value)

    def store(self, target: str, whole: Value, stmt: ir.Write, keys: tuple[Value, ...], entry: Value = None) -> None:
        """Makes the write visible and says so."""
        self.world.now[target] = whole
        self.world.log.writes.append(Written(target, keys, entry if keys else whole, stmt.span))
        if self.world.after_write is not None:
            self.world.after_write(target)
