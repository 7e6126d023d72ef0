"""The tables that `c/symmetry.h` reads: how relabelling of elements changes the slots of a packed state."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

from checker.explicit.layout import WORD, Layout
from checker.symmetry import Symmetry
from checker.symmetry_slots import Move, Slot

_PLAIN, _CODE, _SET = range(3)


class _Move(ctypes.Structure):
    _fields_ = [("element", ctypes.c_uint32), ("step", ctypes.c_int32)]


class _Row(ctypes.Structure):
    _fields_ = [("bare", ctypes.c_uint64), ("begin", ctypes.c_uint32), ("end", ctypes.c_uint32)]


class _Place(ctypes.Structure):
    _fields_ = [("word", ctypes.c_uint32), ("shift", ctypes.c_uint32)]


class _Slot(ctypes.Structure):
    _fields_ = [
        ("ones", ctypes.c_uint64),
        ("length_ones", ctypes.c_uint64),
        *((name, ctypes.c_uint32) for name in ("leaf", "base", "word", "shift", "kind", "keys", "keys_end", "row")),
        *((name, ctypes.c_uint32) for name in ("entry", "length_word", "length_shift", "unused")),
    ]


@dataclass(frozen=True, slots=True)
class Tables:
    """What `uapicheck_symmetry` is given; the arrays must live as long as the search."""

    numbers: ctypes.Array[ctypes.c_uint64]
    arrays: tuple[Any, ...]

    @property
    def pointers(self) -> ctypes.Array[ctypes.c_void_p]:
        """Where the arrays are."""
        return (ctypes.c_void_p * len(self.arrays))(*(ctypes.addressof(array) for array in self.arrays))


@dataclass(slots=True)
class _Maker:
    """Collects moves and rows; equal tables of codes are written once."""

    firsts: tuple[int, ...]
    moves: list[Move] = field(default_factory=list)
    rows: list[tuple[int, int, int]] = field(default_factory=list)
    tables: dict[int, int] = field(default_factory=dict)

    def moved(self, moves: tuple[Move, ...]) -> tuple[int, int]:
        """Where these moves begin and end."""
        begin = len(self.moves)
        self.moves += moves
        return begin, len(self.moves)

    def table(self, mentions: tuple[tuple[Move, ...], ...]) -> int:
        """Where the row of code 0 is."""
        if id(mentions) not in self.tables:
            self.tables[id(mentions)] = len(self.rows)
            for code, moves in enumerate(mentions):
                bare = code - sum(step * (element - self.firsts[element]) for element, step in moves)
                self.rows.append((bare, *self.moved(moves)))
        return self.tables[id(mentions)]


def tables(symmetry: Symmetry, layout: Layout) -> Tables:
    """The tables of a group and the slots of its states."""
    maker = _Maker(symmetry.firsts)
    slots, fixed = [], 0
    for number, (slot, leaf) in enumerate(zip(symmetry.slots, layout.leaves, strict=True)):
        if leaf.bits and (slot.keys or slot.mentions is not None):
            slots.append(_slot(maker, layout, number, slot))
        else:
            fixed |= leaf.mask
    ends = [0]
    for cell in symmetry.cells:
        ends.append(ends[-1] + len(cell))
    numbers = (symmetry.elements, len(slots), len(symmetry.cells), len(symmetry.outer), symmetry.order)
    return Tables(
        (ctypes.c_uint64 * len(numbers))(*numbers),
        (
            (_Slot * len(slots))(*slots),
            (_Move * (len(maker.moves) + 1))(*(_Move(*move) for move in maker.moves)),
            (_Row * (len(maker.rows) + 1))(*(_Row(*row) for row in maker.rows)),
            (_Place * len(layout.leaves))(*(_Place(leaf.word, leaf.shift) for leaf in layout.leaves)),
            _u32([element for cell in symmetry.cells for element in cell]),
            _u32(ends[1:]),
            _u32([target for outer in symmetry.outer for target in outer]),
            (ctypes.c_uint64 * layout.words)(*(fixed >> WORD * i & (1 << WORD) - 1 for i in range(layout.words))),
        ),
    )


def _slot(maker: _Maker, layout: Layout, number: int, slot: Slot) -> _Slot:
    leaf = layout.leaves[number]
    keys, keys_end = maker.moved(slot.keys)
    row = 0 if slot.mentions is None else maker.table(slot.mentions)
    kind = _PLAIN if slot.mentions is None else _SET if slot.is_set else _CODE
    made = _Slot((1 << leaf.bits) - 1, 0, number, slot.base, leaf.word, leaf.shift, kind, keys, keys_end, row)
    if slot.length >= 0:
        length = layout.leaves[slot.length]
        made.length_ones, made.entry = (1 << length.bits) - 1, slot.entry
        made.length_word, made.length_shift = length.word, length.shift
    return made


def _u32(numbers: list[int]) -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * (len(numbers) + 1))(*numbers)
