"""Loops that yield, written so that what is left of them is in locals: first step of splitting a process.

`for x in s` keeps the rest of the sequence, `for x in range(lo, hi)` counts `x` up. Loops without a yield stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from spec.lang.ir import (
    Arith,
    Assign,
    Compare,
    ElementsDomain,
    Expr,
    For,
    If,
    Length,
    Lit,
    Local,
    RangeDomain,
    SeqAt,
    SeqTail,
    Stmt,
)
from spec.lang.process_tree import While, yields
from spec.lang.types import BOOL, INT, SeqType, Type


@dataclass(slots=True)
class Locals:
    """The locals of one process by name, with those that the split adds."""

    types: dict[str, Type]
    taken: set[str] = field(default_factory=set)

    def fresh(self, name: str, kind: Type) -> str:
        """A new local of this type, with this name if it is free."""
        found, count = name, 1
        while found in self.types or found in self.taken:
            count += 1
            found = f"{name}_{count}"
        self.types[found] = kind
        return found


def lower(stmts: Iterable[Stmt], known: Locals) -> tuple[Stmt, ...]:
    """The statements with every `for` that yields as a `While` over locals."""
    return tuple(made for stmt in stmts for made in _lower(stmt, known))


def _lower(stmt: Stmt, known: Locals) -> tuple[Stmt, ...]:
    match stmt:
        case While(_, then):
            return (replace(stmt, then=lower(then, known)),)
        case If(_, then, other):
            return (replace(stmt, then=lower(then, known), other=lower(other, known)),)
        case For(binder) if yields(stmt):
            match binder.domain:
                case RangeDomain(lo, hi):
                    return _count(stmt, lo, hi, known)
                case ElementsDomain(base):
                    return _each(stmt, base, known)
                case _:
                    raise AssertionError("elaboration refuses a loop that yields over anything else")
        case _:
            return (stmt,)


def _count(loop: For, lo: Expr, hi: Expr, known: Locals) -> tuple[Stmt, ...]:
    span, name = loop.span, loop.binder.name
    now = Local(INT, span, name)
    start: tuple[Stmt, ...] = (Assign(name, lo, lo.span),)
    if not isinstance(hi, Lit):
        stop = known.fresh(f"end_of_{name}", INT)
        start = (*start, Assign(stop, hi, hi.span))
        hi = Local(INT, span, stop)
    test = Compare(BOOL, span, "<", now, hi)
    step = (Assign(name, Arith(INT, span, "+", now, Lit(INT, span, 1)), span),)
    return (*start, While(test, lower(loop.body, known), (), span, step, RangeDomain(now, hi)))


def _each(loop: For, base: Expr, known: Locals) -> tuple[Stmt, ...]:
    span, name, kind = loop.span, loop.binder.name, base.type
    assert isinstance(kind, SeqType), "elaboration refuses a loop that yields over a set"
    rest = known.fresh(f"rest_of_{name}", kind)
    left = Local(kind, span, rest)
    zero = Lit(INT, span, 0)
    many = Length(INT, span, left)
    turn = (
        Assign(name, SeqAt(kind.item, span, left, zero), span),
        Assign(rest, SeqTail(kind, span, left), span),
        *lower(loop.body, known),
    )
    test = Compare(BOOL, span, "<", zero, many)
    return (Assign(rest, base, base.span), While(test, turn, (), span, (), RangeDomain(zero, many)))
