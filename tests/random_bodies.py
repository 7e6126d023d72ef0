"""Random well-typed statements for one function (see `random_machines`)."""

from __future__ import annotations

from collections.abc import Callable

from spec.lang import ir
from spec.lang.ir import Expr, Stmt
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    OUTCOME,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    Type,
    UnionType,
)
from tests import words
from tests.random_expressions import Expressions, same
from tests.words import AT


class Bodies(Expressions):
    """Draws the whole text of one function."""

    # --- statements ---------------------------------------------------------------------------------------------

    def whole(self) -> list[Stmt]:
        """A body that returns on every path (one that returns an outcome may also just end)."""
        body = self._block(2)
        if self.moves and self.scope.fields:
            body.append(self._write())
        if body and self.returns == OUTCOME and not self.pure and self.draw.chance(8):
            return body
        return body if self.returns == NONE else [*body, words.give(self.expression(self.returns))]

    def requires(self) -> list[Stmt]:
        """One or two `require`s; they call nothing that leaves a trace."""
        self.pure = True
        made: list[Stmt] = [words.require(self.expression(BOOL)) for _ in range(1 + self.draw.upto(1))]
        self.pure = False
        return made

    def initial(self, kind: Type) -> Expr:
        """A value for a field or constant, often the plainest."""
        return self.expression(kind, 1) if self.draw.chance(8) else self.smallest(kind)

    def _block(self, depth: int) -> list[Stmt]:
        known = len(self.variables), len(self.assignable)
        body: list[Stmt] = []
        for _ in range(self.draw.upto(3) if depth == 2 else 1 + self.draw.upto(1)):
            made = self._statement(depth)
            body.append(made)
            if isinstance(made, ir.Return | ir.Break | ir.Continue):
                break
        if depth < 2:  # what a branch or loop assigned is not known after it
            del self.variables[known[0] :]
            del self.assignable[known[1] :]
        return body

    def _statement(self, depth: int) -> Stmt:
        options: list[Callable[[], Stmt]] = [self._assign]
        if self.scope.fields and not self.pure:
            options += [self._write] * 5
        if depth:
            options += [lambda: self._if(depth), lambda: self._if(depth), lambda: self._for(depth)]
        if not self.pure:
            options += [self._do]
            if self.draw.chance(6):
                options += [lambda: words.warn(self.draw.upto(1))]
        if depth < 2:
            options += [self._return]
            if self.in_loop:
                options += [lambda: words.BREAK, lambda: words.CONTINUE]
        return self.draw.pick(options)()

    def _assign(self) -> Stmt:
        if self.assignable and self.draw.chance(2):
            name, kind = self.draw.pick(self.assignable)
            return words.let(name, self.expression(kind))
        kinds: list[Type] = [INT, BOOL, *self._kinds()]
        if not self.pure and not self.initial_only:
            kinds.append(OUTCOME)
        kind = self.draw.pick(kinds)
        value = self.expression(kind)
        name = self._name("v")
        self.variables.append((name, kind))
        self.assignable.append((name, kind))
        return words.let(name, value)

    def _write(self) -> Stmt:
        target = self.draw.pick(self.scope.fields)
        if isinstance(target.type, MapType) and not self.draw.chance(4):
            keys = [self._varied(k) if self.draw.upto(3) else self.expression(k, 1) for k in target.type.keys]
            return words.put(target.name, self._new(target.type.value), *keys)
        return words.put(target.name, self._new(target.type))

    def _new(self, kind: Type) -> Expr:
        """A value to write: mostly one that differs, so that there is something to explore."""
        match self.draw.upto(5):
            case 0:
                return self.expression(kind, 2)
            case 1 | 2 if isinstance(kind, IntType) and kind.hi is not None:
                return words.arith(words.plus(self.expression(INT, 1), 1), "min", words.lit(kind.hi.constant))
            case 1 | 2 if isinstance(kind, SeqType | SetType):
                return self.draw.pick(self._makers(kind, 1))()
            case _:
                return self._varied(kind)

    def _varied(self, kind: Type) -> Expr:
        """A parameter or choice of the type, or a value made of such and of literals."""
        known: list[Expr] = [words.var(n, t) for n, t in self.variables if same(t, kind)]
        known += [words.choice(n, t) for n, t in self.choices.items() if same(t, kind) and not self.closed]
        if known and not self.draw.chance(3):
            return self.draw.pick(known)
        match kind:
            case RecordType(name):
                return words.record(name, *(self._varied(t) for _, t in self.b.records[name].fields))
            case UnionType(variants):
                return words.inject(self._varied(RecordType(self.draw.pick(variants))), kind)
            case OptionType(item) if not self.draw.chance(3):
                return words.inject(self._varied(item), kind)
            case SetType(item):
                return ir.SetLit(kind, AT, (self._varied(item),))
            case SeqType(item, room):
                return words.seq_of(kind, *(self._varied(item) for _ in range(self.draw.upto(room.constant))))
            case MapType(_, value):
                return words.everywhere(self._varied(value), kind)
            case _:
                return self.smallest(kind)

    def _if(self, depth: int) -> Stmt:
        test = self.expression(BOOL)
        then = self._block(depth - 1)
        return words.when(test, *then, other=self._block(depth - 1) if self.draw.chance(2) else ())

    def _for(self, depth: int) -> Stmt:
        with self._binding(1) as binders:
            self.in_loop += 1
            body = self._block(depth - 1)
            self.in_loop -= 1
        return words.loop(binders[0], *body)

    def _do(self) -> Stmt:
        made = self._call(None)
        if made is None:
            return self._assign()
        return words.do(made)

    def _return(self) -> Stmt:
        return words.give(None if self.returns == NONE else self.expression(self.returns))
