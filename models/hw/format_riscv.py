"""RISC-V Sv39, Sv48 and Sv57 entries with Svnapot, for the first stage and, two bits wider, for the second.

Architecture: RISC-V privileged specification, "Sv39" and its wider forms, "Svnapot", "Hypervisor" for the x4 modes.
Kernel: drivers/iommu/generic_pt/fmt/riscv.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from models.hw.attributes import ALL, EXEC, READ, RIGHTS, USER, WRITE, gather, held, spread
from models.hw.dirty_bit import DirtyBit
from models.hw.formats import EMPTY, LEAF, PAGE, PAGE_BITS, RESERVED, TABLE

V: Final = 1 << 0
R: Final = 1 << 1
W: Final = 1 << 2
X: Final = 1 << 3
U: Final = 1 << 4
A: Final = 1 << 6
D: Final = 1 << 7
N: Final = 1 << 63
PPN: Final = (1 << 54) - (1 << 10)
UNUSED: Final = (1 << 61) - (1 << 54)
NAPOT: Final = 16
"""2^16 bytes: the one contiguous size, of 16 identical entries whose low PPN bits are 1000."""
NAPOT_PPN: Final = 15 << 10
NAPOT_MARK: Final = 8 << 10

FIELDS: Final = (
    (0, 1, 7),  # READ, WRITE, EXEC -> R, W, X
    (3, 4, 1),  # USER -> U
    (4, 5, 1),  # GLOBAL -> G
    (6, 6, 3),  # ACCESSED, DIRTY -> A, D
    (8, 61, 3),  # memory type -> 62:61
)


@dataclass(frozen=True, slots=True)
class Riscv(DirtyBit):
    """Three to five levels; the second stage (Sv39x4 and so on) has a top of 16 KiB and no sign extension."""

    accessed: ClassVar[int] = A
    dirty: ClassVar[int] = D

    levels: int = 3
    second: bool = False
    name: str = "riscv"
    index_bits: int = 9
    oa_bits: int = 56
    oa_shift: int = 2

    @property
    def signed(self) -> bool:
        return not self.second

    @property
    def tops(self) -> tuple[int, int]:
        return self.levels - 1, self.levels - 1

    def va_bits(self, top: int) -> int:
        return PAGE_BITS + 9 * (top + 1) + (2 if self.second else 0)

    def sizes(self, level: int) -> int:
        return PAGE | 1 << NAPOT if level == 0 else 1 << PAGE_BITS + 9 * level

    def kind(self, word: int, level: int) -> int:
        if word & V == 0:
            return EMPTY
        if word & UNUSED or word & (R | W) == W:
            return RESERVED
        if word & (R | W | X) == 0:
            return TABLE if level and not word & N else RESERVED
        if word & N and (level or word & NAPOT_PPN != NAPOT_MARK):
            return RESERVED
        return RESERVED if (word & PPN) << 2 & (1 << PAGE_BITS + 9 * level) - 1 else LEAF

    def table(self, pa: int, level: int) -> int:
        return pa >> 2 | V

    def table_pa(self, word: int) -> int:
        return (word & PPN) << 2

    def next_level(self, word: int, level: int) -> int:
        return level - 1

    def table_allows(self, word: int) -> int:
        return RIGHTS

    def leaf(self, level: int, oa: int, lg2: int, attributes: int) -> int:
        word = oa >> 2 | V | spread(attributes, FIELDS)
        return word | N | NAPOT_MARK if lg2 == NAPOT else word

    def copy_step(self, level: int, lg2: int) -> int:
        return 0

    def leaf_lg2(self, word: int, level: int) -> int:
        return NAPOT if word & N else PAGE_BITS + 9 * level

    def leaf_oa(self, word: int, level: int) -> int:
        return (word & PPN) << 2 & -(1 << self.leaf_lg2(word, level))

    def attributes(self, word: int) -> int:
        return gather(word, FIELDS)

    def accepts(self, attributes: int) -> bool:
        if attributes & (ALL & ~held(FIELDS)) or attributes & (READ | WRITE) == WRITE:
            return False
        return attributes & (READ | EXEC) != 0 and (not self.second or attributes & USER != 0)

    def allows(self, word: int) -> int:
        return gather(word, FIELDS) & RIGHTS

    def visited(self, word: int, level: int, write: bool) -> int:
        if word & (R | W | X) == 0:
            return word
        return word | A | (D if write else 0)

    def is_refused(self, word: int, write: bool) -> bool:
        return word & A == 0 or (write and word & D == 0)
