"""Entries of every format: by hand, there and back again, copy by copy, dirty and clean (T3 and T6 to T9)."""

from __future__ import annotations

from models.checks.catalogue import FORMATS
from models.checks.codec_vectors import (
    AMD,
    ARM1,
    ARM1_CLEAN,
    ARM1_DIRTY,
    ARM2,
    ARM2_CLEAN,
    ARM2_DIRTY,
    KINDS,
    LEAVES,
    NARROWING,
    RISCV,
    RW,
    SIZES,
    TABLES,
    UNSPEAKABLE,
    X86,
)
from models.checks.steps import Steps
from models.hw.attributes import ALL, DIRTY, TRACKED, WRITE
from models.hw.format_arm import ArmLpae
from models.hw.formats import LEAF, TABLE, Format, all_sizes, item_lg2
from models.hw.memory import Memory
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_range

COPIES = (0, 1, 2, 7, 15)


def vectors(steps: Steps) -> None:
    """Every entry that was computed by hand."""
    for shape, level, oa, lg2, attributes, word in LEAVES:
        what = f"{shape.name} leaf {word:#x}"
        steps.holds(f"{what} can be said", shape.accepts(attributes))
        steps.same(f"{what} encoded", shape.leaf(level, oa, lg2, attributes), word)
        steps.same(f"{what} kind", shape.kind(word, level), LEAF)
        steps.same(f"{what} decoded", (shape.leaf_oa(word, level), shape.leaf_lg2(word, level)), (oa, lg2))
        steps.same(f"{what} attributes", shape.attributes(word), attributes)
    for shape, level, pa, word in TABLES:
        what = f"{shape.name} table {word:#x}"
        steps.same(f"{what} encoded", shape.table(pa, level), word)
        steps.same(f"{what} decoded", (shape.kind(word, level), shape.table_pa(word)), (TABLE, pa))
        steps.same(f"{what} level", shape.next_level(word, level), level - 1)
    for shape, level, word, kind in KINDS:
        steps.same(f"{shape.name} kind of {word:#x} at level {level}", shape.kind(word, level), kind)
    for shape, attributes in UNSPEAKABLE:
        steps.same(f"{shape.name} accepts {attributes:#x}", shape.accepts(attributes), False)
    for shape, word, rights in NARROWING:
        steps.same(f"{shape.name} rights below {word:#x}", shape.table_allows(word), rights)
    steps.same("x86 PAT is no address", X86.leaf_oa(0x20_10A7, 1), 0x20_0000)


def sizes(steps: Steps) -> None:
    """T6: the sizes of every format; none below one entry, none as large as a whole table."""
    for shape, expected in SIZES:
        steps.same(f"{shape.name} sizes", all_sizes(shape), expected)
        for level in range(shape.tops[1] + 1):
            item = 1 << item_lg2(shape, level)
            steps.same(f"{shape.name} sizes below level {level}", shape.sizes(level) & item - 1, 0)
            steps.holds(f"{shape.name} sizes above level {level}", shape.sizes(level) < item << 9)


def dirty_of_arm(steps: Steps) -> None:
    """Writable and clean is DBM with the write withheld; a write grants it, cleaning withholds it again."""
    for shape, clean, dirty in (ARM1, ARM1_CLEAN, ARM1_DIRTY), (ARM2, ARM2_CLEAN, ARM2_DIRTY):
        steps.same("written", shape.visited(clean, 0, True), dirty)
        steps.same("cleaned", shape.cleaned(dirty), clean)
        steps.same("dirty", (shape.is_dirty(clean), shape.is_dirty(dirty)), (False, True))
    steps.same("writable without DBM is not tracked", ARM1.is_dirty(0x0040_0000_0000_1F47), False)
    steps.same("read-only stays read-only", ARM1.visited(0x1FC7, 0, True), 0x1FC7)


def copies(steps: Steps) -> None:
    """Each entry of an ARM group has its own address; those of AMD and RISC-V are all the same."""
    steps.same(
        "steps of ARM",
        [ARM1.copy_step(0, 16), ARM1.copy_step(1, 25), ARM2.copy_step(0, 16)],
        [1 << 12, 1 << 21, 1 << 12],
    )
    steps.same("steps of others", [ARM1.copy_step(0, 12), AMD.copy_step(0, 16), RISCV.copy_step(0, 16)], [0, 0, 0])
    for shape, words in (
        (ARM1, [0x0050_0000_0001_0F47 + 0x1000 * n for n in range(16)]),
        (AMD, [0x6000_0000_0001_7E01] * 16),
        (RISCV, [0x8000_0000_0000_60D7] * 16),
    ):
        table = PageTable(Memory(), shape)
        steps.same(f"{shape.name} maps 64 KiB", map_range(table, 0x2_0000, 0x1_0000, 1 << 16, RW), 0)
        last = table.tables()[-1][0]
        steps.same(f"{shape.name} copies", [table.memory.load(last + 8 * n) for n in range(32, 48)], words)


def there_and_back(steps: Steps) -> None:
    """T7 to T9 for every size of every format at the lowest, a middle and the highest address."""
    for name, shape in FORMATS.items():
        attributes = [a for a in (0x3, 0x1, 0x2, 0xF, 0x4B, 0xC3, 0x4003, ALL) if shape.accepts(a)]
        for level in range(shape.tops[1] + 1):
            for lg2 in range(shape.sizes(level).bit_length()):
                if shape.sizes(level) >> lg2 & 1:
                    for oa in (0, 0x1234_5678_9ABC_D000, (1 << 64) - 1):
                        low = oa & (1 << shape.oa_bits) - 1 & -(1 << lg2) & ~getattr(shape, "encryption", 0)
                        for each in attributes:
                            _one(steps, name, shape, level, low, lg2, each)


def _one(steps: Steps, name: str, shape: Format, level: int, oa: int, lg2: int, attributes: int) -> None:
    what = f"{name} level {level} 2^{lg2} at {oa:#x} with {attributes:#x}"
    word = shape.leaf(level, oa, lg2, attributes)
    count = (1 << lg2) >> item_lg2(shape, level)
    for copy in {*COPIES, count - 1} & set(range(count)):
        entry = word + copy * shape.copy_step(level, lg2)
        found = (shape.kind(entry, level), shape.leaf_lg2(entry, level), shape.leaf_oa(entry, level))
        steps.same(f"{what}, copy {copy}", found, (LEAF, lg2, oa))
        steps.same(f"{what}, copy {copy}, attributes", shape.attributes(entry), attributes)
    steps.same(f"{what}: cleaned is clean", shape.is_dirty(shape.cleaned(word)), False)
    tracked = not isinstance(shape, ArmLpae) or attributes & TRACKED != 0
    steps.same(f"{what}: dirtied is dirty", shape.is_dirty(shape.dirtied(word)), tracked)
    state = TRACKED | WRITE if isinstance(shape, ArmLpae) else DIRTY
    for after in shape.cleaned(word), shape.dirtied(word):
        steps.same(f"{what}: nothing else changes", shape.attributes(after) | state, attributes | state)
        steps.same(f"{what}: the address stays", shape.leaf_oa(after, level), oa)


def codec(steps: Steps) -> None:
    """All of it, the quick parts first."""
    for part in vectors, sizes, dirty_of_arm, copies, there_and_back:
        part(steps)
