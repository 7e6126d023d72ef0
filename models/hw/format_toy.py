"""A format that no hardware has: four entries a table and three page sizes, small enough to search everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from models.hw.attributes import ALL, READ, USER, WRITE, gather, held, spread
from models.hw.dirty_bit import DirtyBit
from models.hw.formats import ADDRESS, EMPTY, LEAF, PAGE_BITS, TABLE

VALID: Final = 1 << 0
NEXT: Final = 1 << 1
A: Final = 1 << 5
D: Final = 1 << 6
PAIR: Final = 1 << 52
FIELDS: Final = (
    (0, 2, 3),  # READ, WRITE -> 3:2
    (6, 5, 3),  # ACCESSED, DIRTY -> 6:5
)


@dataclass(frozen=True, slots=True)
class Toy(DirtyBit):
    """Pages of 4 KiB, 8 KiB (a pair of entries, each with its own address) and 16 KiB (one entry of level 1)."""

    accessed: ClassVar[int] = A
    dirty: ClassVar[int] = D

    levels: int = 2
    name: str = "toy"
    index_bits: int = 2
    oa_bits: int = 52
    oa_shift: int = 0
    signed: bool = False

    @property
    def tops(self) -> tuple[int, int]:
        return self.levels - 1, self.levels - 1

    def va_bits(self, top: int) -> int:
        return PAGE_BITS + 2 * (top + 1)

    def sizes(self, level: int) -> int:
        return (3 << PAGE_BITS, 1 << PAGE_BITS + 2)[level] if level < 2 else 0

    def kind(self, word: int, level: int) -> int:
        if word & VALID == 0:
            return EMPTY
        return TABLE if word & NEXT else LEAF

    def table(self, pa: int, level: int) -> int:
        return pa | VALID | NEXT

    def table_pa(self, word: int) -> int:
        return word & ADDRESS

    def next_level(self, word: int, level: int) -> int:
        return level - 1

    def table_allows(self, word: int) -> int:
        return READ | WRITE | USER

    def leaf(self, level: int, oa: int, lg2: int, attributes: int) -> int:
        return oa | VALID | spread(attributes, FIELDS) | (PAIR if lg2 == PAGE_BITS + 1 else 0)

    def copy_step(self, level: int, lg2: int) -> int:
        return 1 << PAGE_BITS if lg2 == PAGE_BITS + 1 else 0

    def leaf_lg2(self, word: int, level: int) -> int:
        return PAGE_BITS + 2 * level + (1 if word & PAIR else 0)

    def leaf_oa(self, word: int, level: int) -> int:
        return word & ADDRESS & -(1 << self.leaf_lg2(word, level))

    def attributes(self, word: int) -> int:
        return gather(word, FIELDS)

    def accepts(self, attributes: int) -> bool:
        return attributes & (ALL & ~held(FIELDS)) == 0 and attributes & (READ | WRITE) != 0

    def allows(self, word: int) -> int:
        return word >> 2 & (READ | WRITE) | USER
