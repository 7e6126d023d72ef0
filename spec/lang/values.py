"""Values of the language as Python objects, and the codes that engines keep instead of them.

NOTE(codes): a scalar has codes 0 .. cardinality - 1: bool 0 and 1; bounded int value - lo; enum member and sort
element by index; record in mixed radix, first field most significant; union variants one after the other; option 0 for
None, then 1 + item; set as a bit mask, bit i for the item with code i. A map or a sequence is a row of slots: the
entries in lexicographic key order; the length, then `capacity` items of which the unused have code 0.
NOTE(kinds): Python says `True == 1`; here a bool is never an int, so every reader of a value asks for its exact type.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from spec.lang.machine import EnumDecl, Machine, RecordDecl
from spec.lang.types import (
    BoolType,
    EnumType,
    Extent,
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


@dataclass(frozen=True, slots=True)
class Elem:
    """An element of a sort."""

    sort: str
    index: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration; `index` is its place in declared order."""

    enum: str
    name: str
    index: int


@dataclass(frozen=True, slots=True)
class Rec:
    """A record by the key of its declaration, with its items in declared order."""

    name: str
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class MapValue:
    """A total map: its entries in lexicographic order of the keys' codes."""

    entries: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome: the site that made it and its outputs; two answers are the same outcome if the site is."""

    site: int
    outputs: tuple[tuple[str, Value], ...] = field(default=(), compare=False)


Value = bool | int | None | Elem | Member | Rec | MapValue | Answer | frozenset["Value"] | tuple["Value", ...]
"""A sequence is a tuple; a set is a frozenset."""


class Finite(Protocol):
    """Whatever makes types finite: a `GroundMachine`, or anything else with sizes and declarations."""

    @property
    def sizes(self) -> dict[str, int]:
        """Size of every sort."""

    @property
    def enums(self) -> dict[str, EnumDecl]:
        """Enumerations by key."""

    @property
    def records(self) -> dict[str, RecordDecl]:
        """Records by key."""


class NotInType(ValueError):
    """A value that is not one of the type's, such as an integer out of bounds."""


def is_composite(kind: Type) -> bool:
    """True if the type needs a row of slots (map or sequence) rather than one code."""
    return isinstance(kind, MapType | SeqType)


def bounds(kind: IntType, finite: Finite) -> tuple[int, int]:
    """Lowest and highest value of a bounded integer, both inclusive."""
    if kind.lo is None or kind.hi is None:
        raise TypeError("an unbounded integer has no finite set of values")
    return kind.lo.at(finite.sizes), kind.hi.at(finite.sizes)


def capacity(kind: SeqType, finite: Finite) -> int:
    """Greatest length of a sequence of the type."""
    return kind.capacity.at(finite.sizes)


def cardinality(kind: Type, finite: Finite) -> int:
    """Number of values of a scalar type; TypeError for maps, sequences, outcomes and unbounded integers."""
    match kind:
        case BoolType():
            return 2
        case IntType():
            lo, hi = bounds(kind, finite)
            return max(0, hi - lo + 1)
        case EnumType(name):
            return len(finite.enums[name].members)
        case SortType(name):
            return finite.sizes[name]
        case RecordType(name):
            return math.prod(cardinality(t, finite) for _, t in finite.records[name].fields)
        case UnionType(variants):
            return sum(cardinality(RecordType(v), finite) for v in variants)
        case OptionType(item):
            return 1 + cardinality(item, finite)
        case SetType(item):
            return 1 << cardinality(item, finite)
        case NoneType():
            return 1
        case MapType() | SeqType() | OutcomeType():
            raise TypeError(f"{show(kind)} is not a scalar")
        case _:
            assert_never(kind)


def encode(value: Value, kind: Type, finite: Finite) -> int:
    """The code of a value of a scalar type; `NotInType` if it is not a value of the type."""
    match kind, value:
        case BoolType(), bool():
            return int(value)
        case IntType(), int() if type(value) is int:
            lo, hi = bounds(kind, finite)
            if lo <= value <= hi:
                return value - lo
        case EnumType(name), Member(enum, member, index) if enum == name:
            if index < len(finite.enums[name].members) and finite.enums[name].members[index] == member:
                return index
        case SortType(name), Elem(sort, index) if sort == name:
            if 0 <= index < finite.sizes[name]:
                return index
        case RecordType(name), Rec(record, items) if record == name:
            return _encode_record(finite.records[name], items, finite)
        case UnionType(variants), Rec(record, _) if record in variants:
            before = variants[: variants.index(record)]
            offset = sum(cardinality(RecordType(v), finite) for v in before)
            return offset + encode(value, RecordType(record), finite)
        case OptionType(item), _:
            return 0 if value is None else 1 + encode(value, item, finite)
        case SetType(item), frozenset():
            return sum(1 << encode(v, item, finite) for v in value)
        case NoneType(), None:
            return 0
        case (MapType() | SeqType() | OutcomeType()), _:
            raise TypeError(f"{show(kind)} is not a scalar")
    raise NotInType(f"{value!r} is not a value of {show(kind)}")


