"""Words that stand only in values outside functions: defaults of switches, initial values, constants."""

from __future__ import annotations

import ast
from collections.abc import Callable

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce
from spec.lang.elab_scope import UNKNOWN, Scope, bad, is_bad
from spec.lang.ir import (
    Compare,
    CompareOp,
    EnumLit,
    Everywhere,
    Expr,
    Inject,
    Listed,
    Lit,
    MakeRecord,
    SeqLit,
    SetLit,
    SwitchRead,
)
from spec.lang.types import (
    BOOL,
    EnumType,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    Type,
    show,
)
from spec.lang.walk import children


def _only_outside(scope: Scope, node: ast.Call, word: str) -> Expr | None:
    """The error for such a word inside a function; None outside of one."""
    if scope.kind == "value":
        return None
    message = f"'{word}(...)' stands only in the class body"
    return scope.fail(Code.NOT_CALLABLE, node, message, "read a switch: self.name")


def _era(word: str, op: CompareOp) -> Callable[[Scope, ast.Call, Type | None], Expr]:
    def read(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
        misplaced = _only_outside(scope, node, word)
        if misplaced is not None:
            return misplaced
        span = scope.span(node)
        if len(node.args) != 1 or node.keywords:
            return scope.fail(Code.ARGUMENTS, node, f"{word} takes one era", f"write {word}(Era.E2)")
        member = scope.expr(node.args[0])
        if is_bad(member):
            return member
        if not isinstance(member, EnumLit) or not isinstance(member.type, EnumType):
            return scope.fail(Code.ERA, node.args[0], "this is no era", f"write {word}(Era.E2)")
        switch = scope.names.era_switch(member.type.name)
        if switch is None:
            hint = f"declare one: 'era: Switch[{member.type.name}] = {member.type.name}.{member.member}'"
            return scope.fail(Code.ERA, node, f"no switch has the type '{member.type.name}'", hint)
        if not scope.names.enum_by_key(member.type.name).ordered:
            hint = f"declare it as 'class {member.type.name}(OrderedEnum)'"
            return scope.fail(Code.NOT_ORDERED, node, f"the members of '{member.type.name}' have no order", hint)
        return Compare(BOOL, span, op, SwitchRead(switch.type, span, switch.name), member)

    return read


def _axiom(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    misplaced = _only_outside(scope, node, "axiom")
    if misplaced is not None:
        return misplaced
    if node.args or node.keywords:
        return scope.fail(Code.ARGUMENTS, node, "axiom() takes nothing", "write axiom()")
    return Lit(BOOL, scope.span(node), True)


def _listed(scope: Scope, node: ast.Call, expected: Type | None) -> Expr:
    misplaced = _only_outside(scope, node, "listed")
    if misplaced is not None:
        return misplaced
    span = scope.span(node)
    if not node.args or node.keywords:
        return scope.fail(Code.ARGUMENTS, node, "listed takes the values in order", "write listed(True, False)")
    if expected == UNKNOWN:
        return bad(span)
    if not isinstance(expected, MapType) or len(expected.keys) != 1:
        what = "this" if expected is None else f"'{show(expected)}'"
        message = f"listed(...) gives a map of one key, not {what}"
        return scope.fail(Code.MISMATCH, node, message, "write the value itself")
    items = tuple(coerce(scope, scope.expr(arg, expected.value), expected.value) for arg in node.args)
    return bad(span) if is_bad(*items) else Listed(expected, span, items)


CLOSED_WORDS: dict[str, Callable[[Scope, ast.Call, Type | None], Expr]] = {
    "since": _era("since", ">="),
    "until": _era("until", "<="),
    "axiom": _axiom,
    "listed": _listed,
}
"""Words for values outside functions, by name."""


def check_bounds(scope: Scope, expr: Expr, kind: Type) -> None:
    """Report constants that lie outside the bounds of their place, as far as the bounds do not depend on sizes."""
    if isinstance(kind, IntType) and isinstance(expr, Lit) and kind.lo is not None and kind.hi is not None:
        low = not kind.lo.times and expr.value < kind.lo.constant
        high = not kind.hi.times and expr.value > kind.hi.constant
        if low or high:
            message = f"{expr.value} is outside '{show(kind)}'"
            scope.error(Code.OUT_OF_BOUNDS, expr.span, message, "bounds are inclusive")
        return
    for child, place in zip(children(expr), _places(scope, expr, kind), strict=False):
        check_bounds(scope, child, place)


def _places(scope: Scope, expr: Expr, kind: Type) -> list[Type]:
    """The types of the places that the direct parts of a constructor fill."""
    match expr, kind:
        case Inject(), OptionType(item):
            return [item]
        case Inject(_, _, base), _:
            return [base.type]
        case (Everywhere() | Listed()), MapType(_, value):
            return [value] * len(children(expr))
        case (SetLit() | SeqLit()), (SetType(item) | SeqType(item, _)):
            return [item] * len(children(expr))
        case MakeRecord(RecordType(name)), _:
            return [field for _, field in scope.names.record_by_key(name).fields]
        case _:
            return []
