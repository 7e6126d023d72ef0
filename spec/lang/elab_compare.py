"""Comparisons: `==`, order, `is`, `in`, chains, and the questions to an outcome's errno and reason."""

from __future__ import annotations

import ast
import re
from typing import assert_never

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce, convert, inject, join
from spec.lang.elab_names import ERRNOS, attribute_of
from spec.lang.elab_scope import Scope, bad, is_bad
from spec.lang.errors import nearest
from spec.lang.ir import (
    And,
    Compare,
    CompareOp,
    Expr,
    IsNone,
    Member,
    NoneLit,
    Not,
    Or,
    OutcomeAspect,
    OutcomeTest,
    Project,
)
from spec.lang.spans import Span
from spec.lang.types import (
    BOOL,
    NONE,
    OUTCOME,
    BoolType,
    EnumType,
    IntType,
    OptionType,
    SeqType,
    SetType,
    SortType,
    Type,
    show,
)

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ORDER: dict[type[ast.cmpop], CompareOp] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def read_compare(scope: Scope, node: ast.Compare) -> Expr:
    """One comparison, or a chain as the conjunction of its neighbours."""
    span = scope.span(node)
    if len(node.ops) == 1:
        asked = _outcome_question(scope, node)
        return asked if asked is not None else _single(scope, node, span)
    if not all(type(op) in _ORDER for op in node.ops):
        return scope.fail(Code.UNSUPPORTED, node, "only == != < <= > >= can be chained", "join two tests with 'and'")
    operands = [scope.expr(operand) for operand in (node.left, *node.comparators)]
    if is_bad(*operands):
        return bad(span)
    if not all([scope.need_plain(operand, operand.span) for operand in operands[1:-1]]):
        return bad(span)
    left, pairs = operands[0], []
    for op, right in zip(node.ops, operands[1:], strict=True):
        place = Span(span.file, left.span.line, left.span.col, right.span.end_line, right.span.end_col)
        pairs.append(compare(scope, _ORDER[type(op)], left, right, place))
        left = scope.copy(right)
    return bad(span) if is_bad(*pairs) else And(BOOL, span, tuple(pairs))


def _single(scope: Scope, node: ast.Compare, span: Span) -> Expr:
    op, right_node = node.ops[0], node.comparators[0]
    if isinstance(op, ast.In | ast.NotIn):
        return _negate(_membership(scope, scope.expr(node.left), right_node, span), isinstance(op, ast.In), span)
    left, right = _operands(scope, node.left, right_node)
    if isinstance(op, ast.Is | ast.IsNot):
        return _identity(scope, isinstance(op, ast.Is), left, right, span)
    return compare(scope, _ORDER[type(op)], left, right, span)


def _operands(scope: Scope, left_node: ast.expr, right_node: ast.expr) -> tuple[Expr, Expr]:
    """Both sides; a side that has no type of its own, such as `()`, is read with the other one's."""
    if _needs_type(left_node):
        right = scope.expr(right_node)
        return scope.expr(left_node, right.type), right
    left = scope.expr(left_node)
    return left, scope.expr(right_node, left.type if _needs_type(right_node) else None)


def _needs_type(node: ast.expr) -> bool:
    match node:
        case ast.Tuple() | ast.Set() | ast.Call(func=ast.Name(id="set" | "everywhere")):
            return True
        case _:
            return False


# --- equality, order, identity ----------------------------------------------------------------------------------


def compare(scope: Scope, op: CompareOp, left: Expr, right: Expr, span: Span) -> Expr:
    """A comparison of two values that are already read; options and unions meet what they hold."""
    if is_bad(left, right):
        return bad(span)
    if OUTCOME in (left.type, right.type):
        hint = "ask '.refused', '.done', '.blocked', '.partial', '.errno == E...' or '.reason == \"...\"'"
        return scope.fail(Code.OUTCOME, span, "outcomes are not compared", hint)
    match op:
        case "==" | "!=":
            return _equal(scope, op == "==", left, right, span)
        case "<" | "<=" | ">" | ">=":
            return _ordered(scope, op, left, right, span)
        case _:
            assert_never(op)


