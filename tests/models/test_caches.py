"""What every invalidation command removes, and that the unit uses what it kept: table by table, by hand."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from models.checks.machine import PAGE, RID, RW, TAG, World
from models.checks.ranges import commands, filled, overlapping
from models.checks.steps import Silent, Steps
from models.hw.attributes import READ, WRITE
from models.hw.entries import Config
from models.hw.invalidation import (
    Domain,
    Pages,
)
from models.hw.iommu import Request, needed_for
from models.hw.oracle import Drawn, Keeping, Plain, Scripted, every_tape
from models.hw.walker import Fault, Translation
from models.kernel.pgtable_map import map_range
from models.kernel.pgtable_unmap import unmap_pages

M2 = 1 << 21


@pytest.mark.parametrize("part", [commands, overlapping], ids=lambda part: part.__name__)
def test_what_a_command_removes(part: Callable[[Steps], None]) -> None:
    part(Steps(Silent()))


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
