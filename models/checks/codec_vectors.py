"""Entries computed by hand from the bit tables of the architectures, and entries that a walk must not accept."""

from __future__ import annotations

from typing import Final

from models.hw.attributes import (
    ACCESSED,
    DIRTY,
    EXEC,
    GLOBAL,
    MEMORY_TYPE_SHIFT,
    READ,
    SHARE_SHIFT,
    SNOOP,
    TRACKED,
    USER,
    WRITE,
)
from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import EMPTY, LEAF, RESERVED, TABLE, Format

VTD, X86, AMD, ARM1, ARM2, RISCV = VtdSecond(5), X86First(5), AmdHost(), ArmLpae(1), ArmLpae(2), Riscv(5)
PLAIN = VtdSecond(3, superpages=0, snoop_control=False)
RW = READ | WRITE
SET = ACCESSED | DIRTY
INNER = 3 << SHARE_SHIFT
ARM = RW | USER | ACCESSED | INNER | 1 << MEMORY_TYPE_SHIFT
STAGE2 = ACCESSED | INNER | 15 << MEMORY_TYPE_SHIFT

LEAVES: Final[tuple[tuple[Format, int, int, int, int, int], ...]] = (
    (VTD, 0, 0x1000, 12, RW, 0x1003),
    (VTD, 0, 0x1000, 12, RW | SET, 0x1303),
    (VTD, 0, 0x1000, 12, RW | 6 << MEMORY_TYPE_SHIFT, 0x1033),
    (VTD, 1, 0x20_0000, 21, READ, 0x20_0081),
    (VTD, 2, 0x4000_0000, 30, RW | SNOOP, 0x4000_0883),
    (X86, 0, 0x1000, 12, RW | USER | SET, 0x8000_0000_0000_1067),
    (X86, 1, 0x20_0000, 21, READ | EXEC | USER | ACCESSED, 0x20_00A5),
    (X86, 0, 0x1000, 12, READ | EXEC | GLOBAL | 3 << MEMORY_TYPE_SHIFT, 0x1119),
    (X86First(4, encryption=1 << 47), 0, 0x1000, 12, READ | EXEC, 0x8000_0000_1001),
    (AMD, 0, 0x1000, 12, RW, 0x6000_0000_0000_1001),
    (AMD, 0, 0x1000, 12, READ | SNOOP, 0x3000_0000_0000_1001),
    (AMD, 0, 0x1000, 12, WRITE | SET, 0x4000_0000_0000_1061),
    (AMD, 0, 0x1_0000, 13, RW, 0x6000_0000_0001_0E01),
    (AMD, 0, 0x1_0000, 14, RW, 0x6000_0000_0001_1E01),
    (AMD, 0, 0x1_0000, 16, RW, 0x6000_0000_0001_7E01),
    (AMD, 1, 0x20_0000, 21, RW, 0x6000_0000_0020_0001),
    (AMD, 1, 0x40_0000, 22, RW, 0x6000_0000_005F_FE01),
    (AMD, 2, 0x1_0000_0000, 32, RW, 0x6000_0001_7FFF_FE01),
    (ARM1, 0, 0x1000, 12, ARM, 0x0040_0000_0000_1F47),
    (ARM1, 0, 0x1000, 12, ARM & ~WRITE | EXEC, 0x1FC7),
    (ARM1, 0, 0x1000, 12, ARM | GLOBAL, 0x0040_0000_0000_1747),
    (ARM1, 1, 0x20_0000, 21, ARM, 0x0040_0000_0020_0F45),
    (ARM1, 0, 0x1_0000, 16, ARM, 0x0050_0000_0001_0F47),
    (ARM1, 1, 0x200_0000, 25, ARM, 0x0050_0000_0200_0F45),
    (ARM1, 0, 0x1000, 12, ARM & ~WRITE | TRACKED, 0x0048_0000_0000_1FC7),
    (ARM2, 0, 0x1000, 12, STAGE2 | RW, 0x0040_0000_0000_17FF),
    (ARM2, 0, 0x1000, 12, STAGE2 | WRITE | EXEC, 0x17BF),
    (ARM2, 2, 0x4000_0000, 30, STAGE2 | READ, 0x0040_0000_4000_077D),
    (RISCV, 0, 0x1000, 12, RW | USER | SET, 0x4D7),
    (RISCV, 0, 0x1000, 12, READ | EXEC | GLOBAL | 1 << MEMORY_TYPE_SHIFT, 0x2000_0000_0000_042B),
    (RISCV, 0, 0x1_0000, 16, RW | USER | SET, 0x8000_0000_0000_60D7),
    (RISCV, 1, 0x20_0000, 21, RW | USER | SET, 0x8_00D7),
    (RISCV, 4, 1 << 48, 48, RW | USER | SET, 0x4000_0000_00D7),
)
"""Format, level, output address, size, attributes, entry."""

TABLES: Final[tuple[tuple[Format, int, int, int], ...]] = (
    (VTD, 1, 0x5000, 0x5003),
    (X86, 3, 0x5000, 0x5027),
    (X86First(4, encryption=1 << 47), 1, 0x5000, 0x8000_0000_5027),
    (AMD, 1, 0x5000, 0x6000_0000_0000_5201),
    (AMD, 2, 0x5000, 0x6000_0000_0000_5401),
    (ARM1, 1, 0x5000, 0x5003),
    (ARM2, 2, 0x5000, 0x5003),
    (RISCV, 1, 0x5000, 0x1401),
)
"""Format, level, address of the table, entry."""

