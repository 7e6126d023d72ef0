"""The contract of map and unmap, case by case: U1 to U8 of the kernel's own tests, errors, all or nothing, growth."""

from __future__ import annotations

import errno
from collections import Counter

import pytest

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
from models.kernel.pgtable_gather import Gather
from models.kernel.pgtable_map import map_pages, map_range
from models.kernel.pgtable_unmap import unmap_pages
from tests.models.format_catalogue import FORMATS

PAGE, M2, G1 = 1 << 12, 1 << 21, 1 << 30
RW = READ | WRITE


def table_of(shape: Format, **options: object) -> PageTable:
    return PageTable(Memory(), shape, **options)  # type: ignore[arg-type]


def sizes_used(table: PageTable) -> Counter[int]:
    return Counter(1 << leaf.lg2 for leaf in table.leaves())


def test_the_top_grows_by_one_level_each_time() -> None:
    """U1: mapping just below the end of the range keeps the top, just above it adds exactly one level."""
    moved: list[Root] = []
    table = table_of(AmdHost(start=1), moved=moved.append)
    for top in range(1, 5):
        end = 1 << 12 + 9 * (top + 1)
        assert map_range(table, end - PAGE, 0x1000, PAGE, RW) == 0
        assert table.root.top == top
        assert map_range(table, end, 0x2000, PAGE, RW) == 0
        assert table.root.top == top + 1
        assert table.translate(end - PAGE) == 0x1000 and table.translate(end) == 0x2000
    assert [root.top for root in moved] == [2, 3, 4, 5]
    assert map_range(table, (1 << 64) - PAGE, 0x3000, PAGE, RW) == 0
    assert Walker(table.memory, table.shape).walk(table.root, (1 << 64) - PAGE, READ).result == Translation(
        (1 << 64) - PAGE, 12, 0x3000, RW | 8, False, False
    )


def test_growth_tells_hardware_first_and_keeps_the_old_top_valid() -> None:
    seen = []
    table = table_of(AmdHost(start=1))
    table.moved = lambda root: seen.append((table.root, root))
    assert map_range(table, 0, 0x1000, PAGE, RW) == 0
    before = table.root
    assert map_range(table, G1, 0x2000, PAGE, RW) == 0
    assert seen == [(before, table.root)]
    for root in before, table.root:
        found = Walker(table.memory, table.shape).walk(root, 0, READ).result
        assert isinstance(found, Translation) and found.pa == 0x1000


def test_a_leaf_as_large_as_the_table_is_one_leaf_further_up() -> None:
    table = table_of(AmdHost(start=1))
    assert map_range(table, 0, G1, G1, RW) == 0
    assert (table.root.top, sizes_used(table)) == (2, {G1: 1})


