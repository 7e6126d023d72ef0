"""Devices: DMA by requester id and PASID, ATS, what peers get, faults, and dirty tracking while a device writes."""

from __future__ import annotations

from typing import Any

from models.checks.caching import Copying
from models.checks.steps import Silent, Steps
from models.hw.device import Bus, Device, Done, Refused
from models.hw.entries import Config, Stage
from models.hw.entry_vtd import SECOND_ONLY, LegacyReader, context_entry, root_entry
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.iommu import FaultRecord, Iommu, Request, needed_for
from models.hw.memory import Memory
from models.hw.oracle import Keeping, Plain, Scripted, every_tape
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_dirty import read_and_clear
from models.kernel.pgtable_flush import Attachment
from models.kernel.pgtable_map import map_range
from models.kernel.pgtable_unmap import unmap_pages
from tests.models.world import PAGE, RID, RW, TAG, World

WINDOW = 0xF000_0000
PEER = 0x18


def mapped(pages: int = 1, **options: Any) -> tuple[World, int]:
    """A world with pages from address 0 on in fresh memory."""
    world = World(**options)
    data = world.memory.allocate(pages)
    assert map_range(world.table, 0, data, pages * PAGE, RW) == 0
    return world, data


def test_dma_reaches_what_is_mapped() -> None:
    world, data = mapped()
    assert world.device.write(0x18, 0xBEEF, Plain()) == Done(data + 0x18, 0xBEEF)
    assert world.device.read(0x18, Plain()) == Done(data + 0x18, 0xBEEF)
    assert world.memory.load(data + 0x18) == 0xBEEF
    assert world.device.write(PAGE, 1, Plain()) == Refused("not present")
    assert world.unit.faults == [FaultRecord(Request(RID, PAGE, needed_for(True)), "not present", 1, PAGE)]


def test_dma_through_real_device_entries() -> None:
    """Root, context entry, second-stage table: all in memory."""
    memory = Memory()
    root, context = memory.allocate(), memory.allocate()
    table = PageTable(memory, VtdSecond(3))
    data = memory.allocate()
    assert map_range(table, 0x7000, data, PAGE, RW) == 0
    memory.store(root, root_entry(context)[0])
    for n, word in enumerate(context_entry(SECOND_ONLY, table.root.pa, 3, TAG)):
        memory.store(context + 16 * RID + 8 * n, word)
    unit = Iommu(memory, LegacyReader(VtdSecond(3)), root)
    bus = Bus(memory)
    device, other = Device(RID, unit, bus), Device(RID + 1, unit, bus)
    assert device.write(0x7010, 5, Keeping()) == Done(data + 0x10, 5)
    assert other.write(0x7010, 5, Keeping()) == Refused("not present")
    assert device.read(0x7010, Keeping(), pasid=1) == Refused("not present")
    assert unit.caches.pages[0].tag == TAG


def test_pasids_are_apart() -> None:
    world, data = mapped()
    process = PageTable(world.memory, X86First(4))
    own = world.memory.allocate()
    assert map_range(process, 0, own, PAGE, RW) == 0
    world.reader.configs[RID, 5] = Config("first", TAG, Stage(process.shape, process.root, True))
    for oracle in Keeping(), Keeping():
        assert world.device.write(0, 1, oracle) == Done(data, 1)
        assert world.device.write(0, 1, oracle, pasid=5) == Done(own, 1)
        assert world.device.write(0, 1, oracle, pasid=6) == Refused("not present")


def test_a_disabled_unit_translates_nothing() -> None:
    world, _ = mapped()
    world.unit.enabled = False
    own = world.memory.allocate()
    assert world.device.write(own, 3, Plain()) == Done(own, 3)


def test_peers_below_one_switch() -> None:
    """Without redirection a peer's window is reached without the unit; with it, only as mapped."""
    world, _ = mapped()
    bus = world.bus
    bus.windows[PEER] = (WINDOW, PAGE)
    bus.switches = {RID: 1, PEER: 1}
    assert world.device.write(WINDOW, 1, Plain()) == Refused("not canonical")
    bus.redirect = False
    assert world.device.write(WINDOW, 1, Plain()) == Done(WINDOW, 1, PEER)
    bus.switches[PEER] = 2
    assert world.device.write(WINDOW, 1, Plain()) == Refused("not canonical")
    bus.redirect = True
    assert map_range(world.table, 4 * PAGE, WINDOW, PAGE, RW) == 0
    assert world.device.write(4 * PAGE + 8, 1, Plain()) == Done(WINDOW + 8, 1, PEER)
    assert bus.arrived == [(RID, PEER, WINDOW), (RID, PEER, WINDOW + 8)]


