"""Types of the direct run, read from evaluated annotations: what may be stored, and the values in code order."""

from __future__ import annotations

import ast
import enum
import itertools
import math
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from spec.lang.direct_text import annotations_of, names_of
from spec.lang.direct_universe import DirectError, SpecFault, current
from spec.lang.direct_values import FrozenMap, SeqValue, SetValue
from spec.lang.words_calls import Everywhere, FieldDefault, Listed, Outcome
from spec.lang.words_methods import Promise
from spec.lang.words_process import Mutex, Process, RwLock
from spec.lang.words_values import Bounds, Map, Max, Part, Record, Seq, Set, Sort


class Kind(Protocol):
    """A type: which values it has and in which order."""

    @property
    def cardinality(self) -> int:
        """Number of values."""

    def accept(self, value: object) -> Any:
        """The value as one of the type. SpecFault where the language has a fault, TypeError where it has an error."""

    def decode(self, code: int) -> Any:
        """The value with this code."""

    def code(self, value: Any) -> int:
        """The code of a value of the type."""


class _Rows:
    """Decodes and encodes by listing all values; enough for small types."""

    def _values(self) -> tuple[Any, ...]:
        raise NotImplementedError

    @property
    def cardinality(self) -> int:
        return len(self._values())

    def decode(self, code: int) -> Any:
        return self._values()[code]

    def code(self, value: Any) -> int:
        return self._values().index(value)


@dataclass(frozen=True)
class BoolKind(_Rows):
    """True and False."""

    def _values(self) -> tuple[Any, ...]:
        return (False, True)

    def accept(self, value: object) -> Any:
        if value is None:
            raise SpecFault("None where a bool is needed")
        if type(value) is not bool:
            raise TypeError(f"{value!r} is not a bool")
        return value


@dataclass(frozen=True)
class IntKind:
    """An integer with bounds, or one of any size."""

    lo: int | None = None
    hi: int | None = None

    @property
    def cardinality(self) -> int:
        if self.lo is None or self.hi is None:
            raise DirectError("an int without bounds has no finite set of values")
        return max(0, self.hi - self.lo + 1)

    def accept(self, value: object) -> Any:
        if value is None:
            raise SpecFault("None where an int is needed")
        if type(value) is not int:
            raise TypeError(f"{value!r} is not an int")
        if (self.lo is not None and value < self.lo) or (self.hi is not None and value > self.hi):
            raise SpecFault(f"{value} is outside {self.lo}..{self.hi}")
        return value

    def decode(self, code: int) -> Any:
        return (self.lo or 0) + code

    def code(self, value: Any) -> int:
        return int(value) - (self.lo or 0)


@dataclass(frozen=True)
class MembersKind(_Rows):
    """The members of an enumeration, or the elements of a sort."""

    cls: Any

    def _values(self) -> tuple[Any, ...]:
        return tuple(self.cls)

    def accept(self, value: object) -> Any:
        if value is None:
            raise SpecFault(f"None where a {self.cls.__name__} is needed")
        if type(value) is not self.cls:
            raise TypeError(f"{value!r} is not a {self.cls.__name__}")
        return value

    def code(self, value: Any) -> int:
        return value.index if isinstance(value, Sort) else self._values().index(value)


@dataclass(frozen=True)
class RecordKind(_Rows):
    """One record, or a union of several in the order written."""

    variants: tuple[Any, ...]

    def _values(self) -> tuple[Any, ...]:
        return tuple(r for cls in self.variants for r in _records(cls))

    def accept(self, value: object) -> Any:
        if value is None or (isinstance(value, Record) and type(value) not in self.variants):
            raise SpecFault(f"{value!r} where {' | '.join(v.__name__ for v in self.variants)} is needed")
        if type(value) not in self.variants:
            raise TypeError(f"{value!r} is not a record")
        return value


@dataclass(frozen=True)
class OptionKind:
    """A value of `item`, or None."""

    item: Kind

    @property
    def cardinality(self) -> int:
        return 1 + self.item.cardinality

    def accept(self, value: object) -> Any:
        return None if value is None else self.item.accept(value)

    def decode(self, code: int) -> Any:
        return None if code == 0 else self.item.decode(code - 1)

    def code(self, value: Any) -> int:
        return 0 if value is None else 1 + self.item.code(value)


@dataclass(frozen=True)
class SetKind:
    """Sets of `item`; bit i of the code is the item with code i."""

    item: Kind

    @property
    def cardinality(self) -> int:
        return int(2**self.item.cardinality)

    def accept(self, value: object) -> Any:
        if value is None:
            raise SpecFault("None where a set is needed")
        if not isinstance(value, set | frozenset):
            raise TypeError(f"{value!r} is not a set")
        return SetValue(value, self.item)

    def decode(self, code: int) -> Any:
        return SetValue([self.item.decode(i) for i in range(self.item.cardinality) if code >> i & 1], self.item)

    def code(self, value: Any) -> int:
        return sum(1 << self.item.code(v) for v in value)


@dataclass(frozen=True)
class SeqKind(_Rows):
    """Sequences of at most `room` of `item`."""

    item: Kind
    room: int

    def _values(self) -> tuple[Any, ...]:
        items = [self.item.decode(c) for c in range(self.item.cardinality)]
        rows = (itertools.product(items, repeat=n) for n in range(self.room + 1))
        return tuple(SeqValue(r, self.item, self.room) for r in itertools.chain.from_iterable(rows))

    def accept(self, value: object) -> Any:
        if value is None:
            raise SpecFault("None where a sequence is needed")
        if not isinstance(value, tuple):
            raise TypeError(f"{value!r} is not a sequence")
        return SeqValue(value, self.item, self.room)


