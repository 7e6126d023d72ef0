"""Flushing, rule by rule: which caches, in which order, before what, and that no recorded write is lost (P3 to P5)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from models.checks.hunt import Hunt, Operation
from models.checks.machine import PAGE, RID, RW, TAG, World
from models.checks.steps import Steps
from models.hw.adversary import absorb
from models.hw.caches import CachedPage
from models.hw.device import Done, Refused
from models.hw.entries import Config, Stage
from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_toy import Toy
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Format
from models.hw.invalidation import Command
from models.hw.iommu import Request, needed_for
from models.hw.oracle import Keeping, Scripted, every_tape
from models.hw.walker import Translation, Walker
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_dirty import read_and_clear
from models.kernel.pgtable_flush import Attachment
from models.kernel.pgtable_gather import Gather
from models.kernel.pgtable_map import map_range
from models.kernel.pgtable_unmap import unmap_pages

M2 = 1 << 21


def superpage_after_small_pages(steps: Steps, shape: Format) -> None:
    """A table that small pages left must be gone from walk caches when a large page takes its place."""
    sequence: Final[tuple[Operation, ...]] = (("map", 0, 2, 0x801), ("unmap", 0, 2, 0), ("map", 0, 512, 0x400))
    world = World(shape)
    hunting = Hunt(world, steps, (0, PAGE, 511 * PAGE, 512 * PAGE))
    for verb, first, count, target in sequence:
        hunting.before = {i: {pa} for i, pa in world.intent(hunting.pages).items()}
        if verb == "map":
            hunting.allow(first, target * PAGE, count * PAGE)
            steps.same("map", map_range(world.table, first * PAGE, target * PAGE, count * PAGE, RW), 0)
        else:
            steps.same("unmap", unmap_pages(world.table, first * PAGE, count * PAGE), count * PAGE)
        hunting.before = {}
        hunting.settle()
    steps.same("unmap the large page by its first", unmap_pages(world.table, 0, PAGE), 512 * PAGE)
    hunting.settle()


def flush_says_that_tables_went(steps: Steps) -> None:
    """Not for leaves only when a table is unlinked, covered in part or replaced."""
    flushes: list[tuple[int, int, bool]] = []
    world = World(VtdSecond(3))
    table = world.table
    table.flush = lambda *f: flushes.append(f)
    for n in range(512):
        steps.same("map", map_range(table, M2 + n * PAGE, (3 * n + 1) * PAGE, PAGE, RW), 0)
    steps.same("map the next", map_range(table, 2 * M2, 0x5000, PAGE, RW), 0)
    steps.same("map after a hole", map_range(table, 2 * M2 + 2 * PAGE, 0x5000, PAGE, RW), 0)
    steps.same("unmap up to the hole", unmap_pages(table, M2, 2 * M2), M2 + PAGE)
    steps.same("flushes", flushes, [(M2, 2 * M2 + PAGE - 1, False)])
    steps.same("tables left and freed", (len(table.tables()), len(world.memory.freed)), (3, 1))
    steps.same("unmap the hole", unmap_pages(table, M2, M2), 0)


def table_completed_by_its_last_leaf(steps: Steps) -> None:
    """The range ends in the middle of the last leaf of a table: the leaf goes as a whole, the table is not covered."""
    table = World(Toy()).table
    for first, count in (0, 1), (1, 1), (2, 2):
        steps.same("map", map_range(table, first * PAGE, (0x80 + 2 * first) * PAGE, count * PAGE, RW), 0)
    steps.same("unmap into the last leaf", unmap_pages(table, 0, 3 * PAGE), 4 * PAGE)
    steps.same("tables", (len(table.tables()), table.memory.freed), (2, {}))
    for n in range(4):
        steps.same("map", map_range(table, n * PAGE, (0x81 + 2 * n) * PAGE, PAGE, RW), 0)
    steps.same("unmap the whole table", unmap_pages(table, 0, 4 * PAGE), 4 * PAGE)
    steps.same("tables", len(table.tables()), 1)


def freed_after_the_flush(steps: Steps) -> None:
    """Tables wait on the gather until the caches have forgotten them."""
    world = World(VtdSecond(3))
    for n in range(512):
        steps.same("map", map_range(world.table, n * PAGE, (3 * n + 1) * PAGE, PAGE, RW), 0)
    at_flush: list[int] = []
    gather = Gather(lambda *_: at_flush.append(len(world.memory.freed)), world.memory.free)
    steps.same("unmap", unmap_pages(world.table, 0, M2, gather), M2)
    steps.same("waiting and freed", (len(gather.tables), len(world.memory.freed)), (1, 0))
    gather.sync()
    steps.same("freed at the flush and after", (at_flush, len(world.memory.freed)), ([0], 1))


def gather_without_gaps(steps: Steps) -> None:
    """A disjoint range syncs what is pending, with its own tables and no others."""
    order: list[object] = []
    gather = Gather(lambda *f: order.append(f), lambda pa, n: order.append(pa), "no-gaps")
    gather.add(0, 0xFFF, [(0x1000, 1)])
    gather.add(0x1000, 0x1FFF)
    gather.add(0x8000, 0x8FFF, [(0x2000, 1)])
    steps.same("at the gap", order, [(0, 0x1FFF, False), 0x1000])
    gather.sync()
    gather.sync()
    steps.same("at the end", order[2:], [(0x8000, 0x8FFF, False), 0x2000])
    spanning = Gather(lambda *f: order.append(f), lambda pa, n: None)
    spanning.add(0x8000, 0x8FFF)
    spanning.add(0, 0xFFF)
    spanning.sync()
    steps.same("one range over the gap", order[-1], (0, 0x8FFF, True))


def destroyed(steps: Steps) -> None:
    """The whole table: unlinked, flushed, then freed, under a walker that keeps every pointer."""
    world = World()
    hunting = Hunt(world, steps)
    hunting.perform(("map", 0, 1, 0x80))
    hunting.perform(("map", 4, 1, 0xB0))
    root = world.table.root.pa
    world.table.destroy()
    world.watch(lambda: None)
    steps.same("frames that are left", world.memory.used(), 0)
    strays = {stray.pa & -PAGE for stray in world.memory.stray}
    steps.holds("only the root, which the device entry still names, was looked at", strays <= {root})


def break_before_make(steps: Steps) -> None:
    """`careful` empties and flushes before the larger leaf appears, and every ARM table is careful."""
    for careful in (False, True):
        world = World()
        world.table.careful = careful
        for n in range(4):
            steps.same("map", map_range(world.table, n * PAGE, (0x80 + 2 * n) * PAGE, PAGE, RW), 0)
        for n in range(4):
            steps.same("unmap", unmap_pages(world.table, n * PAGE, PAGE), PAGE)
        seen: list[bool] = []

        def moment(world: World = world, seen: list[bool] = seen) -> None:
            absorb(world.unit, RID, None, [0])
            leaf = world.table.find(0)
            kept = world.unit.caches.find_pointers(TAG, None, 0)
            seen.append(leaf is not None and bool(kept))

        moment()
        world.watch(moment)
        steps.same("map large", map_range(world.table, 0, 0x90 * PAGE, 4 * PAGE, RW), 0)
        steps.same(f"careful={careful}: leaf and table at the same time", any(seen), not careful)
    for shape in ArmLpae(1), ArmLpae(2, 40, 3):
        steps.same(f"{shape.name} stage {shape.stage} is careful", World(shape).table.careful, True)


def growth_needs_no_flush(steps: Steps) -> None:
    """Caches from below the old top stay right, and a walk from the old top finds the same."""
    world = World(AmdHost(start=1))
    hunting = Hunt(world, steps, (0, PAGE, 1 << 30))
    steps.same("map", map_range(world.table, 0, 0x80 * PAGE, PAGE, RW), 0)
    hunting.settle()
    flushes: list[int] = []
    world.table.flush = lambda *f: flushes.append(1)
    steps.same("map beyond the top", map_range(world.table, 1 << 30, 0x90 * PAGE, PAGE, RW), 0)
    steps.same("flushes", flushes, [])
    found = Walker(world.memory, world.shape).walk(world.table.root, 0, RW & 1).result
    steps.same("what was cached before", found, world.unit.caches.pages[0].page)
    hunting.settle()


def all_units_and_tags(steps: Steps) -> None:
    """Two units, one of them with two devices under one tag."""
    world, other = World(), World()
    other.unit.memory = world.memory
    other.reader.configs[RID, None] = Config("second", 9, second=Stage(world.shape, world.table.root))
    world.flusher.attachments = [
        Attachment(world.unit, TAG, RID),
        Attachment(other.unit, 9, RID),
        Attachment(other.unit, 9, RID + 1),
    ]
    steps.same("map", map_range(world.table, 0, 0x80 * PAGE, PAGE, RW), 0)
    for unit in world.unit, other.unit:
        unit.translate(Request(RID, 0, needed_for(False)), Keeping())
        steps.holds("the unit has it", bool(unit.caches.pages))
    steps.same("unmap", unmap_pages(world.table, 0, PAGE), PAGE)
    for unit in world.unit, other.unit:
        steps.same("pages and commands left", (list(unit.caches.pages), list(unit.pending)), ([], []))


def beyond_the_largest_mask(steps: Steps) -> None:
    """A range that no command for pages can say goes with the whole domain."""
    world = World()
    world.flusher.most = 1
    steps.same("map", map_range(world.table, 0, 0x90 * PAGE, 8 * PAGE, RW), 0)
    absorb(world.unit, RID, None, (0, 4 * PAGE))
    steps.same("unmap", unmap_pages(world.table, 0, 8 * PAGE), 8 * PAGE)
    steps.same("pages and pointers left", (world.unit.caches.pages, world.unit.caches.pointers), ([], []))


def nested_goes_with_its_parent(steps: Steps) -> None:
    """The device's combined translations are under the child's tag, and its own cache is by guest addresses."""
    child = TAG + 1
    for drops in (False, True):
        world = World(VtdSecond(3), ats=True)
        world.unit.caches.second_drops_first = drops
        guest = PageTable(world.memory, X86First(4))
        host, shared = world.memory.allocate(), 0x5000_0000
        steps.same("map", map_range(world.table, shared, host, PAGE, RW), 0)
        steps.same("map in the guest", map_range(guest, 0, shared, PAGE, RW), 0)
        for pa, _ in guest.tables():
            steps.same("map a table of the guest", map_range(world.table, pa, pa, PAGE, RW), 0)
        first, second = Stage(guest.shape, guest.root, True), Stage(world.shape, world.table.root)
        world.reader.configs[RID, None] = Config("nested", child, first, second, ats=True)
        world.flusher.attachments = [Attachment(world.unit, TAG, RID, ats=True, nested=child)]
        steps.same("write", world.device.write(0, 7, Keeping()), Done(host, 7))
        steps.same("unmap in the parent", unmap_pages(world.table, shared, PAGE), PAGE)
        steps.same("write again", world.device.write(0, 8, Keeping()), Refused("not present"))
    world = World(ats=True)
    steps.same("map", map_range(world.table, 0, world.memory.allocate(), PAGE, RW), 0)
    world.device.read(0, Keeping())
    world.flusher.attachments = [Attachment(world.unit, TAG, RID, ats=True, nested=TAG + 1)]
    world.flusher.flush(5 * PAGE, 6 * PAGE - 1, True)
    steps.same("the whole cache of the device", world.device.cache.pages, [])


def changed_entry(steps: Steps) -> None:
    """Entry, then translations under the old tag, then the device."""
    world = World(ats=True)
    steps.same("map", map_range(world.table, 0, 0x80 * PAGE, PAGE, RW), 0)
    world.device.read(0, Keeping())
    kept = (world.device.cache.pages, world.unit.caches.pages, world.unit.caches.configs)
    steps.holds("everything is kept", all(kept))
    world.reader.configs[RID, None] = Config("abort", TAG)
    world.flusher.entry_changed(world.flusher.attachments[0])
    kept = (world.device.cache.pages, world.unit.caches.pages, world.unit.caches.configs)
    steps.same("left after the change", kept, ([], [], []))
    after = world.unit.translate(Request(RID, 0, needed_for(False)), Keeping())
    steps.holds("nothing is translated any more", not hasattr(after, "pa"))
    nested = Attachment(world.unit, TAG, RID, ats=True, nested=TAG + 1)
    for tag in TAG, TAG + 1:
        world.unit.caches.keep_page(CachedPage(tag, None, "nested", 0, 12, Translation(0, 12, 0, RW, False, False)))
    world.flusher.entry_changed(nested)
    steps.same("pages of a nested domain left", world.unit.caches.pages, [])


def disabled_unit(steps: Steps) -> None:
    """A unit whose translation is off must not be told to invalidate the caches of devices."""
    world = World(ats=True)
    sent: list[object] = []
    submit = world.unit.submit

    class Listening:
        """The unit, with somebody who listens."""

        enabled = False
        caches = world.unit.caches

        def submit(self, command: Command) -> None:
            sent.append(type(command).__name__)
            submit(command)

        def wait(self, oracle: Any, between: Any) -> None:
            world.unit.wait(oracle, between)

    listening: Any = Listening()
    world.flusher.attachments = [Attachment(listening, TAG, RID, ats=True)]
    world.flusher.flush(0, PAGE - 1, True)
    steps.same("commands to a unit that is off", sent, ["Pages"])


class Asked:
    """Hardware that keeps everything; whether it uses what it kept is asked of a script."""

    def __init__(self, script: Scripted) -> None:
        self.script = script

    def choose(self, what: str, among: int) -> int:
        return self.script.choose(what, among) if what in ("write", "page", "device page") else among - 1


class Copying:
    """A device that writes to one of the pages at every moment, while the written pages are read and copied."""

    def __init__(self, oracle: Scripted, steps: Steps, ats: bool, pages: int) -> None:
        self.steps, self.pages = steps, pages
        self.world = World(records=True, ats=ats)
        data = self.world.memory.allocate(2)
        steps.same("map", map_range(self.world.table, 0, data, 2 * PAGE, RW), 0)
        self.oracle = Asked(oracle)
        self.uncopied: set[int] = set()
        if pages == 1:
            # What is kept of a read does not know that the page is dirty.
            steps.holds("a mapped page is read", isinstance(self.world.device.read(0, Keeping()), Done))
        self.world.flusher.between = self.write

    def write(self) -> None:
        """Writes nothing, the first page or the second."""
        page = self.oracle.choose("write", 1 + self.pages) - 1
        if page >= 0:
            got = self.world.device.write(page * PAGE, 1, self.oracle)
            self.steps.holds("a mapped page is written", isinstance(got, Done))
            self.uncopied.add(page)

    def round(self) -> None:
        """Reads which pages were written and copies those."""
        read: set[int] = set()

        def record(first: int, length: int) -> None:
            read.update(range(first // PAGE, (first + length) // PAGE))

        read_and_clear(self.world.table, 0, 2 * PAGE, record)
        self.uncopied -= read

    def through(self) -> None:
        """Two rounds, the last one with a device that has stopped."""
        self.write()
        self.round()
        self.write()
        self.world.flusher.between = lambda: None
        self.round()


def no_write_is_lost(steps: Steps) -> None:
    """P5: every write is in the report before a copy made after it, whatever hardware keeps and whenever it writes."""

    def run(oracle: Scripted, ats: bool, pages: int) -> None:
        copying = Copying(oracle, steps, ats, pages)
        copying.through()
        steps.same("pages that were written and not copied", copying.uncopied, set())

    for ats, pages in (False, 1), (True, 1), (False, 2), (True, 2):
        for _ in every_tape(partial(run, ats=ats, pages=pages)):
            steps.taken()


PARTS: Final = (
    flush_says_that_tables_went,
    table_completed_by_its_last_leaf,
    freed_after_the_flush,
    gather_without_gaps,
    destroyed,
    growth_needs_no_flush,
    all_units_and_tags,
    beyond_the_largest_mask,
    nested_goes_with_its_parent,
    changed_entry,
    disabled_unit,
)


def caching(steps: Steps) -> None:
    for shape in VtdSecond(3), AmdHost():
        superpage_after_small_pages(steps, shape)
    for part in PARTS:
        part(steps)
