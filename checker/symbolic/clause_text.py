"""Clauses over bits of a state in the spec's own vocabulary: `owner_cnt[g0] in {0, 1} or hw[d1] == Blocking`.

The literals over one slot together say that its code is in a set, so a clause says "this slot in these codes" of at
least one of a few slots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checker.symbolic.answers import Clause
from spec.lang.ground import GroundMachine
from spec.lang.types import BoolType, IntType, MapType, SeqType, SetType, Type
from spec.lang.values import cardinality, decode, leaves, map_keys, show_value

_LABEL = re.compile(r"(?P<const>const )?(?P<name>.+)\[(?P<slot>\d+)\]\.(?P<bit>\d+)")


@dataclass(frozen=True, slots=True)
class Place:
    """A bit of a state: bit `bit` (the lowest is 0) of the code in a slot of a field, or of an open constant."""

    name: str
    slot: int
    bit: int
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A slot of a field (or of an open constant) holds one of these codes."""

    name: str
    slot: int
    codes: tuple[int, ...]
    constant: bool = False


def place_of(label: str) -> Place:
    """A label of `System.labels` taken apart. ValueError for any other text."""
    found = _LABEL.fullmatch(label)
    if found is None:
        raise ValueError(f"'{label}' is no label of a bit")
    return Place(found["name"], int(found["slot"]), int(found["bit"]), found["const"] is not None)


def terms_of(clause: Clause, labels: Sequence[str], ground: GroundMachine) -> tuple[Term, ...] | None:
    """A clause as slots and codes, in the order of the bits; None for one that every typed state satisfies.

    A slot whose literals no code makes true is left out, so a clause that no typed state satisfies has no terms.
    """
    wanted: dict[tuple[str, int, bool], list[tuple[int, bool]]] = {}
    for bit, value in sorted(clause):
        place = place_of(labels[bit])
        wanted.setdefault((place.name, place.slot, place.constant), []).append((place.bit, value))
    terms: list[Term] = []
    for (name, slot, constant), literals in wanted.items():
        count = cardinality(leaf_of(name, slot, constant, ground), ground)
        codes = tuple(c for c in range(count) if any(bool(c >> bit & 1) == value for bit, value in literals))
        if len(codes) == count:
            return None
        if codes:
            terms.append(Term(name, slot, codes, constant))
    return tuple(terms)


def leaf_of(name: str, slot: int, constant: bool, ground: GroundMachine) -> Type:
    """The type of the value in a slot."""
    return leaves(_kind(name, constant, ground), ground)[slot]


def slot_text(name: str, slot: int, kind: Type, ground: GroundMachine) -> str:
    """What a slot of a value is called: `owner[g0]`, `len(queue)`, `queue[1]`."""
    match kind:
        case MapType(_, value):
            width = len(leaves(value, ground))
            keys = list(map_keys(kind, ground))[slot // width]
            inside = ", ".join(show_value(key, ground, brief=True) for key in keys)
            return slot_text(f"{name}[{inside}]", slot % width, value, ground)
        case SeqType():
            return f"{name}[{slot - 1}]" if slot else f"len({name})"
        case _:
            return name


def clause_text(clause: Clause, labels: Sequence[str], ground: GroundMachine) -> str:
    """A clause as a sentence; `True` and `False` where all, or no, typed states satisfy it."""
    terms = terms_of(clause, labels, ground)
    if terms is None:
        return "True"
    return " or ".join(part for term in terms for part in _term(term, ground)) or "False"


def clause_texts(clauses: Iterable[Clause], labels: Sequence[str], ground: GroundMachine) -> tuple[str, ...]:
    """One sentence per clause."""
    return tuple(clause_text(clause, labels, ground) for clause in clauses)


def _term(term: Term, ground: GroundMachine) -> list[str]:
    """The shorter way to name the codes: those that are meant, or those that are not."""
    kind = leaf_of(term.name, term.slot, term.constant, ground)
    text = slot_text(term.name, term.slot, _kind(term.name, term.constant, ground), ground)
    count = cardinality(kind, ground)
    if isinstance(kind, BoolType):
        return [text if term.codes == (1,) else f"not {text}"]
    if isinstance(kind, SetType) and (items := _items(term.codes, count)):
        names = [(show_value(decode(bit, kind.item, ground), ground, brief=True), held) for bit, held in items]
        return [f"{name} {'in' if held else 'not in'} {text}" for name, held in names]
    others = tuple(code for code in range(count) if code not in term.codes)
    if len(others) < len(term.codes):
        return [f"{text} {_among(others, kind, ground, 'not in', '!=')}"]
    return [f"{text} {_among(term.codes, kind, ground, 'in', '==')}"]


def _items(codes: tuple[int, ...], count: int) -> list[tuple[int, bool]]:
    """The items of a set of which one must be in it, or must not, for the set to be among the codes; none where the
    codes are not of that form."""
    bits = (count - 1).bit_length()
    others = [code for code in range(count) if code not in codes]
    common = [b for b in range(bits) if len({other >> b & 1 for other in others}) == 1]
    return [(b, not others[0] >> b & 1) for b in common] if len(others) == count >> len(common) else []


def _among(codes: tuple[int, ...], kind: Type, ground: GroundMachine, several: str, one: str) -> str:
    if len(codes) > 2 and isinstance(kind, IntType) and codes == tuple(range(codes[0], codes[-1] + 1)):
        return f"{several} {_value(codes[0], kind, ground)}..{_value(codes[-1], kind, ground)}"
    shown = [_value(code, kind, ground) for code in codes]
    return f"{one} {shown[0]}" if len(shown) == 1 else f"{several} {{{', '.join(shown)}}}"


def _value(code: int, kind: Type, ground: GroundMachine) -> str:
    return show_value(decode(code, kind, ground), ground, brief=True)


def _kind(name: str, constant: bool, ground: GroundMachine) -> Type:
    return ground.constants[name].type if constant else ground.fields[name].type


