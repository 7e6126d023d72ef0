"""The premise of a property: when its text is not trivially true, read off the tree of its body."""

from __future__ import annotations

from dataclasses import replace

from spec.lang.ir import And, Assign, Expr, Not, Or, Quant, Return, Stmt
from spec.lang.machine import Function
from spec.lang.types import BOOL


def premise_of(expr: Expr) -> Expr | None:
    """When `expr` says something; None where the text has no premise.

    `implies(p, q)` and `not p or q`: p, and the premise of q if it has one. `all(q for x in D if p)`: some x has p,
    and the premise of q for it.
    """
    match expr:
        case Or(_, span, items):
            return _of_implication(items, expr)
        case Quant(_, span, "all", binders, cond, body) if body is not None:
            inner = premise_of(body)
            if cond is None and inner is None:
                return None
            if inner is None:
                return Quant(BOOL, span, "any", binders, None, cond)
            return Quant(BOOL, span, "any", binders, cond, inner)
        case _:
            return None


def _of_implication(items: tuple[Expr, ...], expr: Or) -> Expr | None:
    """The negated tests in front are premises; what follows them is the conclusion."""
    premises: list[Expr] = []
    for item in items[:-1]:
        if not isinstance(item, Not):
            break
        premises.append(item.base)
    if not premises:
        return None
    if len(premises) == len(items) - 1:
        inner = premise_of(items[-1])
        if inner is not None:
            premises.append(inner)
    flat = tuple(part for p in premises for part in (p.items if isinstance(p, And) else (p,)))
    return flat[0] if len(flat) == 1 else And(BOOL, expr.span, flat)


def build_premise(function: Function) -> Function | None:
    """The function that says when `function` is not trivially true; None where its text has no premise.

    The text must be assignments of locals and then one `return`.
    """
    if not function.body or function.returns != BOOL:
        return None
    *before, last = function.body
    if not isinstance(last, Return) or last.value is None or not all(isinstance(s, Assign) for s in before):
        return None
    premise = premise_of(last.value)
    if premise is None:
        return None
    body: tuple[Stmt, ...] = (*before, Return(premise, last.span))
    return replace(function, name=f"{function.name}__premise", body=body)
