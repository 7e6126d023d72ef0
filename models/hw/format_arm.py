"""ARM LPAE entries with the 4 KiB granule, both stages: a contiguous hint and a dirty state that lives in the rights.

Architecture: Arm Architecture Reference Manual, VMSAv8-64 "Descriptor formats" and "Hardware management of the dirty
state". Kernel: drivers/iommu/io-pgtable-arm.c. Output addresses of 52 bits are not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.hw.attributes import ALL, EXEC, READ, TRACKED, USER, WRITE, Field, gather, held, spread
from models.hw.formats import EMPTY, LEAF, PAGE_BITS, RESERVED, TABLE

VALID: Final = 1 << 0
TYPE: Final = 1 << 1
"""Upper levels: a table, not a block. Level 0: a page, and the only legal value."""
AP1: Final = 1 << 6
AP2: Final = 1 << 7
S2_READ: Final = 1 << 6
S2_WRITE: Final = 1 << 7
AF: Final = 1 << 10
NOT_GLOBAL: Final = 1 << 11
DBM: Final = 1 << 51
CONTIGUOUS: Final = 1 << 52
XN: Final = 1 << 54
XN_TABLE: Final = 1 << 60
AP_TABLE_USER: Final = 1 << 61
AP_TABLE_WRITE: Final = 1 << 62
ADDRESS: Final = (1 << 48) - (1 << PAGE_BITS)
GROUP: Final = 4
"""2^4 adjacent entries make a contiguous leaf."""

STAGE1: Final[tuple[Field, ...]] = (
    (8, 2, 7),  # memory type -> AttrIdx 4:2
    (3, 6, 1),  # USER -> AP1
    (1, 7, 1),  # WRITE -> AP2, inverted
    (12, 8, 3),  # shareability -> SH
    (6, 10, 1),  # ACCESSED -> AF
    (4, 11, 1),  # GLOBAL -> nG, inverted
    (14, 51, 1),  # TRACKED -> DBM
    (2, 54, 1),  # EXEC -> XN, inverted
)
STAGE1_INVERTED: Final = AP2 | NOT_GLOBAL | XN
STAGE2: Final[tuple[Field, ...]] = (
    (8, 2, 15),  # memory type -> MemAttr 5:2
    (0, 6, 3),  # READ, WRITE -> S2AP
    (12, 8, 3),  # shareability -> SH
    (6, 10, 1),  # ACCESSED -> AF
    (14, 51, 1),  # TRACKED -> DBM
    (2, 54, 1),  # EXEC -> XN, inverted
)
STAGE2_INVERTED: Final = XN


@dataclass(frozen=True, slots=True)
class ArmLpae:
    """One stage; `bits` is the input width. Stage 2 may use up to 16 concatenated top tables instead of a level."""

    stage: int = 1
    bits: int = 39
    levels: int = 3
    name: str = "arm-lpae"
    index_bits: int = 9
    oa_bits: int = 48
    oa_shift: int = 0
    signed: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        return STAGE1 if self.stage == 1 else STAGE2

    @property
    def inverted(self) -> int:
        return STAGE1_INVERTED if self.stage == 1 else STAGE2_INVERTED

    @property
    def tops(self) -> tuple[int, int]:
        return self.levels - 1, self.levels - 1

    def va_bits(self, top: int) -> int:
        return self.bits

    def sizes(self, level: int) -> int:
        if level > 2:
            return 0
        first = PAGE_BITS + 9 * level
        return 1 << first | (1 << first + GROUP if level < 2 else 0)

    def kind(self, word: int, level: int) -> int:
        if word & VALID == 0:
            return EMPTY
        if level and word & TYPE:
            return TABLE
        if level == 0:
            return LEAF if word & TYPE else RESERVED
        size = 1 << PAGE_BITS + 9 * level
        return LEAF if level <= 2 and word & ADDRESS & size - 1 == 0 else RESERVED

    def table(self, pa: int, level: int) -> int:
        return pa | VALID | TYPE

    def table_pa(self, word: int) -> int:
        return word & ADDRESS

    def next_level(self, word: int, level: int) -> int:
        return level - 1

    def table_allows(self, word: int) -> int:
        allowed = READ | WRITE | EXEC | USER
        if self.stage == 1:
            allowed ^= (word >> 62 & 1) * WRITE | (word >> 60 & 1) * EXEC | (word >> 61 & 1) * USER
        return allowed

    def leaf(self, level: int, oa: int, lg2: int, attributes: int) -> int:
        word = (spread(attributes, self.fields) ^ self.inverted) | oa | VALID | (0 if level else TYPE)
        return word if lg2 == PAGE_BITS + 9 * level else word | CONTIGUOUS

    def copy_step(self, level: int, lg2: int) -> int:
        return 0 if lg2 == PAGE_BITS + 9 * level else 1 << PAGE_BITS + 9 * level

    def leaf_lg2(self, word: int, level: int) -> int:
        return PAGE_BITS + 9 * level + (GROUP if word & CONTIGUOUS and level < 2 else 0)

    def leaf_oa(self, word: int, level: int) -> int:
        return word & ADDRESS & -(1 << self.leaf_lg2(word, level))

    def attributes(self, word: int) -> int:
        return gather(word ^ self.inverted, self.fields) | (READ if self.stage == 1 else 0)

    def accepts(self, attributes: int) -> bool:
        mask = held(self.fields) | READ
        return attributes & (ALL & ~mask) == 0 and (self.stage == 2 or attributes & READ != 0)

    def allows(self, word: int) -> int:
        allowed = self.attributes(word) & (READ | WRITE | EXEC | USER)
        return allowed if self.stage == 1 else allowed | USER

    def visited(self, word: int, level: int, write: bool) -> int:
        if self.kind(word, level) != LEAF:
            return word
        return self.dirtied(word | AF) if write else word | AF

    def is_refused(self, word: int, write: bool) -> bool:
        return word & AF == 0

    def is_dirty(self, word: int) -> bool:
        return self.attributes(word) & (TRACKED | WRITE) == TRACKED | WRITE

    def dirtied(self, word: int) -> int:
        """Grants the write that was withheld; only an entry with DBM changes."""
        granted = (word >> 51 & 1) << 7
        return word & ~granted if self.stage == 1 else word | granted

    def cleaned(self, word: int) -> int:
        """Withholds the write again; only an entry with DBM changes."""
        granted = (word >> 51 & 1) << 7
        return word | granted if self.stage == 1 else word & ~granted
