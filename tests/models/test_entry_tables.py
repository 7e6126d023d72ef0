"""Device entries below directories: RISC-V contexts, two-level stream tables, guest tables of AMD, kept contexts."""

from __future__ import annotations

import pytest

from models.hw.attributes import RIGHTS
from models.hw.entries import NOT_PRESENT, Config, Stage
from models.hw.entry_amd import DeviceTableReader, device_entry, guest_entry
from models.hw.entry_arm import (
    LARGE_LEAVES,
    SMALL_LEAVES,
    STAGE1,
    StreamTableReader,
    TwoLevelReader,
    context_descriptor,
    context_directory_entry,
    stream_directory_entry,
    stream_entry,
)
from models.hw.entry_riscv import (
    DirectoryReader,
    device_context,
    pointer,
    process_context,
    root_word,
)
from models.hw.entry_vtd import (
    PGTT_PASS,
    ScalableReader,
    directory_entry,
    pasid_entry,
    root_entry,
    scalable_context_entry,
)
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import PAGE, Root
from models.hw.invalidation import DeviceConfig
from models.hw.iommu import Iommu, Request
from models.hw.memory import Memory
from models.hw.oracle import Plain, Scripted
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_range

RID = 0x0310
PD8, PD17, PD20 = 1, 2, 3


def put(memory: Memory, at: int, words: tuple[int, ...]) -> None:
    for n, word in enumerate(words):
        memory.store(at + 8 * n, word)


def test_riscv_words_by_hand() -> None:
    assert pointer(0x1234_5000) == 0x48D_1401
    assert root_word(None) == 0
    assert root_word(Root(0x1234_5000, 2)) == 0x8000_0000_0001_2345
    assert root_word(Root(0x1234_5000, 4)) == 0xA000_0000_0001_2345
    assert device_context() == (1, 0, 0, 0)
    assert device_context(9, Root(0x8000, 3), ats=True, second_records=True) == (0x83, 0x9000_9000_0000_0008, 0, 0)
    first = device_context(pscid=5, first=Root(0x9000, 2), first_records=True, silent=True)
    assert first == (0x111, 0, 0x5000, 0x8000_0000_0000_0009)
    both = device_context(0xFFFF, Root(0x8000, 2), processes=(0xA000, PD17), untagged=True)
    assert both == (0x221, 0x8FFF_F000_0000_0008, 0, 0x2000_0000_0000_000A)
    assert process_context(0xF_FFFF, Root(0x9000, 3)) == (0xFFFF_F001, 0x9000_0000_0000_0009)


def directory(words: tuple[int, ...], levels: int, extended: bool = False, rid: int = RID) -> tuple[Memory, int]:
    """A memory with one device context below so many tables; indices by hand from the partition of device ids."""
    memory = Memory()
    tables = [memory.allocate() for _ in range(levels)]
    leaf = 6 if extended else 7
    for level in range(levels - 1, 0, -1):
        index = rid >> leaf + 9 * (level - 1) & 0x1FF
        memory.store(tables[levels - 1 - level] + 8 * index, pointer(tables[levels - level]))
    put(memory, tables[-1] + (rid & (1 << leaf) - 1) * (64 if extended else 32), words)
    return memory, tables[0]


SECOND = Stage(Riscv(4, second=True), Root(0x8000, 3))
FIRST = Stage(Riscv(3), Root(0x9000, 2))
CONTEXTS: list[tuple[tuple[int, ...], Config]] = [
    (device_context(), Config("bypass")),
    (device_context(9, Root(0x8000, 3), ats=True), Config("second", 9 << 20, None, SECOND, True)),
    (device_context(0, None, 5, Root(0x9000, 2)), Config("first", 5, FIRST)),
    (device_context(9, Root(0x8000, 3), 5, Root(0x9000, 2)), Config("nested", 9 << 20 | 5, FIRST, SECOND)),
    (
        device_context(9, Root(0x8000, 3), second_records=True),
        Config("second", 9 << 20, None, Stage(Riscv(4, second=True), Root(0x8000, 3), True)),
    ),
    ((0, 0, 0, 0), NOT_PRESENT),
    ((0x1001, 0, 0, 0), Config("abort")),
    ((1, 0x7 << 60, 0, 0), Config("abort")),
    ((1, 0x8000_0000_0000_0009, 0, 0), Config("abort")),
    ((1, 0, 0, 0xB << 60), Config("abort")),
    ((1, 0, 0, 0x8000_1000_0000_0009), Config("abort")),
    ((0x201, 0, 0, 0), Config("abort")),
    ((0x11, 0, 0, 0xB << 60), Config("abort", silent=True)),
]


