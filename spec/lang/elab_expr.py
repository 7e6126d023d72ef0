"""Expressions: the closed list of what may stand where a value is needed, and literals, logic and arithmetic."""

from __future__ import annotations

import ast

from spec.lang.codes import Code
from spec.lang.elab_calls import read_call
from spec.lang.elab_coerce import coerce, inject, join, truth
from spec.lang.elab_comp import read_set_comprehension
from spec.lang.elab_compare import read_compare
from spec.lang.elab_names import read_attribute, read_name, read_subscript
from spec.lang.elab_scope import UNKNOWN, Scope, bad, is_bad
from spec.lang.ir import (
    And,
    Arith,
    ArithOp,
    Expr,
    Ite,
    Lit,
    Local,
    NoneLit,
    Not,
    Or,
    SeqAppend,
    SeqConcat,
    SeqLit,
    SetLit,
    SetOp,
    SetOperator,
    SortSize,
)
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT, NONE, IntType, OptionType, SeqType, SetType, Type, show

_UNSUPPORTED: dict[type[ast.expr], tuple[str, str]] = {
    ast.Lambda: ("a lambda", "write a @pure function"),
    ast.JoinedStr: ("an f-string", "the language has no strings but literal reasons and messages"),
    ast.Yield: ("a 'yield' that gives a value", "a yield stands on a line of its own, in a @process"),
    ast.YieldFrom: ("a 'yield from' that gives a value", "it stands on a line of its own, in a @process"),
    ast.Await: ("'await'", "an action is one step"),
    ast.Starred: ("a starred expression", "write every item"),
    ast.List: ("a list", "write '(a, b)' for a sequence or '{a, b}' for a set"),
    ast.ListComp: ("a list comprehension", "write all(...), any(...), sum(...) or {... for ...} without the brackets"),
    ast.Dict: ("a dict", "write 'everywhere(v)' for a whole map"),
    ast.DictComp: ("a dict comprehension", "write a 'for' loop that assigns the entries"),
    ast.GeneratorExp: ("a generator on its own", "put it into all(...), any(...), sum(...), min(...) or first(...)"),
    ast.Slice: ("a slice", "write 'seq[lo:hi]'"),
}
_ARITH: dict[type[ast.operator], ArithOp] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_SET: dict[type[ast.operator], SetOperator] = {ast.BitOr: "|", ast.BitAnd: "&", ast.Sub: "-"}
_NO_OPERATOR: dict[type[ast.operator], str] = {
    ast.Div: "fractions do not exist; '//' divides and rounds down",
    ast.Pow: "multiply",
    ast.LShift: "multiply",
    ast.RShift: "use '//'",
    ast.BitXor: "use '!=' on bools, 's - t' and 't - s' on sets",
    ast.MatMult: "there are no matrices",
}


def read_expr(scope: Scope, node: ast.expr, expected: Type | None) -> Expr:
    """The expression that the text says; after an error, one that goes with everything."""
    match node:
        case ast.Constant():
            return _constant(scope, node, expected)
        case ast.Name():
            return read_name(scope, node)
        case ast.Attribute():
            return read_attribute(scope, node)
        case ast.Subscript():
            return read_subscript(scope, node)
        case ast.Compare():
            return read_compare(scope, node)
        case ast.BoolOp():
            return _logic(scope, node)
        case ast.UnaryOp():
            return _unary(scope, node)
        case ast.BinOp(left_node, ast.Add(), right_node) if _is_display(left_node) and not _is_display(right_node):
            return _in_front(scope, node, expected)
        case ast.BinOp():
            right_hint = expected if isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.Add) else None
            left = scope.expr(node.left, right_hint)
            return binary(scope, left, node.op, node.right, scope.span(node), expected)
        case ast.IfExp():
            return _conditional(scope, node, expected)
        case ast.Call():
            return read_call(scope, node, expected)
        case ast.Tuple():
            return _sequence(scope, node, expected)
        case ast.Set():
            return _set(scope, node, expected)
        case ast.SetComp():
            return read_set_comprehension(scope, node, expected)
        case ast.NamedExpr():
            return _walrus(scope, node)
        case _:
            what, hint = _UNSUPPORTED.get(type(node), (type(node).__name__, "see docs/language.md"))
            return scope.fail(Code.UNSUPPORTED, node, f"{what} is no part of the language", hint)


def _constant(scope: Scope, node: ast.Constant, expected: Type | None) -> Expr:
    span = scope.span(node)
    match node.value:
        case bool(value):
            return Lit(BOOL, span, value)
        case int(value):
            return Lit(INT, span, value)
        case None:
            return NoneLit(expected if isinstance(expected, OptionType) else NONE, span)
        case str():
            hint = "strings stand only in reasons, messages and citations; an Enum has named values"
            return scope.fail(Code.UNSUPPORTED, node, "a string is no value", hint)
        case float() | complex():
            return scope.fail(Code.UNSUPPORTED, node, "only whole numbers exist", "use integers")
        case _:
            return scope.fail(Code.UNSUPPORTED, node, f"'{ast.unparse(node)}' is no value", "see docs/language.md")


