"""x86-64 first-stage entries, as VT-d uses them for the first stage and AMD for the guest table.

Architecture: Intel VT-d specification, "First-Stage Paging Entries"; AMD IOMMU specification, guest page tables.
Kernel: drivers/iommu/generic_pt/fmt/x86_64.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from models.hw.attributes import ALL, EXEC, READ, USER, WRITE, gather, held, spread
from models.hw.dirty_bit import DirtyBit
from models.hw.formats import ADDRESS, EMPTY, LEAF, PAGE_BITS, RESERVED, TABLE

P: Final = 1 << 0
RW: Final = 1 << 1
U: Final = 1 << 2
A: Final = 1 << 5
D: Final = 1 << 6
PS: Final = 1 << 7
XD: Final = 1 << 63

FIELDS: Final = (
    (0, 0, 1),  # READ -> P: what is present can be read
    (1, 1, 1),  # WRITE -> RW
    (3, 2, 1),  # USER -> U
    (8, 3, 3),  # memory type -> PWT, PCD
    (6, 5, 1),  # ACCESSED -> A
    (7, 6, 1),  # DIRTY -> D
    (4, 8, 1),  # GLOBAL -> G
    (2, 63, 1),  # EXEC -> XD, inverted
)
PAT: Final = 1 << 12
"""Of a large leaf; no part of its address."""


@dataclass(frozen=True, slots=True)
class X86First(DirtyBit):
    """A first stage of 3 to 5 levels; `signed` is off for the use without sign extension, which is one bit narrower.

    `encryption` is the address bit (C-bit) that marks encrypted memory, or 0; it is set everywhere and is no address.
    """

    accessed: ClassVar[int] = A
    dirty: ClassVar[int] = D

    levels: int = 4
    signed: bool = True
    encryption: int = 0
    name: str = "x86-first"
    index_bits: int = 9
    oa_bits: int = 52
    oa_shift: int = 0

    @property
    def tops(self) -> tuple[int, int]:
        return self.levels - 1, self.levels - 1

    def va_bits(self, top: int) -> int:
        return PAGE_BITS + 9 * (top + 1) - (0 if self.signed else 1)

    def sizes(self, level: int) -> int:
        return 1 << PAGE_BITS + 9 * level if level <= 2 else 0

    def kind(self, word: int, level: int) -> int:
        if word & P == 0:
            return EMPTY
        if level and not word & PS:
            return TABLE
        size = self.sizes(level)
        if not size or (level and word & ADDRESS & ~self.encryption & size - 1 & ~PAT):
            return RESERVED
        return LEAF

    def table(self, pa: int, level: int) -> int:
        return pa | self.encryption | P | RW | U | A

    def table_pa(self, word: int) -> int:
        return word & ADDRESS & ~self.encryption

    def next_level(self, word: int, level: int) -> int:
        return level - 1

    def table_allows(self, word: int) -> int:
        return READ | gather(word ^ XD, FIELDS) & (WRITE | USER | EXEC)

    def leaf(self, level: int, oa: int, lg2: int, attributes: int) -> int:
        return (spread(attributes, FIELDS) ^ XD) | oa | self.encryption | (PS if level else 0)

    def copy_step(self, level: int, lg2: int) -> int:
        return 0

    def leaf_lg2(self, word: int, level: int) -> int:
        return PAGE_BITS + 9 * level

    def leaf_oa(self, word: int, level: int) -> int:
        return word & ADDRESS & ~self.encryption & -(1 << PAGE_BITS + 9 * level)

    def attributes(self, word: int) -> int:
        return gather(word ^ XD, FIELDS)

    def accepts(self, attributes: int) -> bool:
        return attributes & (ALL & ~held(FIELDS)) == 0 and attributes & READ != 0

    def allows(self, word: int) -> int:
        return gather(word ^ XD, FIELDS) & (READ | WRITE | EXEC | USER)