@pytest.mark.parametrize(("words", "config"), CONTEXTS)
@pytest.mark.parametrize(("levels", "extended"), [(2, False), (3, False), (2, True), (3, True)])
def test_riscv(words: tuple[int, ...], config: Config, levels: int, extended: bool) -> None:
    memory, base = directory(words, levels, extended)
    reader = DirectoryReader(levels, extended)
    assert reader.read(memory, base, RID, None) == config
    assert reader.read(memory, base, RID ^ 1, None) == NOT_PRESENT
    assert reader.read(memory, base, RID ^ 0x4000, None) == NOT_PRESENT
    if config.mode in ("first", "second", "nested", "bypass"):
        assert reader.read(memory, base, RID, 5).mode == "abort", "there are no processes"


@pytest.mark.parametrize("extended", [False, True])
def test_riscv_device_ids_of_24_bits(extended: bool) -> None:
    memory, base = directory(device_context(), 3, extended, rid=0x9A_0310)
    reader = DirectoryReader(3, extended)
    assert reader.read(memory, base, 0x9A_0310, None) == Config("bypass")
    for bit in range(24):
        assert reader.read(memory, base, 0x9A_0310 ^ 1 << bit, None) == NOT_PRESENT


def test_riscv_device_ids_beyond_the_directory() -> None:
    memory, base = directory(device_context(), 1, rid=0x10)
    assert DirectoryReader(1).read(memory, base, 0x10, None) == Config("bypass")
    assert DirectoryReader(1).read(memory, base, 0x90, None) == NOT_PRESENT
    assert DirectoryReader(1, extended=True).read(memory, base, 0x50, None) == NOT_PRESENT
    assert DirectoryReader(2).read(memory, base, 0x1_0000, None) == NOT_PRESENT


def processes(memory: Memory, pasid: int, levels: int, words: tuple[int, int]) -> int:
    """A process directory with one process; indices by hand from the partition of process ids."""
    tables = [memory.allocate() for _ in range(levels)]
    for level in range(levels - 1, 0, -1):
        memory.store(tables[levels - 1 - level] + 8 * (pasid >> 8 + 9 * (level - 1) & 0x1FF), pointer(tables[-level]))
    put(memory, tables[-1] + 16 * (pasid & 0xFF), words)
    return tables[0]


@pytest.mark.parametrize(
    ("levels", "pasid", "beyond"), [(PD8, 0x85, 0x185), (PD17, 0x1_2385, 0x2_2385), (PD20, 0x9_2385, 0)]
)
def test_riscv_processes(levels: int, pasid: int, beyond: int) -> None:
    memory, base = directory((), 2)
    table = processes(memory, pasid, levels, process_context(7, Root(0x9000, 2)))
    place = DirectoryReader().place(memory, base, RID)
    assert place is not None
    put(memory, place, device_context(processes=(table, levels), ats=True))
    reader = DirectoryReader()
    assert reader.read(memory, base, RID, pasid) == Config("first", 7, FIRST, ats=True)
    assert reader.read(memory, base, RID, None) == Config("bypass", 0, ats=True)
    assert reader.read(memory, base, RID, pasid ^ 0x100 if levels > PD8 else pasid ^ 1).mode == "abort"
    if beyond:
        assert reader.read(memory, base, RID, beyond).mode == "abort"
    put(memory, place, device_context(9, Root(0x8000, 3), processes=(0, 0)))
    assert reader.read(memory, base, RID, pasid) == Config("second", 9 << 20, None, SECOND)


def test_riscv_requests_without_a_process_may_have_that_of_number_0() -> None:
    memory, base = directory((), 2)
    place = DirectoryReader().place(memory, base, RID)
    table = processes(memory, 0, PD8, process_context(7, Root(0x9000, 2)))
    assert place is not None
    put(memory, place, device_context(processes=(table, PD8), untagged=True))
    assert DirectoryReader().read(memory, base, RID, None) == Config("first", 7, FIRST)


def test_riscv_process_directory_below_a_second_stage() -> None:
    """The guest's directory is at guest addresses: what the second stage does not map, the unit cannot read."""
    memory, base = directory((), 2)
    host = PageTable(memory, Riscv(3, second=True))
    table = processes(memory, 0x1_2385, PD17, process_context(7, Root(0x9000, 2)))
    leaf = memory.load(table + 8 * 0x123) >> 10 << 12
    place = DirectoryReader().place(memory, base, RID)
    assert place is not None
    put(memory, place, device_context(9, host.root, processes=(0x4000_0000, PD17)))
    memory.store(table + 8 * 0x123, pointer(0x4000_1000))
    reader = DirectoryReader()
    for page, pa in ((0x4000_0000, table), (0x4000_1000, leaf)):
        assert reader.read(memory, base, RID, 0x1_2385).mode == "abort"
        assert map_range(host, page, pa, PAGE, 3) == 0
    second = Stage(Riscv(3, second=True), host.root)
    assert reader.read(memory, base, RID, 0x1_2385) == Config("nested", 9 << 20 | 7, FIRST, second)