def _logic(scope: Scope, node: ast.BoolOp) -> Expr:
    items = tuple(truth(scope, scope.expr(value)) for value in node.values)
    span = scope.span(node)
    if is_bad(*items):
        return bad(span)
    return And(BOOL, span, items) if isinstance(node.op, ast.And) else Or(BOOL, span, items)


def _unary(scope: Scope, node: ast.UnaryOp) -> Expr:
    span = scope.span(node)
    base = scope.expr(node.operand)
    match node.op:
        case ast.Not():
            base = truth(scope, base)
            return bad(span) if is_bad(base) else Not(BOOL, span, base)
        case ast.USub():
            base = coerce(scope, base, INT)
            if is_bad(base):
                return base
            if isinstance(base, Lit):
                return Lit(INT, span, -base.value)
            return Arith(INT, span, "-", Lit(INT, span, 0), base)
        case _:
            return scope.fail(Code.UNSUPPORTED, node, "no unary operators but 'not' and '-'", "see docs/language.md")


# --- arithmetic and sets ----------------------------------------------------------------------------------------


def binary(
    scope: Scope, left: Expr, op: ast.operator, right: ast.expr, span: Span, expected: Type | None = None
) -> Expr:
    """`left op right` with the left side already read, as `+=` has it."""
    if type(op) in _NO_OPERATOR:
        return scope.fail(Code.UNSUPPORTED, span, "no such operator in the language", _NO_OPERATOR[type(op)])
    if is_bad(left):
        scope.expr(right)
        return left
    if isinstance(left.type, SeqType) and isinstance(op, ast.Add):
        if isinstance(right, ast.Tuple) and right.elts:
            return _append(scope, left, right, span, expected)
        return _concat(scope, left, right, span)
    if isinstance(left.type, SetType) and type(op) in _SET:
        return _set_operation(scope, left, _SET[type(op)], right, span)
    if type(op) in _ARITH:
        return _arithmetic(scope, left, _ARITH[type(op)], right, span)
    scope.expr(right)
    hint = "use 'and' and 'or' for bools" if left.type == BOOL else "sets have '|', '&' and '-'"
    return scope.fail(Code.MISMATCH, span, f"'{show(left.type)}' has no such operator", hint)


def _arithmetic(scope: Scope, left: Expr, op: ArithOp, right: ast.expr, span: Span) -> Expr:
    a = coerce(scope, left, INT)
    b = coerce(scope, scope.expr(right), INT)
    if is_bad(a, b):
        return bad(span)
    if op in ("//", "%") and not _positive(b):
        return scope.fail(Code.DIVISOR, b.span, "the divisor is no positive constant", "divide by a literal above 0")
    return Arith(INT, span, op, a, b)


def _positive(expr: Expr) -> bool:
    return isinstance(expr, SortSize) or (isinstance(expr, Lit) and expr.value > 0)


def _set_operation(scope: Scope, left: Expr, op: SetOperator, right: ast.expr, span: Span) -> Expr:
    other = coerce(scope, scope.expr(right, left.type), left.type)
    return bad(span) if is_bad(other) else SetOp(left.type, span, op, left, other)


def _append(scope: Scope, left: Expr, right: ast.Tuple, span: Span, expected: Type | None) -> Expr:
    kind = expected if isinstance(expected, SeqType) else left.type
    assert isinstance(kind, SeqType)
    result = coerce(scope, left, kind)
    for item_node in right.elts:
        item = coerce(scope, scope.expr(item_node, kind.item), kind.item)
        if is_bad(item, result):
            return bad(span)
        result = SeqAppend(kind, span, result, item)
    return result


def _concat(scope: Scope, left: Expr, right: ast.expr, span: Span) -> Expr:
    """`seq + seq`: of the type of the left side, which says how many fit."""
    other = scope.expr(right, left.type)
    return bad(span) if is_bad(other) else _joined(scope, left.type, left, other, span)


def _in_front(scope: Scope, node: ast.BinOp, expected: Type | None) -> Expr:
    """`(x,) + seq`: the right side says the type."""
    right = scope.expr(node.right, expected)
    span = scope.span(node)
    if not is_bad(right) and not isinstance(right.type, SeqType):
        return _no_sequence(scope, right)
    left = scope.expr(node.left, right.type)
    return bad(span) if is_bad(left, right) else _joined(scope, right.type, left, right, span)


def _joined(scope: Scope, kind: Type, left: Expr, right: Expr, span: Span) -> Expr:
    match left.type, right.type:
        case SeqType(a, _), SeqType(b, _) if a == b:
            return SeqConcat(kind, span, left, right)
        case SeqType(a, _), SeqType(b, _):
            message = f"a sequence of '{show(a)}' and one of '{show(b)}'"
            return scope.fail(Code.MISMATCH, span, message, "both must hold the same type of item, bounds included")
        case _:
            return _no_sequence(scope, right)