def _equal(scope: Scope, positive: bool, left: Expr, right: Expr, span: Span) -> Expr:
    if isinstance(right, NoneLit) or isinstance(left, NoneLit):
        base = left if isinstance(right, NoneLit) else right
        return _negate(is_none(scope, base, span), positive, span)
    mixed = _optional_int(left.type), _optional_int(right.type)
    if any(mixed) and isinstance(_held(left.type), IntType) and isinstance(_held(right.type), IntType):
        return _equal_int(scope, positive, left, right, span)
    kind = join(left.type, right.type)
    if kind is None or kind == NONE:
        return _unrelated(scope, left, right, span)
    a, b = inject(scope, left, kind), inject(scope, right, kind)
    if a is None or b is None:
        return _unrelated(scope, left, right, span)
    return Compare(BOOL, span, "==" if positive else "!=", a, b)


def _unrelated(scope: Scope, left: Expr, right: Expr, span: Span) -> Expr:
    message = f"'{show(left.type)}' is compared with '{show(right.type)}'; they have no value in common"
    hint = "the test always gives the same"
    if BOOL in (left.type, right.type) and any(isinstance(side.type, IntType) for side in (left, right)):
        hint = "a bool is no number: test it as it is"
    return scope.fail(Code.UNRELATED, span, message, hint)


def _optional_int(kind: Type) -> bool:
    return isinstance(kind, OptionType) and isinstance(kind.item, IntType)


def _held(kind: Type) -> Type:
    return kind.item if isinstance(kind, OptionType) else kind


def _equal_int(scope: Scope, positive: bool, left: Expr, right: Expr, span: Span) -> Expr:
    """An optional integer against an integer, without a fault for one that lies outside the bounds of the option."""
    if left.type == right.type:
        return Compare(BOOL, span, "==" if positive else "!=", left, right)
    if not (scope.need_plain(left, left.span) and scope.need_plain(right, right.span)):
        return bad(span)
    guards: list[Expr] = []
    sides: list[Expr] = []
    for side in (left, right):
        if isinstance(side.type, OptionType):
            guards.append(Not(BOOL, span, IsNone(BOOL, span, side)))
            side = Project(side.type.item, side.span, scope.copy(side))
        sides.append(side)
    equal: Expr = And(BOOL, span, (*guards, Compare(BOOL, span, "==", sides[0], sides[1])))
    if len(guards) == 2:
        nothing = And(
            BOOL,
            span,
            (IsNone(BOOL, span, scope.copy(left)), IsNone(BOOL, span, scope.copy(right))),
        )
        equal = Or(BOOL, span, (nothing, equal))
    return _negate(equal, positive, span)


def is_none(scope: Scope, base: Expr, span: Span) -> Expr:
    """`base is None`; an error for what never is."""
    if is_bad(base):
        return base
    if isinstance(base.type, OptionType):
        return IsNone(BOOL, span, base)
    return scope.fail(Code.NEVER_NONE, span, f"'{show(base.type)}' is never None", "the test always gives the same")


def _negate(expr: Expr, positive: bool, span: Span) -> Expr:
    return expr if positive or is_bad(expr) else Not(BOOL, span, expr)


def _ordered(scope: Scope, op: CompareOp, left: Expr, right: Expr, span: Span) -> Expr:
    kind = _held(left.type)
    other = _held(right.type)
    if kind != other and not (isinstance(kind, IntType) and isinstance(other, IntType)):
        message = f"'{show(left.type)}' and '{show(right.type)}' have no common order"
        return scope.fail(Code.UNRELATED, span, message, "compare two values of one type")
    match kind:
        case IntType():
            pass
        case EnumType(name) if scope.names.enum_by_key(name).ordered:
            pass
        case SortType(name) if scope.names.sort_by_key(name).ordered:
            pass
        case EnumType(name):
            hint = f"declare it as 'class {name}(OrderedEnum)'"
            return scope.fail(Code.NOT_ORDERED, span, f"the members of '{name}' have no order", hint)
        case SortType(name):
            hint = f"declare it as 'class {name}(Sort, ordered=True)'"
            return scope.fail(Code.NOT_ORDERED, span, f"the elements of '{name}' have no order", hint)
        case SetType():
            hint = "write 'len(s - t) == 0' for a subset"
            return scope.fail(Code.NOT_ORDERED, span, "sets are not ordered", hint)
        case _:
            return scope.fail(Code.NOT_ORDERED, span, f"'{show(kind)}' has no order", "use '==' and '!='")
    return Compare(BOOL, span, op, coerce(scope, left, kind), coerce(scope, right, kind))