def _encode_record(decl: RecordDecl, items: tuple[Value, ...], finite: Finite) -> int:
    code = 0
    for (_, kind), item in zip(decl.fields, items, strict=True):
        code = code * cardinality(kind, finite) + encode(item, kind, finite)
    return code


def decode(code: int, kind: Type, finite: Finite) -> Value:
    """The value of a scalar type with this code; `NotInType` if there is none."""
    if not 0 <= code < cardinality(kind, finite):
        raise NotInType(f"{show(kind)} has no code {code}")
    match kind:
        case BoolType():
            return bool(code)
        case IntType():
            return bounds(kind, finite)[0] + code
        case EnumType(name):
            return Member(name, finite.enums[name].members[code], code)
        case SortType(name):
            return Elem(name, code)
        case RecordType(name):
            return _decode_record(finite.records[name], code, finite)
        case UnionType(variants):
            return _decode_union(variants, code, finite)
        case OptionType(item):
            return None if code == 0 else decode(code - 1, item, finite)
        case SetType(item):
            return frozenset(decode(i, item, finite) for i in range(code.bit_length()) if code >> i & 1)
        case NoneType():
            return None
        case MapType() | SeqType() | OutcomeType():
            raise TypeError(f"{show(kind)} is not a scalar")
        case _:
            assert_never(kind)


def _decode_record(decl: RecordDecl, code: int, finite: Finite) -> Rec:
    items: list[Value] = []
    for _, kind in reversed(decl.fields):
        code, digit = divmod(code, cardinality(kind, finite))
        items.append(decode(digit, kind, finite))
    return Rec(decl.name, tuple(reversed(items)))


def _decode_union(variants: tuple[str, ...], code: int, finite: Finite) -> Value:
    for name in variants:
        size = cardinality(RecordType(name), finite)
        if code < size:
            return decode(code, RecordType(name), finite)
        code -= size
    raise AssertionError("decode checks the range first")


def leaves(kind: Type, finite: Finite) -> tuple[Type, ...]:
    """The scalar types of the slots that hold a value of any storable type, in slot order."""
    match kind:
        case MapType(_, value):
            return leaves(value, finite) * key_count(kind, finite)
        case SeqType(item, _):
            most = capacity(kind, finite)
            return (IntType(Extent(0), Extent(most)), *(item,) * most)
        case _:
            return (kind,)


def encode_slots(value: Value, kind: Type, finite: Finite) -> tuple[int, ...]:
    """The codes of the slots that hold a value; unused entries of a sequence are 0. `NotInType` as `encode`."""
    match kind, value:
        case MapType(_, item), MapValue(entries) if len(entries) == key_count(kind, finite):
            return tuple(itertools.chain.from_iterable(encode_slots(v, item, finite) for v in entries))
        case SeqType(item, _), tuple() if len(value) <= capacity(kind, finite):
            unused = (0,) * (capacity(kind, finite) - len(value))
            return (len(value), *(encode(v, item, finite) for v in value), *unused)
        case (MapType() | SeqType()), _:
            raise NotInType(f"{value!r} is not a value of {show(kind)}")
        case _:
            return (encode(value, kind, finite),)


def decode_slots(codes: Sequence[int], kind: Type, finite: Finite) -> Value:
    """The value that these slots hold; `NotInType` for codes that `encode_slots` never gives."""
    match kind:
        case MapType(_, value):
            width = len(leaves(value, finite))
            rows = [codes[i : i + width] for i in range(0, len(codes), width)]
            if len(rows) != key_count(kind, finite) or len(codes) != width * len(rows):
                raise NotInType(f"{len(codes)} slots do not hold {show(kind)}")
            return MapValue(tuple(decode_slots(row, value, finite) for row in rows))
        case SeqType(item, _):
            most = capacity(kind, finite)
            if len(codes) != 1 + most or not 0 <= codes[0] <= most or any(codes[1 + codes[0] :]):
                raise NotInType(f"slots {tuple(codes)} do not hold {show(kind)}")
            return tuple(decode(c, item, finite) for c in codes[1 : 1 + codes[0]])
        case _:
            if len(codes) != 1:
                raise NotInType(f"{len(codes)} slots do not hold {show(kind)}")
            return decode(codes[0], kind, finite)


