"""Comprehensions and what they run over: `all(... for x in D if c)`, `sum(1 for ...)`, `{x for ...}`, `first(...)`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce, is_finite, is_scalar, join, truth
from spec.lang.elab_scope import Scope, Variable, bad, is_bad
from spec.lang.ir import (
    And,
    Binder,
    Domain,
    ElementsDomain,
    EnumDomain,
    Expr,
    Lit,
    Project,
    Quant,
    QuantKind,
    RangeDomain,
    SeqLit,
    SortDomain,
    SortSize,
)
from spec.lang.spans import Span
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    EnumType,
    Extent,
    IntType,
    MapType,
    OptionType,
    OutcomeType,
    SeqType,
    SetType,
    SortType,
    Type,
    show,
)

_NESTS: tuple[QuantKind, ...] = ("all", "any", "count", "sum")


@dataclass(frozen=True, slots=True)
class _Turn:
    """One `for` of a comprehension with the tests that follow it."""

    binder: Binder
    tests: tuple[Expr, ...]


def read_comprehension(
    scope: Scope, node: ast.GeneratorExp | ast.SetComp, kind: QuantKind, span: Span, item: Type | None = None
) -> Expr:
    """A comprehension of this kind; `item` is the type wanted of the items of a set or of `first`."""
    depth = len(scope.bound)
    turns = [_turn(scope, generator) for generator in node.generators]
    body = _body(scope, node.elt, kind, item)
    del scope.bound[depth:]
    whole = [turn for turn in turns if turn is not None]
    if len(whole) < len(turns) or is_bad(body) or any(is_bad(*turn.tests) for turn in whole):
        return bad(span)
    type_ = _result_type(scope, kind, item or body.type, span)
    if type_ is None:
        return bad(span)
    counted = kind == "count" or (kind == "sum" and isinstance(body, Lit) and body.value == 1)
    if counted:
        kind = "count"
    return _build(scope, kind, whole, None if counted else body, type_, span)


def _turn(scope: Scope, generator: ast.comprehension) -> _Turn | None:
    """Read one `for ... in ... if ...` and bring its variable into scope for what follows."""
    found = read_domain(scope, generator.iter)
    target = generator.target
    if not isinstance(target, ast.Name):
        scope.error(Code.UNSUPPORTED, target, "a comprehension has one variable per 'for'", "write 'for x in D'")
        scope.bound.append({})
        return None
    kind = bad(scope.span(target)).type if found is None else found[1]
    variable = Variable("bound", scope.fresh(target.id), kind)
    scope.bound.append({target.id: variable})
    tests = tuple(truth(scope, scope.expr(test)) for test in generator.ifs)
    if found is None:
        return None
    return _Turn(Binder(variable.name, kind, found[0]), tests)


def _body(scope: Scope, node: ast.expr, kind: QuantKind, item: Type | None) -> Expr:
    match kind:
        case "all" | "any":
            return truth(scope, scope.expr(node))
        case "count" | "sum" | "min" | "max":
            return coerce(scope, scope.expr(node), INT)
        case "set" | "first":
            value = scope.expr(node, item)
            return value if item is None else coerce(scope, value, item)
        case _:
            assert_never(kind)


def _result_type(scope: Scope, kind: QuantKind, item: Type, span: Span) -> Type | None:
    match kind:
        case "all" | "any":
            return BOOL
        case "count" | "sum" | "min" | "max":
            return INT
        case "set" | "first":
            if isinstance(item, OptionType) and kind == "first":
                scope.error(Code.MISMATCH, span, "an item may be None, so None would not tell", "filter with 'if'")
                return None
            if not is_scalar(item) or item == NONE:
                scope.error(Code.NOT_SCALAR, span, f"the items are '{show(item)}'", "items are scalars")
                return None
            if not is_finite(item):
                scope.error(Code.TYPE_NEEDED, span, "the bounds of the items are not known here", "store it in a field")
                return None
            return SetType(item) if kind == "set" else OptionType(item)
        case _:
            assert_never(kind)


def _build(scope: Scope, kind: QuantKind, turns: list[_Turn], body: Expr | None, type_: Type, span: Span) -> Expr:
    """The quantifier. A test on an outer `for` nests where it can, so that inner domains are read only if it holds."""
    binders: list[Binder] = []
    tests: list[Expr] = []
    for place, turn in enumerate(turns):
        binders.append(turn.binder)
        tests.extend(turn.tests)
        rest = turns[place + 1 :]
        if not rest or not turn.tests:
            continue
        if kind in _NESTS:
            inner = _build(scope, kind, rest, body, type_, span)
            outer: QuantKind = "sum" if kind == "count" else kind
            return Quant(type_, span, outer, tuple(binders), _all_of(tests, span), inner)
        if not all(_is_harmless(later.binder.domain) for later in rest) or not all(map(scope.is_plain, turn.tests)):
            hint = "move it behind the last 'for', or write a loop"
            return scope.fail(Code.UNSUPPORTED, turn.tests[0].span, "a test before another 'for' here", hint)
    return Quant(type_, span, kind, tuple(binders), _all_of(tests, span), body)


def _all_of(tests: list[Expr], span: Span) -> Expr | None:
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else And(BOOL, span, tuple(tests))


def _is_harmless(domain: Domain) -> bool:
    """True if nothing can go wrong in reading the domain, whatever the outer variables are."""
    match domain:
        case SortDomain() | EnumDomain():
            return True
        case RangeDomain(lo, hi):
            return all(isinstance(bound, Lit | SortSize) for bound in (lo, hi))
        case ElementsDomain():
            return False
        case _:
            assert_never(domain)


def read_set_comprehension(scope: Scope, node: ast.SetComp, expected: Type | None) -> Expr:
    """`{x for x in D if c}`."""
    held = expected.item if isinstance(expected, OptionType) else expected
    item = held.item if isinstance(held, SetType) else None
    return read_comprehension(scope, node, "set", scope.span(node), item)


# --- domains ----------------------------------------------------------------------------------------------------


def read_domain(scope: Scope, node: ast.expr) -> tuple[Domain, Type] | None:
    """What a loop or comprehension runs over, and the type of its variable; None after an error."""
    match node:
        case ast.Name(id=name) if scope.lookup(name) is None:
            if (sort := scope.names.sort(name)) is not None:
                return SortDomain(sort.name), SortType(sort.name)
            if (enum := scope.names.enum(name)) is not None:
                return EnumDomain(enum.name), EnumType(enum.name)
            _unknown_domain(scope, node, name)
            return None
        case ast.Call(func=ast.Name(id="range")):
            return _range(scope, node)
        case ast.Call(func=ast.Name(id=word)) if word in _NOT_DOMAINS and scope.lookup(word) is None:
            scope.error(Code.NOT_A_DOMAIN, node, f"'{word}(...)' is no domain", _NOT_DOMAINS[word])
            return None
        case ast.Tuple(elts=items) if items:
            return _tuple(scope, node)
        case _:
            return _elements(scope, scope.expr(node), node)


_NOT_DOMAINS = {
    "enumerate": "write 'for i in range(len(seq))'",
    "zip": "write 'for i in range(len(seq))'",
    "reversed": "write 'for i in range(len(seq))' and use 'len(seq) - 1 - i'",
    "sorted": "sorts, enums and sets already run in order",
    "list": "a set or sequence is a domain as it is",
    "tuple": "a set or sequence is a domain as it is",
}


def _unknown_domain(scope: Scope, node: ast.expr, name: str) -> None:
    if scope.names.field(name) is not None or scope.names.rigid(name) is not None:
        scope.error(Code.UNKNOWN_NAME, node, f"no name '{name}' here", f"did you mean 'self.{name}'?")
    elif scope.names.record(name) is not None or scope.names.alias(name) is not None:
        scope.error(Code.NOT_A_DOMAIN, node, f"'{name}' is a record type", "domains are sorts, enums, sets, sequences")
    elif scope.names.literal(name) is not None:
        scope.error(Code.NOT_A_DOMAIN, node, f"'{name}' is a constant", f"write 'range({name})'")
    else:
        scope.error(Code.UNKNOWN_NAME, node, f"no name '{name}' here", scope.hint(name))


def _range(scope: Scope, node: ast.Call) -> tuple[Domain, Type] | None:
    if node.keywords or not 1 <= len(node.args) <= 2:
        scope.error(Code.NOT_A_DOMAIN, node, "range has other arguments here", "write range(n) or range(lo, hi)")
        return None
    bounds = [coerce(scope, scope.expr(arg), INT) for arg in node.args]
    if is_bad(*bounds):
        return None
    lo = bounds[0] if len(bounds) == 2 else Lit(INT, scope.span(node), 0)
    return RangeDomain(lo, bounds[-1]), INT


def _tuple(scope: Scope, node: ast.Tuple) -> tuple[Domain, Type] | None:
    """`for x in (a, b)`: a sequence whose type the items tell."""
    items = [scope.expr(item) for item in node.elts]
    if is_bad(*items):
        return None
    start: Type | None = items[0].type
    kind = reduce(lambda a, b: None if a is None else join(a, b.type), items[1:], start)
    if kind is None or kind == NONE or isinstance(kind, IntType) or not is_scalar(kind):
        scope.error(Code.NOT_A_DOMAIN, node, "this tuple is no domain", "its items must be of one sort, enum or record")
        return None
    values = tuple(coerce(scope, item, kind) for item in items)
    type_ = SeqType(kind, Extent(len(items)))
    return ElementsDomain(SeqLit(type_, scope.span(node), values)), kind


def _elements(scope: Scope, base: Expr, node: ast.expr) -> tuple[Domain, Type] | None:
    if is_bad(base):
        return None
    while isinstance(base.type, OptionType):
        base = Project(base.type.item, base.span, base)
    match base.type:
        case SetType(item) | SeqType(item, _):
            return ElementsDomain(base), item
        case MapType(keys, _):
            hint = f"run over its keys: 'for k in {show(keys[0])}'"
        case IntType():
            hint = "write 'range(n)'"
        case OutcomeType():
            hint = "an outcome holds no items"
        case _:
            hint = "domains are sorts, enums, range(...), sets and sequences"
    scope.error(Code.NOT_A_DOMAIN, node, f"'{show(base.type)}' is no domain", hint)
    return None