def test_a_device_keeps_translations() -> None:
    world, data = mapped(ats=True)
    assert world.device.read(0, Keeping()) == Done(data, 0)
    assert len(world.device.cache.pages) == 1
    world.unit.caches.pages.clear()
    world.memory.store(world.table.tables()[-1][0], 0)
    assert world.device.read(0, Keeping()) == Done(data, 0), "from its own cache"
    world.flusher.flush(0, PAGE - 1, True)
    assert world.device.read(0, Keeping()) == Refused("not present")


def test_a_device_without_the_right_may_not_send_translated_requests() -> None:
    world, _ = mapped(ats=True)
    world.device.read(0, Keeping())
    stage = Stage(world.shape, world.table.root)
    world.reader.configs[RID, None] = Config("second", TAG, second=stage, ats=False)
    world.flusher.entry_changed(world.flusher.attachments[0])
    assert world.device.read(0, Keeping()) == Refused("translated requests are not allowed")


def test_a_nested_domain_is_flushed_with_its_parent() -> None:
    """The device's combined translations are under the child's tag: a flush of the parent must reach that too."""
    child = TAG + 1
    for nested in (child, None):
        world = World(VtdSecond(3), ats=True)
        world.unit.caches.second_drops_first = False
        guest = PageTable(world.memory, X86First(4))
        host, shared = world.memory.allocate(), 0x5000_0000
        for pa, _ in guest.tables():
            assert map_range(world.table, pa, pa, PAGE, RW) == 0
        assert map_range(world.table, shared, host, PAGE, RW) == 0
        assert map_range(guest, 0, shared, PAGE, RW) == 0
        for pa, _ in guest.tables()[1:]:
            assert map_range(world.table, pa, pa, PAGE, RW) == 0
        first = Stage(guest.shape, guest.root, True)
        second = Stage(world.shape, world.table.root)
        world.reader.configs[RID, None] = Config("nested", child, first, second, ats=True)
        world.flusher.attachments = [Attachment(world.unit, TAG, RID, ats=True, nested=nested)]
        assert world.device.write(0, 7, Keeping()) == Done(host, 7)
        assert unmap_pages(world.table, shared, PAGE) == PAGE
        stale = world.device.write(0, 8, Keeping())
        assert stale == (Refused("not present") if nested is not None else Done(host, 8))


def test_the_whole_device_cache_goes_with_a_parent() -> None:
    world = World(ats=True)
    assert map_range(world.table, 0, world.memory.allocate(), PAGE, RW) == 0
    world.device.read(0, Keeping())
    world.flusher.attachments = [Attachment(world.unit, TAG, RID, ats=True, nested=TAG + 1)]
    world.flusher.flush(5 * PAGE, 6 * PAGE - 1, True)
    assert world.device.cache.pages == [], "which guest addresses were made of those pages is not known"


def test_several_units_and_tags_are_all_flushed() -> None:
    world, other = World(), World()
    other.unit.memory = world.memory
    other.reader.configs[RID, None] = Config("second", 9, second=Stage(world.shape, world.table.root))
    world.flusher.attachments = [
        Attachment(world.unit, TAG, RID),
        Attachment(other.unit, 9, RID),
        Attachment(other.unit, 9, RID + 1),
    ]
    assert map_range(world.table, 0, 0x80 * PAGE, PAGE, RW) == 0
    for unit in world.unit, other.unit:
        unit.translate(Request(RID, 0, needed_for(False)), Keeping())
        assert unit.caches.pages
    assert unmap_pages(world.table, 0, PAGE) == PAGE
    assert world.unit.caches.pages == other.unit.caches.pages == []
    assert other.unit.pending == []


def lost_writes(flush: bool, ats: bool = False) -> tuple[int, int]:
    """In how many runs a write is lost at the end, and how many there are."""
    lost: list[int] = []

    def run(oracle: Scripted) -> None:
        copying = Copying(oracle, Steps(Silent()), ats, 2)
        if not flush:
            copying.world.table.flush = lambda first, last, leaf_only: None
        copying.through()
        lost.append(len(copying.uncopied))

    count = len(list(every_tape(run)))
    return sum(1 for n in lost if n), count


def test_a_translation_for_reading_does_not_write_unseen() -> None:
    """While writes are recorded, a device that only asked to read has to ask again before it writes."""
    world, _ = mapped(records=True, ats=True)
    assert isinstance(world.device.read(0, Keeping()), Done)
    assert isinstance(world.device.write(0, 1, Keeping()), Done)
    read: list[tuple[int, int]] = []
    read_and_clear(world.table, 0, PAGE, lambda first, length: read.append((first, length)))
    assert read == [(0, PAGE)]


def test_no_write_is_lost() -> None:
    """P5: every write through a tracked page is in the report before a copy made after it, whatever hardware keeps."""
    assert lost_writes(flush=True)[0] == 0
    assert lost_writes(flush=True, ats=True)[0] == 0
    lost, runs = lost_writes(flush=False)
    assert 0 < lost < runs, "without the flush, a cached writable entry lets a write through unseen"
