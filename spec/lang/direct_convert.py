"""Between the objects of the direct run and the values that traces and engines name (`spec.lang.values`)."""

from __future__ import annotations

import enum
from typing import Any

from spec.lang.direct_kinds import Kind, MapKind, MembersKind, OptionKind, RecordKind, SeqKind, SetKind, record_kind
from spec.lang.direct_lock_kinds import RwKind, RwValue
from spec.lang.direct_values import FrozenMap, SetValue
from spec.lang.errors import RequestError
from spec.lang.values import Elem, MapValue, Member, Rec, Value
from spec.lang.words_values import Record, Sort


def to_value(thing: Any) -> Value:
    """The value that an object of the direct run stands for."""
    match thing:
        case None | bool() | int():
            return thing
        case Sort():
            return Elem(type(thing).__name__, thing.index)
        case enum.Enum():
            return Member(type(thing).__name__, thing.name, list(type(thing)).index(thing))
        case Record():
            names: tuple[str, ...] = type(thing)._names
            return Rec(type(thing).__name__, tuple(to_value(getattr(thing, name)) for name in names))
        case RwValue(name, readers, writer):
            return Rec(name, (to_value(readers), to_value(writer)))
        case frozenset():
            return frozenset(to_value(item) for item in thing)
        case tuple():
            return tuple(to_value(item) for item in thing)
        case FrozenMap():
            return MapValue(tuple(to_value(item) for item in thing.entries().values()))
        case _:
            raise TypeError(f"{thing!r} is not a value")


def from_value(value: Any, kind: Kind) -> Any:
    """The object that a value stands for, in the current universe; objects are taken as they are.

    Raises RequestError for a value that is not of the type.
    """
    made = _made(value, kind)
    try:
        return kind.accept(made)
    except Exception as error:
        raise RequestError(f"{value!r} does not fit: {error}") from error


def _made(value: Any, kind: Kind) -> Any:
    match value, kind:
        case None, _:
            return None
        case _, OptionKind(item):
            return _made(value, item)
        case (Elem(name, index) | Member(name, _, index)), MembersKind(cls):
            members = list(cls)
            if name != cls.__name__:
                raise RequestError(f"a {name} where a {cls.__name__} is needed")
            if not 0 <= index < len(members):
                raise RequestError(f"{cls.__name__} has only {len(members)} values")
            return members[index]
        case Rec(name, items), RecordKind(variants):
            cls = next((v for v in variants if v.__name__ == name), None)
            if cls is None:
                raise RequestError(f"no record {name} here")
            kinds = {n: record_kind(cls, n) for n in cls._names}
            return cls(**{n: _made(v, k) for (n, k), v in zip(kinds.items(), items, strict=True)})
        case Rec(name, (readers, writer)), RwKind(item):
            return RwValue(name, SetValue(_made(readers, SetKind(item)), item), _made(writer, OptionKind(item)))
        case frozenset(), SetKind(item):
            return frozenset(_made(v, item) for v in value)
        case tuple(), SeqKind(item, _):
            return tuple(_made(v, item) for v in value)
        case MapValue(entries), MapKind():
            keys = list(kind.all_keys())
            if len(keys) != len(entries):
                raise RequestError(f"{len(entries)} entries for {len(keys)} keys")
            return FrozenMap({k: _made(v, kind.value) for k, v in zip(keys, entries, strict=True)})
        case _:
            return value
