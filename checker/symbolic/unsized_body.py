"""The meaning of statements and calls for any size; `checker/eval_body.py` is the meaning for given sizes.

NOTE(paths): both branches of an `if` are run and joined, so that one run of a function covers all its paths. What is
written is a map from keys to terms; nothing is enumerated but finite sorts.
"""

from __future__ import annotations

from typing import assert_never

from checker.symbolic.unsized_expr import Expressions
from checker.symbolic.unsized_loop import Loops
from checker.symbolic.unsized_scene import Frame, Point, Scene, join, merge, with_entries
from checker.symbolic.unsized_terms import Leaf, Outside, Truth, conj, implies, neg
from checker.symbolic.unsized_values import Table, Value, convert, pick, written
from spec.lang import ir
from spec.lang.ir import Expr, Stmt
from spec.lang.machine import Function
from spec.lang.types import MapType, OutcomeType, Type


def call_function(
    scene: Scene, frame: Frame, node: Expr, function: Function, args: dict[str, Value], given: dict[str, Value]
) -> Value:
    """Runs a function that is called at this place."""
    path = f"{frame.path}/{scene.world.number_of(('call', id(node)))}"
    scene.world.facts.keep(node)
    inner = Frame(function, path, frame.scope, dict(args), dict(given), base=scene.guard(frame))
    return run_function(scene, inner)


def run_function(scene: Scene, frame: Frame) -> Value:
    """Runs a function to its end; without a value it gives None, or the plain DONE if an outcome is due."""
    short, scene.short = scene.short, []
    try:
        Body(scene).block(frame.function.body, frame)
    finally:
        scene.short = short
    due: Value = 0 if isinstance(frame.function.returns, OutcomeType) else None
    ends = list(frame.returns)
    if frame.live is not False or not ends:
        ends.append((frame.live, due, scene.state))
    _, value, state = ends[-1]
    value = due if value is None else value
    for live, other, there in reversed(ends[:-1]):
        value = pick(live, due if other is None else other, value)
        state = merge(live, there, state)
    scene.state = state
    return value


