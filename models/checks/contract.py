"""The contract of map and unmap, case by case: U1 to U8 of the kernel's own tests, errors, all or nothing, growth.

Kernel: drivers/iommu/generic_pt/kunit_iommu_pt.h.
"""

from __future__ import annotations

import errno
from collections import Counter
from typing import Any, Final

from models.checks.catalogue import FORMATS, SMALL_SET
from models.checks.steps import Steps
from models.hw.attributes import EXEC, READ, RIGHTS, WRITE
from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Format, Root, all_sizes
from models.hw.memory import Memory
from models.hw.walker import Translation, Walker
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_pages, map_range
from models.kernel.pgtable_unmap import unmap_pages

PAGE, M2, G1 = 1 << 12, 1 << 21, 1 << 30
RW = READ | WRITE


def table_of(shape: Format, **options: Any) -> PageTable:
    return PageTable(Memory(), shape, **options)


def sizes_used(table: PageTable) -> Counter[int]:
    return Counter(1 << leaf.lg2 for leaf in table.leaves())


def growing_top(steps: Steps) -> None:
    """U1: mapping just below the end of the range keeps the top, just above it adds exactly one level."""
    moved: list[Root] = []
    table = table_of(AmdHost(start=1), moved=moved.append)
    for top in range(1, 5):
        end = 1 << 12 + 9 * (top + 1)
        steps.same("map below the end", map_range(table, end - PAGE, 0x1000, PAGE, RW), 0)
        steps.same("top", table.root.top, top)
        steps.same("map above the end", map_range(table, end, 0x2000, PAGE, RW), 0)
        steps.same("top", table.root.top, top + 1)
        steps.same("both are there", (table.translate(end - PAGE), table.translate(end)), (0x1000, 0x2000))
    steps.same("roots that hardware was told", [root.top for root in moved], [2, 3, 4, 5])
    last = (1 << 64) - PAGE
    steps.same("map the last page", map_range(table, last, 0x3000, PAGE, RW), 0)
    found = Walker(table.memory, table.shape).walk(table.root, last, READ).result
    steps.same("walk to it", found, Translation(last, 12, 0x3000, RW | 8, False, False))


def hardware_first(steps: Steps) -> None:
    """Hardware knows a new root before software uses it, and the old one stays right."""
    seen = []
    table = table_of(AmdHost(start=1))
    table.moved = lambda root: seen.append((table.root, root))
    steps.same("map", map_range(table, 0, 0x1000, PAGE, RW), 0)
    before = table.root
    steps.same("map beyond the top", map_range(table, G1, 0x2000, PAGE, RW), 0)
    steps.same("software's root and hardware's", seen, [(before, table.root)])
    for root in before, table.root:
        found = Walker(table.memory, table.shape).walk(root, 0, READ).result
        steps.holds("both roots find it", isinstance(found, Translation) and found.pa == 0x1000)


def one_level_up(steps: Steps) -> None:
    """A leaf as large as the whole table is one leaf further up."""
    table = table_of(AmdHost(start=1))
    steps.same("map", map_range(table, 0, G1, G1, RW), 0)
    steps.same("top and leaves", (table.root.top, sizes_used(table)), (2, {G1: 1}))


def each_size_once(steps: Steps, name: str) -> None:
    """U2: one page of every size, really of that size, translated at both ends; afterwards nothing is left."""
    shape = FORMATS[name]
    table = table_of(shape)
    highest = table.lowest_and_highest(0)[1]
    sizes = [1 << n for n in range(64) if all_sizes(shape) >> n & 1]
    mapped = []
    for size in sizes:
        # At its own multiple, so that no two overlap and nothing larger fits.
        if 2 * size - 1 <= highest and 2 * size <= 1 << shape.oa_bits:
            oa = size & ~getattr(shape, "encryption", 0)
            steps.same(f"{name}: map {size:#x}", map_range(table, size, oa, size, RW), 0)
            mapped.append((size, oa))
    steps.same(f"{name}: sizes in use", sizes_used(table), dict.fromkeys([size for size, _ in mapped], 1))
    steps.holds(f"{name}: all sizes but one fit at least", len(mapped) >= len(sizes) - 1)
    for size, oa in mapped:
        for offset in 0, size - 8:
            found = Walker(table.memory, shape).walk(table.root, size + offset, RW).result
            there = isinstance(found, Translation) and (found.address(size + offset), 1 << found.lg2)
            steps.same(f"{name}: {size + offset:#x}", there, (oa + offset, size))
        steps.same(f"{name}: unmap {size:#x}", unmap_pages(table, size, size), size)
    steps.same(f"{name}: leaves at the end", list(table.leaves()), [])


