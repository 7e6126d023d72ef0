"""How a value of one type comes to stand in a place of another: `Inject` on the way in, `Project` on the way out."""

from __future__ import annotations

from spec.lang.codes import Code
from spec.lang.elab_scope import UNKNOWN, Scope, bad, is_bad
from spec.lang.ir import Expr, Inject, IsNone, Ite, NoneLit, Project
from spec.lang.spans import Span
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    BoolType,
    EnumType,
    IntType,
    MapType,
    NoneType,
    OptionType,
    OutcomeType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
    show,
)


def same(have: Type, want: Type) -> bool:
    """True if a value of the one is a value of the other as it stands; all integers are one type."""
    return have == want or (isinstance(have, IntType) and isinstance(want, IntType))


def is_scalar(type_: Type) -> bool:
    """True if an engine codes a value of the type as one integer."""
    return not isinstance(type_, MapType | SeqType | OutcomeType | NoneType)


def is_finite(type_: Type) -> bool:
    """True if the type has finitely many values: an int without bounds has not."""
    match type_:
        case IntType(lo, hi):
            return lo is not None and hi is not None
        case OptionType(item) | SetType(item) | SeqType(item, _):
            return is_finite(item)
        case MapType(keys, value):
            return all(is_finite(key) for key in keys) and is_finite(value)
        case OutcomeType() | NoneType():
            return False
        case BoolType() | EnumType() | SortType() | RecordType() | UnionType():
            return True


def inject(scope: Scope, expr: Expr, want: Type) -> Expr | None:
    """The expression as a value of `want` if no run can go wrong by it; None if there is no such way."""
    have = expr.type
    if same(have, want):
        return expr
    if isinstance(want, OptionType):
        if have == NONE:
            return NoneLit(want, expr.span)
        if isinstance(have, OptionType):
            return _inject_option(scope, expr, have, want)
        inner = inject(scope, expr, want.item)
        return None if inner is None else Inject(want, expr.span, inner)
    if isinstance(want, UnionType) and isinstance(have, RecordType) and have.name in want.variants:
        return Inject(want, expr.span, expr)
    return None


def _inject_option(scope: Scope, expr: Expr, have: OptionType, want: OptionType) -> Expr | None:
    """An option of a record as one of a union, or of an int with other bounds: None stays None."""
    if not scope.is_plain(expr):
        return None
    inner = inject(scope, Project(have.item, expr.span, scope.copy(expr)), want.item)
    if inner is None:
        return None
    nothing = NoneLit(want, expr.span)
    return Ite(want, expr.span, IsNone(BOOL, expr.span, expr), nothing, Inject(want, expr.span, inner))


def convert(scope: Scope, expr: Expr, want: Type) -> Expr | None:
    """Like `inject`, but an option or a union may also be seen as what it holds, which is checked when it runs."""
    direct = inject(scope, expr, want)
    if direct is not None:
        return direct
    have = expr.type
    if isinstance(have, OptionType):
        if isinstance(want, OptionType):
            return None
        return convert(scope, Project(have.item, expr.span, expr), want)
    if isinstance(want, OptionType):
        inner = convert(scope, expr, want.item)
        return None if inner is None else Inject(want, expr.span, inner)
    if isinstance(have, UnionType) and isinstance(want, RecordType) and want.name in have.variants:
        return Project(want, expr.span, expr)
    return None


def coerce(scope: Scope, expr: Expr, want: Type, where: Span | None = None) -> Expr:
    """The expression as a value of `want`; an error where no value of its type can be one."""
    if is_bad(expr) or want == UNKNOWN:
        return expr
    result = convert(scope, expr, want)
    if result is not None:
        return result
    span = where or expr.span
    if expr.type == NONE and not isinstance(expr, NoneLit):
        return scope.fail(Code.NO_VALUE, span, "this call returns nothing", "give its function a value to return")
    return scope.fail(Code.MISMATCH, span, f"this is {_a(expr.type)}, but {_a(want)} is needed", _hint(expr.type, want))


def join(left: Type, right: Type) -> Type | None:
    """The type that both types can be injected into; None for unrelated ones."""
    if left == right:
        return left
    match left, right:
        case IntType(), IntType():
            return INT
        case NoneType(), OptionType():
            return right
        case OptionType(), NoneType():
            return left
        case NoneType(), _:
            return OptionType(right) if is_finite(right) and is_scalar(right) else None
        case _, NoneType():
            return join(right, left)
        case OptionType(a), OptionType(b):
            item = join(a, b)
            return None if item is None or not is_finite(item) else OptionType(item)
        case OptionType(a), _:
            item = join(a, right)
            if item == INT:
                return left
            return None if item is None else OptionType(item)
        case _, OptionType():
            return join(right, left)
        case UnionType(variants), RecordType(name):
            return left if name in variants else None
        case RecordType(), UnionType():
            return join(right, left)
        case _:
            return None


def truth(scope: Scope, expr: Expr) -> Expr:
    """The expression as a test; an error for anything but a bool."""
    if is_bad(expr) or expr.type == BOOL:
        return expr
    scope.error(Code.NOT_A_BOOL, expr.span, f"this is {_a(expr.type)}, not a bool", truth_hint(expr.type))
    return bad(expr.span)


def truth_hint(type_: Type) -> str:
    """What to write instead of the truth value of something that is no bool."""
    match type_:
        case OptionType(BoolType()):
            return "write 'x is True', or 'x is not None'"
        case OptionType():
            return "write 'x is not None'"
        case IntType():
            return "compare it: 'n > 0' or 'n != 0'"
        case SetType() | SeqType():
            return "write 'len(x) > 0'"
        case OutcomeType():
            return "ask it: '.refused', '.done', '.blocked' or '.partial'"
        case NoneType():
            return "a test needs a bool"
        case UnionType() | RecordType():
            return "write 'isinstance(x, R)' or compare it with '=='"
        case EnumType() | SortType():
            return "compare it with '=='"
        case MapType():
            return "look at one entry, or write all(...) or any(...)"
        case BoolType():
            return ""


def _a(type_: Type) -> str:
    return f"'{show(type_)}'"


def _hint(have: Type, want: Type) -> str:
    match have, want:
        case IntType(), BoolType():
            return "compare it: 'n > 0' or 'n != 0'"
        case BoolType(), IntType():
            return "write '1 if b else 0'"
        case NoneType(), _:
            return f"the place holds no None; its type would have to be '{show(want)} | None'"
        case SeqType(a, _), SeqType(b, _) if a == b:
            return "the two sequences differ in capacity; give both the same Max(...)"
        case OptionType(), OptionType():
            return "both must hold the same; if one is wider, bind a call to a local first"
        case SetType() | SeqType() | OptionType(), SetType() | SeqType() | OptionType():
            return "both must hold the same type of item, bounds included"
        case SetType() | SeqType() | MapType(), _:
            return "look at one entry of it"
        case _, MapType():
            return "write 'everywhere(v)' to give every entry one value"
        case _, SetType(item) if same(have, item):
            return "write '{x}' for a set of one"
        case _, SeqType(item, _) if same(have, item):
            return "write '(x,)' for a sequence of one"
        case OutcomeType(), BoolType():
            return "ask it: '.refused', '.done', '.blocked' or '.partial'"
        case _:
            return f"only a value of type '{show(want)}' can stand here"
