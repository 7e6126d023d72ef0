"""Entries computed by hand from the bit tables of the architectures, and entries that a walk must not accept."""

from __future__ import annotations

import pytest

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
from models.hw.formats import EMPTY, LEAF, RESERVED, TABLE, Format, all_sizes
from models.hw.memory import Memory
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_range

VTD, X86, AMD, ARM1, ARM2, RISCV = VtdSecond(5), X86First(5), AmdHost(), ArmLpae(1), ArmLpae(2), Riscv(5)
PLAIN = VtdSecond(3, superpages=0, snoop_control=False)
RW = READ | WRITE
SET = ACCESSED | DIRTY
INNER = 3 << SHARE_SHIFT
ARM = RW | USER | ACCESSED | INNER | 1 << MEMORY_TYPE_SHIFT
STAGE2 = ACCESSED | INNER | 15 << MEMORY_TYPE_SHIFT

LEAVES = [
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
]


@pytest.mark.parametrize(("shape", "level", "oa", "lg2", "attributes", "word"), LEAVES)
def test_a_leaf(shape: Format, level: int, oa: int, lg2: int, attributes: int, word: int) -> None:
    assert shape.accepts(attributes)
    assert shape.leaf(level, oa, lg2, attributes) == word
    assert shape.kind(word, level) == LEAF
    assert (shape.leaf_oa(word, level), shape.leaf_lg2(word, level)) == (oa, lg2)
    assert shape.attributes(word) == attributes


@pytest.mark.parametrize(
    ("shape", "level", "pa", "word"),
    [
        (VTD, 1, 0x5000, 0x5003),
        (X86, 3, 0x5000, 0x5027),
        (X86First(4, encryption=1 << 47), 1, 0x5000, 0x8000_0000_5027),
        (AMD, 1, 0x5000, 0x6000_0000_0000_5201),
        (AMD, 2, 0x5000, 0x6000_0000_0000_5401),
        (ARM1, 1, 0x5000, 0x5003),
        (ARM2, 2, 0x5000, 0x5003),
        (RISCV, 1, 0x5000, 0x1401),
    ],
)
def test_a_table(shape: Format, level: int, pa: int, word: int) -> None:
    assert shape.table(pa, level) == word
    assert (shape.kind(word, level), shape.table_pa(word)) == (TABLE, pa)
    assert shape.next_level(word, level) == level - 1


@pytest.mark.parametrize(
    ("shape", "level", "word", "kind"),
    [
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
    ],
)
def test_what_is_there(shape: Format, level: int, word: int, kind: int) -> None:
    assert shape.kind(word, level) == kind


@pytest.mark.parametrize(
    ("shape", "attributes"),
    [
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
    ],
)
def test_what_a_format_cannot_say(shape: Format, attributes: int) -> None:
    assert not shape.accepts(attributes)


def test_copies_of_a_contiguous_leaf() -> None:
    """Each entry of an ARM group has its own address; those of AMD and RISC-V are all the same."""
    assert [ARM1.copy_step(0, 16), ARM1.copy_step(1, 25), ARM2.copy_step(0, 16)] == [0x1000, 0x20_0000, 0x1000]
    assert [ARM1.copy_step(0, 12), AMD.copy_step(0, 16), RISCV.copy_step(0, 16)] == [0, 0, 0]
    for shape, words in (
        (ARM1, [0x0050_0000_0001_0F47 + 0x1000 * n for n in range(16)]),
        (AMD, [0x6000_0000_0001_7E01] * 16),
        (RISCV, [0x8000_0000_0000_60D7] * 16),
    ):
        table = PageTable(Memory(), shape)
        assert map_range(table, 0x2_0000, 0x1_0000, 1 << 16, RW) == 0
        last = table.tables()[-1][0]
        assert [table.memory.load(last + 8 * n) for n in range(32, 48)] == words


def test_the_pat_bit_is_no_address() -> None:
    assert X86.leaf_oa(0x20_10A7, 1) == 0x20_0000


def test_possible_sizes() -> None:
    """T6: the sizes of every format, from the lists of the architectures."""
    assert all_sizes(VtdSecond(5)) == 1 << 12 | 1 << 21 | 1 << 30
    assert all_sizes(PLAIN) == 1 << 12
    assert all_sizes(X86) == 1 << 12 | 1 << 21 | 1 << 30
    assert all_sizes(AMD) == sum(1 << n for n in range(12, 52) if n != 39)
    assert all_sizes(ARM1) == all_sizes(ARM2) == 1 << 12 | 1 << 16 | 1 << 21 | 1 << 25 | 1 << 30
    assert all_sizes(RISCV) == 1 << 12 | 1 << 16 | 1 << 21 | 1 << 30 | 1 << 39 | 1 << 48
    for shape in VTD, X86, AMD, ARM1, ARM2, RISCV:
        for level in range(shape.tops[1] + 1):
            item = 1 << 12 + 9 * level
            assert shape.sizes(level) & item - 1 == 0, "none below one entry"
            assert shape.sizes(level) < item << 9, "none as large as the table"


def test_dirty_of_arm_is_a_right() -> None:
    """Writable and clean is DBM with the write withheld; a write grants it, cleaning withholds it again."""
    clean, dirty = 0x0048_0000_0000_1FC7, 0x0048_0000_0000_1F47
    assert (ARM1.visited(clean, 0, True), ARM1.cleaned(dirty)) == (dirty, clean)
    assert (ARM1.is_dirty(clean), ARM1.is_dirty(dirty)) == (False, True)
    assert not ARM1.is_dirty(0x0040_0000_0000_1F47), "writable without DBM is not tracked"
    assert ARM1.visited(0x1FC7, 0, True) == 0x1FC7, "read-only stays read-only"
    clean, dirty = 0x0048_0000_0000_177F, 0x0048_0000_0000_17FF
    assert (ARM2.visited(clean, 0, True), ARM2.cleaned(dirty)) == (dirty, clean)


def test_rights_of_a_table() -> None:
    """APTable and XNTable of ARM stage 1, R and W of VT-d, XD of x86, IR and IW of AMD narrow what is below."""
    assert ARM1.table_allows(0x4000_0000_0000_5003) == READ | EXEC | USER
    assert ARM1.table_allows(0x2000_0000_0000_5003) == READ | WRITE | EXEC
    assert ARM1.table_allows(0x1000_0000_0000_5003) == READ | WRITE | USER
    assert ARM2.table_allows(0x7000_0000_0000_5003) == READ | WRITE | EXEC | USER
    assert VTD.table_allows(0x5001) == READ | USER
    assert X86.table_allows(0x8000_0000_0000_5025) == READ | USER
    assert AMD.table_allows(0x2000_0000_0000_5201) == READ | USER
