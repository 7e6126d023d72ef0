"""Values of a spec in plain words, as a binding gives and takes them, and how people read these."""

from __future__ import annotations

from collections.abc import Iterator

from checker.conform.implementation import Plain
from spec.lang.ground import GroundMachine
from spec.lang.types import EnumType, MapType, OptionType, RecordType, SeqType, SetType, SortType, Type, UnionType
from spec.lang.values import Elem, MapValue, Member, Rec, Value, element_name, key_count, map_keys, show_value


def plain_of(value: Value, ground: GroundMachine) -> Plain:
    """The value in plain words (see `Plain`)."""
    match value:
        case Elem(_, index):
            return index
        case Member(_, name, _):
            return name
        case Rec(name, items):
            return (ground.records[name].name, tuple(plain_of(item, ground) for item in items))
        case MapValue(entries):
            return tuple(plain_of(entry, ground) for entry in entries)
        case frozenset():
            return frozenset(plain_of(item, ground) for item in value)
        case tuple():
            return tuple(plain_of(item, ground) for item in value)
        case bool() | int() | None:
            return value
        case _:
            raise TypeError(f"an outcome is no value of a field: {value}")


def show_plain(word: Plain, kind: Type | None, ground: GroundMachine) -> str:
    """The word as a trace shows the value; as Python writes it if it is no value of the type at all."""
    match kind, word:
        case OptionType(item), _ if word is not None:
            return show_plain(word, item, ground)
        case SortType(name), int() if not isinstance(word, bool):
            return element_name(name, word, ground.sizes)
        case EnumType(), str():
            return word
        case RecordType(key), (str() as name, tuple() as items):
            return _show_record((key,), name, items, ground) or literal(word)
        case UnionType(keys), (str() as name, tuple() as items):
            return _show_record(keys, name, items, ground) or literal(word)
        case SetType(item), frozenset():
            return "{" + ", ".join(sorted(show_plain(w, item, ground) for w in word)) + "}"
        case SeqType(item, _), tuple():
            return "(" + ", ".join(show_plain(w, item, ground) for w in word) + ")"
        case MapType(_, item), tuple():
            return "[" + ", ".join(show_plain(w, item, ground) for w in word) + "]"
        case _:
            return literal(word)


def _show_record(keys: tuple[str, ...], name: str, items: tuple[Plain, ...], ground: GroundMachine) -> str:
    for decl in (ground.records[key] for key in keys):
        if decl.name == name and len(decl.fields) == len(items):
            shown = ", ".join(show_plain(w, t, ground) for w, (_, t) in zip(items, decl.fields, strict=True))
            return f"{name}({shown})" if items else name
    return ""


def literal(word: Plain) -> str:
    """The word as Python text; the same word gives the same text."""
    match word:
        case frozenset():
            items = ", ".join(sorted(literal(w) for w in word))
            return f"frozenset({{{items}}})" if items else "frozenset()"
        case tuple():
            items = ", ".join(literal(w) for w in word)
            return f"({items},)" if len(word) == 1 else f"({items})"
        case _:
            return repr(word)


def apart(name: str, kind: Type, expected: Plain, got: Plain, ground: GroundMachine) -> Iterator[tuple[str, str, str]]:
    """Where two values of a field differ: the place, and both values there; entry by entry for a map."""
    if isinstance(kind, MapType) and isinstance(expected, tuple) and isinstance(got, tuple):
        if len(got) == len(expected) == key_count(kind, ground):
            for keys, wanted, given in zip(map_keys(kind, ground), expected, got, strict=True):
                if wanted != given:
                    place = ", ".join(show_value(k, ground, brief=True) for k in keys)
                    yield from apart(f"{name}[{place}]", kind.value, wanted, given, ground)
            return
    shown = [show_plain(word, kind, ground) for word in (expected, got)]
    if shown[0] == shown[1]:
        shown = [literal(expected), literal(got)]
    yield name, shown[0], shown[1]