@pytest.mark.parametrize("name", FORMATS)
def test_each_page_size_is_used_once(name: str) -> None:
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
            assert map_range(table, size, oa, size, RW) == 0
            mapped.append((size, oa))
    assert sizes_used(table) == dict.fromkeys([size for size, _ in mapped], 1)
    assert len(mapped) >= len(sizes) - 1
    for size, oa in mapped:
        for offset in 0, size - 8:
            found = Walker(table.memory, shape).walk(table.root, size + offset, RW).result
            assert isinstance(found, Translation) and found.address(size + offset) == oa + offset
            assert 1 << found.lg2 == size
        assert unmap_pages(table, size, size) == size
    assert list(table.leaves()) == []


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("name", ["vtd-3", "x86-4", "amd-3", "arm1-39", "arm2-40", "riscv-39", "toy"])
def test_an_empty_table_gives_way_to_a_leaf(name: str, careful: bool) -> None:
    """U3: small pages go by halves and one by one, their table stays; then a large leaf replaces it, after a flush."""
    flushes: list[tuple[int, int, bool]] = []
    table = table_of(FORMATS[name], flush=lambda *f: flushes.append(f), careful=careful)
    large = 1 << 12 + FORMATS[name].index_bits
    pages = large // PAGE
    for n in range(pages):
        assert map_range(table, n * PAGE, (2 * n + 1) * PAGE, PAGE, RW) == 0
    assert unmap_pages(table, 0, large // 2) == large // 2
    for n in range(pages // 2, pages):
        assert unmap_pages(table, n * PAGE, PAGE) == PAGE
    used = table.memory.used()
    assert used == (len(table.tables()) + (1 if name == "arm2-40" else 0)) * PAGE
    flushes.clear()
    assert map_range(table, 0, large, large, RW) == 0
    assert flushes == [(0, large - 1, False)]
    assert (sizes_used(table), table.memory.used()) == ({large: 1}, used - PAGE)


@pytest.mark.parametrize("name", ["vtd-3", "x86-4", "amd-3", "arm1-39", "riscv-39"])
def test_the_end_of_a_range_takes_the_whole_leaf(name: str) -> None:
    """U4: a small unmap at the start of a large leaf takes all of it, not its neighbour; in the middle, nothing."""
    flushes: list[tuple[int, int, bool]] = []
    table = table_of(FORMATS[name], flush=lambda *f: flushes.append(f))
    assert map_range(table, M2, M2, M2, RW) == 0
    assert map_range(table, 2 * M2, 4 * M2, M2, RW) == 0
    assert unmap_pages(table, M2 + PAGE, PAGE) == 0
    assert flushes == [] and len(list(table.leaves())) == 2
    assert unmap_pages(table, M2, PAGE) == M2
    assert flushes == [(M2, 2 * M2 - 1, True)]
    assert [leaf.iova for leaf in table.leaves()] == [2 * M2]


@pytest.mark.parametrize("name", FORMATS)
def test_sizes_near_a_boundary(name: str) -> None:
    """U6: a range whose ends are no round numbers: every byte where it belongs."""
    table = table_of(FORMATS[name])
    if name == "toy":
        return
    first, last, pa = 0xFEF8_0000, 0xFEF9_FFFF, 0x20_8B95_D000
    assert map_range(table, first, pa, last - first + 1, RW) == 0
    for iova in range(first, last, PAGE):
        assert table.translate(iova) == pa + iova - first
    assert table.translate(first - 1) is None and table.translate(last + 1) is None


@pytest.mark.parametrize("name", ["vtd-3", "vtd-4", "x86-4"])
def test_a_range_over_two_sizes_of_leaves(name: str) -> None:
    """U7: pages 0x3fe400 to 0x4c05ff are exactly 14 leaves of 2 MiB, 3 of 1 GiB and 3 of 2 MiB; neighbours survive."""
    table = table_of(FORMATS[name])
    first, end = 0x3FE400 << 12, 0x4C0600 << 12
    after = 0x4FF000 << 12
    assert map_range(table, after, 0x7000, PAGE, RW) == 0
    assert map_range(table, first, first, end - first, RW) == 0
    found = [leaf.lg2 for leaf in table.leaves()]
    assert found == [21] * 14 + [30] * 3 + [21] * 3 + [12]
    assert table.translate(after) == 0x7000
    assert unmap_pages(table, first, end - first) == end - first
    assert [leaf.iova for leaf in table.leaves()] == [after]


def test_a_large_leaf_after_small_ones_flushes_the_walk_cache() -> None:
    """Small pages, unmapped so that their table stays, then one large mapping: the flush is not for leaves only."""
    flushes: list[tuple[int, int, bool]] = []
    table = table_of(VtdSecond(3), flush=lambda *f: flushes.append(f))
    assert map_range(table, 0, G1, 0xA_0000, RW) == 0
    assert unmap_pages(table, 0, 0xA_0000) == 0xA_0000
    flushes.clear()
    assert map_range(table, 0, 2 * G1, 0xC000_0000, RW) == 0
    assert flushes == [(0, G1 - 1, False)]
    assert sizes_used(table) == {G1: 3}


@pytest.mark.parametrize("name", FORMATS)
def test_errors(name: str) -> None:
    shape = FORMATS[name]
    table = table_of(shape)
    highest = table.lowest_and_highest(0)[1]
    empty = sorted(table.memory.frames)
    assert map_pages(table, 0, 0, 0, RW) == (-errno.EINVAL, 0)
    assert map_pages(table, 0x800, 0, PAGE, RW) == (-errno.ENXIO, 0)
    assert map_pages(table, 0, 0x800, PAGE, RW) == (-errno.ENXIO, 0)
    assert map_pages(table, 0, 0, PAGE + 1, RW) == (-errno.ENXIO, 0)
    assert map_pages(table, (1 << 64) - PAGE, 0, 2 * PAGE, RW) == (-errno.EOVERFLOW, 0)
    assert map_pages(table, 0, 1 << shape.oa_bits, PAGE, RW) == (-errno.ERANGE, 0)
    assert map_pages(table, 0, (1 << shape.oa_bits) - PAGE, 2 * PAGE, RW) == (-errno.ERANGE, 0)
    if highest + 1 < 1 << 64:
        assert map_pages(table, highest + 1 - PAGE, 0, 2 * PAGE, RW) == (-errno.ERANGE, 0)
        assert map_pages(table, highest + 1, 0, PAGE, RW) == (-errno.ERANGE, 0)
    assert sorted(table.memory.frames) == empty
    assert unmap_pages(table, 0, PAGE) == unmap_pages(table, 0, 0) == unmap_pages(table, highest + 1, PAGE) == 0


@pytest.mark.parametrize(
    ("shape", "prot", "answer", "rights"),
    [
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
    ],
)
def test_rights_that_a_caller_asks_for(shape: Format, prot: int, answer: int, rights: int) -> None:
    table = table_of(shape)
    assert map_range(table, 0, 0x1000, PAGE, prot) == answer
    walked = Walker(table.memory, shape).walk(table.root, 0, 0).result
    found = walked.allowed & RIGHTS & ~8 if isinstance(walked, Translation) else 0
    assert found == rights


@pytest.mark.parametrize("name", ["vtd-3", "amd-3", "arm1-39", "riscv-39", "toy"])
def test_a_failed_map_leaves_nothing_behind(name: str) -> None:
    """P8: with every number of frames left, and with something in the way, the table means what it meant before."""
    shape = FORMATS[name]
    place = 0x7000 if name == "toy" else M2 - PAGE
    base = 0 if name == "toy" else M2 - 3 * PAGE
    for budget in range(4):
        table = table_of(shape)
        table.memory.budget = budget
        error = map_range(table, base, 0x5_3000, 5 * PAGE, RW)
        assert error == (-errno.ENOMEM if budget < (2 if name == "toy" else 3) else 0)
        assert sum(1 << leaf.lg2 for leaf in table.leaves()) == (0 if error else 5 * PAGE)
    table = table_of(shape, offered=PAGE)
    assert map_range(table, place, 0x8000, PAGE, RW) == 0
    assert map_pages(table, base, 0x5_3000, place - base + PAGE, RW) == (-errno.EADDRINUSE, place - base)
    assert unmap_pages(table, base, place - base) == place - base
    assert [leaf.iova for leaf in table.leaves()] == [place]


def test_a_large_leaf_does_not_fall_on_a_small_page() -> None:
    table = table_of(VtdSecond(3))
    assert map_range(table, M2 + 5 * PAGE, 0x9000, PAGE, RW) == 0
    assert map_range(table, M2, M2, M2, RW) == -errno.EADDRINUSE
    assert map_range(table, 0, 0, G1, RW) == -errno.EADDRINUSE
    assert map_range(table, M2 + 5 * PAGE, 0x9000, PAGE, RW) == -errno.EADDRINUSE
    assert table.translate(M2 + 5 * PAGE) == 0x9000


def test_a_parent_may_have_to_refuse_read_only_pages() -> None:
    table = table_of(VtdSecond(3), writable_only=True)
    assert map_range(table, 0, 0x1000, PAGE, READ) == -errno.EINVAL
    assert map_range(table, 0, 0x1000, PAGE, RW) == 0


def test_a_table_that_somebody_else_installed_is_used() -> None:
    """The race for a table: the loser gives its own back."""

    class Raced(Memory):
        def swap(self, pa: int, expected: int, word: int) -> bool:
            if not self.load(pa):
                theirs = self.allocate()
                self.store(pa, VtdSecond(3).table(theirs, 1))
            return Memory.swap(self, pa, expected, word)

    table = PageTable(Raced(), VtdSecond(3))
    assert map_range(table, 0, 0x1000, PAGE, RW) == 0
    assert table.translate(0) == 0x1000
    assert table.memory.used() == 3 * PAGE and len(table.memory.freed) == 2


def test_offered_sizes_are_kept() -> None:
    """A domain that offers only small pages gets only small pages; without the smallest, odd pages have no size."""
    table = table_of(VtdSecond(3), offered=PAGE)
    assert map_range(table, M2, M2, M2, RW) == 0
    assert sizes_used(table) == {PAGE: 512}
    table = table_of(VtdSecond(3), offered=M2)
    assert map_pages(table, M2, M2, M2 + PAGE, RW) == (-errno.ENXIO, M2)


def test_a_hole_stops_and_covered_tables_go() -> None:
    """A table that the range covers goes with its pages, one covered in part stays; the flush says tables went."""
    flushes: list[tuple[int, int, bool]] = []
    table = table_of(VtdSecond(3), flush=lambda *f: flushes.append(f))
    for n in range(512):
        assert map_range(table, M2 + n * PAGE, (3 * n + 1) * PAGE, PAGE, RW) == 0
    assert map_range(table, 2 * M2, 0x5000, PAGE, RW) == 0
    assert map_range(table, 2 * M2 + 2 * PAGE, 0x5000, PAGE, RW) == 0
    assert unmap_pages(table, M2, 2 * M2) == M2 + PAGE
    assert flushes == [(M2, 2 * M2 + PAGE - 1, False)]
    assert len(table.tables()) == 3 and len(table.memory.freed) == 1
    assert unmap_pages(table, M2, M2) == 0


def test_a_table_stays_that_only_the_last_leaf_completes() -> None:
    """The range ends in the middle of the last leaf of a table: the leaf goes as a whole, the table is not covered."""
    table = table_of(FORMATS["toy"])
    for first, count in (0, 1), (1, 1), (2, 2):
        assert map_range(table, first * PAGE, (0x80 + 2 * first) * PAGE, count * PAGE, RW) == 0
    assert unmap_pages(table, 0, 3 * PAGE) == 4 * PAGE
    assert len(table.tables()) == 2 and table.memory.freed == {}
    for n in range(4):
        assert map_range(table, n * PAGE, (0x81 + 2 * n) * PAGE, PAGE, RW) == 0
    assert unmap_pages(table, 0, 4 * PAGE) == 4 * PAGE
    assert len(table.tables()) == 1


def test_tables_are_freed_only_after_the_flush() -> None:
    table = table_of(VtdSecond(3))
    for n in range(512):
        assert map_range(table, n * PAGE, (3 * n + 1) * PAGE, PAGE, RW) == 0
    at_flush: list[int] = []
    gather = Gather(lambda *_: at_flush.append(len(table.memory.freed)), table.memory.free)
    assert unmap_pages(table, 0, M2, gather) == M2
    assert (len(gather.tables), len(table.memory.freed)) == (1, 0)
    gather.sync()
    assert (at_flush, len(table.memory.freed)) == ([0], 1)


def test_gather_without_gaps() -> None:
    """A disjoint range syncs what is pending, with its own tables and no others."""
    order: list[object] = []
    gather = Gather(lambda *f: order.append(f), lambda pa, n: order.append(pa), "no-gaps")
    gather.add(0, 0xFFF, [(0x1000, 1)])
    gather.add(0x1000, 0x1FFF)
    gather.add(0x8000, 0x8FFF, [(0x2000, 1)])
    assert order == [(0, 0x1FFF, False), 0x1000]
    gather.sync()
    gather.sync()
    assert order[2:] == [(0x8000, 0x8FFF, False), 0x2000]
    spanning = Gather(lambda *f: order.append(f), lambda pa, n: None)
    spanning.add(0x8000, 0x8FFF)
    spanning.add(0, 0xFFF)
    spanning.sync()
    assert order[-1] == (0, 0x8FFF, True)


def test_coherence_can_be_enforced_only_while_empty() -> None:
    table = table_of(VtdSecond(3))
    assert map_range(table, 0, 0x1000, PAGE, RW) == 0
    assert not table.enforce_coherence()
    assert unmap_pages(table, 0, PAGE) == PAGE
    assert table.enforce_coherence()
    assert map_range(table, 0, 0x1000, PAGE, RW) == 0
    found = Walker(table.memory, table.shape).walk(table.root, 0, READ).result
    assert isinstance(found, Translation) and found.snoop
    assert table.enforce_coherence()
