"""What every invalidation command removes, and that the unit uses what it kept: table by table, by hand."""

from __future__ import annotations

from random import Random

import pytest

from models.checks.machine import PAGE, RID, RW, TAG, World
from models.hw.attributes import READ, WRITE
from models.hw.caches import CachedConfig, CachedPage, CachedPointer, DeviceCache, DevicePage, UnitCaches
from models.hw.entries import Config
from models.hw.invalidation import (
    DeviceConfig,
    DevicePages,
    Domain,
    Everything,
    Pages,
    Process,
    UnitCommand,
    overlaps,
)
from models.hw.iommu import Request, needed_for
from models.hw.oracle import Drawn, Keeping, Plain, Scripted, every_tape
from models.hw.walker import Fault, Pointer, Translation
from models.kernel.pgtable_map import map_range
from models.kernel.pgtable_unmap import unmap_pages

M2 = 1 << 21


def page(base: int, lg2: int = 12) -> Translation:
    return Translation(base, lg2, base, RW, False, False)


def filled() -> UnitCaches:
    """Entries that differ in one thing each."""
    caches = UnitCaches()
    for rid in 1, 2:
        caches.keep_config(CachedConfig(rid, None, Config("bypass")))
    for name_tag, pasid, base, lg2 in (
        (1, None, 0x1000, 12),
        (1, None, 0x2000, 12),
        (1, None, M2, 21),
        (2, None, 0x1000, 12),
        (1, 5, 0x1000, 12),
    ):
        caches.keep_page(CachedPage(name_tag, pasid, "second", base, lg2, page(base, lg2)))
    caches.keep_page(CachedPage(1, 6, "nested", 0x9000, 12, page(0x9000)))
    caches.keep_pointer(CachedPointer(1, None, "second", Pointer(0, 21, 0, 0x5000, 3)))
    caches.keep_pointer(CachedPointer(2, None, "second", Pointer(0, 21, 0, 0x6000, 3)))
    return caches


ALL_PAGES = {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("command", "pages", "pointers", "configs"),
    [
        (DeviceConfig(1), ALL_PAGES, {0, 1}, {1}),
        (DeviceConfig(), ALL_PAGES, {0, 1}, set()),
        (Everything(), set(), set(), {0, 1}),
        (Domain(1), {3}, {1}, {0, 1}),
        (Process(1, 5), {0, 1, 2, 3, 5}, {0, 1}, {0, 1}),
        (Process(1, None), {3, 4, 5}, {1}, {0, 1}),
        (Pages(1, 0x1000, 12), {1, 2, 3}, {1}, {0, 1}),
        (Pages(1, 0x1000, 12, leaf_only=True), {1, 2, 3}, {0, 1}, {0, 1}),
        (Pages(1, 0, 14), {2, 3}, {1}, {0, 1}),
        (Pages(1, M2 + 0x5000, 12), {0, 1, 3, 4}, {0, 1}, {0, 1}),
        (Pages(2, 0, 64), {0, 1, 2, 4, 5}, {0}, {0, 1}),
    ],
)
def test_what_a_command_removes(command: UnitCommand, pages: set[int], pointers: set[int], configs: set[int]) -> None:
    """By position in `filled`; page 5 is combined, so that pages of its second stage take it along."""
    before, caches = filled(), filled()
    caches.invalidate(command)
    assert {before.pages.index(p) for p in caches.pages} == pages
    assert {before.pointers.index(p) for p in caches.pointers} == pointers
    assert {before.configs.index(c) for c in caches.configs} == configs


def test_parameters_of_a_unit() -> None:
    """A unit that keeps combined entries (ARM), and one for which leaf-only is no difference."""
    caches = filled()
    caches.second_drops_first = False
    caches.invalidate(Pages(1, 0x1000, 12))
    assert [p for p in caches.pages if p.stages == "nested"]
    caches = filled()
    caches.leaf_only_honoured = False
    caches.invalidate(Pages(1, 0x1000, 12, leaf_only=True))
    assert [p.tag for p in caches.pointers] == [2]


def test_what_a_device_drops() -> None:
    def kept(command: DevicePages) -> list[int]:
        cache = DeviceCache()
        entries = [DevicePage(None, page(0x1000)), DevicePage(None, page(0x2000)), DevicePage(5, page(0x1000))]
        for entry in entries:
            cache.keep(entry)
        cache.invalidate(command)
        return [entries.index(e) for e in cache.pages]

    assert kept(DevicePages(1, 0x1000, 12)) == [1, 2]
    assert kept(DevicePages(1, 0, 14)) == [2]
    assert kept(DevicePages(1, 0x1000, 12, 5)) == [0, 1]
    assert kept(DevicePages(1, 0, 64, all_pasids=True)) == []


def test_overlap_is_symmetric_and_right() -> None:
    draw = Random(1)
    for _ in range(2000):
        one, two = draw.randrange(12, 20), draw.randrange(12, 20)
        a, b = draw.randrange(1 << 22) >> one << one, draw.randrange(1 << 22) >> two << two
        expected = a < b + (1 << two) and b < a + (1 << one)
        assert overlaps(a, one, b, two) == overlaps(b, two, a, one) == expected


