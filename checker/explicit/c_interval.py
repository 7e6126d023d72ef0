"""Where an integer expression surely lies, so that generated C leaves out checks that cannot fail."""

from __future__ import annotations

from checker.explicit.c_types import CTypes
from spec.lang.ir import Arith, Attr, ConstRead, Expr, FieldRead, Index, Ite, Length, Lit, SeqAt
from spec.lang.types import IntType, MapType, RecordType, SeqType, SetType, Type

Interval = tuple[int, int]


def stored_kind(node: Expr, types: CTypes) -> Type:
    """The type of the place that the expression reads, else its own type."""
    match node:
        case Index(_, _, base):
            assert isinstance(base.type, MapType)
            return base.type.value
        case SeqAt(_, _, base):
            assert isinstance(base.type, SeqType)
            return base.type.item
        case Attr(_, _, base, name):
            assert isinstance(base.type, RecordType)
            return dict(types.ground.records[base.type.name].fields)[name]
        case FieldRead(_, _, name):
            return types.ground.fields[name].type
        case ConstRead(_, _, name):
            return types.ground.constants[name].type
        case _:
            return node.type


def interval(node: Expr, types: CTypes) -> Interval | None:
    """Bounds (inclusive) that hold in every run, or None; only what is read from storage is trusted."""
    match node:
        case Lit(_, _, value):
            return int(value), int(value)
        case Index() | Attr() | SeqAt() | FieldRead() | ConstRead():
            kind = stored_kind(node, types)
            bounded = isinstance(kind, IntType) and not types.is_open(kind)
            return (types.low(kind), types.high(kind)) if bounded else None
        case Length(_, _, base):
            if isinstance(base.type, SeqType):
                return 0, types.high(types.length_type(base.type))
            return (0, types.card(base.type.item)) if isinstance(base.type, SetType) else None
        case Ite(_, _, _, then, other):
            return _hull(interval(then, types), interval(other, types))
        case Arith(_, _, op, left, right):
            return _arith(op, interval(left, types), interval(right, types))
        case _:
            return None


def _hull(a: Interval | None, b: Interval | None) -> Interval | None:
    return None if a is None or b is None else (min(a[0], b[0]), max(a[1], b[1]))


def _arith(op: str, a: Interval | None, b: Interval | None) -> Interval | None:
    if a is None or b is None:
        return None
    match op:
        case "+":
            return a[0] + b[0], a[1] + b[1]
        case "-":
            return a[0] - b[1], a[1] - b[0]
        case "min":
            return min(a[0], b[0]), min(a[1], b[1])
        case "max":
            return max(a[0], b[0]), max(a[1], b[1])
        case _:
            return None
