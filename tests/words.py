"""Short words for expressions and statements of the typed tree, for building machines by hand."""

from __future__ import annotations

from collections.abc import Sequence

from spec.lang import ir
from spec.lang.ir import Binder, Expr, Stmt
from spec.lang.spans import BUILTIN
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    OUTCOME,
    EnumType,
    Extent,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
)

AT = BUILTIN


def bounded(lo: int, hi: int | Extent) -> IntType:
    return IntType(Extent(lo), hi if isinstance(hi, Extent) else Extent(hi))


def size_of(sort: str, plus: int = 0) -> Extent:
    return Extent(plus, ((sort, 1),))


def lit(value: bool | int) -> ir.Lit:
    return ir.Lit(BOOL if isinstance(value, bool) else INT, AT, value)


TRUE, FALSE = lit(True), lit(False)


def enum(name: str, member: str) -> ir.EnumLit:
    return ir.EnumLit(EnumType(name), AT, member)


def none(kind: Type = NONE) -> ir.NoneLit:
    return ir.NoneLit(kind, AT)


def var(name: str, kind: Type) -> ir.Local:
    return ir.Local(kind, AT, name)


def choice(name: str, kind: Type = BOOL) -> ir.ChoiceRead:
    return ir.ChoiceRead(kind, AT, name)


def size(sort: str) -> ir.SortSize:
    return ir.SortSize(INT, AT, sort)


def at(base: Expr, *keys: Expr) -> ir.Index:
    assert isinstance(base.type, MapType)
    return ir.Index(base.type.value, AT, base, keys)


def attr(base: Expr, name: str, kind: Type) -> ir.Attr:
    return ir.Attr(kind, AT, base, name)


def record(name: str, *items: Expr) -> ir.MakeRecord:
    return ir.MakeRecord(RecordType(name), AT, items)


def update(base: Expr, **items: Expr) -> ir.Update:
    return ir.Update(base.type, AT, base, tuple(items.items()))


def everywhere(value: Expr, kind: Type) -> ir.Everywhere:
    return ir.Everywhere(kind, AT, value)


def listed(kind: Type, *items: Expr) -> ir.Listed:
    return ir.Listed(kind, AT, items)


def inject(base: Expr, kind: Type) -> ir.Inject:
    return ir.Inject(kind, AT, base)


def some(base: Expr) -> ir.Inject:
    return ir.Inject(OptionType(base.type), AT, base)


def project(base: Expr, kind: Type) -> ir.Project:
    return ir.Project(kind, AT, base)


def is_none(base: Expr) -> ir.IsNone:
    return ir.IsNone(BOOL, AT, base)


def is_variant(base: Expr, name: str) -> ir.IsVariant:
    return ir.IsVariant(BOOL, AT, base, name)


def no(base: Expr) -> ir.Not:
    return ir.Not(BOOL, AT, base)


def both(*items: Expr) -> ir.And:
    return ir.And(BOOL, AT, items)


def either(*items: Expr) -> ir.Or:
    return ir.Or(BOOL, AT, items)


def implies(premise: Expr, conclusion: Expr) -> ir.Or:
    return either(no(premise), conclusion)


def ite(test: Expr, then: Expr, other: Expr) -> ir.Ite:
    return ir.Ite(then.type, AT, test, then, other)


def compare(left: Expr, op: ir.CompareOp, right: Expr) -> ir.Compare:
    return ir.Compare(BOOL, AT, op, left, right)


def eq(left: Expr, right: Expr) -> ir.Compare:
    return compare(left, "==", right)


def ne(left: Expr, right: Expr) -> ir.Compare:
    return compare(left, "!=", right)


def arith(left: Expr, op: ir.ArithOp, right: Expr) -> ir.Arith:
    return ir.Arith(INT, AT, op, left, right)


def plus(left: Expr, right: int) -> ir.Arith:
    return arith(left, "+", lit(right))


def minus(left: Expr, right: int) -> ir.Arith:
    return arith(left, "-", lit(right))


def isin(item: Expr, base: Expr) -> ir.Member:
    return ir.Member(BOOL, AT, item, base)


def length(base: Expr) -> ir.Length:
    return ir.Length(INT, AT, base)


def set_of(kind: Type, *items: Expr) -> ir.SetLit:
    return ir.SetLit(SetType(kind), AT, items)


