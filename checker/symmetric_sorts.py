"""Which sorts a machine cannot order: relabelling their elements turns runs into runs.

NOTE(order): element order is seen by loops over a sort or a set, by `first`, by `<` on elements, by maps listed by
position, and by a comprehension whose turns can fault, read choices or call (it may stop before it gets there). A
sort with any such text is left alone; that costs searches, never a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator

from spec.lang import ir
from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr
from spec.lang.limits import parts
from spec.lang.total import is_total
from spec.lang.types import MapType, SetType, SortType, Type
from spec.lang.walk import expressions, statements, subexpressions


def symmetric_sorts(ground: GroundMachine) -> set[str]:
    """Unordered sorts whose elements nothing in the ground machine's text can put in an order."""
    found = {name for name in ground.sizes if not ground.machine.sorts[name].ordered}
    return found - set(_ordered_by_text(ground))


def _ordered_by_text(ground: GroundMachine) -> Iterator[str]:
    for function in ground.functions.values():
        for stmt in statements(function.body):
            if isinstance(stmt, ir.For):
                yield from _walked_in_order(stmt.binder.domain, ground)
        for node in expressions(function.body):
            yield from _ordered_by(node, ground)
    for field in ground.fields.values():
        for node in subexpressions(field.init):
            yield from _ordered_by(node, ground)


def _ordered_by(node: Expr, ground: GroundMachine) -> Iterator[str]:
    match node:
        case ir.Compare(_, _, op, left, _) if op not in ("==", "!="):
            yield from _in(left.type, ground)
        case ir.Listed(MapType(keys, _), _, _):
            for key in keys:
                yield from _in(key, ground)
        case ir.Quant(_, _, kind, binders, cond, body):
            turns = [part for part in (cond, body) if part is not None]
            inner = [e for b in binders[1:] for e in _domain_parts(b.domain)]
            if kind == "first" or not all(is_total(part, ground) for part in (*turns, *inner)):
                for binder in binders:
                    yield from _walked_in_order(binder.domain, ground)
        case _:
            return


def _domain_parts(domain: ir.Domain) -> tuple[Expr, ...]:
    match domain:
        case ir.RangeDomain(lo, hi):
            return (lo, hi)
        case ir.ElementsDomain(base):
            return (base,)
        case _:
            return ()


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
