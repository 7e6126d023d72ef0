"""Values in the Informal Trace Format: how Apalache and Quint write integers, sets, maps, tuples and variants in JSON.

Integers are `{"#bigint": "3"}`, sets `{"#set": [...]}`, maps `{"#map": [[key, value], ...]}`, tuples `{"#tup": [...]}`,
records plain objects, variants `{"tag": ..., "value": ...}`; an option is a variant `None` or `Some`; members of an
enumeration and elements of a sort are strings. Source: Apalache, ADR-015 (Informal Trace Format).
"""

from __future__ import annotations

import itertools
from typing import assert_never

from spec.lang.types import (
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
from spec.lang.values import (
    Elem,
    Finite,
    MapValue,
    Member,
    NotInType,
    Rec,
    Value,
    bounds,
    capacity,
    element_name,
    encode,
    map_keys,
)

Json = bool | int | float | str | None | list["Json"] | dict[str, "Json"]

UNIT: dict[str, Json] = {"#tup": []}


class NotItf(ValueError):
    """A piece of JSON that is not a value of the type that the spec gives to this place."""


def to_itf(value: Value, kind: Type, finite: Finite) -> Json:
    """The value as ITF JSON; the same value gives the same JSON. `NotInType` if it is not of the type."""
    match kind, value:
        case BoolType(), bool():
            return value
        case IntType(), int() if type(value) is int:
            return {"#bigint": str(value)}
        case EnumType(), Member(_, name, _):
            return name
        case SortType(), Elem(sort, index):
            return element_name(sort, index, finite.sizes)
        case RecordType(name), Rec(_, items):
            fields = finite.records[name].fields
            return {f: to_itf(item, t, finite) for (f, t), item in zip(fields, items, strict=True)}
        case UnionType(), Rec(name, items):
            return {"tag": name, "value": to_itf(value, RecordType(name), finite) if items else dict(UNIT)}
        case OptionType(), None:
            return {"tag": "None", "value": dict(UNIT)}
        case OptionType(item), _:
            return {"tag": "Some", "value": to_itf(value, item, finite)}
        case SetType(item), frozenset():
            ordered = sorted(value, key=lambda v: encode(v, item, finite))
            return {"#set": [to_itf(v, item, finite) for v in ordered]}
        case SeqType(item, _), tuple():
            return [to_itf(v, item, finite) for v in value]
        case MapType(), MapValue(entries):
            rows: list[Json] = [
                [_key_to_itf(keys, kind, finite), to_itf(entry, kind.value, finite)]
                for keys, entry in zip(map_keys(kind, finite), entries, strict=True)
            ]
            return {"#map": rows}
        case _:
            raise NotInType(f"{value!r} is not a value of {show(kind)}")


def _key_to_itf(keys: tuple[Value, ...], kind: MapType, finite: Finite) -> Json:
    shown = [to_itf(key, t, finite) for key, t in zip(keys, kind.keys, strict=True)]
    return shown[0] if len(shown) == 1 else {"#tup": shown}


def from_itf(data: Json, kind: Type, finite: Finite) -> Value:
    """The value of this type that the JSON stands for; `NotItf` if it stands for none."""
    match kind:
        case BoolType():
            if isinstance(data, bool):
                return data
        case IntType():
            return _integer(data, kind, finite)
        case EnumType(name):
            members = finite.enums[name].members
            if isinstance(data, str) and data in members:
                return Member(name, data, members.index(data))
        case SortType(name):
            for index in range(finite.sizes[name]):
                if data == element_name(name, index, finite.sizes):
                    return Elem(name, index)
        case RecordType(name):
            return _record(data, name, finite)
        case UnionType(variants):
            tag, inner = _variant(data, kind)
            if tag in variants:
                return _record(inner if finite.records[tag].fields else {}, tag, finite)
        case OptionType(item):
            tag, inner = _variant(data, kind)
            if tag in ("None", "Some"):
                return None if tag == "None" else from_itf(inner, item, finite)
        case SetType(item):
            return frozenset(from_itf(v, item, finite) for v in _listed(data, "#set", kind))
        case SeqType(item, _):
            if isinstance(data, list) and len(data) <= capacity(kind, finite):
                return tuple(from_itf(v, item, finite) for v in data)
        case MapType():
            return _map(data, kind, finite)
        case OutcomeType() | NoneType():
            pass
        case _:
            assert_never(kind)
    raise NotItf(f"{_short(data)} is not a value of {show(kind)}")


def _integer(data: Json, kind: IntType, finite: Finite) -> int:
    text = data.get("#bigint") if isinstance(data, dict) else data
    if isinstance(text, bool) or not isinstance(text, str | int) or not str(text).lstrip("-").isdecimal():
        raise NotItf(f"{_short(data)} is not an integer")
    number = int(text)
    if kind.lo is not None and kind.hi is not None:
        lo, hi = bounds(kind, finite)
        if not lo <= number <= hi:
            raise NotItf(f"{number} is not in {lo}..{hi}")
    return number


def _record(data: Json, name: str, finite: Finite) -> Rec:
    fields = finite.records[name].fields
    if not isinstance(data, dict) or set(data) != {f for f, _ in fields}:
        raise NotItf(f"{_short(data)} does not have the fields of {name}")
    return Rec(name, tuple(from_itf(data[f], t, finite) for f, t in fields))


def _variant(data: Json, kind: Type) -> tuple[str, Json]:
    if isinstance(data, dict) and isinstance(tag := data.get("tag"), str):
        return tag, data.get("value")
    raise NotItf(f"{_short(data)} is not a variant of {show(kind)}")


def _listed(data: Json, key: str, kind: Type) -> list[Json]:
    if isinstance(data, dict) and isinstance(items := data.get(key), list):
        return items
    raise NotItf(f"{_short(data)} is not a value of {show(kind)}")


def _map(data: Json, kind: MapType, finite: Finite) -> MapValue:
    rows = _listed(data, "#map", kind)
    keys = [_key_to_itf(k, kind, finite) for k in map_keys(kind, finite)]
    entries: list[Value] = []
    for key, row in itertools.zip_longest(keys, rows):
        if not isinstance(row, list) or len(row) != 2 or row[0] != key:
            raise NotItf(f"a map with another key than {_short(key)} where {show(kind)} has that one")
        entries.append(from_itf(row[1], kind.value, finite))
    return MapValue(tuple(entries))


def _short(data: Json) -> str:
    text = repr(data)
    return text if len(text) <= 60 else text[:57] + "..."