@dataclass(frozen=True)
class MapKind(_Rows):
    """Total maps; several keys make tuples."""

    keys: tuple[Kind, ...]
    value: Kind

    def all_keys(self) -> Iterator[Any]:
        """The keys in order."""
        rows = itertools.product(*([k.decode(c) for c in range(k.cardinality)] for k in self.keys))
        return (row[0] if len(self.keys) == 1 else row for row in rows)

    def _values(self) -> tuple[Any, ...]:
        keys = list(self.all_keys())
        items = [self.value.decode(c) for c in range(self.value.cardinality)]
        return tuple(FrozenMap(dict(zip(keys, r, strict=True))) for r in itertools.product(items, repeat=len(keys)))

    def accept(self, value: object) -> Any:
        keys = list(self.all_keys())
        match value:
            case Everywhere(item):
                same = self.value.accept(item)
                return FrozenMap(dict.fromkeys(keys, same))
            case Listed(items) if items:
                return FrozenMap({k: self.value.accept(items[min(i, len(items) - 1)]) for i, k in enumerate(keys)})
            case FrozenMap() | dict():
                given = value.entries() if isinstance(value, FrozenMap) else value
                if list(given) == keys:
                    return FrozenMap({k: self.value.accept(given[k]) for k in keys})
        raise TypeError(f"{value!r} is not such a map")


@dataclass(frozen=True)
class AnyKind:
    """What is never stored: outcomes, other instances, nothing."""

    @property
    def cardinality(self) -> int:
        raise DirectError("this type has no finite set of values")

    def accept(self, value: object) -> Any:
        return value

    def decode(self, code: int) -> Any:
        raise DirectError("this type has no finite set of values")

    def code(self, value: Any) -> int:
        raise DirectError("this type has no finite set of values")


def _records(cls: Any) -> Iterator[Any]:
    kinds = [record_kind(cls, name) for name in cls._names]
    for items in itertools.product(*([k.decode(c) for c in range(k.cardinality)] for k in kinds)):
        yield cls(**dict(zip(cls._names, items, strict=True)))


def record_kind(cls: Any, name: str) -> Kind:
    """The type of one item of a record."""
    return remembered(cls, name, lambda: annotations_of(cls)[name], names_of(cls))


def record_item(cls: Any, name: str, value: object) -> Any:
    """A value about to become an item of a record."""
    return record_kind(cls, name).accept(value)


def remembered(owner: object, name: str, text: Any, names: dict[str, Any]) -> Kind:
    """The type that an annotation means in the current universe; read once in each."""
    world = current()
    if world is None:
        raise DirectError("types have no meaning outside a universe")
    known = world.kinds.get((owner, name))
    if known is None:
        known = world.kinds[owner, name] = kind_of(evaluate_annotation(text(), names))
    return typing.cast(Kind, known)


def evaluate_annotation(node: Any, names: dict[str, Any]) -> Any:
    """The annotation as Python sees it now; None when there is none."""
    if node is None:
        return Any
    value = eval(compile(typing.cast(Any, ast.Expression(node)), "<annotation>", "eval"), names)
    if isinstance(value, str):
        value = eval(value, names)
    return value


def part_of(annotation: Any) -> str:
    """`switch`, `constant` or `ghost`; empty for plain state."""
    if typing.get_origin(annotation) is typing.Annotated:
        return next((m.name for m in annotation.__metadata__ if isinstance(m, Part)), "")
    return ""


def kind_of(annotation: Any) -> Kind:
    """The type that an evaluated annotation means; DirectError for anything the language does not have."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        bounds = [m for m in annotation.__metadata__ if isinstance(m, Bounds)]
        return IntKind(bounds[0].lo, bounds[0].hi) if bounds else kind_of(args[0])
    if origin in (types.UnionType, typing.Union):
        return _union(args)
    if origin in (Mutex, RwLock):
        from spec.lang.direct_lock_kinds import lock_kind  # it needs the kinds that stand here

        return lock_kind(origin, kind_of(args[0]), args[0].__name__)
    if annotation == Process:
        return AnyKind()
    if origin is Set:
        return SetKind(kind_of(args[0]))
    if origin is Seq and isinstance(args[1], Max):
        return SeqKind(kind_of(args[0]), args[1].length)
    if origin is Map:
        keys = typing.get_args(args[0]) if typing.get_origin(args[0]) is tuple else (args[0],)
        return MapKind(tuple(kind_of(k) for k in keys), kind_of(args[1]))
    return _plain(annotation)


def _plain(annotation: Any) -> Kind:
    if annotation is bool:
        return BoolKind()
    if annotation is int:
        return IntKind()
    if isinstance(annotation, type) and issubclass(annotation, Sort | enum.Enum):
        return MembersKind(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return RecordKind((annotation,))
    if annotation in (Any, None, Outcome, Promise, typing.Self):
        return AnyKind()
    raise DirectError(f"{annotation!r} is not a type of the language")


def _union(args: tuple[Any, ...]) -> Kind:
    items = [a for a in args if a is not type(None)]
    if len(items) == 1:
        inner = kind_of(items[0])
    else:
        variants = [kind_of(a) for a in items]
        if not all(isinstance(v, RecordKind) for v in variants):
            raise DirectError("only records are united")
        inner = RecordKind(tuple(c for v in variants if isinstance(v, RecordKind) for c in v.variants))
    return OptionKind(inner) if len(items) < len(args) else inner


def count(kind: Kind) -> int:
    """How many values a type has, maps and sequences included."""
    match kind:
        case MapKind(keys, value):
            return int(count(value) ** math.prod(k.cardinality for k in keys))
        case _:
            return kind.cardinality


def default_of(value: object) -> object:
    """A field's initial value without its window."""
    return value.value if isinstance(value, FieldDefault) else value