def _no_sequence(scope: Scope, expr: Expr) -> Expr:
    hint = "write 'seq + (x,)' for one more item"
    return scope.fail(Code.MISMATCH, expr.span, f"this is '{show(expr.type)}', no sequence", hint)


def _is_display(node: ast.expr) -> bool:
    """True for text that makes a sequence without saying of which type, at least on one path."""
    match node:
        case ast.Tuple():
            return True
        case ast.BinOp(left, ast.Add(), right):
            return _is_display(left) and _is_display(right)
        case ast.IfExp(_, body, orelse):
            return _is_display(body) or _is_display(orelse)
        case _:
            return False


# --- the rest ---------------------------------------------------------------------------------------------------


def _conditional(scope: Scope, node: ast.IfExp, expected: Type | None) -> Expr:
    span = scope.span(node)
    test = truth(scope, scope.expr(node.test))
    then = scope.expr(node.body, expected)
    other = scope.expr(node.orelse, expected if expected is not None else _known(then))
    if is_bad(test, then, other):
        return bad(span)
    if expected is not None:
        then, other = coerce(scope, then, expected), coerce(scope, other, expected)
        return bad(span) if is_bad(then, other) else Ite(_plain_int(expected), span, test, then, other)
    kind = join(then.type, other.type)
    if kind is None or kind == NONE:
        message = f"the arms are '{show(then.type)}' and '{show(other.type)}'"
        return scope.fail(Code.MISMATCH, node, message, "give both arms one type")
    a, b = inject(scope, then, kind), inject(scope, other, kind)
    assert a is not None and b is not None
    return Ite(kind, span, test, a, b)


def _plain_int(kind: Type) -> Type:
    return INT if isinstance(kind, IntType) else kind


def _known(expr: Expr) -> Type | None:
    return None if expr.type in (UNKNOWN, NONE) else expr.type


def _sequence(scope: Scope, node: ast.Tuple, expected: Type | None) -> Expr:
    span = scope.span(node)
    if expected == UNKNOWN:
        return bad(span)
    if isinstance(expected, OptionType):
        expected = expected.item
    if not isinstance(expected, SeqType):
        what = "an empty sequence" if not node.elts else "a sequence"
        if expected is not None:
            message = f"this is {what}, but '{show(expected)}' is needed"
            return scope.fail(Code.MISMATCH, node, message, "a tuple stands only for a sequence")
        hint = "it stands where a 'Seq' is stored, returned or passed, or after 'in'"
        return scope.fail(Code.TYPE_NEEDED, node, f"the type of {what} is not known here", hint)
    items = tuple(coerce(scope, scope.expr(item, expected.item), expected.item) for item in node.elts)
    if is_bad(*items):
        return bad(span)
    if not expected.capacity.times and len(items) > expected.capacity.constant:
        message = f"{len(items)} items in a sequence of at most {expected.capacity.constant}"
        return scope.fail(Code.OUT_OF_BOUNDS, node, message, "give the type a greater Max(n)")
    return SeqLit(expected, span, items)


def _set(scope: Scope, node: ast.Set, expected: Type | None) -> Expr:
    span = scope.span(node)
    if isinstance(expected, SetType):
        items = tuple(coerce(scope, scope.expr(item, expected.item), expected.item) for item in node.elts)
        return bad(span) if is_bad(*items) else SetLit(expected, span, items)
    raw = tuple(scope.expr(item) for item in node.elts)
    if is_bad(*raw):
        return bad(span)
    kind = raw[0].type
    for item in raw[1:]:
        joined = join(kind, item.type)
        if joined is None:
            message = f"'{show(kind)}' and '{show(item.type)}' in one set"
            return scope.fail(Code.MISMATCH, node, message, "all items are of one type")
        kind = joined
    if isinstance(kind, IntType) or kind == NONE:
        return scope.fail(Code.TYPE_NEEDED, node, "the type of this set is not known here", "store it in a field")
    items = tuple(coerce(scope, item, kind) for item in raw)
    return bad(span) if is_bad(*items) else SetLit(SetType(kind), span, items)


def _walrus(scope: Scope, node: ast.NamedExpr) -> Expr:
    """The local that a statement has assigned just before, if this walrus is one that statements take."""
    variable = scope.lookup(node.target.id)
    if id(node) in scope.walruses and variable is not None:
        return Local(variable.type, scope.span(node), variable.name)
    scope.expr(node.value)
    if variable is None:
        scope.declare(node.target.id, "local", UNKNOWN)
        scope.flow.assigned |= {node.target.id}
    hint = "it may only come first: 'if (r := self.f(...)).refused:', or after 'and' where no 'else' follows"
    return scope.fail(Code.WALRUS, node, "':=' cannot stand here", hint)
