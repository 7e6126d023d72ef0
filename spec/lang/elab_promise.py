"""`leads_to(p, q)`: where it may stand, how it is read, and how one text becomes two functions."""

from __future__ import annotations

import ast
from dataclasses import replace

from spec.lang.codes import Code
from spec.lang.elab_coerce import truth
from spec.lang.elab_scope import Scope, bad, header_span, is_bad
from spec.lang.ir import And, Assign, Expr, Return
from spec.lang.machine import Function, PropertyKind
from spec.lang.types import BOOL, Type

WORD = "leads_to"


def is_promise(node: ast.expr | None) -> bool:
    """True if an annotation is the word `Promise`."""
    return isinstance(node, ast.Name) and node.id == "Promise"


def _calls(node: ast.AST) -> list[ast.Call]:
    found = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    return [call for call in found if isinstance(call.func, ast.Name) and call.func.id == WORD]


def check_promise(scope: Scope, fn: ast.FunctionDef, kind: PropertyKind) -> None:
    """A `@leads_to` property is `-> Promise` and ends in its only `return leads_to(p, q)`; no other property does."""
    where = header_span(fn, scope.names.file)
    if kind != "leads_to":
        if is_promise(fn.returns):
            scope.error(Code.PROMISE, where, f"'{fn.name}' is no @leads_to property", "write '-> bool'")
        return
    if not is_promise(fn.returns):
        scope.error(Code.PROMISE, where, "a @leads_to property returns a promise", "write '-> Promise'")
    body = fn.body[1:] if ast.get_docstring(fn) is not None else fn.body
    last = body[-1] if body else None
    form = "assign locals if need be, then 'return leads_to(p, q)'"
    for stmt in body[:-1]:
        if not isinstance(stmt, ast.Assign | ast.AnnAssign):
            scope.error(Code.PROMISE, stmt, "a promise is one 'return', with nothing but locals before it", form)
    ends_well = isinstance(last, ast.Return) and isinstance(last.value, ast.Call) and last.value in _calls(last)
    if last is not None and not ends_well:
        scope.error(Code.PROMISE, last, "a @leads_to property ends in its promise", form)


def read_leads_to(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    """Both parts side by side; `split_promise` takes them apart again."""
    if scope.property_kind != "leads_to":
        hint = "decorate the property with '@leads_to' and write '-> Promise'"
        return scope.fail(Code.PROMISE, node, "'leads_to' stands only in a @leads_to property", hint)
    if len(node.args) != 2 or node.keywords:
        return scope.fail(Code.ARGUMENTS, node, "leads_to has other arguments", "write leads_to(p, q)")
    premise, awaited = (truth(scope, scope.expr(arg)) for arg in node.args)
    span = scope.span(node)
    return bad(span) if is_bad(premise, awaited) else And(BOOL, span, (premise, awaited))


def split_promise(function: Function) -> tuple[Function, Function | None]:
    """What must come, and (its key followed by `__premise`) what it answers to; None after a mistake in the text."""
    *before, last = function.body or (None,)
    if not isinstance(last, Return) or not isinstance(last.value, And) or len(last.value.items) != 2:
        return function, None
    if not all(isinstance(stmt, Assign) for stmt in before):
        return function, None
    premise, awaited = last.value.items
    start = tuple(stmt for stmt in before if stmt is not None)
    return (
        replace(function, body=(*start, Return(awaited, last.span))),
        replace(function, name=f"{function.name}__premise", body=(*start, Return(premise, last.span))),
    )
