"""Which sorts a machine cannot order: relabelling their elements turns runs into runs.

NOTE(order): element order is seen by loops over a sort or a set, by `first`, by `<` on elements, by maps listed by
position, and by a comprehension whose turns leave a mark (a choice read, an outcome made, a call that does either) or,
where it may stop early, can fault. A sort with any such text is left alone; that costs searches, never a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from checker.order_free import OrderFree
from spec.lang import ir
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, Stmt
from spec.lang.limits import parts
from spec.lang.types import MapType, SetType, SortType, Type
from spec.lang.walk import domain_children, expressions, statements, subexpressions


def symmetric_sorts(ground: GroundMachine) -> set[str]:
    """Unordered sorts whose elements nothing in the ground machine's text can put in an order."""
    found = {name for name in ground.sizes if not ground.machine.sorts[name].ordered}
    return found - set(_ordered_by_text(ground))


def _ordered_by_text(ground: GroundMachine) -> Iterator[str]:
    free = OrderFree(ground)
    for function in ground.functions.values():
        for stmt in statements(function.body):
            yield from _ordered_by_statement(stmt, ground)
        for node in expressions(function.body):
            yield from _ordered_by(node, ground, free)
    for field in ground.fields.values():
        for node in subexpressions(field.init):
            yield from _ordered_by(node, ground, free)


def _ordered_by_statement(stmt: Stmt, ground: GroundMachine) -> Iterator[str]:
    match stmt:
        case ir.For(binder):
            yield from _walked_in_order(binder.domain, ground)
        case ir.Assign() | ir.Write() | ir.If() | ir.Break() | ir.Continue() | ir.Return():
            return
        case ir.Require() | ir.Warn() | ir.Do() | ir.Inner():
            return
        case _:
            assert_never(stmt)


def _ordered_by(node: Expr, ground: GroundMachine, free: OrderFree) -> Iterator[str]:
    match node:
        case ir.Compare(_, _, op, left, _):
            if op not in ("==", "!="):
                yield from _in(left.type, ground)
        case ir.Listed(kind):
            assert isinstance(kind, MapType)
            for key in kind.keys:
                yield from _in(key, ground)
        case ir.Quant():
            if not _in_any_order(node, free):
                for binder in node.binders:
                    yield from _walked_in_order(binder.domain, ground)
        case ir.Lit() | ir.NoneLit() | ir.EnumLit() | ir.Local() | ir.ChoiceRead() | ir.FieldRead() | ir.ConstRead():
            return
        case ir.Index() | ir.Attr() | ir.MakeRecord() | ir.Update() | ir.Everywhere() | ir.Inject() | ir.Project():
            return
        case ir.IsNone() | ir.IsVariant() | ir.Not() | ir.And() | ir.Or() | ir.Ite() | ir.Arith() | ir.Member():
            return
        case ir.Length() | ir.SetLit() | ir.SetOp() | ir.SeqLit() | ir.SeqAt() | ir.SeqAppend() | ir.SeqRemove():
            return
        case ir.SeqTail() | ir.SeqSlice() | ir.SeqConcat() | ir.Call() | ir.OutcomeLit() | ir.OutcomeTest():
            return
        case ir.SwitchRead() | ir.SortSize():
            return
        case _:
            assert_never(node)


def _in_any_order(node: ir.Quant, free: OrderFree) -> bool:
    """True if the turns of a comprehension give the same in every order of the elements."""
    turns = [part for part in (node.cond, node.body) if part is not None]
    turns += [part for binder in node.binders[1:] for part in domain_children(binder.domain)]
    match node.kind:
        case "count" | "sum" | "set" | "min" | "max":
            return all(free.is_silent(part) for part in turns)
        case "all" | "any":
            return all(free.is_safe(part) for part in turns)
        case _:
            return False


def _walked_in_order(domain: ir.Domain, ground: GroundMachine) -> Iterator[str]:
    """Sorts whose order a walk through the domain follows; a sequence has an order of its own."""
    match domain:
        case ir.SortDomain(sort):
            yield sort
        case ir.ElementsDomain(base) if isinstance(base.type, SetType):
            yield from _in(base.type.item, ground)
        case _:
            return


def _in(kind: Type, ground: GroundMachine) -> Iterator[str]:
    yield from (part.name for part in parts(kind, ground) if isinstance(part, SortType))