def empty_table_gives_way(steps: Steps, name: str, careful: bool) -> None:
    """U3: small pages go by halves and one by one, their table stays; then a large leaf replaces it, after a flush."""
    flushes: list[tuple[int, int, bool]] = []
    table = table_of(FORMATS[name], flush=lambda *f: flushes.append(f), careful=careful)
    large = 1 << 12 + FORMATS[name].index_bits
    pages = large // PAGE
    for n in range(pages):
        steps.same(f"{name}: map", map_range(table, n * PAGE, (2 * n + 1) * PAGE, PAGE, RW), 0)
    steps.same(f"{name}: unmap one half", unmap_pages(table, 0, large // 2), large // 2)
    for n in range(pages // 2, pages):
        steps.same(f"{name}: unmap one", unmap_pages(table, n * PAGE, PAGE), PAGE)
    used = table.memory.used()
    steps.same(f"{name}: memory", used, (len(table.tables()) + (1 if name == "arm2-40" else 0)) * PAGE)
    flushes.clear()
    steps.same(f"{name}: map large", map_range(table, 0, large, large, RW), 0)
    steps.same(f"{name}: flushes", flushes, [(0, large - 1, False)])
    steps.same(f"{name}: leaves and memory", (sizes_used(table), table.memory.used()), ({large: 1}, used - PAGE))


def end_takes_the_whole_leaf(steps: Steps, name: str) -> None:
    """U4: a small unmap at the start of a large leaf takes all of it, not its neighbour; in the middle, nothing."""
    flushes: list[tuple[int, int, bool]] = []
    table = table_of(FORMATS[name], flush=lambda *f: flushes.append(f))
    steps.same(f"{name}: map", map_range(table, M2, M2, M2, RW), 0)
    steps.same(f"{name}: map the neighbour", map_range(table, 2 * M2, 4 * M2, M2, RW), 0)
    steps.same(f"{name}: unmap in the middle", unmap_pages(table, M2 + PAGE, PAGE), 0)
    steps.same(f"{name}: nothing went", (flushes, len(list(table.leaves()))), ([], 2))
    steps.same(f"{name}: unmap at the start", unmap_pages(table, M2, PAGE), M2)
    steps.same(f"{name}: flushes", flushes, [(M2, 2 * M2 - 1, True)])
    steps.same(f"{name}: the neighbour stays", [leaf.iova for leaf in table.leaves()], [2 * M2])


def near_a_boundary(steps: Steps, name: str) -> None:
    """U6: a range whose ends are no round numbers: every byte where it belongs."""
    if name == "toy":
        return
    table = table_of(FORMATS[name])
    first, last, pa = 0xFEF8_0000, 0xFEF9_FFFF, 0x20_8B95_D000
    steps.same(f"{name}: map", map_range(table, first, pa, last - first + 1, RW), 0)
    for iova in range(first, last, PAGE):
        steps.same(f"{name}: {iova:#x}", table.translate(iova), pa + iova - first)
    steps.same(f"{name}: on both sides", (table.translate(first - 1), table.translate(last + 1)), (None, None))


def two_sizes(steps: Steps, name: str) -> None:
    """U7: pages 0x3fe400 to 0x4c05ff are exactly 14 leaves of 2 MiB, 3 of 1 GiB and 3 of 2 MiB; neighbours survive."""
    table = table_of(FORMATS[name])
    first, end = 0x3FE400 << 12, 0x4C0600 << 12
    after = 0x4FF000 << 12
    steps.same(f"{name}: map the neighbour", map_range(table, after, 0x7000, PAGE, RW), 0)
    steps.same(f"{name}: map", map_range(table, first, first, end - first, RW), 0)
    found = [leaf.lg2 for leaf in table.leaves()]
    steps.same(f"{name}: leaves", found, [21] * 14 + [30] * 3 + [21] * 3 + [12])
    steps.same(f"{name}: the neighbour", table.translate(after), 0x7000)
    steps.same(f"{name}: unmap", unmap_pages(table, first, end - first), end - first)
    steps.same(f"{name}: the neighbour stays", [leaf.iova for leaf in table.leaves()], [after])


def errors(steps: Steps, name: str) -> None:
    """What cannot be mapped at all is refused before anything is allocated."""
    shape = FORMATS[name]
    table = table_of(shape)
    highest = table.lowest_and_highest(0)[1]
    empty = sorted(table.memory.frames)
    top = 1 << shape.oa_bits
    for what, iova, pa, length, error in (
        ("no length", 0, 0, 0, errno.EINVAL),
        ("half a page", 0x800, 0, PAGE, errno.ENXIO),
        ("to half a page", 0, 0x800, PAGE, errno.ENXIO),
        ("an odd length", 0, 0, PAGE + 1, errno.ENXIO),
        ("beyond 64 bits", (1 << 64) - PAGE, 0, 2 * PAGE, errno.EOVERFLOW),
        ("to beyond the format", 0, top, PAGE, errno.ERANGE),
        ("to across the end of the format", 0, top - PAGE, 2 * PAGE, errno.ERANGE),
        *(
            (
                ("across the end", highest + 1 - PAGE, 0, 2 * PAGE, errno.ERANGE),
                ("beyond the end", highest + 1, 0, PAGE, errno.ERANGE),
            )
            if highest + 1 < 1 << 64
            else ()
        ),
    ):
        steps.same(f"{name}: {what}", map_pages(table, iova, pa, length, RW), (-error, 0))
    steps.same(f"{name}: frames", sorted(table.memory.frames), empty)
    for iova, length in (0, PAGE), (0, 0), (highest + 1, PAGE):
        steps.same(f"{name}: unmap nothing", unmap_pages(table, iova, length), 0)


ASKED: Final[tuple[tuple[Format, int, int, int], ...]] = (
    (VtdSecond(3), 0, -errno.EINVAL, 0),
    (VtdSecond(3), WRITE, 0, WRITE),
    (X86First(4), WRITE, 0, RW),
    (X86First(4), READ | EXEC, 0, READ | EXEC),
    (X86First(4), EXEC, -errno.EINVAL, 0),
    (AmdHost(), WRITE, 0, WRITE),
    (AmdHost(), RW | EXEC, 0, RW),
    (ArmLpae(1), WRITE, 0, RW),
    (ArmLpae(2), WRITE, 0, WRITE),
    (ArmLpae(1), 0, 0, 0),
    (Riscv(3), WRITE, 0, RW),
    (Riscv(3), 0, -errno.EINVAL, 0),
)
"""Format, rights that are asked for, the answer, the rights that a walk finds."""


def rights(steps: Steps) -> None:
    """What a format cannot say is refused or widened, as software has it."""
    for shape, prot, answer, expected in ASKED:
        table = table_of(shape)
        steps.same(f"{shape.name}: map for {prot}", map_range(table, 0, 0x1000, PAGE, prot), answer)
        walked = Walker(table.memory, shape).walk(table.root, 0, 0).result
        found = walked.allowed & RIGHTS & ~8 if isinstance(walked, Translation) else 0
        steps.same(f"{shape.name}: rights of {prot}", found, expected)


def all_or_nothing(steps: Steps, name: str) -> None:
    """P8: with every number of frames left, and with something in the way, the table means what it meant before."""
    shape = FORMATS[name]
    place = 0x7000 if name == "toy" else M2 - PAGE
    base = 0 if name == "toy" else M2 - 3 * PAGE
    for budget in range(4):
        table = table_of(shape)
        table.memory.budget = budget
        error = map_range(table, base, 0x5_3000, 5 * PAGE, RW)
        expected = -errno.ENOMEM if budget < (2 if name == "toy" else 3) else 0
        steps.same(f"{name}: map with {budget} frames", error, expected)
        left = sum(1 << leaf.lg2 for leaf in table.leaves())
        steps.same(f"{name}: mapped with {budget} frames", left, 0 if error else 5 * PAGE)
    table = table_of(shape, offered=PAGE)
    steps.same(f"{name}: map", map_range(table, place, 0x8000, PAGE, RW), 0)
    found = map_pages(table, base, 0x5_3000, place - base + PAGE, RW)
    steps.same(f"{name}: map what overlaps", found, (-errno.EADDRINUSE, place - base))
    steps.same(f"{name}: take the rest away", unmap_pages(table, base, place - base), place - base)
    steps.same(f"{name}: what was there", [leaf.iova for leaf in table.leaves()], [place])


def nothing_is_overwritten(steps: Steps) -> None:
    """A large leaf does not fall on a small page, however deep that is."""
    table = table_of(VtdSecond(3))
    at = M2 + 5 * PAGE
    steps.same("map", map_range(table, at, 0x9000, PAGE, RW), 0)
    for iova, pa, length in (M2, M2, M2), (0, 0, G1), (at, 0x9000, PAGE):
        steps.same(f"map {length:#x} over it", map_range(table, iova, pa, length, RW), -errno.EADDRINUSE)
    steps.same("what was there", table.translate(at), 0x9000)


def restricted(steps: Steps) -> None:
    """Only writable pages for some parents; only the sizes that a domain offers; snooping only from the beginning."""
    table = table_of(VtdSecond(3), writable_only=True)
    steps.same("map read-only", map_range(table, 0, 0x1000, PAGE, READ), -errno.EINVAL)
    steps.same("map writable", map_range(table, 0, 0x1000, PAGE, RW), 0)
    table = table_of(VtdSecond(3), offered=PAGE)
    steps.same("map", map_range(table, M2, M2, M2, RW), 0)
    steps.same("only small pages", sizes_used(table), {PAGE: 512})
    table = table_of(VtdSecond(3), offered=M2)
    steps.same("only large pages", map_pages(table, M2, M2, M2 + PAGE, RW), (-errno.ENXIO, M2))


def coherence(steps: Steps) -> None:
    """Coherence can be enforced only while nothing is mapped; then every leaf snoops."""
    table = table_of(VtdSecond(3))
    steps.same("map", map_range(table, 0, 0x1000, PAGE, RW), 0)
    steps.same("enforce over a page", table.enforce_coherence(), False)
    steps.same("unmap", unmap_pages(table, 0, PAGE), PAGE)
    steps.same("enforce over nothing", table.enforce_coherence(), True)
    steps.same("map again", map_range(table, 0, 0x1000, PAGE, RW), 0)
    found = Walker(table.memory, table.shape).walk(table.root, 0, READ).result
    steps.holds("the page snoops", isinstance(found, Translation) and found.snoop)
    steps.same("enforce again", table.enforce_coherence(), True)


class Raced(Memory):
    """Somebody else is always faster to install a table."""

    def swap(self, pa: int, expected: int, word: int) -> bool:
        if not self.load(pa):
            theirs = self.allocate()
            self.store(pa, VtdSecond(3).table(theirs, 1))
        return Memory.swap(self, pa, expected, word)


def lost_race(steps: Steps) -> None:
    """A table that somebody else installed is used; the loser gives its own back."""
    table = PageTable(Raced(), VtdSecond(3))
    steps.same("map", map_range(table, 0, 0x1000, PAGE, RW), 0)
    steps.same("translate", table.translate(0), 0x1000)
    steps.same("frames in use and given back", (table.memory.used(), len(table.memory.freed)), (3 * PAGE, 2))


EACH_FORMAT = (each_size_once, near_a_boundary, errors)
SOME_FORMATS = (
    (end_takes_the_whole_leaf, ("vtd-3", "x86-4", "amd-3", "arm1-39", "riscv-39")),
    (two_sizes, ("vtd-3", "vtd-4", "x86-4")),
    (all_or_nothing, ("vtd-3", "amd-3", "arm1-39", "riscv-39", "toy")),
)
PLAIN = (
    growing_top,
    hardware_first,
    one_level_up,
    rights,
    nothing_is_overwritten,
    restricted,
    coherence,
    lost_race,
)


def contract(steps: Steps) -> None:
    for case in PLAIN:
        case(steps)
    for each in EACH_FORMAT:
        for name in FORMATS:
            each(steps, name)
    for some, names in SOME_FORMATS:
        for name in names:
            some(steps, name)
    for name in SMALL_SET:
        for careful in False, True:
            empty_table_gives_way(steps, name, careful)