KINDS: Final[tuple[tuple[Format, int, int, int], ...]] = (
    (VTD, 0, 0x1004, EMPTY),  # neither R nor W
    (VtdSecond(3, execute=True), 0, 0x1004, LEAF),
    (VTD, 3, 0x1083, RESERVED),  # PS at 512 GiB
    (VTD, 1, 0x20_1083, RESERVED),  # address inside the page
    (PLAIN, 1, 0x20_0083, RESERVED),  # no superpages
    (PLAIN, 0, 0x1803, RESERVED),  # SNP without snoop control
    (VtdSecond(3, oa_bits=39), 0, 0x80_0000_0003, RESERVED),
    (X86, 0, 0x1066, EMPTY),
    (X86, 3, 0x10A7, RESERVED),
    (X86, 1, 0x20_20A7, RESERVED),
    (X86, 1, 0x20_10A7, LEAF),  # PAT, not address
    (AMD, 0, 0x6000_0000_0000_1000, EMPTY),
    (AMD, 0, 0x6000_0000_0000_1201, RESERVED),  # a table below the last level
    (AMD, 1, 0x6000_0000_0000_1401, RESERVED),  # a table of its own level
    (AMD, 2, 0x6000_0000_0000_1201, TABLE),  # a level skipped
    (AMD, 3, 0x6000_0000_0000_0001, RESERVED),  # 512 GiB
    (AMD, 1, 0x6000_0000_0001_0E01, RESERVED),  # 8 KiB among 2 MiB entries
    (AMD, 0, 0x6000_0000_001F_FE01, RESERVED),  # 4 MiB among 4 KiB entries
    (AMD, 5, 0x6000_0000_0000_0001, RESERVED),  # the top of mode 6
    (AMD, 1, 0x6000_0000_0000_1001, RESERVED),  # address inside the page
    (ARM1, 0, 0x1F45, RESERVED),  # a block at the last level
    (ARM1, 1, 0x0040_0000_0020_1F45, RESERVED),
    (ARM1, 1, 0x0040_0000_0020_0F44, EMPTY),
    (ArmLpae(1, 48, 4), 3, 0x0F45, RESERVED),  # a block of 512 GiB
    (RISCV, 0, 0x4D6, EMPTY),
    (RISCV, 0, 0x4D5, RESERVED),  # W without R
    (RISCV, 0, 0x401, RESERVED),  # a table at the last level
    (RISCV, 1, 0x4D7, RESERVED),  # misaligned superpage
    (RISCV, 0, 0x8000_0000_0000_40D7, RESERVED),  # Svnapot of another size
    (RISCV, 1, 0x8000_0000_0008_20D7, RESERVED),  # Svnapot above the last level
    (RISCV, 0, 0x0040_0000_0000_04D7, RESERVED),  # bit 54
)
"""Format, level, entry, what it is."""

UNSPEAKABLE: Final[tuple[tuple[Format, int], ...]] = (
    (VTD, SNOOP),
    (VTD, RW | EXEC),
    (VTD, RW | GLOBAL),
    (PLAIN, RW | SNOOP),
    (X86, WRITE),
    (X86, RW | SNOOP),
    (AMD, 0),
    (AMD, RW | EXEC),
    (ARM1, WRITE),
    (ARM1, RW | SNOOP),
    (RISCV, WRITE),
    (RISCV, 0),
    (Riscv(3, second=True), RW),
)
"""Attributes that a format has no way to say."""

SIZES: Final[tuple[tuple[Format, int], ...]] = (
    (VtdSecond(5), 1 << 12 | 1 << 21 | 1 << 30),
    (PLAIN, 1 << 12),
    (X86, 1 << 12 | 1 << 21 | 1 << 30),
    (AMD, sum(1 << n for n in range(12, 52) if n != 39)),
    (ARM1, 1 << 12 | 1 << 16 | 1 << 21 | 1 << 25 | 1 << 30),
    (ARM2, 1 << 12 | 1 << 16 | 1 << 21 | 1 << 25 | 1 << 30),
    (RISCV, 1 << 12 | 1 << 16 | 1 << 21 | 1 << 30 | 1 << 39 | 1 << 48),
)
"""All page sizes of a format, from the lists of the architectures."""

ARM1_CLEAN, ARM1_DIRTY = 0x0048_0000_0000_1FC7, 0x0048_0000_0000_1F47
ARM2_CLEAN, ARM2_DIRTY = 0x0048_0000_0000_177F, 0x0048_0000_0000_17FF

NARROWING: Final[tuple[tuple[Format, int, int], ...]] = (
    (ARM1, 0x4000_0000_0000_5003, READ | EXEC | USER),
    (ARM1, 0x2000_0000_0000_5003, READ | WRITE | EXEC),
    (ARM1, 0x1000_0000_0000_5003, READ | WRITE | USER),
    (ARM2, 0x7000_0000_0000_5003, READ | WRITE | EXEC | USER),
    (VTD, 0x5001, READ | USER),
    (X86, 0x8000_0000_0000_5025, READ | USER),
    (AMD, 0x2000_0000_0000_5201, READ | USER),
)
"""Format, entry of a table, the rights that it leaves: APTable and XNTable of ARM stage 1, R and W of VT-d, XD of x86,
IR and IW of AMD."""
