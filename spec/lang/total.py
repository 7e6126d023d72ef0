"""Which expressions can be left out without changing anything: no fault, no choice read, no outcome made, no call."""

from __future__ import annotations

from typing import assert_never

from spec.lang.ir import (
    And,
    Arith,
    Attr,
    Call,
    ChoiceRead,
    Compare,
    ConstRead,
    EnumLit,
    Everywhere,
    Expr,
    FieldRead,
    Index,
    Inject,
    IsNone,
    IsVariant,
    Ite,
    Length,
    Listed,
    Lit,
    Local,
    MakeRecord,
    Member,
    NoneLit,
    Not,
    Or,
    OutcomeLit,
    OutcomeTest,
    Project,
    Quant,
    SeqAppend,
    SeqAt,
    SeqConcat,
    SeqLit,
    SeqRemove,
    SeqSlice,
    SeqTail,
    SetLit,
    SetOp,
    SortSize,
    SwitchRead,
    Update,
)
from spec.lang.types import IntType, MapType, OptionType, RecordType, SeqType, SetType, Type
from spec.lang.values import Finite, bounds, capacity
from spec.lang.walk import children


def is_total(expr: Expr, finite: Finite) -> bool:
    """True only if evaluating the expression can neither fault nor be noticed. May say False for one that cannot."""
    match expr:
        case Lit() | NoneLit() | EnumLit() | Local() | FieldRead() | ConstRead() | SwitchRead() | SortSize():
            return True
        case ChoiceRead() | Project() | SeqAt() | SeqAppend() | SeqConcat() | Call() | OutcomeLit():
            return False
        case Index(_, _, base, keys):
            assert isinstance(base.type, MapType)
            fitting = zip(keys, base.type.keys, strict=True)
            return is_total(base, finite) and all(enters(k, kind, finite) for k, kind in fitting)
        case MakeRecord(_, _, items):
            assert isinstance(expr.type, RecordType)
            kinds = [kind for _, kind in finite.records[expr.type.name].fields]
            return all(enters(i, kind, finite) for i, kind in zip(items, kinds, strict=True))
        case Update(_, _, base, named):
            assert isinstance(expr.type, RecordType)
            fields = dict(finite.records[expr.type.name].fields)
            return is_total(base, finite) and all(enters(i, fields[name], finite) for name, i in named)
        case Everywhere() | Listed() | SetLit() | SeqLit() | Inject():
            return _container_is_total(expr, finite)
        case Quant():
            return _quant_is_total(expr, finite)
        case Attr() | IsNone() | IsVariant() | Not() | And() | Or() | Ite() | Compare() | Arith():
            return all(is_total(child, finite) for child in children(expr))
        case Member() | Length() | SetOp() | SeqRemove() | SeqTail() | OutcomeTest():
            return all(is_total(child, finite) for child in children(expr))
        case SeqSlice(_, _, base, lo, hi):
            return is_total(base, finite) and all(_is_place(e, finite) for e in (lo, hi) if e is not None)
        case _:
            assert_never(expr)


def _is_place(expr: Expr, finite: Finite) -> bool:
    """True if the expression is total and surely not below 0."""
    if not is_total(expr, finite):
        return False
    match expr:
        case Lit(_, _, value):
            return value >= 0
        case Length():
            return True
        case Arith(_, _, "max", left, right):
            return _is_place(left, finite) or _is_place(right, finite)
        case _:
            return False


def _container_is_total(expr: Everywhere | Listed | SetLit | SeqLit | Inject, finite: Finite) -> bool:
    match expr, expr.type:
        case (Everywhere() | Listed()), MapType(_, item):
            return all(enters(child, item, finite) for child in children(expr))
        case SetLit(), SetType(item):
            return all(enters(child, item, finite) for child in children(expr))
        case SeqLit(_, _, items), SeqType(item, _):
            return len(items) <= capacity(expr.type, finite) and all(enters(i, item, finite) for i in items)
        case Inject(_, _, base), OptionType(item):
            return base.type == expr.type or enters(base, item, finite)
        case Inject(_, _, base), _:
            return is_total(base, finite)
        case _:
            return False


def _quant_is_total(expr: Quant, finite: Finite) -> bool:
    if expr.kind in ("min", "max") or not all(is_total(child, finite) for child in children(expr)):
        return False
    match expr.kind, expr.type, expr.body:
        case "set", SetType(item), body if body is not None:
            return enters(body, item, finite)
        case "first", OptionType(item), body if body is not None:
            return enters(body, item, finite)
        case _:
            return expr.kind not in ("set", "first")


def enters(expr: Expr, kind: Type, finite: Finite) -> bool:
    """True if the expression is total and its value is sure to be one of a place of this type."""
    if not is_total(expr, finite):
        return False
    if not isinstance(kind, IntType):
        return expr.type == kind or isinstance(expr, NoneLit)
    if kind.lo is None or kind.hi is None:
        return True
    low, high = bounds(kind, finite)
    match expr:
        case Lit(_, _, value):
            return low <= value <= high
        case FieldRead() | ConstRead() | Index() | Attr() if isinstance(expr.type, IntType):
            # Only stored integers are sure to be within the bounds of their type; a local may hold any.
            if expr.type.lo is None or expr.type.hi is None:
                return False
            inner = bounds(expr.type, finite)
            return low <= inner[0] and inner[1] <= high
        case _:
            return False