def ask(world: World, oracle: object, write: bool = False) -> Translation | Fault:
    return world.unit.translate(Request(RID, 0, needed_for(write)), oracle)  # type: ignore[arg-type]


def test_a_kept_page_is_used_until_it_is_removed() -> None:
    world = World()
    assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
    assert ask(world, Keeping()) == page_at(0x80)
    world.memory.store(world.table.tables()[-1][0], 0)
    assert ask(world, Keeping()) == page_at(0x80), "stale, for nobody said anything"
    assert isinstance(ask(world, Plain()), Fault)
    world.flusher.flush(0, PAGE - 1, True)
    assert isinstance(ask(world, Keeping()), Fault)
    assert [f.reason for f in world.unit.faults] == ["not present", "not present"]


def page_at(number: int) -> Translation:
    return Translation(0, 12, number * PAGE, RW | 8, False, False)


def test_a_right_that_was_added_may_still_be_missing() -> None:
    """Both answers of hardware are legal; it never gives more than the table."""
    answers = set()

    def run(oracle: Scripted) -> None:
        world = World()
        assert map_range(world.table, 0, 0x80 * PAGE, PAGE, READ) == 0
        ask(world, Keeping())
        slot = world.table.tables()[-1][0]
        world.memory.store(slot, world.memory.load(slot) | 1 << 3)
        answers.add(isinstance(ask(world, oracle, write=True), Translation))

    assert len(list(every_tape(run))) > 4
    assert answers == {True, False}


def test_an_absence_is_kept_only_with_caching_mode() -> None:
    for caching_mode in (False, True):
        world = World(caching_mode=caching_mode)
        assert isinstance(ask(world, Keeping()), Fault)
        world.table.caching = False
        assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
        assert isinstance(ask(world, Keeping()), Fault) == caching_mode


def test_without_an_entry_nothing_is_translated() -> None:
    for caching_mode in (False, True):
        world = World(caching_mode=caching_mode)
        config = world.reader.configs.pop((RID, None))
        assert isinstance(ask(world, Keeping()), Fault)
        world.reader.configs[RID, None] = config
        assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
        found = ask(world, Keeping())
        assert isinstance(found, Fault) == caching_mode, "an entry that was not there may be cached"


def test_a_changed_entry_is_used_after_its_invalidation() -> None:
    """Entry, then translations under the old tag, then the device."""
    world = World(ats=True)
    assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
    world.device.read(0, Keeping())
    assert world.device.cache.pages and world.unit.caches.pages and world.unit.caches.configs
    world.reader.configs[RID, None] = Config("abort", TAG)
    assert isinstance(ask(world, Keeping()), Translation)
    world.flusher.entry_changed(world.flusher.attachments[0])
    assert not (world.device.cache.pages or world.unit.caches.pages or world.unit.caches.configs)
    assert isinstance(ask(world, Keeping()), Fault)


def test_the_order_of_pending_commands_is_a_choice() -> None:
    world = World()
    orders = set()

    def run(oracle: Scripted) -> None:
        ran: list[object] = []
        world.unit.pending = [Domain(1), Domain(2), Domain(3)]
        world.unit.wait(oracle, lambda: ran.append(tuple(world.unit.pending)))
        orders.add(tuple(ran))

    assert len(list(every_tape(run))) == 6
    assert len(orders) == 6


def test_a_silent_entry_reports_nothing() -> None:
    world = World()
    world.reader.configs[RID, None] = Config("abort", TAG, silent=True)
    assert isinstance(ask(world, Plain()), Fault)
    assert world.unit.faults == []


@pytest.mark.parametrize("seed", range(5))
def test_random_hardware_never_gives_what_is_not_mapped(seed: int) -> None:
    """P2 and P3 with an oracle that draws: after each flush, an answer is what the table says, or none."""
    draw = Random(seed)
    oracle = Drawn(draw)
    world = World(ats=True, caching_mode=bool(seed % 2))
    for _ in range(400):
        first, count = draw.randrange(8), draw.choice((1, 2, 4))
        if draw.random() < 0.5:
            map_range(world.table, first * PAGE, draw.randrange(64, 128) * PAGE, count * PAGE, RW)
        else:
            unmap_pages(world.table, first * PAGE, count * PAGE)
        for n in range(8):
            pa = world.table.translate(n * PAGE)
            got = world.device.read(n * PAGE, oracle)
            assert getattr(got, "pa", None) == pa
        world.memory.stray.clear()


def test_every_tape_visits_all() -> None:
    seen = list(every_tape(lambda oracle: oracle.choose("a", 2) and oracle.choose("b", 3)))
    assert seen == [(0,), (1, 0), (1, 1), (1, 2)]
    with pytest.raises(AssertionError, match="more than 3"):
        list(every_tape(lambda oracle: oracle.choose("a", 5), most=3))


def test_a_cached_write_without_a_dirty_bit_walks_again() -> None:
    """Hardware that records may not let a write through by an entry that does not know that the page is dirty."""
    world = World(records=True)
    assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
    found = ask(world, Keeping())
    assert isinstance(found, Translation) and not found.dirty and found.allowed & WRITE
    found = ask(world, Keeping(), write=True)
    assert isinstance(found, Translation) and found.dirty