class Body:
    """Runs statements in a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.world = scene.world
        self.look = Expressions(scene, call_function)

    def block(self, stmts: tuple[Stmt, ...], frame: Frame) -> None:
        """The statements in text order, as long as control is there."""
        if self._leaves_turn(stmts, frame):
            return
        for stmt in stmts:
            if frame.live is False:
                return
            self._statement(stmt, frame)

    def point(self, frame: Frame) -> Point:
        """Where control is."""
        return Point(frame.live, self.scene.state, dict(frame.variables), dict(frame.assigned))

    def go(self, point: Point, frame: Frame) -> None:
        """Control goes on from there."""
        frame.live, self.scene.state = point.live, point.state
        frame.variables, frame.assigned = dict(point.variables), dict(point.assigned)

    def _statement(self, stmt: Stmt, frame: Frame) -> None:
        look = self.look
        match stmt:
            case ir.Assign(name, value):
                self._assign(name, look.passed(value, frame.function.locals[name], frame), frame)
            case ir.Write():
                self._write(stmt, frame)
            case ir.If(test, then, other):
                self._if(look.truth(test, frame), then, other, frame)
            case ir.For():
                Loops(self).run(stmt, frame)
            case ir.Break():
                self._leave(frame, returns=False)
            case ir.Continue():
                raise Outside(f"{stmt.span}: `continue`")
            case ir.Return(value):
                found = None if value is None else look.passed(value, frame.function.returns, frame)
                if not self._leave(frame, returns=True):
                    frame.returns.append((frame.live, found, self.scene.state))
                    frame.live = False
            case ir.Require(cond):
                if self.scene.pure:
                    raise Outside(f"{stmt.span}: something is required in a promise or in a comprehension")
                found = look.truth(cond, frame)
                self.world.facts.say(implies(self.scene.guard(frame), found), "what is required")
            case ir.Warn(number):
                self.scene.warnings.append((number, self.scene.guard(frame)))
            case ir.Do(node):
                look.call(node, frame)
            case ir.Inner(name, node):
                found = look.call(node, frame)
                if name:
                    self._assign(name, found, frame)
            case _:
                assert_never(stmt)

    def _assign(self, name: str, value: Value, frame: Frame) -> None:
        frame.variables[name] = value
        if name in frame.assigned:
            frame.assigned[name] = True

    # --- control ------------------------------------------------------------------------------------------------

    def _if(self, test: Truth, then: tuple[Stmt, ...], other: tuple[Stmt, ...], frame: Frame) -> None:
        if isinstance(test, bool):
            self.block(then if test else other, frame)
            return
        start = self.point(frame)
        first = frame.live = conj([start.live, test])
        self.block(then, frame)
        one = self.point(frame)
        self.go(start, frame)
        second = frame.live = conj([start.live, neg(test)])
        self.block(other, frame)
        two = self.point(frame)
        whole = one.live is first and two.live is second
        if whole:
            one.live, two.live = test, neg(test)
        self.go(join([one, two]), frame)
        if whole:
            frame.live = start.live

    def _leave(self, frame: Frame, *, returns: bool) -> bool:
        """Control leaves a loop or the function; in a turn of a summary this is only noted. True if that was all."""
        loops = frame.loops if returns else frame.loops[-1:]
        turn = next((loop for loop in reversed(loops) if loop.turn), None)
        if turn is not None:
            turn.leaves.append(frame.live)
            frame.live = False
            return True
        if not returns:
            frame.loops[-1].breaks.append(self.point(frame))
            frame.live = False
        return False

    def _leaves_turn(self, stmts: tuple[Stmt, ...], frame: Frame) -> bool:
        """A block that surely leaves a turn of a summary is not run: it is run apart, for the turn that leaves."""
        turn = next((loop for loop in reversed(frame.loops) if loop.turn), None)
        if turn is None or not _surely_leaves(stmts, with_break=frame.loops[-1] is turn):
            return False
        turn.leaves.append(frame.live)
        frame.live = False
        return True

    # --- writes -------------------------------------------------------------------------------------------------

    def _write(self, stmt: ir.Write, frame: Frame) -> None:
        kind = self.world.machine.fields[stmt.target].type
        if not stmt.keys:
            self.store(stmt.target, (), self._stored(stmt.value, kind, frame), frame)
            return
        assert isinstance(kind, MapType)
        keys = self.look.keys(stmt.keys, kind, frame)
        value = self._stored(stmt.value, kind.value, frame)
        self.store(stmt.target, keys, value, frame)

    def _stored(self, node: Expr, kind: Type, frame: Frame) -> Value:
        """The value; a step that stores an integer out of bounds goes wrong and leads nowhere."""
        found = self.look.placed(node, kind, frame)
        if found is None:
            found, _ = convert(None, node.type, kind, self.world.machine.records)
        self.world.facts.say(implies(self.scene.guard(frame), self.world.fits(found, kind)), "what is stored fits")
        return found

    def store(self, target: str, keys: tuple[Leaf, ...], value: Value, frame: Frame) -> None:
        """Makes the write visible."""
        self.scene.written[target] = None
        if self.scene.turns:
            self.scene.turns[-1].check_write(self.scene, frame, target, keys)
        if keys:
            base = self.scene.state[target]
            assert isinstance(base, Table)
            value = written(base, keys, value)
        self.scene.state = with_entries(self.scene.state, {target: value})


def _surely_leaves(stmts: tuple[Stmt, ...], *, with_break: bool) -> bool:
    """True if control that enters the block leaves the loop in it, and does not just go on with the next turn."""
    return _ends_so(stmts, with_break=with_break) and not _goes_elsewhere(stmts, with_break=with_break)


def _ends_so(stmts: tuple[Stmt, ...], *, with_break: bool) -> bool:
    match stmts[-1] if stmts else None:
        case ir.Return():
            return True
        case ir.Break():
            return with_break
        case ir.If(_, then, other):
            return _ends_so(then, with_break=with_break) and _ends_so(other, with_break=with_break)
        case _:
            return False


def _goes_elsewhere(stmts: tuple[Stmt, ...], *, with_break: bool) -> bool:
    """True if a `continue`, or a `break` of an inner loop, may be met first; loops inside keep theirs to themselves."""
    for stmt in stmts:
        match stmt:
            case ir.Continue():
                return True
            case ir.Break() if not with_break:
                return True
            case ir.If(_, then, other):
                if _goes_elsewhere(then, with_break=with_break) or _goes_elsewhere(other, with_break=with_break):
                    return True
            case _:
                pass
    return False


__all__ = ["Body", "call_function", "run_function"]
