"""The text of one block of a process as a body without yields: from the call or from a point up to the next points.

NOTE(rest-of-the-text): what comes after a point is the rest of its branch, then of what stands around that, and so on
outwards. A point inside a loop gives the rest of that turn and then the loop again. A yield becomes the writes that
keep what is needed and a `return`, so text behind a branch that may yield stands there once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from spec.lang.fold import ends
from spec.lang.ir import Assign, Binder, Break, Continue, For, If, Lit, Local, Not, RangeDomain, Return, Stmt
from spec.lang.process_lower import Locals
from spec.lang.process_tree import While, Yield, leaves_turn
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT

Code = tuple[Stmt, ...]


@dataclass(slots=True)
class _Turn:
    """The loop around the text that is written: what `break` and `continue` become.

    "real": the loop itself stands there. "once": a loop that is entered for one turn at most. "rest": the rest of a
    turn, after which the loop comes again unless the flag `left` is set.
    """

    kind: str
    step: Code = ()
    left: str = ""
    broke: bool = False
    continued: bool = False


@dataclass(slots=True)
class Emitter:
    """Writes blocks of one process. `park` ends a block at a yield, `finish` ends the process with an answer.

    `bare_turns` collects the loops in which a turn may pass no yield. `assigned` does more after an assignment.
    """

    known: Locals
    park: Callable[[Yield], Code]
    finish: Callable[[Return], Code]
    assigned: Callable[[Assign], Code]
    bare_turns: dict[Span, None] = field(default_factory=dict)
    loops: list[_Turn] = field(default_factory=list)

    def block(self, stmts: Iterable[Stmt]) -> Code:
        """The statements from the first on, as far as the next yields."""
        made: Code = ()
        for stmt in stmts:
            made = (*made, *self._stmt(stmt))
            if made and ends(made[-1]):
                break
        return made

    def after(self, stmts: Code, point: str) -> Code | None:
        """What comes after a point in these statements; None if it is not among them."""
        for place, stmt in enumerate(stmts):
            made = self._after(stmt, point)
            if made is not None:
                return made if made and ends(made[-1]) else (*made, *self.block(stmts[place + 1 :]))
        return None

    def _stmt(self, stmt: Stmt) -> Code:
        match stmt:
            case Yield():
                return self.park(stmt)
            case While():
                return self._loop(stmt)
            case If(test, then, other):
                return (If(test, self.block(then), self.block(other), stmt.span),)
            case For(binder, body):
                self.loops.append(_Turn("real"))
                inside = self.block(body)
                self.loops.pop()
                return (For(binder, inside, stmt.span),)
            case Return():
                return self.finish(stmt)
            case Break():
                return self._break(stmt)
            case Continue():
                return self._continue(stmt)
            case Assign():
                return (stmt, *self.assigned(stmt))
            case _:
                return (stmt,)

    def _break(self, stmt: Break) -> Code:
        turn = self.loops[-1]
        turn.broke = True
        if turn.kind == "rest":
            return (Assign(turn.left, Lit(BOOL, stmt.span, True), stmt.span), stmt)
        return (stmt,)

    def _continue(self, stmt: Continue) -> Code:
        turn = self.loops[-1]
        turn.continued = True
        if turn.kind == "once":
            self.bare_turns.setdefault(stmt.span)
        return (*self.block(turn.step), stmt) if turn.kind == "real" else (stmt,)

    def _loop(self, loop: While) -> Code:
        """The loop as it is entered from its head."""
        if loop.turns is None:
            return self._once(loop)
        turn = _Turn("real", loop.step)
        self.loops.append(turn)
        inside = self.block(loop.then)
        self.loops.pop()
        if inside and ends(inside[-1]) and not turn.broke and not turn.continued:
            return (If(loop.test, inside, (), loop.span),)
        if not inside or not ends(inside[-1]):
            inside = (*inside, *self.block(loop.step))
        return (For(self._binder(loop.turns), inside, loop.span),)

    def _once(self, loop: While) -> Code:
        turn = _Turn("once")
        self.loops.append(turn)
        inside = self.block(loop.then)
        self.loops.pop()
        if not inside or not ends(inside[-1]):
            self.bare_turns.setdefault(loop.span)
        endless = isinstance(loop.test, Lit) and loop.test.value is True
        made: Code = inside if endless else (If(loop.test, inside, (), loop.span),)
        return self._one_turn(made, loop.span) if turn.broke else made

    def _after(self, stmt: Stmt, point: str) -> Code | None:
        match stmt:
            case Yield():
                return () if stmt.point == point else None
            case While():
                return self._after_in_loop(stmt, point)
            case If(_, then, other):
                found = self.after(then, point)
                return self.after(other, point) if found is None else found
            case _:
                return None

    def _after_in_loop(self, loop: While, point: str) -> Code | None:
        broken = leaves_turn(loop.then, Break)
        turn = _Turn("rest", left=self.known.fresh("left_loop", BOOL) if broken else "")
        self.loops.append(turn)
        rest = self.after(loop.then, point)
        self.loops.pop()
        if rest is None:
            if broken:
                del self.known.types[turn.left]
            return None
        if rest and ends(rest[-1]) and not turn.broke and not turn.continued:
            return rest
        span = loop.span
        again = (*self.block(loop.step), *self._loop(loop))
        if turn.broke or turn.continued:
            rest = self._one_turn(rest, span)
        if not turn.broke:
            return (*rest, *again)
        start = Assign(turn.left, Lit(BOOL, span, False), span)
        return (start, *rest, If(Not(BOOL, span, Local(BOOL, span, turn.left)), again, (), span))

    def _one_turn(self, code: Code, span: Span) -> Code:
        """A loop of one turn, so that `break` has something to leave."""
        once = RangeDomain(Lit(INT, span, 0), Lit(INT, span, 1))
        return (For(self._binder(once), code, span),)

    def _binder(self, turns: RangeDomain) -> Binder:
        return Binder(self.known.fresh("turn", INT), INT, turns)