def _identity(scope: Scope, positive: bool, left: Expr, right: Expr, span: Span) -> Expr:
    if is_bad(left, right):
        return bad(span)
    nothing = isinstance(left, NoneLit) or isinstance(right, NoneLit)
    if nothing or all(isinstance(_held(side.type), EnumType | BoolType) for side in (left, right)):
        return _equal(scope, positive, left, right, span)
    hint = f"write '{'==' if positive else '!='}'"
    return scope.fail(Code.IDENTITY, span, "'is' is for None, enum members and bools", hint)


# --- membership -------------------------------------------------------------------------------------------------


def _membership(scope: Scope, item: Expr, node: ast.expr, span: Span) -> Expr:
    if isinstance(node, ast.Tuple | ast.Set):
        return _among(scope, item, node, span)
    if isinstance(node, ast.Name) and scope.lookup(node.id) is None:
        if scope.names.sort(node.id) is not None or scope.names.enum(node.id) is not None:
            return scope.fail(Code.NOT_A_VALUE, node, f"every value of its type is in '{node.id}'", "drop the test")
    base = scope.expr(node)
    if isinstance(base.type, OptionType):
        base = Project(base.type.item, base.span, base)
    if is_bad(item, base):
        return bad(span)
    if not isinstance(base.type, SetType | SeqType):
        hint = "'in' is for sets, sequences and tuples of alternatives"
        return scope.fail(Code.MISMATCH, node, f"nothing is in '{show(base.type)}'", hint)
    return _is_member(scope, item, base, base.type.item, span)


def _is_member(scope: Scope, item: Expr, base: Expr, kind: Type, span: Span) -> Expr:
    direct = inject(scope, item, kind)
    if direct is not None:
        return Member(BOOL, span, direct, base)
    if isinstance(item.type, OptionType) and convert(scope, item, kind) is not None:
        # None is in no set of plain items, and seeing it as one would be a fault
        if not scope.need_plain(item, item.span):
            return bad(span)
        held = coerce(scope, Project(item.type.item, item.span, scope.copy(item)), kind)
        some = Not(BOOL, span, IsNone(BOOL, span, item))
        return And(BOOL, span, (some, Member(BOOL, span, held, base)))
    message = f"'{show(item.type)}' is never in '{show(base.type)}'"
    return scope.fail(Code.UNRELATED, span, message, "the test always gives the same")


def _among(scope: Scope, item: Expr, node: ast.Tuple | ast.Set, span: Span) -> Expr:
    """`x in (A, B)`: one comparison after the other."""
    if not node.elts:
        return scope.fail(Code.UNSUPPORTED, node, "nothing is in an empty tuple", "name the alternatives")
    others = [scope.expr(other) for other in node.elts]
    if is_bad(item, *others) or (len(others) > 1 and not scope.need_plain(item, item.span)):
        return bad(span)
    tests = [
        compare(scope, "==", item if place == 0 else scope.copy(item), other, other.span)
        for place, other in enumerate(others)
    ]
    if is_bad(*tests):
        return bad(span)
    return tests[0] if len(tests) == 1 else Or(BOOL, span, tuple(tests))


# --- errno and reason -------------------------------------------------------------------------------------------


def _outcome_question(scope: Scope, node: ast.Compare) -> Expr | None:
    """`r.errno == EPERM`, `r.reason in ("a", "b")`; None for a comparison of something else."""
    left, right = node.left, node.comparators[0]
    if _names_an_aspect(scope, right) and not _names_an_aspect(scope, left):
        left, right = right, left
    if not isinstance(left, ast.Attribute) or not _names_an_aspect(scope, left):
        return None
    if not _looks_like_answer(scope, left.attr, right):
        return None
    base = scope.expr(left.value)
    if is_bad(base):
        return base
    if base.type != OUTCOME:
        return _compare_field(scope, attribute_of(scope, base, left.attr, scope.span(left)), node.ops[0], right)
    aspect: OutcomeAspect = "errno" if left.attr == "errno" else "reason"
    return _ask(scope, base, aspect, node.ops[0], right, scope.span(node))


