"""Where each part of a state sits in the fixed 64-bit words that both explicit engines store.

A field is a run of *slots* (`spec.lang.values`): one for a scalar, one per entry of a map, `1 + capacity` for a
sequence. A slot of n values takes just enough bits for n, none at all when n is 1, and never straddles two words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NewType

from spec.lang.ground import GroundMachine
from spec.lang.values import Value, cardinality, decode_slots, encode_slots, leaves

WORD = 64
"""Bits of a word; `spec.lang.values` limits a scalar to 2**62 values, so that every slot fits in one."""

Packed = NewType("Packed", int)
"""A whole state in one integer: word 0 in the lowest 64 bits, word 1 above it, and so on."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One slot of one field: its number of values and the bits it takes, from `shift` upwards in `word`."""

    field: str
    slot: int
    cardinality: int
    bits: int
    word: int
    shift: int

    @property
    def position(self) -> int:
        """The lowest bit of the leaf inside a packed state."""
        return self.word * WORD + self.shift

    @property
    def mask(self) -> int:
        """The bits of the leaf inside a packed state; 0 for a leaf with one value."""
        return ((1 << self.bits) - 1) << self.position


class Layout:
    """The leaves of a ground machine in field and slot order, and the way to pack them.

    A leaf goes into the first word that still has room, above what is already there. `bits` counts what the
    leaves need, `words` what they occupy (at least one word, also when nothing varies). `start` and `width` tell
    which stretch of `leaves` belongs to a field.
    """

    __slots__ = ("_ground", "_kinds", "_places", "bits", "leaves", "start", "width", "words")

    def __init__(self, ground: GroundMachine) -> None:
        self._ground = ground
        self._kinds = {name: field.type for name, field in ground.fields.items()}
        self.start: dict[str, int] = {}
        self.width: dict[str, int] = {}
        used = [0]
        placed: list[Leaf] = []
        for name, field in ground.fields.items():
            cards = [cardinality(kind, ground) for kind in leaves(field.type, ground)]
            self.start[name] = len(placed)
            self.width[name] = len(cards)
            placed.extend(_place(name, slot, card, used) for slot, card in enumerate(cards))
        self.leaves: tuple[Leaf, ...] = tuple(placed)
        self.words: int = len(used)
        self.bits: int = sum(leaf.bits for leaf in placed)
        self._places = tuple((leaf.position, (1 << leaf.bits) - 1) for leaf in placed)

    def pack(self, slots: Sequence[int]) -> Packed:
        """One integer for all slots, given in the order of `leaves`; every slot must be a code of its leaf."""
        state = 0
        for code, (position, _) in zip(slots, self._places, strict=True):
            state |= code << position
        return Packed(state)

    def unpack(self, state: int) -> tuple[int, ...]:
        """The slots in the order of `leaves`; the inverse of `pack`."""
        return tuple(state >> position & ones for position, ones in self._places)

    def encode(self, values: Mapping[str, Value]) -> tuple[int, ...]:
        """The slots of a state given as a value per field; `NotInType` for a value that its field cannot hold."""
        kinds = self._kinds.items()
        return tuple(code for name, kind in kinds for code in encode_slots(values[name], kind, self._ground))

    def decode(self, slots: Sequence[int]) -> dict[str, Value]:
        """The value per field of a state given as slots; the inverse of `encode`."""
        return {
            name: decode_slots(slots[self.start[name] : self.start[name] + self.width[name]], kind, self._ground)
            for name, kind in self._kinds.items()
        }

    def mask(self, slots: Collection[int]) -> int:
        """The bits that these leaves (by their place in `leaves`) take in a packed state."""
        total = 0
        for slot in slots:
            total |= self.leaves[slot].mask
        return total


def _place(name: str, slot: int, cardinality: int, used: list[int]) -> Leaf:
    """Takes room in the first word that has it; `used` holds the bits taken per word and grows by need."""
    bits = max(0, cardinality - 1).bit_length()
    assert bits <= WORD, f"{name}: a slot of {cardinality} values cannot be packed"
    word = next((w for w, taken in enumerate(used) if taken + bits <= WORD), len(used))
    if word == len(used):
        used.append(0)
    leaf = Leaf(name, slot, cardinality, bits, word, used[word])
    used[word] += bits
    return leaf
