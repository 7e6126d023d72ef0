"""Every short sequence of maps and unmaps under a walker that keeps all it may, at every write: P1 to P4, P6, P7.

And each rule of flushing is needed: a flusher that breaks one is caught.
"""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable

import pytest

from models.hw.adversary import absorb, may_fault, possible_pages
from models.hw.attributes import READ
from models.hw.format_amd import AmdHost
from models.hw.format_vtd import VtdSecond
from models.hw.formats import Format
from models.hw.invalidation import DevicePages, Domain, Pages
from models.hw.ranges import block
from models.hw.walker import Walker
from models.kernel.pgtable_map import map_range
from models.kernel.pgtable_unmap import unmap_pages
from tests.models.world import PAGE, RID, RW, TAG, World

SPACE = 8
"""Pages of the toy format that are looked at: two tables of the last level."""
LOOKED_AT = tuple(n * PAGE for n in range(SPACE))
Operation = tuple[str, int, int, int]
OPERATIONS: tuple[Operation, ...] = (
    ("map", 0, 1, 0x80),
    ("map", 0, 4, 0x90),
    ("map", 2, 2, 0xA2),
    ("map", 2, 4, 0xB3),
    ("unmap", 0, 1, 0),
    ("unmap", 0, 4, 0),
    ("unmap", 2, 2, 0),
    ("unmap", 2, 4, 0),
    ("unmap", 0, 8, 0),
)
"""The verb, the first page, how many pages, the first output page."""


class Backwards:
    """Hardware that runs pending commands in the order that software hopes for least."""

    def choose(self, what: str, among: int) -> int:
        return among - 1


class Hunt:
    """A world in which the adversary acts at every moment and looks for what must not be."""

    def __init__(self, world: World, pages: tuple[int, ...] = LOOKED_AT) -> None:
        self.world, self.pages = world, pages
        self.before: dict[int, set[int | None]] = {}
        self.busy = False
        world.memory.moment = self.moment
        world.flusher.between = self.moment
        world.flusher.oracle = Backwards()

    def moment(self) -> None:
        """P6: what any cache or walk can give is where a page was or will be, in the middle of every operation."""
        if self.busy:
            return
        self.busy = True
        absorb(self.world.unit, RID, None, self.pages)
        for iova, allowed in self.before.items():
            got = self.usable(iova)
            legal = allowed | {self.world.table.translate(iova)}
            assert got <= legal, f"{iova:#x} reaches {got} in the middle of an operation, {legal} are legal"
        self.busy = False

    def allow(self, iova: int, pa: int, length: int) -> None:
        """What a map asks for may be used before it returns."""
        for each in self.pages:
            if iova <= each < iova + length:
                self.before[each] = self.before.get(each, set()) | {pa + each - iova}

    def usable(self, iova: int) -> set[int | None]:
        """Every address that a request may reach now, through any cache."""
        found = possible_pages(self.world.unit, RID, None, iova)
        found += self.world.device.cache.find(None, iova)
        return {page.address(iova) for page in found}

    def perform(self, operation: Operation) -> None:
        verb, first, count, target = operation
        before = self.world.intent(self.pages)
        self.before = {iova: {pa} for iova, pa in before.items()}
        if verb == "map":
            self.allow(first * PAGE, target * PAGE, count * PAGE)
            error = map_range(self.world.table, first * PAGE, target * PAGE, count * PAGE, RW)
            assert error in (0, -errno.EADDRINUSE)
            if error:
                assert self.world.intent(self.pages) == before
        else:
            removed = unmap_pages(self.world.table, first * PAGE, count * PAGE)
            after = self.world.intent(self.pages)
            gone = [iova for iova in self.pages if before[iova] != after[iova]]
            assert removed == len(gone) * PAGE
        self.before = {}
        self.settle()

    def settle(self) -> None:
        """After an operation: mapped pages are there, nothing else is, and no walker came near a freed table."""
        self.moment()
        for iova, pa in self.world.intent(self.pages).items():
            assert self.usable(iova) <= {pa} - {None}, f"{iova:#x} still reaches {self.usable(iova)}"
            if pa is not None:
                assert not may_fault(self.world.unit, RID, None, iova), f"{iova:#x} is mapped and may fault"
        assert self.world.memory.stray == []


