"""The meaning of statements and calls as terms; `checker.eval_body` has the same on plain values.

Text is run once, with every branch and every turn of a loop in it: what a statement does, it does where control is.
"""

from __future__ import annotations

from typing import assert_never

from checker.symbolic.plain_expr import Expressions
from checker.symbolic.plain_terms import Term
from checker.symbolic.plain_values import Outcome, Sym, Table
from checker.symbolic.plain_world import Frame, World
from spec.lang import ir
from spec.lang.ir import Stmt
from spec.lang.machine import Function, part_of
from spec.lang.types import MapType, OutcomeType


def call_function(world: World, function: Function, args: dict[str, Sym], given: dict[str, Sym]) -> Sym:
    """Runs a function. One that ends without a value gives None, or the plain DONE where an outcome is due."""
    frame = Frame(function, dict(args), dict(given))
    entry, before = world.here, world.stopped
    Body(world).run(function.body, frame)
    world.back(entry, before)
    symbols = world.symbols
    plain = Outcome({0: symbols.terms.true}) if isinstance(function.returns, OutcomeType) else None
    results = [(where, plain if value is None else value) for where, value in frame.returns]
    if plain is not None or not results:
        results.append((symbols.terms.true, world.nothing(function.returns)))
    found = results[-1][1]
    for where, value in reversed(results[:-1]):
        found = symbols.pick(where, value, found)
    return found


class Body:
    """Runs statements in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.terms = world.symbols.terms
        self.expressions = Expressions(world, call_function)

    def run(self, stmts: tuple[Stmt, ...], frame: Frame) -> None:
        """The statements in text order, as long as control may be there."""
        for stmt in stmts:
            if self.world.here is self.terms.false:
                return
            self.terms.note = f"{stmt.span.file.rpartition('/')[2]}:{stmt.span.line}"
            self._statement(stmt, frame)

    def _statement(self, stmt: Stmt, frame: Frame) -> None:
        world, look = self.world, self.expressions
        match stmt:
            case ir.Assign(name, value):
                self._assign(name, look.passed(value, frame.function.locals[name], frame), frame)
            case ir.Write():
                self._write(stmt, frame)
            case ir.If():
                self._if(stmt, frame)
            case ir.For():
                self._loop(stmt, frame)
            case ir.Break():
                self._leave(frame.breaks, frame)
            case ir.Continue():
                self._leave(frame.continues, frame)
            case ir.Return(value):
                found = None if value is None else look.passed(value, frame.function.returns, frame)
                frame.returns.append((world.here, found))
                self._leave([], frame)
            case ir.Require(cond):
                world.disable_if(self.terms.no(look.truth(cond, frame)))
            case ir.Warn():
                world.warned = self.terms.either(world.warned, world.here)
            case ir.Do(node):
                look.call(node, frame)
            case ir.Inner():
                self._inner(stmt, frame)
            case _:
                assert_never(stmt)

    def _assign(self, name: str, value: Sym, frame: Frame) -> None:
        before = frame.variables.get(name, value)
        frame.variables[name] = self.world.symbols.pick(self.world.here, value, before)

    def _leave(self, where: list[Term], frame: Frame) -> None:
        """Control goes elsewhere: to the end of the turn, of the loop or of the function."""
        where.append(self.world.here)
        self.world.here = self.terms.false
        frame.exits += 1

    def _if(self, stmt: ir.If, frame: Frame) -> None:
        world, t = self.world, self.terms
        test = self.expressions.truth(stmt.test, frame)
        entry, before, exits = world.here, world.stopped, frame.exits
        world.here = t.both(entry, test)
        self.run(stmt.then, frame)
        after_then, world.here = world.here, t.both(entry, t.no(test))
        self.run(stmt.other, frame)
        if frame.exits == exits:
            world.back(entry, before)
        else:
            world.here = t.either(after_then, world.here)

    def _loop(self, stmt: ir.For, frame: Frame) -> None:
        """One turn after the other; where there is no such turn control passes by."""
        world, t, name = self.world, self.terms, stmt.binder.name
        outer = frame.breaks, frame.continues
        frame.breaks = []
        for is_there, value in self.expressions.elements(stmt.binder.domain, frame):
            entry, before, exits = world.here, world.stopped, frame.exits
            if t.both(entry, is_there) is t.false:
                continue
            kept, frame.continues = frame.variables.get(name, value), []
            frame.variables[name] = value
            world.here = t.both(entry, is_there)
            turn = world.here
            self.run(stmt.body, frame)
            frame.variables[name] = world.symbols.pick(turn, value, kept)
            if frame.exits == exits:
                world.back(entry, before)
            else:
                world.here = t.either(world.here, *frame.continues, t.both(entry, t.no(is_there)))
        world.here = t.either(world.here, *frame.breaks)
        frame.breaks, frame.continues = outer

    def _inner(self, stmt: ir.Inner, frame: Frame) -> None:
        """A call of an action of a part: a step of that part within the step of the whole."""
        world, part = self.world, part_of(stmt.action)
        before, outer = dict(world.now), world.olds.get(part)
        params = world.ground.functions[stmt.call.function].params
        args = {p.name: frame.variables[p.name] for p in params}
        world.olds[part] = before
        value = self.expressions.call(stmt.call, frame)
        del world.olds[part]
        if outer is not None:
            world.olds[part] = outer
        answer = value if isinstance(value, Outcome) else Outcome({0: self.terms.true})
        if world.after_call is not None:
            world.after_call(stmt, before, answer, args)
        if stmt.name:
            self._assign(stmt.name, value, frame)

    def _write(self, stmt: ir.Write, frame: Frame) -> None:
        """Keys, then the value, then the store, then the properties that hold during an action."""
        world, look, symbols = self.world, self.expressions, self.world.symbols
        kind = world.ground.fields[stmt.target].type
        if not stmt.keys:
            whole = look.entering(stmt.value, kind, frame)
        else:
            assert isinstance(kind, MapType)
            places = look.places(tuple(look.keys(stmt.keys, kind, frame)), kind)
            value = look.entering(stmt.value, kind.value, frame)
            table = world.now[stmt.target]
            assert isinstance(table, Table)
            entries = zip(places, table.entries, strict=True)
            whole = Table(tuple(symbols.pick(place, value, entry) for place, entry in entries))
        world.now[stmt.target] = symbols.pick(world.here, whole, world.now[stmt.target])
        symbols.label(f"{world.section}.{stmt.target}", world.now[stmt.target], kind)
        if world.after_write is not None:
            world.after_write(stmt.target)
