"""What a relabelling of elements does to the slots that hold a row of values: states, or constants.

NOTE(linear): a key of a map shifts the slot, an element inside a code shifts the code: by the same amount for every
step from one element to the next. So a relabelling needs no table of its own; each slot knows its elements and steps.
The codes of a set are bit masks and move bit by bit. Entries of a sequence past its length are no elements.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from spec.lang.limits import parts
from spec.lang.types import (
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
)
from spec.lang.values import Finite, capacity, cardinality, leaves

Relabelling = tuple[int, ...]
"""Where each element goes. Elements of all sorts count together, sort after sort."""

Move = tuple[int, int]
"""An element, and by how much a slot or a code grows when the next element stands in its place."""

MAX_CODES = 1 << 14
"""A sort inside a type with more codes than this is left alone; sets do not count."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a row: `base` is its place with the first element of every sort as key.

    `mentions` has the elements in each code, or in each item of a set; None where codes have no elements. An entry of
    a sequence is one only while the slot `length` (-1 for no sequence) has a code above `entry`.
    """

    base: int
    keys: tuple[Move, ...]
    mentions: tuple[tuple[Move, ...], ...] | None
    is_set: bool = False
    length: int = -1
    entry: int = 0


def image(slots: Sequence[Slot], codes: Sequence[int], to: Sequence[int]) -> tuple[int, ...]:
    """A row of codes after the relabelling of its elements."""
    moved = [0] * len(codes)
    for place, (slot, code) in enumerate(zip(slots, codes, strict=True)):
        target = place + shift(slot.keys, to)
        if slot.mentions is not None and (slot.length < 0 or codes[slot.length] > slot.entry):
            code = relabelled(slot.mentions, slot.is_set, code, to)
        moved[target] = code
    return tuple(moved)


def relabelled(mentions: Sequence[tuple[Move, ...]], is_set: bool, code: int, to: Sequence[int]) -> int:
    """A code after the relabelling of its elements."""
    if not is_set:
        return code + shift(mentions[code], to)
    return sum(1 << bit + shift(mentions[bit], to) for bit in range(code.bit_length()) if code >> bit & 1)


def shift(moves: Sequence[Move], to: Sequence[int]) -> int:
    """By how much a slot or code moves."""
    return sum(step * (to[element] - element) for element, step in moves)


class Slots:
    """Makes the slots of rows; `sorts` has the first element of each sort that is relabelled."""

    def __init__(self, ground: Finite, sorts: Mapping[str, int]) -> None:
        self._ground = ground
        self._sorts = sorts
        self._known: dict[Type, tuple[tuple[tuple[Move, ...], ...] | None, bool]] = {}

    def row(self, kinds: Iterable[Type]) -> tuple[Slot, ...]:
        """The slots of values of these types, one after the other."""
        made: list[Slot] = []
        for kind in kinds:
            made += self._of(kind, len(made), len(made), ())
        return tuple(made)

    def _of(self, kind: Type, place: int, base: int, keys: tuple[Move, ...]) -> list[Slot]:
        match kind:
            case MapType():
                return self._map(kind, place, base, keys)
            case SeqType(item, _):
                mentions, is_set = self._mentions(item)
                row = [Slot(base, keys, None)]
                for entry in range(capacity(kind, self._ground)):
                    row.append(Slot(base + 1 + entry, keys, mentions, is_set, place, entry))
                return row
            case _:
                mentions, is_set = self._mentions(kind)
                return [Slot(base, keys, mentions, is_set)]

    def _map(self, kind: MapType, place: int, base: int, keys: tuple[Move, ...]) -> list[Slot]:
        stride = len(leaves(kind, self._ground))
        strides = []
        for key in kind.keys:
            stride //= cardinality(key, self._ground)
            strides.append(stride)
        made: list[Slot] = []
        for codes in itertools.product(*(range(cardinality(key, self._ground)) for key in kind.keys)):
            here, zero, moves = place, base, keys
            for key, code, stride in zip(kind.keys, codes, strides, strict=True):
                here += code * stride
                if isinstance(key, SortType) and key.name in self._sorts:
                    moves = (*moves, (self._sorts[key.name] + code, stride))
                else:
                    zero += code * stride
            made += self._of(kind.value, here, zero, moves)
        return made

    def _mentions(self, kind: Type) -> tuple[tuple[tuple[Move, ...], ...] | None, bool]:
        """What codes of a scalar type mention; for a set, what its items do."""
        if kind not in self._known:
            is_set = isinstance(kind, SetType)
            rows = tuple(self._codes(kind.item if isinstance(kind, SetType) else kind))
            self._known[kind] = (rows, is_set) if any(rows) else (None, False)
        return self._known[kind]

    def _codes(self, kind: Type) -> list[tuple[Move, ...]]:
        match kind:
            case SortType(name) if name in self._sorts:
                return [((self._sorts[name] + code, 1),) for code in range(self._ground.sizes[name])]
            case OptionType(item):
                return [(), *self._codes(item)]
            case RecordType(name):
                rows: list[tuple[Move, ...]] = [()]
                for _, inner in self._ground.records[name].fields:
                    digits = self._codes(inner)
                    wider = [tuple((element, step * len(digits)) for element, step in row) for row in rows]
                    rows = [row + digit for row in wider for digit in digits]
                return rows
            case UnionType(variants):
                return [row for name in variants for row in self._codes(RecordType(name))]
            case _:
                many = cardinality(kind, self._ground)
                return [()] * many if many <= MAX_CODES else [()]


def named(kind: Type, ground: Finite) -> Iterator[str]:
    """The sorts in a type."""
    yield from (part.name for part in parts(kind, ground) if isinstance(part, SortType))


def hidden(kind: Type, ground: Finite) -> Iterator[str]:
    """Sorts that cannot be relabelled by steps: in sets inside scalars, in types of very many codes."""
    match kind:
        case MapType(keys, value):
            for key in keys:
                if not isinstance(key, SortType):
                    yield from named(key, ground)
            yield from hidden(value, ground)
        case SeqType(item, _):
            yield from hidden(item, ground)
        case SetType(item):
            yield from _hidden_in_code(item, ground)
        case _:
            yield from _hidden_in_code(kind, ground)


def _hidden_in_code(kind: Type, ground: Finite) -> Iterator[str]:
    if any(isinstance(part, SetType) for part in parts(kind, ground)) or cardinality(kind, ground) > MAX_CODES:
        yield from named(kind, ground)
