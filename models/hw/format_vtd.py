"""VT-d second-stage entries: no present bit, rights at every level, snoop control in the leaf.

Architecture: Intel VT-d specification, "Second-Stage Paging Entries". Kernel: drivers/iommu/generic_pt/fmt/vtdss.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from models.hw.attributes import ALL, EXEC, READ, USER, WRITE, gather, held, spread
from models.hw.dirty_bit import DirtyBit
from models.hw.formats import ADDRESS, EMPTY, LEAF, PAGE, PAGE_BITS, RESERVED, TABLE

R: Final = 1 << 0
W: Final = 1 << 1
X: Final = 1 << 2
PS: Final = 1 << 7
A: Final = 1 << 8
D: Final = 1 << 9
SNP: Final = 1 << 11

FIELDS: Final = (
    (0, 0, 7),  # READ, WRITE, EXEC -> R, W, X
    (8, 3, 15),  # memory type -> 6:3, with ignore-PAT as its highest bit
    (6, 8, 1),  # ACCESSED -> A
    (7, 9, 1),  # DIRTY -> D
    (5, 11, 1),  # SNOOP -> SNP
)
SUPERPAGES: Final = 1 << 21 | 1 << 30


@dataclass(frozen=True, slots=True)
class VtdSecond(DirtyBit):
    """A second stage of 3, 4 or 5 levels; `superpages` as the capability register lists them."""

    accessed: ClassVar[int] = A
    dirty: ClassVar[int] = D

    levels: int = 3
    superpages: int = SUPERPAGES
    snoop_control: bool = True
    execute: bool = False
    oa_bits: int = 52
    name: str = "vtd-second"
    index_bits: int = 9
    oa_shift: int = 0
    signed: bool = False

    @property
    def tops(self) -> tuple[int, int]:
        return self.levels - 1, self.levels - 1

    def va_bits(self, top: int) -> int:
        return PAGE_BITS + 9 * (top + 1)

    def sizes(self, level: int) -> int:
        return PAGE if level == 0 else 1 << PAGE_BITS + 9 * level & self.superpages & SUPERPAGES

    def kind(self, word: int, level: int) -> int:
        if word & (R | W | X if self.execute else R | W) == 0:
            return EMPTY
        if word & ADDRESS & ~((1 << self.oa_bits) - 1):
            return RESERVED
        if level and not word & PS:
            return TABLE
        size = self.sizes(level)
        if not size or word & ADDRESS & size - 1 or (word & SNP and not self.snoop_control):
            return RESERVED
        return LEAF

    def table(self, pa: int, level: int) -> int:
        return pa | R | W

    def table_pa(self, word: int) -> int:
        return word & ADDRESS

    def next_level(self, word: int, level: int) -> int:
        return level - 1

    def table_allows(self, word: int) -> int:
        return word & (R | W | X) | USER

    def leaf(self, level: int, oa: int, lg2: int, attributes: int) -> int:
        return oa | spread(attributes, FIELDS) | (PS if level else 0)

    def copy_step(self, level: int, lg2: int) -> int:
        return 0

    def leaf_lg2(self, word: int, level: int) -> int:
        return PAGE_BITS + 9 * level

    def leaf_oa(self, word: int, level: int) -> int:
        return word & ADDRESS

    def attributes(self, word: int) -> int:
        return gather(word, FIELDS)

    def accepts(self, attributes: int) -> bool:
        mask = held(FIELDS) & ~((0 if self.execute else EXEC) | (0 if self.snoop_control else 1 << 5))
        return attributes & (ALL & ~mask) == 0 and attributes & (READ | WRITE) != 0

    def allows(self, word: int) -> int:
        return word & (R | W | X) | USER