def _names_an_aspect(scope: Scope, node: ast.expr) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in ("errno", "reason"):
        return False
    return not (isinstance(node.value, ast.Name) and _is_qualifier(scope, node.value))


def _is_qualifier(scope: Scope, node: ast.Name) -> bool:
    if scope.lookup(node.id) is not None:
        return False
    return node.id in ("self", "old") or scope.names.enum(node.id) is not None


def _looks_like_answer(scope: Scope, attr: str, node: ast.expr) -> bool:
    """True if the other side can only be meant as an errno or a reason, not as a value."""
    match node:
        case ast.Tuple(elts=items) | ast.Set(elts=items) if items:
            return all(_looks_like_answer(scope, attr, item) for item in items)
        case ast.Name(id=name):
            return scope.lookup(name) is None and scope.names.literal(name) is None
        case ast.Constant(value=value):
            return isinstance(value, str)
        case _:
            return False


def _compare_field(scope: Scope, field: Expr, op: ast.cmpop, right: ast.expr) -> Expr:
    """A record's field that happens to be called errno or reason."""
    if isinstance(op, ast.In | ast.NotIn):
        return _negate(_membership(scope, field, right, field.span), isinstance(op, ast.In), field.span)
    other = scope.expr(right, field.type)
    if isinstance(op, ast.Is | ast.IsNot):
        return _identity(scope, isinstance(op, ast.Is), field, other, field.span)
    return compare(scope, _ORDER[type(op)], field, other, field.span)


def _ask(scope: Scope, base: Expr, aspect: OutcomeAspect, op: ast.cmpop, node: ast.expr, span: Span) -> Expr:
    many = isinstance(node, ast.Tuple | ast.Set)
    if many != isinstance(op, ast.In | ast.NotIn) or not isinstance(op, ast.In | ast.NotIn | ast.Eq | ast.NotEq):
        hint = f"write '.{aspect} == ...' or '.{aspect} in (..., ...)'"
        return scope.fail(Code.OUTCOME, span, f"'.{aspect}' is asked with ==, != or in", hint)
    nodes = node.elts if isinstance(node, ast.Tuple | ast.Set) else [node]
    values = [read_errno(scope, n) if aspect == "errno" else read_reason(scope, n) for n in nodes]
    if len(values) > 1 and not scope.need_plain(base, base.span):
        return bad(span)
    tests: list[Expr] = []
    for value in values:
        if value is None:
            return bad(span)
        tests.append(OutcomeTest(BOOL, span, scope.copy(base) if tests else base, aspect, value))
    result = tests[0] if len(tests) == 1 else Or(BOOL, span, tuple(tests))
    return _negate(result, isinstance(op, ast.In | ast.Eq), span)


def read_errno(scope: Scope, node: ast.expr) -> str | None:
    """An errno by its bare name; None after an error."""
    if isinstance(node, ast.Name) and node.id in ERRNOS and scope.lookup(node.id) is None:
        return node.id
    if isinstance(node, ast.Name):
        scope.error(Code.ERRNO, node, f"'{node.id}' is no errno", nearest(node.id, ERRNOS))
    else:
        scope.error(Code.ERRNO, node, f"'{ast.unparse(node)}' is no errno", "write a bare name such as EPERM")
    return None


def read_reason(scope: Scope, node: ast.expr) -> str | None:
    """A reason: a string literal in kebab-case; None after an error."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        scope.error(Code.REASON, node, "a reason is a string literal", 'write it out, like "already-held"')
        return None
    if not KEBAB.fullmatch(node.value):
        kebab = "-".join(re.findall(r"[a-z0-9]+", node.value.lower())) or "already-held"
        scope.error(Code.REASON, node, f"the reason '{node.value}' is not in kebab-case", f'write "{kebab}"')
        return None
    return node.value
