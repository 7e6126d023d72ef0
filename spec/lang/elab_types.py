"""From annotations to types: `Map[Group, User | None]`, `Annotated[int, Bounds(0, len(Device))]` and the rest."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from spec.lang.codes import Code
from spec.lang.elab_coerce import is_finite, is_scalar
from spec.lang.elab_scope import UNKNOWN
from spec.lang.errors import Problem, nearest
from spec.lang.scope import Names
from spec.lang.source import span_of
from spec.lang.types import (
    BOOL,
    INT,
    NONE,
    OUTCOME,
    BoolType,
    EnumType,
    Extent,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
    show,
)

_ELSEWHERE = {
    "str": "the language has no strings in the state; use an Enum",
    "float": "the language has no fractions; use Annotated[int, Bounds(lo, hi)]",
    "object": "say which type",
    "Any": "say which type",
    "list": "use Seq[T, Max(n)]",
    "List": "use Seq[T, Max(n)]",
    "tuple": "use Seq[T, Max(n)], or a record",
    "dict": "use Map[K, V]",
    "Dict": "use Map[K, V]",
    "set": "use Set[T]",
    "frozenset": "use Set[T]",
    "Optional": "write T | None",
    "Union": "write A | B",
    "Self": "only 'old' has the type Self",
    "Process": "it stands only behind the '->' of a @process",
    "Mutex": "a lock stands only as the type of a state field, or as what a map of the state holds",
    "RwLock": "a lock stands only as the type of a state field, or as what a map of the state holds",
    "Ghost": "Ghost[...] stands only around the type of a state field",
    "Switch": "Switch[...] stands only around the type of a switch in the class body",
    "Constant": "Constant[...] stands only around the type of a rigid constant in the class body",
}
_PAGE = "see 'Types' in docs/language.md"
_TAKES = {
    "Set": "Set[T]",
    "Seq": "Seq[T, Max(n)]",
    "Map": "Map[K, V]",
    "Annotated": "Annotated[int, Bounds(lo, hi)]",
    "Bounds": "Annotated[int, Bounds(lo, hi)]",
    "Max": "Seq[T, Max(n)]",
}


@dataclass(frozen=True, slots=True)
class _Reader:
    names: Names

    def error(self, code: Code, node: ast.expr, message: str, hint: str = "") -> Type:
        self.names.report(Problem(code.code, span_of(node, self.names.file), message, hint))
        return UNKNOWN

    def read(self, node: ast.expr) -> Type:
        match node:
            case ast.Name(id=name):
                return self.named(node, name)
            case ast.Constant(value=None):
                return NONE
            case ast.Constant(value=str()):
                return self.error(Code.BAD_TYPE, node, "a type in quotes", "write the type without quotes")
            case ast.BinOp(op=ast.BitOr()):
                return self.union(node)
            case ast.Subscript(value=ast.Name(id=name), slice=inner):
                return self.generic(node, name, inner)
            case _:
                return self.error(Code.BAD_TYPE, node, f"'{ast.unparse(node)}' is no type", _PAGE)

    def named(self, node: ast.expr, name: str) -> Type:
        match name:
            case "bool":
                return BOOL
            case "int":
                return INT
            case "Outcome":
                return OUTCOME
        if (sort := self.names.sort(name)) is not None:
            return SortType(sort.name)
        if (enum := self.names.enum(name)) is not None:
            return EnumType(enum.name)
        if (record := self.names.record(name)) is not None:
            return RecordType(record.name)
        if (alias := self.names.alias(name)) is not None:
            return alias
        if name in _TAKES:
            return self.error(Code.BAD_TYPE, node, f"'{name}' needs arguments", f"write {_TAKES[name]}")
        if name in _ELSEWHERE:
            return self.error(Code.BAD_TYPE, node, f"'{name}' is no type here", _ELSEWHERE[name])
        return self.error(Code.UNKNOWN_NAME, node, f"no type is named '{name}'", nearest(name, self.names.known()))

    def union(self, node: ast.BinOp) -> Type:
        parts = [(part, self.read(part)) for part in _alternatives(node)]
        if any(kind == UNKNOWN for _, kind in parts):
            return UNKNOWN
        optional = any(kind == NONE or isinstance(kind, OptionType) for _, kind in parts)
        held = [(part, k.item if isinstance(k, OptionType) else k) for part, k in parts if k != NONE]
        if not held:
            return self.error(Code.BAD_TYPE, node, "None | None is no type", "write T | None")
        item = held[0][1] if len(held) == 1 else self.variants(node, held)
        if item == UNKNOWN or not optional:
            return item
        if not (is_scalar(item) and is_finite(item)):
            return self.error(Code.NOT_FINITE, node, f"'{show(item)} | None' cannot be stored", _finite_hint(item))
        return OptionType(item)

    def variants(self, node: ast.BinOp, held: list[tuple[ast.expr, Type]]) -> Type:
        names: list[str] = []
        for part, kind in held:
            match kind:
                case RecordType(name):
                    names.append(name)
                case UnionType(variants):
                    names.extend(variants)
                case _:
                    message = f"'{show(kind)}' cannot be an alternative"
                    return self.error(Code.BAD_TYPE, part, message, "only records can")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            return self.error(Code.BAD_TYPE, node, f"'{twice[0]}' is an alternative twice", "drop one of them")
        return UnionType(tuple(names))

    def generic(self, node: ast.Subscript, name: str, inner: ast.expr) -> Type:
        match name, inner:
            case "Set", _:
                item = self.item(inner, "a set")
                return item if item == UNKNOWN else SetType(item)
            case "Seq", ast.Tuple(elts=[item_node, capacity]):
                return self.sequence(item_node, capacity)
            case "Map", ast.Tuple(elts=[key, value]):
                return self.mapping(key, value)
            case "Annotated", ast.Tuple(elts=[ast.Name(id="int"), bounds]):
                return self.bounded(bounds)
            case _ if name in _TAKES:
                return self.error(Code.BAD_TYPE, node, f"'{name}' has other arguments", f"write {_TAKES[name]}")
            case _ if name in _ELSEWHERE:
                return self.error(Code.BAD_TYPE, node, f"'{name}[...]' is no type here", _ELSEWHERE[name])
            case _:
                return self.error(Code.BAD_TYPE, node, f"'{name}' takes no arguments", _PAGE)

    def item(self, node: ast.expr, holder: str) -> Type:
        item = self.read(node)
        if item == UNKNOWN:
            return item
        if not is_scalar(item):
            return self.error(Code.NOT_SCALAR, node, f"{holder} cannot hold '{show(item)}'", "its items are scalars")
        if not is_finite(item):
            return self.error(Code.NOT_FINITE, node, f"{holder} cannot hold '{show(item)}'", _finite_hint(item))
        return item

    def sequence(self, item_node: ast.expr, capacity: ast.expr) -> Type:
        item = self.item(item_node, "a sequence")
        match capacity:
            case ast.Call(func=ast.Name(id="Max"), args=[size], keywords=[]):
                extent = read_extent(size, self.names)
            case _:
                return self.error(Code.BAD_BOUNDS, capacity, "a sequence needs its capacity", "write Seq[T, Max(n)]")
        if item == UNKNOWN or extent is None:
            return UNKNOWN
        if not extent.times and extent.constant < 1:
            return self.error(Code.BAD_BOUNDS, capacity, "a capacity is at least 1", "write Max(1) or more")
        return SeqType(item, extent)

    def mapping(self, key: ast.expr, value: ast.expr) -> Type:
        match key:
            case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=parts)):
                keys = [self.key(part) for part in parts]
            case _:
                keys = [self.key(key)]
        held = self.read(value)
        if held == UNKNOWN or UNKNOWN in keys:
            return UNKNOWN
        if isinstance(held, MapType):
            return self.error(Code.NOT_SCALAR, value, "a map cannot hold maps", "use Map[tuple[K1, K2], V]")
        if not is_finite(held):
            return self.error(Code.NOT_FINITE, value, f"a map cannot hold '{show(held)}'", _finite_hint(held))
        return MapType(tuple(keys), held)

    def key(self, node: ast.expr) -> Type:
        key = self.read(node)
        if key == UNKNOWN or isinstance(key, SortType | EnumType | BoolType):
            return key
        if isinstance(key, IntType) and is_finite(key):
            return key
        hint = "keys are sorts, enums, bools and Annotated[int, Bounds(lo, hi)]; several as tuple[K1, K2]"
        return self.error(Code.BAD_TYPE, node, f"'{show(key)}' cannot be a key", hint)

    def bounded(self, bounds: ast.expr) -> Type:
        match bounds:
            case ast.Call(func=ast.Name(id="Bounds"), args=[low, high], keywords=[]):
                lo, hi = read_extent(low, self.names), read_extent(high, self.names)
            case _:
                return self.error(Code.BAD_BOUNDS, bounds, "bounds are missing", "write Annotated[int, Bounds(lo, hi)]")
        if lo is None or hi is None:
            return UNKNOWN
        if lo.times == hi.times and lo.constant > hi.constant:
            return self.error(Code.BAD_BOUNDS, bounds, "the lower bound is above the upper one", "both are inclusive")
        return IntType(lo, hi)


def _alternatives(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _alternatives(left) + _alternatives(right)
        case _:
            return [node]


def _finite_hint(kind: Type) -> str:
    return "give it bounds: Annotated[int, Bounds(lo, hi)]" if isinstance(kind, IntType) else ""


def read_type(node: ast.expr, names: Names) -> Type:
    """The type that an annotation says; a plain `int` is `INT`, None is `NONE`.

    Mistakes are reported to `names`; the answer is then a type that goes with everything (`is_known` is False).
    `Switch`, `Constant`, `Ghost` and `Self` are for the caller to take off first.
    """
    return _Reader(names).read(node)


def is_known(kind: Type) -> bool:
    """True if the type is real: `read_type` did not answer a mistake with it."""
    return kind != UNKNOWN


def read_extent(node: ast.expr, names: Names) -> Extent | None:
    """A bound or a capacity: integers, module constants, `len(Sort)`, sums and products of these.

    None after a mistake, which is reported to `names`.
    """

    def wrong(message: str, hint: str = "") -> None:
        names.report(Problem(Code.BAD_BOUNDS.code, span_of(node, names.file), message, hint))

    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return Extent(value)
        case ast.Name(id=name):
            constant = names.literal(name)
            if isinstance(constant, int) and not isinstance(constant, bool):
                return Extent(constant)
            wrong(f"'{name}' is no integer constant of the module", nearest(name, names.known()))
            return None
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)], keywords=[]):
            sort = names.sort(name)
            if sort is not None:
                return Extent(0, ((sort.name, 1),))
            wrong(f"'{name}' is no sort", "only len(Sort) is known before the search")
            return None
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            value_of = read_extent(inner, names)
            return None if value_of is None else _combine(Extent(0), value_of, -1)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as op, right=right):
            a, b = read_extent(left, names), read_extent(right, names)
            if a is None or b is None:
                return None
            if not isinstance(op, ast.Mult):
                return _combine(a, b, 1 if isinstance(op, ast.Add) else -1)
            if a.times and b.times:
                wrong("a product of two sizes", "one factor must be a number")
                return None
            return _combine(Extent(0), b, a.constant) if not a.times else _combine(Extent(0), a, b.constant)
        case _:
            hint = "use integers, module constants, len(Sort), +, - and *"
            wrong(f"'{ast.unparse(node)}' is no constant bound", hint)
            return None


def _combine(a: Extent, b: Extent, factor: int) -> Extent:
    times = dict(a.times)
    for sort, count in b.times:
        times[sort] = times.get(sort, 0) + factor * count
    kept = tuple(sorted((sort, count) for sort, count in times.items() if count))
    return Extent(a.constant + factor * b.constant, kept)
