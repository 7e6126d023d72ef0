"""No choice of nature is read in two blocks of a process: a block that goes on could not know the value again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from spec.lang.ir import Break, ChoiceRead, Continue, For, If, Return, Stmt
from spec.lang.process_tree import While, Yield
from spec.lang.spans import Span
from spec.lang.walk import stmt_expressions, subexpressions

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Read:
    """The choices that may have been read on the way here: in this block, and in blocks before it."""

    here: Names = frozenset()
    before: Names = frozenset()

    def join(self, other: _Read | None) -> _Read:
        return self if other is None else _Read(self.here | other.here, self.before | other.before)


@dataclass(slots=True)
class _Loop:
    left: _Read | None = None
    again: _Read | None = None


@dataclass(slots=True)
class _Search:
    found: dict[Span, str] = field(default_factory=dict)

    def block(self, stmts: Iterable[Stmt], read: _Read | None, loop: _Loop) -> _Read | None:
        """What was read after the statements; None where the end is not reached."""
        for stmt in stmts:
            if read is None:
                return None
            read = self.stmt(stmt, read, loop)
        return read

    def stmt(self, stmt: Stmt, read: _Read, loop: _Loop) -> _Read | None:
        if isinstance(stmt, Yield):
            read = _Read(frozenset(), read.before | read.here)
        read = self.expressions(stmt, read)
        match stmt:
            case While(_, then):
                return self.loop((*then, *stmt.step), read)
            case If(_, then, other):
                return _joined(self.block(then, read, loop), self.block(other, read, loop))
            case For(_, body):
                return self.loop(body, read)
            case Return():
                return None
            case Break():
                loop.left = read.join(loop.left)
                return None
            case Continue():
                loop.again = read.join(loop.again)
                return None
            case _:
                return read

    def expressions(self, stmt: Stmt, read: _Read) -> _Read:
        for expr in stmt_expressions(stmt):
            for part in subexpressions(expr):
                if isinstance(part, ChoiceRead):
                    if part.name in read.before:
                        self.found.setdefault(part.span, part.name)
                    read = _Read(read.here | {part.name}, read.before)
        return read

    def loop(self, body: tuple[Stmt, ...], read: _Read) -> _Read:
        while True:
            inner = _Loop()
            end = self.block(body, read, inner)
            more = read.join(end).join(inner.again)
            if more == read:
                return read.join(inner.left)
            read = more


def _joined(a: _Read | None, b: _Read | None) -> _Read | None:
    return b if a is None else a.join(b)


def read_in_two_blocks(body: Iterable[Stmt]) -> dict[Span, str]:
    """The places that read a choice which a block before may have read, with the name of the choice."""
    search = _Search()
    search.block(body, _Read(), _Loop())
    return search.found