def set_op(left: Expr, op: ir.SetOperator, right: Expr) -> ir.SetOp:
    return ir.SetOp(left.type, AT, op, left, right)


def seq_of(kind: SeqType, *items: Expr) -> ir.SeqLit:
    return ir.SeqLit(kind, AT, items)


def seq_at(base: Expr, place: Expr) -> ir.SeqAt:
    assert isinstance(base.type, SeqType)
    return ir.SeqAt(base.type.item, AT, base, place)


def append(base: Expr, item: Expr) -> ir.SeqAppend:
    return ir.SeqAppend(base.type, AT, base, item)


def remove(base: Expr, item: Expr) -> ir.SeqRemove:
    return ir.SeqRemove(base.type, AT, base, item)


def tail(base: Expr) -> ir.SeqTail:
    return ir.SeqTail(base.type, AT, base)


def piece(base: Expr, lo: Expr, hi: Expr | None = None) -> ir.SeqSlice:
    return ir.SeqSlice(base.type, AT, base, lo, hi)


def concat(left: Expr, right: Expr) -> ir.SeqConcat:
    return ir.SeqConcat(left.type, AT, left, right)


def over(name: str, what: Type | Expr | tuple[Expr, Expr]) -> Binder:
    """A binder over all of a sort or enumeration, over a set or sequence, or over a range."""
    match what:
        case SortType(sort):
            return Binder(name, what, ir.SortDomain(sort))
        case EnumType(enumeration):
            return Binder(name, what, ir.EnumDomain(enumeration))
        case (lo, hi):
            return Binder(name, INT, ir.RangeDomain(lo, hi))
        case _:
            assert isinstance(what, ir.Node) and isinstance(what.type, SetType | SeqType)
            return Binder(name, what.type.item, ir.ElementsDomain(what))


def quant(
    kind: ir.QuantKind, binders: Binder | Sequence[Binder], body: Expr | None, cond: Expr | None = None
) -> ir.Quant:
    result: Type = INT
    if kind in ("all", "any"):
        result = BOOL
    elif kind == "set":
        assert body is not None
        result = SetType(body.type)
    elif kind == "first":
        assert body is not None
        result = OptionType(body.type)
    listed_binders = (binders,) if isinstance(binders, Binder) else tuple(binders)
    return ir.Quant(result, AT, kind, listed_binders, cond, body)


def every(binders: Binder | Sequence[Binder], body: Expr, cond: Expr | None = None) -> ir.Quant:
    return quant("all", binders, body, cond)


def exists(binders: Binder | Sequence[Binder], body: Expr, cond: Expr | None = None) -> ir.Quant:
    return quant("any", binders, body, cond)


def call(function: str, *args: Expr, returns: Type = OUTCOME, **given: Expr) -> ir.Call:
    return ir.Call(returns, AT, function, args, tuple(given.items()))


def outcome(site: int, **outputs: Expr) -> ir.OutcomeLit:
    return ir.OutcomeLit(OUTCOME, AT, site, tuple(outputs.items()))


def ask(base: Expr, aspect: ir.OutcomeAspect, value: str = "") -> ir.OutcomeTest:
    return ir.OutcomeTest(BOOL, AT, base, aspect, value)


# --- statements -------------------------------------------------------------------------------------------------


def let(name: str, value: Expr) -> ir.Assign:
    return ir.Assign(name, value, AT)


def put(target: str, value: Expr, *keys: Expr) -> ir.Write:
    return ir.Write(target, keys, value, AT)


def when(test: Expr, *then: Stmt, other: Sequence[Stmt] = ()) -> ir.If:
    return ir.If(test, then, tuple(other), AT)


def loop(binder: Binder, *body: Stmt) -> ir.For:
    return ir.For(binder, body, AT)


def give(value: Expr | None = None) -> ir.Return:
    return ir.Return(value, AT)


def done() -> ir.Return:
    return give(outcome(0))


def do(called: ir.Call) -> ir.Do:
    return ir.Do(called, AT)


def require(cond: Expr) -> ir.Require:
    return ir.Require(cond, AT)


def warn(number: int) -> ir.Warn:
    return ir.Warn(number, AT)


BREAK, CONTINUE = ir.Break(AT), ir.Continue(AT)
