"""Folding: literals for switches and sizes, fixed fields for their initial values, and no dead branches.

NOTE(folding): nothing that evaluation could notice is dropped. A part goes only if it is never evaluated (behind a
literal that decides) or is total (`total.is_total`): faults, reads of choices and marked outcome sites all stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol, assert_never

from spec.lang.ir import (
    And,
    Arith,
    Assign,
    Attr,
    Binder,
    Break,
    Call,
    Compare,
    Continue,
    Do,
    EnumLit,
    Everywhere,
    Expr,
    FieldRead,
    For,
    If,
    Index,
    Inject,
    Inner,
    IsNone,
    IsVariant,
    Ite,
    Listed,
    Lit,
    MakeRecord,
    Member,
    NoneLit,
    Not,
    Or,
    Project,
    Quant,
    Require,
    Return,
    SeqLit,
    SetLit,
    SortSize,
    Stmt,
    SwitchRead,
    Warn,
    Write,
)
from spec.lang.machine import EnumDecl, RecordDecl
from spec.lang.total import is_total
from spec.lang.types import (
    BOOL,
    INT,
    EnumType,
    Extent,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    Type,
)
from spec.lang.walk import domain_children, rewrite, rewrite_domain


class Reads(Protocol):
    """Where switch values come from."""

    def read(self, name: str) -> Expr:
        """The value of a switch as a literal."""


def resolve(kind: Type, sizes: dict[str, int]) -> Type:
    """The type with plain numbers in place of extents that mention sizes."""
    match kind:
        case IntType(lo, hi):
            return IntType(_number(lo, sizes), _number(hi, sizes))
        case OptionType(item):
            return OptionType(resolve(item, sizes))
        case SetType(item):
            return SetType(resolve(item, sizes))
        case SeqType(item, room):
            return SeqType(resolve(item, sizes), Extent(room.at(sizes)))
        case MapType(keys, value):
            return MapType(tuple(resolve(k, sizes) for k in keys), resolve(value, sizes))
        case _:
            return kind


def _number(extent: Extent | None, sizes: dict[str, int]) -> Extent | None:
    return None if extent is None else Extent(extent.at(sizes))


class Folder:
    """Folds expressions and bodies for given switches, sizes and fixed fields; finite as `values.Finite`."""

    def __init__(
        self,
        switches: Reads,
        sizes: dict[str, int],
        enums: dict[str, EnumDecl],
        records: dict[str, RecordDecl],
        fixed: Mapping[str, Expr],
    ) -> None:
        self.switches = switches
        self.sizes = sizes
        self.enums = enums
        self.records = records
        self.fixed = fixed

    def expr(self, expr: Expr) -> Expr:
        """The expression without switches, sizes and fixed fields, as short as is safe."""
        return rewrite(expr, self._node)

    def body(self, stmts: Iterable[Stmt]) -> tuple[Stmt, ...]:
        """The statements folded; those that no run can reach are gone."""
        kept: list[Stmt] = []
        for stmt in stmts:
            for folded in self._stmt(stmt):
                kept.append(folded)
                if ends(folded):
                    return tuple(kept)
        return tuple(kept)

    def _stmt(self, stmt: Stmt) -> tuple[Stmt, ...]:
        match stmt:
            case Assign(_, value):
                return (replace(stmt, value=self.expr(value)),)
            case Write(_, keys, value):
                return (replace(stmt, keys=tuple(self.expr(k) for k in keys), value=self.expr(value)),)
            case If(test, then, other):
                return self._if(stmt, self.expr(test), self.body(then), self.body(other))
            case For(binder, body):
                return (replace(stmt, binder=self._binder(binder), body=self.body(body)),)
            case Break() | Continue() | Warn():
                return (stmt,)
            case Return(value):
                return (stmt if value is None else replace(stmt, value=self.expr(value)),)
            case Require(cond):
                test = self.expr(cond)
                return () if _is_literal(test, True) else (replace(stmt, cond=test),)
            case Do(call) | Inner(_, call):
                folded = self.expr(call)
                assert isinstance(folded, Call), "a call folds to a call"
                return (replace(stmt, call=folded),)
            case _:
                assert_never(stmt)

    def _if(self, stmt: If, test: Expr, then: tuple[Stmt, ...], other: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        if isinstance(test, Lit):
            return then if test.value else other
        if not then and not other and is_total(test, self):
            return ()
        return (replace(stmt, test=test, then=then, other=other),)

    def _binder(self, binder: Binder) -> Binder:
        return replace(
            binder, type=resolve(binder.type, self.sizes), domain=rewrite_domain(binder.domain, self._node)
        )

    def _node(self, node: Expr) -> Expr:
        """One node whose parts are folded already."""
        match node:
            case SwitchRead(_, span, name):
                return replace(self.switches.read(name), span=span)
            case SortSize(_, span, sort):
                return Lit(INT, span, self.sizes[sort])
            case FieldRead(_, span, name) if name in self.fixed:
                return replace(self.fixed[name], span=span)
            case Quant(_, _, _, binders):
                kinds = tuple(replace(b, type=resolve(b.type, self.sizes)) for b in binders)
                return self._quant(replace(node, type=resolve(node.type, self.sizes), binders=kinds))
        kind = resolve(node.type, self.sizes)
        return self._shorter(node if kind == node.type else replace(node, type=kind))

    def _shorter(self, node: Expr) -> Expr:
        match node:
            case Not(_, span, Lit(_, _, value)):
                return Lit(BOOL, span, not value)
            case And(_, span, items):
                return self._junction(node, span_items=items, stop=False)
            case Or(_, span, items):
                return self._junction(node, span_items=items, stop=True)
            case Ite(_, _, Lit(_, _, test), then, other):
                return then if test else other
            case Compare():
                return self._compare(node)
            case Arith(_, span, op, Lit(_, _, left), Lit(_, _, right)):
                return Lit(INT, span, _calculate(op, int(left), int(right)))
            case _:
                return self._structure(node)

    def _structure(self, node: Expr) -> Expr:
        match node:
            case IsNone(_, span, NoneLit()):
                return Lit(BOOL, span, True)
            case IsNone(_, span, Inject(_, _, base)) if not isinstance(base.type, OptionType):
                return Lit(BOOL, span, False) if self._drops(node.base) else node
            case IsVariant(_, span, NoneLit()):
                return Lit(BOOL, span, False)
            case IsVariant(_, span, base, variant):
                made = _record_of(base)
                return Lit(BOOL, span, made == variant) if made is not None and self._drops(base) else node
            case Project(kind, _, Inject(_, _, base)) if base.type == kind and self._drops(node.base):
                return base
            case Attr(_, _, MakeRecord(kind, _, items) as made, name) if self._drops(made):
                assert isinstance(kind, RecordType)
                return items[[n for n, _ in self.records[kind.name].fields].index(name)]
            case Index(_, _, Everywhere(_, _, value) as base) if self._drops(node) and self._drops(base):
                return value
            case Index(_, _, Listed(_, _, items) as base, (key,)) if self._drops(node) and self._drops(base):
                place = self._place(key)
                return node if place is None else items[min(place, len(items) - 1)]
            case Member(_, span, item, SetLit(_, _, ()) | SeqLit(_, _, ())) if self._drops(item):
                return Lit(BOOL, span, False)
            case _:
                return node

    def _drops(self, expr: Expr) -> bool:
        return is_total(expr, self)

    def _place(self, key: Expr) -> int | None:
        """The place of a literal key in its map."""
        match key:
            case EnumLit(EnumType(name), _, member):
                return self.enums[name].members.index(member)
            case Lit(_, _, bool() as value):
                return int(value)
            case _:
                return None

    def _junction(self, node: And | Or, span_items: tuple[Expr, ...], stop: bool) -> Expr:
        """Leaves out the neutral items, everything after the first that decides, and total items before it."""
        kept: list[Expr] = []
        for item in span_items:
            if _is_literal(item, stop):
                while kept and self._drops(kept[-1]):
                    kept.pop()
                kept.append(Lit(BOOL, node.span, stop))
                break
            if not _is_literal(item, not stop):
                kept.append(item)
        if not kept:
            return Lit(BOOL, node.span, not stop)
        return kept[0] if len(kept) == 1 else replace(node, items=tuple(kept))

    def _compare(self, node: Compare) -> Expr:
        left, right = self._rank(node.left), self._rank(node.right)
        if left is None or right is None:
            return node
        match node.op:
            case "==":
                answer = left == right
            case "!=":
                answer = left != right
            case "<":
                answer = left < right
            case "<=":
                answer = left <= right
            case ">":
                answer = left > right
            case ">=":
                answer = left >= right
            case _:
                assert_never(node.op)
        return Lit(BOOL, node.span, answer)

    def _rank(self, expr: Expr) -> int | None:
        match expr:
            case Lit(_, _, value):
                return int(value)
            case EnumLit(EnumType(name), _, member):
                return self.enums[name].members.index(member)
            case _:
                return None

    def _quant(self, node: Quant) -> Expr:
        """A comprehension that no turn can change, over domains that are total, is a literal."""
        cond = None if node.cond is not None and _is_literal(node.cond, True) else node.cond
        node = replace(node, cond=cond)
        if not all(self._drops(part) for b in node.binders for part in domain_children(b.domain)):
            return node
        never = cond is not None and _is_literal(cond, False)
        quiet = cond is None or self._drops(cond)
        match node.kind:
            case "all" if never or (quiet and node.body is not None and _is_literal(node.body, True)):
                return Lit(BOOL, node.span, True)
            case "any" if never or (quiet and node.body is not None and _is_literal(node.body, False)):
                return Lit(BOOL, node.span, False)
            case "count" | "sum" if never:
                return Lit(INT, node.span, 0)
            case "set" if never:
                return SetLit(node.type, node.span, ())
            case "first" if never:
                return NoneLit(node.type, node.span)
            case _:
                return node


def ends(stmt: Stmt) -> bool:
    """True if nothing after the statement in its block is ever reached."""
    match stmt:
        case Return() | Break() | Continue():
            return True
        case If(_, then, other):
            return bool(then) and bool(other) and ends(then[-1]) and ends(other[-1])
        case Assign() | Write() | For() | Require() | Warn() | Do() | Inner():
            return False
        case _:
            assert_never(stmt)


def _is_literal(expr: Expr, value: bool) -> bool:
    return isinstance(expr, Lit) and expr.value is value


def _record_of(expr: Expr) -> str | None:
    """The record that an expression is sure to make, seen through injections."""
    while isinstance(expr, Inject):
        expr = expr.base
    return expr.type.name if isinstance(expr, MakeRecord) and isinstance(expr.type, RecordType) else None


def _calculate(op: str, left: int, right: int) -> int:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "//":
            return left // right
        case "%":
            return left % right
        case "min":
            return min(left, right)
        case "max":
            return max(left, right)
        case _:
            raise AssertionError(f"no operator {op}")