def values(kind: Type, finite: Finite) -> Iterator[Value]:
    """All values of a type in code order; for maps and sequences in lexicographic order of their slots."""
    match kind:
        case MapType(_, value):
            every = tuple(values(value, finite))
            for entries in itertools.product(every, repeat=key_count(kind, finite)):
                yield MapValue(entries)
        case SeqType(item, _):
            every = tuple(values(item, finite))
            for length in range(capacity(kind, finite) + 1):
                yield from itertools.product(every, repeat=length)
        case _:
            for code in range(cardinality(kind, finite)):
                yield decode(code, kind, finite)


def count_values(kind: Type, finite: Finite) -> int:
    """How many values `values` gives, maps and sequences included."""
    match kind:
        case MapType(_, value):
            return int(count_values(value, finite) ** key_count(kind, finite))
        case SeqType(item, _):
            return int(sum(cardinality(item, finite) ** n for n in range(capacity(kind, finite) + 1)))
        case _:
            return cardinality(kind, finite)


def key_count(kind: MapType, finite: Finite) -> int:
    """Number of entries of a map of the type."""
    return math.prod(cardinality(k, finite) for k in kind.keys)


def key_index(keys: Sequence[Value], kind: MapType, finite: Finite) -> int:
    """The place of an entry in key order; `NotInType` for a key that the map does not have."""
    place = 0
    for key, key_kind in zip(keys, kind.keys, strict=True):
        place = place * cardinality(key_kind, finite) + encode(key, key_kind, finite)
    return place


def map_keys(kind: MapType, finite: Finite) -> Iterator[tuple[Value, ...]]:
    """The keys of a map in the order of its entries."""
    yield from itertools.product(*(tuple(values(k, finite)) for k in kind.keys))


def element_name(sort: str, index: int, sorts: Iterable[str]) -> str:
    """The sort's first letter and the index, `d0`; its whole name, `device0`, if another sort shares the letter."""
    letter = sort[0].lower()
    shared = any(other != sort and other[0].lower() == letter for other in sorts)
    return f"{sort.lower() if shared else letter}{index}"


def show_value(value: Value, names: Finite | Machine, kind: Type | None = None, *, brief: bool = False) -> str:
    """The value in one line. With the `kind` of a map its keys are shown, else only its entries in key order.

    `brief` leaves out the names of a record's fields.
    """
    match value:
        case bool() | int() | None:
            return str(value)
        case Elem(sort, index):
            return element_name(sort, index, names.sorts if isinstance(names, Machine) else names.sizes)
        case Member(_, name, _):
            return name
        case Rec(name, items):
            decl = names.records[name]
            fields = [("" if brief else f"{field}=") for field, _ in decl.fields]
            shown = ", ".join(f + show_value(item, names, brief=brief) for f, item in zip(fields, items, strict=True))
            return f"{decl.name}({shown})" if items else decl.name
        case frozenset():
            return "{" + ", ".join(show_value(v, names, brief=brief) for v in sorted(value, key=order_key)) + "}"
        case tuple():
            shown = ", ".join(show_value(v, names, brief=brief) for v in value)
            return f"({shown}{',' if len(value) == 1 else ''})"
        case MapValue(entries):
            return _show_map(entries, names, kind, brief)
        case Answer(site, _):
            return f"outcome {site}"
        case _:
            assert_never(value)


def _show_map(entries: tuple[Value, ...], names: Finite | Machine, kind: Type | None, brief: bool) -> str:
    if not isinstance(kind, MapType) or isinstance(names, Machine):
        return "[" + ", ".join(show_value(v, names, brief=brief) for v in entries) + "]"
    rows = []
    for keys, entry in zip(map_keys(kind, names), entries, strict=True):
        shown = ", ".join(show_value(k, names) for k in keys)
        row = show_value(entry, names, kind.value, brief=brief)
        rows.append(f"{shown if len(keys) == 1 else f'({shown})'}: {row}")
    return "{" + ", ".join(rows) + "}"


def order_key(value: Value) -> tuple[object, ...]:
    """Sorts values of one type as their codes do (items of sets; unions sort by the name of the record instead)."""
    match value:
        case None:
            return (0,)
        case bool() | int():
            return (1, int(value))
        case Elem(_, index) | Member(_, _, index):
            return (1, index)
        case Rec(name, items):
            return (1, name, *(order_key(i) for i in items))
        case frozenset():
            return (1, tuple(sorted((order_key(v) for v in value), reverse=True)))
        case tuple():
            return (1, tuple(order_key(v) for v in value))
        case MapValue(entries):
            return (1, tuple(order_key(v) for v in entries))
        case Answer(site, _):
            return (1, site)
        case _:
            assert_never(value)
