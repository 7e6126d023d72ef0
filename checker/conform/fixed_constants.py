"""Constants whose value a translation knows: from plain words to values of the spec."""

from __future__ import annotations

from collections.abc import Mapping

from checker.conform.implementation import Plain
from spec.lang.errors import RequestError
from spec.lang.fold import resolve
from spec.lang.ground import GroundMachine
from spec.lang.types import (
    BoolType,
    EnumType,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
)
from spec.lang.values import Elem, MapValue, Member, NotInType, Rec, Value, encode_slots, key_count


def fixed_constants(known: Mapping[str, Plain], ground: GroundMachine) -> dict[str, Value]:
    """Their values; those that this instance does not have are left out. RequestError for a value that is none."""
    found = {}
    for name, plain in known.items():
        if name in ground.constants:
            try:
                found[name] = from_plain(plain, ground.constants[name].type, ground)
            except (ValueError, NotInType) as error:
                raise RequestError(f"the translation fixes the constant {name}, which cannot be: {error}") from error
    return found


def from_plain(plain: Plain, kind: Type, ground: GroundMachine) -> Value:
    """The value of a type that some plain words stand for; ValueError if they stand for none."""
    value = _read(plain, kind, ground)
    encode_slots(value, resolve(kind, ground.sizes), ground)
    return value


def _read(plain: Plain, kind: Type, ground: GroundMachine) -> Value:
    match kind, plain:
        case BoolType(), bool():
            return plain
        case IntType(), int() if not isinstance(plain, bool):
            return plain
        case SortType(sort), int() if not isinstance(plain, bool) and 0 <= plain < ground.sizes[sort]:
            return Elem(sort, plain)
        case EnumType(enum), str() if plain in ground.enums[enum].members:
            return Member(enum, plain, list(ground.enums[enum].members).index(plain))
        case OptionType(inner), _:
            return None if plain is None else _read(plain, inner, ground)
        case MapType(_, inner), tuple() if len(plain) == key_count(kind, ground):
            return MapValue(tuple(_read(entry, inner, ground) for entry in plain))
        case SeqType(inner, _), tuple():
            return tuple(_read(item, inner, ground) for item in plain)
        case SetType(inner), frozenset():
            return frozenset(_read(item, inner, ground) for item in plain)
        case RecordType(name), (str(), tuple() as items) if plain[0] == ground.records[name].name:
            kinds = [inner for _, inner in ground.records[name].fields]
            return Rec(name, tuple(_read(item, inner, ground) for item, inner in zip(items, kinds, strict=True)))
        case UnionType(variants), (str() as chosen, _):
            for variant in variants:
                if ground.records[variant].name == chosen:
                    return _read(plain, RecordType(variant), ground)
    raise ValueError(f"{plain!r} is no value of the type")