def test_two_level_stream_table() -> None:
    memory = Memory()
    top, leaf = memory.allocate(), memory.allocate(4)
    assert stream_directory_entry(0x1_2340, 9) == 0x1_2349
    memory.store(top + 8 * 3, stream_directory_entry(leaf, 6))
    words = stream_entry(STAGE1, memory.allocate(), 0)
    put(memory, leaf + 64 * 0x10, words)
    put(memory, words[0] & (1 << 52) - 64, context_descriptor(ArmLpae(1, 48, 4), Root(0x9000, 3), 5))
    put(memory, leaf + 64 * 0x20, words)
    expected = StreamTableReader().read(memory, leaf, 0x10, None)
    assert expected == Config("first", 5, Stage(ArmLpae(1, 48, 4), Root(0x9000, 3)))
    assert TwoLevelReader().read(memory, top, RID, None) == expected
    assert TwoLevelReader().read(memory, top, 0x0320, None) == NOT_PRESENT, "span 6 is 32 streams"
    assert TwoLevelReader().read(memory, top, 0x0410, None) == NOT_PRESENT, "span 0"
    memory.store(top + 8 * 3, stream_directory_entry(leaf, 10))
    assert TwoLevelReader().read(memory, top, RID, None) == NOT_PRESENT, "more than the split has"
    assert TwoLevelReader(split=6).read(memory, top, 3 << 6 | 0x10, None) == NOT_PRESENT


@pytest.mark.parametrize(("layout", "bits"), [(SMALL_LEAVES, 6), (LARGE_LEAVES, 10)])
def test_two_level_context_table(layout: int, bits: int) -> None:
    memory = Memory()
    table, top, leaf = memory.allocate(16), memory.allocate(), memory.allocate(16)
    pasid = 3 << bits | 5
    put(memory, table + 64 * RID, stream_entry(STAGE1, top, 16, context_format=layout))
    assert memory.load(table + 64 * RID) == 0x8000_0000_0000_000B | layout << 4 | top
    put(memory, leaf + 64 * 5, context_descriptor(ArmLpae(1, 48, 4), Root(0x9000, 3), 7))
    reader = StreamTableReader()
    assert reader.read(memory, table, RID, pasid).mode == "abort", "no leaf table yet"
    memory.store(top + 8 * 3, context_directory_entry(leaf))
    assert reader.read(memory, table, RID, pasid) == Config("first", 7, Stage(ArmLpae(1, 48, 4), Root(0x9000, 3)))
    assert reader.read(memory, table, RID, pasid ^ 1).mode == "abort"
    assert reader.read(memory, table, RID, pasid ^ 1 << bits).mode == "abort"


@pytest.mark.parametrize(("depth", "pasid"), [(1, 0x105), (2, 0x1_2345), (3, 0xF_2345)])
def test_amd_guest_tables(depth: int, pasid: int) -> None:
    memory = Memory()
    table, tables = memory.allocate(8), [memory.allocate() for _ in range(depth)]
    put(memory, table + 32 * 0x10, device_entry(3, None, tables[0], depth=depth))
    assert memory.load(table + 32 * 0x10) >> 56 & 3 == depth - 1
    for n in range(depth - 1):
        index = pasid >> 9 * (depth - 1 - n) & 511
        memory.store(tables[n] + 8 * index, guest_entry(tables[n + 1]))
    memory.store(tables[-1] + 8 * (pasid & 511), guest_entry(0xA000))
    reader = DeviceTableReader()
    first = Stage(X86First(4), Root(0xA000, 3), True)
    assert reader.read(memory, table, 0x10, pasid) == Config("first", 3, first, rights=RIGHTS)
    assert reader.read(memory, table, 0x10, pasid ^ 1).mode == "abort"
    assert reader.read(memory, table, 0x10, pasid ^ 1 << 9 * depth).mode == "abort", "beyond the table"


def test_a_unit_may_go_on_from_a_context_entry_that_it_kept() -> None:
    """What memory says now, or what the table of the kept entry says, until the device is invalidated."""
    memory = Memory()
    root, context, old, new, table = (memory.allocate() for _ in range(5))
    memory.store(root + 16 * 3, root_entry(context)[0])
    memory.store(old, directory_entry(table))
    put(memory, table, pasid_entry(PGTT_PASS, 5))
    put(memory, context + 32 * 0x10, scalable_context_entry(old, ats=False))
    unit = Iommu(memory, ScalableReader(VtdSecond(3)), root)
    request = Request(RID, 0x7000, 1)
    assert unit.config(request, Scripted((1, 0))) == Config("bypass", 5)
    put(memory, context + 32 * 0x10, scalable_context_entry(new, ats=False))
    modes = [unit.config(request, Scripted((which, 0, 0))).mode for which in (0, 1)]
    assert modes == ["abort", "bypass"]
    mark = unit.journal.mark()
    unit.submit(DeviceConfig(RID + 1))
    unit.wait(Plain())
    assert len(unit.find_uppers(RID)) == 1
    unit.submit(DeviceConfig(RID))
    unit.wait(Plain())
    assert unit.find_uppers(RID) == []
    unit.journal.back(mark)
    assert len(unit.find_uppers(RID)) == 1
