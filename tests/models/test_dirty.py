"""Dirty tracking end to end: hardware sets bits as it walks, software reads and clears them."""

from __future__ import annotations

import pytest

from models.hw.attributes import READ, WRITE
from models.hw.formats import all_sizes
from models.hw.memory import Memory
from models.hw.walker import Fault, Translation, Walker
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_dirty import clear_all, read_and_clear
from models.kernel.pgtable_map import map_range
from tests.models.format_catalogue import FORMATS

PAGE = 1 << 12
TRACKING = ["vtd-3", "amd-3", "arm1-39", "arm2-40", "toy"]


class Tracked:
    """A table with a walker that records, and what was read from it."""

    def __init__(self, name: str) -> None:
        self.memory = Memory()
        self.flushes: list[tuple[int, int, bool]] = []
        self.shape = FORMATS[name]
        self.table = PageTable(self.memory, self.shape, flush=lambda *f: self.flushes.append(f), tracked=True)

    def touch(self, iova: int, write: bool) -> Translation | Fault:
        needed = WRITE if write else READ
        return Walker(self.memory, self.shape, records=True).walk(self.table.root, iova, needed).result

    def read(self, first: int, length: int, clear: bool = True) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        read_and_clear(self.table, first, length, lambda at, n: found.append((at, n)), clear)
        return found


@pytest.mark.parametrize("name", TRACKING)
def test_a_write_is_seen_once(name: str) -> None:
    tracked = Tracked(name)
    assert map_range(tracked.table, 0x1000, 0x8000, PAGE, READ | WRITE) == 0
    assert isinstance(tracked.touch(0x1000, False), Translation)
    assert tracked.read(0, 0x4000) == []
    assert isinstance(tracked.touch(0x1000, True), Translation)
    assert tracked.read(0, 0x4000, clear=False) == [(0x1000, PAGE)]
    assert tracked.flushes == []
    assert tracked.read(0, 0x4000) == [(0x1000, PAGE)]
    assert tracked.flushes == [(0x1000, 0x1FFF, True)]
    assert tracked.read(0, 0x4000) == []
    assert isinstance(tracked.touch(0x1000, True), Translation), "a cleaned page can be written again"
    assert tracked.read(0, 0x4000) == [(0x1000, PAGE)]


@pytest.mark.parametrize("name", TRACKING)
def test_any_entry_of_a_contiguous_page_counts(name: str) -> None:
    """Hardware marks the entry that it used; the page is dirty as a whole and clean as a whole."""
    tracked = Tracked(name)
    size = next((1 << n for n in range(13, 32) if all_sizes(FORMATS[name]) >> n & 1), PAGE)
    assert map_range(tracked.table, size, size, size, READ | WRITE) == 0
    for offset in range(0, size, PAGE if size < 1 << 21 else size // 4):
        tracked.touch(size + offset, True)
        assert tracked.read(size, size) == [(size, size)]
        assert tracked.read(size, size) == []


def test_only_the_part_inside_is_recorded() -> None:
    tracked = Tracked("vtd-3")
    assert map_range(tracked.table, 1 << 21, 1 << 21, 1 << 21, READ | WRITE) == 0
    tracked.touch(1 << 21, True)
    assert tracked.read((1 << 21) + PAGE, 2 * PAGE, clear=False) == [((1 << 21) + PAGE, 2 * PAGE)]
    assert tracked.read(1 << 21, PAGE) == [(1 << 21, PAGE)]
    assert tracked.read(1 << 21, 1 << 21) == [], "cleaned as a whole"


def test_clear_all_makes_everything_clean() -> None:
    tracked = Tracked("amd-3")
    for n in range(3):
        assert map_range(tracked.table, n << 30, n << 30, PAGE << n, READ | WRITE) == 0
        tracked.touch(n << 30, True)
    clear_all(tracked.table)
    assert tracked.read(0, 1 << 21) == tracked.read(1 << 30, 1 << 21) == tracked.read(2 << 30, 1 << 21) == []
    assert tracked.flushes == [(0, (2 << 30) + 4 * PAGE - 1, True)]


@pytest.mark.parametrize("name", ["vtd-3", "amd-3", "arm1-39", "riscv-39", "x86-4"])
def test_a_read_only_page_is_never_written(name: str) -> None:
    tracked = Tracked(name)
    assert map_range(tracked.table, 0, 0x8000, PAGE, READ) == 0
    found = tracked.touch(0, True)
    assert isinstance(found, Fault) and found.reason == "not allowed"
    assert tracked.read(0, PAGE) == []


def test_formats_with_dirty_preset_have_nothing_to_record() -> None:
    """x86 first stage and RISC-V as software sets them up: hardware never needs to write an entry."""
    for name in "x86-4", "riscv-39":
        tracked = Tracked(name)
        assert map_range(tracked.table, 0, 0x8000, PAGE, READ | WRITE) == 0
        before = tracked.memory.copy().frames
        tracked.touch(0, True)
        leaf = tracked.memory.frames[max(before)]
        assert leaf == before[max(before)]


@pytest.mark.parametrize("name", ["vtd-3", "x86-4", "amd-3"])
def test_the_accessed_bit_is_set_on_the_way(name: str) -> None:
    tracked = Tracked(name)
    assert map_range(tracked.table, 0, 0x8000, PAGE, READ | WRITE) == 0
    tracked.touch(0, False)
    for pa, _ in tracked.table.tables():
        word = tracked.memory.load(pa)
        assert word == tracked.shape.visited(word, 0, False)


def test_an_entry_that_changes_is_walked_again() -> None:
    """The update is conditional on the entry that was walked: what was unmapped meanwhile is not revived."""

    class Interfering(Memory):
        def swap(self, pa: int, expected: int, word: int) -> bool:
            self.store(pa, 0)
            return Memory.swap(self, pa, expected, word)

    memory = Interfering()
    shape = FORMATS["vtd-3"]
    table = PageTable(Memory(), shape)
    assert map_range(table, 0, 0x8000, PAGE, READ | WRITE) == 0
    memory.frames = table.memory.frames
    for pa, _ in table.tables()[:2]:
        memory.store(pa, memory.load(pa) | 1 << 8)
    found = Walker(memory, shape, records=True).walk(table.root, 0, WRITE).result
    assert isinstance(found, Fault) and found.reason == "not present"


def test_without_recording_an_unset_access_flag_faults() -> None:
    for name, bit in ("arm1-39", 10), ("arm2-40", 10), ("riscv-39", 6):
        tracked = Tracked(name)
        tracked.table.tracked = False
        assert map_range(tracked.table, 0, 0x8000, PAGE, READ | WRITE) == 0
        slot = tracked.table.tables()[-1][0]
        tracked.memory.store(slot, tracked.memory.load(slot) & ~(1 << bit))
        found = Walker(tracked.memory, tracked.shape).walk(tracked.table.root, 0, READ).result
        assert isinstance(found, Fault) and found.reason == "access flag"
        assert isinstance(tracked.touch(0, False), Translation)
