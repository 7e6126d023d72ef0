"""Every short sequence of maps and unmaps under a walker that keeps all it may, at every write: P1 to P4, P6, P7.

And each rule of flushing is needed: a flusher that breaks one is caught.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from models.checks import caching
from models.checks.hunt import LONGER, OPERATIONS, UNITS, Hunt, hunt, sequences
from models.checks.machine import PAGE, RID, RW, TAG, World
from models.checks.steps import FailedError, Silent, Steps
from models.hw.adversary import absorb
from models.hw.format_amd import AmdHost
from models.hw.format_vtd import VtdSecond
from models.hw.formats import Format
from models.hw.invalidation import DevicePages, Domain, Pages
from models.hw.ranges import block
from models.kernel.pgtable_map import map_range


@pytest.mark.parametrize("unit", UNITS)
def test_every_sequence_of_two(unit: str) -> None:
    sequences(unit, 2, Steps(Silent()))


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_every_sequence_of_three(unit: str) -> None:
    sequences(unit, 3, Steps(Silent()))


@pytest.mark.parametrize("shape", [VtdSecond(3), AmdHost()], ids=["vtd", "amd"])
def test_a_superpage_after_small_pages(shape: Format) -> None:
    """The first bug of the history list: a table that small pages left must be gone from walk caches."""
    caching.superpage_after_small_pages(Steps(Silent()), shape)


@pytest.mark.parametrize("case", [caching.break_before_make, caching.growth_needs_no_flush], ids=lambda f: f.__name__)
def test_a_case(case: Callable[[Steps], None]) -> None:
    case(Steps(Silent()))


def no_flush(world: World) -> None:
    world.table.flush = lambda first, last, leaf_only: None


def always_leaf_only(world: World) -> None:
    flush = world.flusher.flush
    world.table.flush = lambda first, last, leaf_only: flush(first, last, True)


def first_page_only(world: World) -> None:
    flush = world.flusher.flush
    world.table.flush = lambda first, last, leaf_only: flush(first, first, leaf_only)


def last_page_forgotten(world: World) -> None:
    flush = world.flusher.flush
    world.table.flush = lambda first, last, leaf_only: flush(first, max(first, last - PAGE), leaf_only)


def length_as_mask(world: World) -> None:
    """The order from the length alone: a range across a boundary of its size is not covered."""

    def flush(first: int, last: int, leaf_only: bool) -> None:
        order = (last - first).bit_length()
        world.unit.submit(Pages(TAG, first >> order << order, order, leaf_only))
        world.unit.wait(world.flusher.oracle, world.flusher.between)

    world.table.flush = flush


def other_tag(world: World) -> None:
    def flush(first: int, last: int, leaf_only: bool) -> None:
        world.unit.submit(Domain(TAG + 1))
        world.unit.wait(world.flusher.oracle, world.flusher.between)

    world.table.flush = flush


def no_wait(world: World) -> None:
    world.table.flush = lambda first, last, leaf_only: world.unit.submit(Domain(TAG))


def devices_forgotten(world: World) -> None:
    def flush(first: int, last: int, leaf_only: bool) -> None:
        world.unit.submit(Domain(TAG))
        world.unit.wait(world.flusher.oracle, world.flusher.between)

    world.table.flush = flush


def devices_first(world: World) -> None:
    """The device may refill its cache from the unit, which still has the page."""

    def flush(first: int, last: int, leaf_only: bool) -> None:
        base, order = block(first, last)
        world.unit.submit(DevicePages(RID, base, order))
        world.unit.wait(world.flusher.oracle, world.flusher.between)
        world.unit.submit(Pages(TAG, base, order, leaf_only))
        world.unit.wait(world.flusher.oracle, world.flusher.between)

    world.table.flush = flush


def devices_together(world: World) -> None:
    """Without a wait between, the commands may run the other way round."""

    def flush(first: int, last: int, leaf_only: bool) -> None:
        base, order = block(first, last)
        world.unit.submit(Pages(TAG, base, order, leaf_only))
        world.unit.submit(DevicePages(RID, base, order))
        world.unit.wait(world.flusher.oracle, world.flusher.between)

    world.table.flush = flush


def absences_kept(world: World) -> None:
    world.table.caching = False


BROKEN: list[tuple[Callable[[World], None], str]] = [
    (no_flush, "plain"),
    (always_leaf_only, "plain"),
    (first_page_only, "plain"),
    (last_page_forgotten, "plain"),
    (length_as_mask, "plain"),
    (other_tag, "plain"),
    (no_wait, "plain"),
    (devices_forgotten, "ats"),
    (devices_first, "ats"),
    (devices_together, "ats"),
    (absences_kept, "caching-mode"),
]


@pytest.mark.parametrize(("broken", "unit"), BROKEN, ids=[b.__name__ for b, _ in BROKEN])
def test_every_rule_of_flushing_is_needed(broken: Callable[[World], None], unit: str) -> None:
    caught = 0
    for operations in [*itertools.product(OPERATIONS, repeat=2), *LONGER]:
        world = World(**UNITS[unit])
        broken(world)
        try:
            hunt(world, operations, Steps(Silent()))
        except FailedError:
            caught += 1
    assert caught > 0


def test_a_table_freed_before_the_flush_is_walked() -> None:
    """P4 has teeth: the stale pointer leads into memory that was given back."""
    world = World()
    hunting = Hunt(world, Steps(Silent()))
    hunting.perform(("map", 2, 2, 0xA2))
    place = world.table.tables()[-1][0]
    world.memory.store(world.table.root.pa, 0)
    world.memory.free(place)
    assert world.memory.stray != []


def test_a_recording_walker_writes_into_a_table_that_was_freed() -> None:
    """Why tables wait for the flush: an accessed bit set through a stale pointer changes memory of somebody else."""
    world = World(records=True)
    assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
    absorb(world.unit, RID, None, [0])
    place = world.table.tables()[-1][0]
    world.memory.store(place, world.shape.leaf(0, 0x80 * PAGE, 12, RW))
    world.memory.free(place)
    world.unit.caches.pages.clear()
    absorb(world.unit, RID, None, [0])
    assert "swap" in {stray.verb for stray in world.memory.stray}
