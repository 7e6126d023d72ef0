"""AMD v1 entries, the host table: every power of two as a page size, table levels named in the entry, a top that grows.

Architecture: AMD IOMMU specification, "I/O Page Tables for Host Translations". Kernel:
drivers/iommu/generic_pt/fmt/amdv1.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from models.hw.attributes import ALL, READ, USER, WRITE, gather, held, spread
from models.hw.dirty_bit import DirtyBit
from models.hw.formats import ADDRESS, EMPTY, LEAF, PAGE_BITS, RESERVED, TABLE

PR: Final = 1 << 0
A: Final = 1 << 5
D: Final = 1 << 6
NEXT_SHIFT: Final = 9
NEXT: Final = 7 << NEXT_SHIFT
SIZED: Final = 7 << NEXT_SHIFT
"""Next level 7: the page size is in the low bits of the address."""
FC: Final = 1 << 60
IR: Final = 1 << 61
IW: Final = 1 << 62

FIELDS: Final = (
    (6, 5, 1),  # ACCESSED -> A
    (7, 6, 1),  # DIRTY -> D
    (8, 59, 1),  # memory type -> U
    (5, 60, 1),  # SNOOP -> FC
    (0, 61, 3),  # READ, WRITE -> IR, IW
)
LARGEST: Final = 51
BROKEN: Final = 39
"""512 GiB, which hardware gets wrong."""
REPLICATED: Final = 8
"""A leaf is repeated 2^8 times at the most: a span of the whole table is one entry further up."""


@dataclass(frozen=True, slots=True)
class AmdHost(DirtyBit):
    """A host table that starts at one level (mode - 1) and grows up to another."""

    accessed: ClassVar[int] = A
    dirty: ClassVar[int] = D

    start: int = 2
    highest: int = 5
    name: str = "amd-host"
    index_bits: int = 9
    oa_bits: int = 52
    oa_shift: int = 0
    signed: bool = False

    @property
    def tops(self) -> tuple[int, int]:
        return self.start, self.highest

    def va_bits(self, top: int) -> int:
        return min(64, PAGE_BITS + 9 * (top + 1))

    def sizes(self, level: int) -> int:
        first = PAGE_BITS + 9 * level
        span = (2 << min(first + REPLICATED, LARGEST)) - (1 << first) if level < 5 else 0
        return span & ~(1 << BROKEN)

    def kind(self, word: int, level: int) -> int:
        if word & PR == 0:
            return EMPTY
        following = (word & NEXT) >> NEXT_SHIFT
        if 0 < following < 7:
            return TABLE if following <= level else RESERVED
        size = 1 << self.leaf_lg2(word, level)
        if not size & self.sizes(level) or (not following and word & ADDRESS & size - 1):
            return RESERVED
        return LEAF

    def table(self, pa: int, level: int) -> int:
        return pa | PR | level << NEXT_SHIFT | IR | IW

    def table_pa(self, word: int) -> int:
        return word & ADDRESS

    def next_level(self, word: int, level: int) -> int:
        return ((word & NEXT) >> NEXT_SHIFT) - 1

    def table_allows(self, word: int) -> int:
        return word >> 61 & (READ | WRITE) | USER

    def leaf(self, level: int, oa: int, lg2: int, attributes: int) -> int:
        word = oa | PR | spread(attributes, FIELDS)
        if lg2 == PAGE_BITS + 9 * level:
            return word
        return word | SIZED | (1 << lg2 - 1) - (1 << PAGE_BITS)

    def copy_step(self, level: int, lg2: int) -> int:
        return 0

    def leaf_lg2(self, word: int, level: int) -> int:
        if word & NEXT != SIZED:
            return PAGE_BITS + 9 * level
        number = (word & ADDRESS) >> PAGE_BITS
        return PAGE_BITS + (number ^ number + 1).bit_length()

    def leaf_oa(self, word: int, level: int) -> int:
        return word & ADDRESS & -(1 << self.leaf_lg2(word, level))

    def attributes(self, word: int) -> int:
        return gather(word, FIELDS)

    def accepts(self, attributes: int) -> bool:
        return attributes & (ALL & ~held(FIELDS)) == 0 and attributes & (READ | WRITE) != 0

    def allows(self, word: int) -> int:
        return word >> 61 & (READ | WRITE) | USER