def hunt(world: World, operations: tuple[Operation, ...]) -> None:
    hunting = Hunt(world)
    for operation in operations:
        hunting.perform(operation)


UNITS: dict[str, dict[str, object]] = {
    "plain": {},
    "ats": {"ats": True},
    "caching-mode": {"caching_mode": True},
    "no-walk-cache": {"walk_cache": False},
    "one-entry": {"split": "entry", "ats": True},
}


@pytest.mark.parametrize("unit", UNITS)
def test_every_sequence_of_two(unit: str) -> None:
    for operations in itertools.product(OPERATIONS, repeat=2):
        hunt(World(**UNITS[unit]), operations)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_every_sequence_of_three(unit: str) -> None:
    for operations in itertools.product(OPERATIONS, repeat=3):
        hunt(World(**UNITS[unit]), operations)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [VtdSecond(3), AmdHost()], ids=["vtd", "amd"])
def test_a_superpage_after_small_pages(shape: Format) -> None:
    """The first bug of the history list: a table that small pages left must be gone from walk caches."""
    small = ("map", 0, 2, 0x801), ("unmap", 0, 2, 0), ("map", 0, 512, 0x400), ("unmap", 0, 1, 0)
    world = World(shape)
    hunting = Hunt(world, (0, PAGE, 511 * PAGE, 512 * PAGE))
    for n, operation in enumerate(small):
        verb, first, count, target = operation
        if n == 3:
            assert unmap_pages(world.table, 0, PAGE) == 512 * PAGE
            hunting.settle()
        else:
            hunting.before = {i: {pa} for i, pa in world.intent(hunting.pages).items()}
            if verb == "map":
                hunting.allow(first, target * PAGE, count * PAGE)
                assert map_range(world.table, first, target * PAGE, count * PAGE, RW) == 0
            else:
                assert unmap_pages(world.table, first, count * PAGE) == count * PAGE
            hunting.before = {}
            hunting.settle()


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
    replaced: tuple[Operation, ...] = ("map", 2, 2, 0xA2), ("unmap", 2, 2, 0), ("map", 0, 4, 0x90)
    for operations in [*itertools.product(OPERATIONS, repeat=2), replaced]:
        world = World(**UNITS[unit])  # type: ignore[arg-type]
        broken(world)
        try:
            hunt(world, operations)
        except AssertionError:
            caught += 1
    assert caught > 0


def test_a_table_freed_before_the_flush_is_walked() -> None:
    """P4 has teeth: the stale pointer leads into memory that was given back."""
    world = World()
    hunting = Hunt(world)
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


def test_a_break_before_make_is_seen_by_a_walker() -> None:
    """`careful` empties and flushes before the larger leaf appears; else a walker sees it with the table cached."""
    for careful in (False, True):
        world = World()
        world.table.careful = careful
        for n in range(4):
            assert map_range(world.table, n * PAGE, (0x80 + 2 * n) * PAGE, PAGE, RW) == 0
        for n in range(4):
            assert unmap_pages(world.table, n * PAGE, PAGE) == PAGE
        seen: list[bool] = []

        def moment(world: World = world, seen: list[bool] = seen) -> None:
            absorb(world.unit, RID, None, [0])
            leaf = world.table.find(0)
            kept = world.unit.caches.find_pointers(TAG, None, 0)
            seen.append(leaf is not None and bool(kept))

        moment()
        world.memory.moment = moment
        assert map_range(world.table, 0, 0x90 * PAGE, 4 * PAGE, RW) == 0
        assert any(seen) is not careful


def test_growth_needs_no_flush() -> None:
    """Caches from below the old top stay right, and a walk from the old top finds the same."""
    world = World(AmdHost(start=1))
    hunting = Hunt(world, (0, PAGE, 1 << 30))
    assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
    hunting.settle()
    flushes: list[int] = []
    world.table.flush = lambda *f: flushes.append(1)
    assert map_range(world.table, 1 << 30, 0x90 * PAGE, PAGE, RW) == 0
    assert flushes == []
    assert Walker(world.memory, world.shape).walk(world.table.root, 0, READ).result == world.unit.caches.pages[0].page
    hunting.settle()
