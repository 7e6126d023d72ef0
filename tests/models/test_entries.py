"""Device entries: words computed by hand from the layouts, and what a unit makes of them."""

from __future__ import annotations

import pytest

from models.hw.attributes import READ, RIGHTS, WRITE
from models.hw.entries import NOT_PRESENT, Config, EntryReader, Stage
from models.hw.entry_amd import DeviceTableReader, device_entry, guest_entry
from models.hw.entry_arm import (
    ABORT,
    BYPASS,
    NESTED,
    STAGE1,
    STAGE2,
    StreamTableReader,
    context_descriptor,
    stream_entry,
)
from models.hw.entry_vtd import (
    PASS,
    PGTT_FIRST,
    PGTT_NESTED,
    PGTT_PASS,
    PGTT_SECOND,
    SECOND_ATS,
    SECOND_ONLY,
    LegacyReader,
    ScalableReader,
    context_entry,
    directory_entry,
    pasid_entry,
    root_entry,
    scalable_context_entry,
)
from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Root
from models.hw.memory import Memory

RID = 0x0310
"""Bus 3, device 2, function 0."""


def put(memory: Memory, at: int, words: tuple[int, ...]) -> None:
    for n, word in enumerate(words):
        memory.store(at + 8 * n, word)


def test_words_by_hand() -> None:
    assert root_entry(0x5000) == (0x5001, 0)
    assert context_entry(SECOND_ONLY, 0x9000, 4, 0x17) == (0x9001, 0x1702)
    assert context_entry(SECOND_ATS, 0x9000, 3, 1, silent=True) == (0x9007, 0x101)
    assert context_entry(PASS, 0, 5, 2) == (0x9, 0x203)
    second, first = Root(0x9000, 3), Root(0xA000, 4)
    assert pasid_entry(PGTT_SECOND, 0x17, second, records=True)[:3] == (0x9289, 0x17, 0)
    assert pasid_entry(PGTT_NESTED, 0x17, second, first, snoop=True)[:3] == (0x90C9, 0x100_0017, 0xA005)
    assert device_entry(0x17, Root(0x9000, 2), ats=True)[:2] == (0x6000_0000_0000_9603, 0x1_0000_0017)
    assert device_entry(0x17, Root(0x9000, 5), rights=READ, records=True)[:2] == (0x2000_0000_0000_9D83, 0x17)
    # 0x12345_6789_A000: bits 14:12 are 2, bits 30:15 are 0xCF13, bits 51:31 are 0x2468A.
    assert device_entry(0, None, 0x1_2345_6789_A000)[:2] == (
        0x6000_0000_0000_0003 | 1 << 55 | 2 << 58,
        0x1_2345 << 44 | 0xCF13 << 16,
    )
    assert context_descriptor(ArmLpae(1, 48, 4), Root(0x9000, 3), 5)[:2] == (0x0005_0200_8000_0010, 0x9000)
    assert context_descriptor(ArmLpae(1, 39, 3), Root(0x9000, 2), 5, True)[0] == 0x0005_0E00_8000_0019
    assert stream_entry(ABORT)[0] == 0x1
    assert stream_entry(BYPASS)[0] == 0x9
    assert stream_entry(STAGE1, 0x8000, 4)[:2] == (0x2000_0000_0000_800B, 2)
    two = stream_entry(STAGE2, vmid=9, second=(ArmLpae(2, 40, 3), Root(0xC000, 2)), ats=True)
    assert two[:4] == (0xD, 0x1000_0002, 0x0008_0058_0000_0009, 0xC000)


def legacy(words: tuple[int, ...]) -> tuple[Memory, EntryReader, int]:
    memory = Memory()
    root, context = memory.allocate(), memory.allocate()
    put(memory, root + 16 * 3, root_entry(context))
    put(memory, context + 16 * 0x10, words)
    return memory, LegacyReader(VtdSecond()), root


def scalable(words: tuple[int, ...], pasid: int = 0, ats: bool = False) -> tuple[Memory, EntryReader, int]:
    memory = Memory()
    root, context, directory, table = (memory.allocate() for _ in range(4))
    put(memory, root + 16 * 3, root_entry(context))
    put(memory, context + 32 * 0x10, scalable_context_entry(directory, ats))
    memory.store(directory + 8 * (pasid >> 6), directory_entry(table))
    put(memory, table + 64 * (pasid & 63), words)
    return memory, ScalableReader(VtdSecond()), root


def amd(words: tuple[int, ...]) -> tuple[Memory, EntryReader, int]:
    memory = Memory()
    table = memory.allocate(8)
    put(memory, table + 32 * RID, words)
    return memory, DeviceTableReader(), table


def arm(words: tuple[int, ...], contexts: dict[int, tuple[int, ...]]) -> tuple[Memory, EntryReader, int]:
    memory = Memory()
    table = memory.allocate(16)
    at = memory.allocate()
    put(memory, table + 64 * RID, (words[0] | (at if contexts else 0), *words[1:]))
    for number, descriptor in contexts.items():
        put(memory, at + 64 * number, descriptor)
    return memory, StreamTableReader(), table


SECOND = Stage(VtdSecond(4), Root(0x9000, 3))
FIRST = Stage(X86First(5), Root(0xA000, 4), True)


@pytest.mark.parametrize(
    ("words", "config"),
    [
        (context_entry(SECOND_ONLY, 0x9000, 4, 0x17), Config("second", 0x17, second=SECOND)),
        (context_entry(SECOND_ATS, 0x9000, 4, 0x17), Config("second", 0x17, second=SECOND, ats=True)),
        (context_entry(PASS, 0, 3, 2), Config("bypass", 2)),
        (context_entry(3, 0x9000, 4, 2), Config("abort", 2)),
        ((0x9001, 0x1704), Config("abort", 0x17)),
        ((0x9000, 0x1702), NOT_PRESENT),
        ((0x9002, 0x1702), Config("abort", silent=True, valid=False)),
    ],
)
def test_vtd_legacy(words: tuple[int, ...], config: Config) -> None:
    memory, reader, base = legacy(words)
    assert reader.read(memory, base, RID, None) == config
    assert reader.read(memory, base, RID, 5) == NOT_PRESENT
    assert reader.read(memory, base, 0x0410, None) == NOT_PRESENT, "another bus"


@pytest.mark.parametrize(
    ("words", "config"),
    [
        (pasid_entry(PGTT_SECOND, 0x17, Root(0x9000, 3)), Config("second", 0x17, second=SECOND, ats=True)),
        (pasid_entry(PGTT_FIRST, 0x17, None, Root(0xA000, 4)), Config("first", 0x17, first=FIRST, ats=True)),
        (
            pasid_entry(PGTT_NESTED, 0x17, Root(0x9000, 3), Root(0xA000, 4)),
            Config("nested", 0x17, first=FIRST, second=SECOND, ats=True),
        ),
        (pasid_entry(PGTT_PASS, 0x17), Config("bypass", 0x17, ats=True)),
        ((0, 0, 0), NOT_PRESENT),
        ((0x9001, 0x17, 0), Config("abort", 0x17)),
    ],
)
@pytest.mark.parametrize("pasid", [0, 1, 64, 0x1234])
def test_vtd_scalable(words: tuple[int, ...], config: Config, pasid: int) -> None:
    memory, reader, base = scalable(words, pasid, ats=True)
    assert reader.read(memory, base, RID, pasid) == config
    assert reader.read(memory, base, RID, pasid ^ 1) == NOT_PRESENT
    assert (reader.read(memory, base, RID, None) == config) == (pasid == 0 or config == NOT_PRESENT)


def test_vtd_dirty_recording_is_in_the_pasid_entry() -> None:
    memory, reader, base = scalable(pasid_entry(PGTT_SECOND, 1, Root(0x9000, 3), records=True))
    found = reader.read(memory, base, RID, None)
    assert found.second == Stage(VtdSecond(4), Root(0x9000, 3), True) and not found.ats


READ_ONLY = RIGHTS & ~WRITE


@pytest.mark.parametrize(
    ("words", "config"),
    [
        ((0, 0), Config("bypass", valid=False)),
        ((1, 0x17), NOT_PRESENT),
        (device_entry(0x17), Config("bypass", 0x17)),
        (device_entry(0x17, rights=0), Config("bypass", 0x17, rights=RIGHTS & ~(READ | WRITE))),
        (
            device_entry(0x17, Root(0x9000, 2), rights=READ, ats=True, records=True),
            Config("second", 0x17, second=Stage(AmdHost(2), Root(0x9000, 2), True), ats=True, rights=READ_ONLY),
        ),
        ((0x6000_0000_0000_9E03, 0x17), Config("abort", 0x17)),
    ],
)
def test_amd(words: tuple[int, ...], config: Config) -> None:
    memory, reader, base = amd(words)
    assert reader.read(memory, base, RID, None) == config


def test_amd_guest_table() -> None:
    guest = 0x5000_0000
    host = Stage(AmdHost(2), Root(0x9000, 2))
    for root, untagged in ((None, True), (None, False), (Root(0x9000, 2), True)):
        memory, reader, base = amd(device_entry(3, root, guest, untagged=untagged))
        memory.claim(guest)
        memory.store(guest + 8 * 5, guest_entry(0xA000))
        memory.store(guest, guest_entry(0xB000))
        mode, second = ("nested", host) if root else ("first", None)
        five = Config(mode, 3, Stage(X86First(4), Root(0xA000, 3), True), second)  # type: ignore[arg-type]
        assert reader.read(memory, base, RID, 5) == five
        assert reader.read(memory, base, RID, 6) == Config("abort", 3)
        none = reader.read(memory, base, RID, None)
        assert none.mode == (mode if untagged else "bypass")
        if untagged:
            assert none.first == Stage(X86First(4, signed=root is not None), Root(0xB000, 3), True)


def test_arm() -> None:
    one, two = ArmLpae(1, 48, 4), ArmLpae(2, 40, 3)
    first = Stage(one, Root(0x9000, 3))
    second = Stage(two, Root(0xC000, 2))
    contexts = {0: context_descriptor(one, Root(0x9000, 3), 5), 2: context_descriptor(one, Root(0xA000, 3), 6)}
    memory, reader, base = arm(stream_entry(STAGE1, 0, 2), contexts)
    assert reader.read(memory, base, RID, None) == Config("first", 5, first)
    assert reader.read(memory, base, RID, 2) == Config("first", 6, Stage(one, Root(0xA000, 3)))
    assert reader.read(memory, base, RID, 1) == Config("abort", 0), "the descriptor is not valid"
    assert reader.read(memory, base, RID, 4) == Config("abort", 0), "beyond S1CDMax"
    memory, reader, base = arm(stream_entry(STAGE2, vmid=9, second=(two, Root(0xC000, 2)), ats=True), {})
    assert reader.read(memory, base, RID, None) == Config("second", 9 << 16, None, second, True)
    assert reader.read(memory, base, RID, 0).mode == "abort"
    memory, reader, base = arm(stream_entry(NESTED, 0, 2, 9, (two, Root(0xC000, 2))), contexts)
    assert reader.read(memory, base, RID, None) == Config("nested", 9 << 16 | 5, first, second)
    for kind, mode in ((ABORT, "abort"), (BYPASS, "bypass"), (1, "abort")):
        memory, reader, base = arm(stream_entry(kind), {})
        assert reader.read(memory, base, RID, None).mode == mode
    assert reader.read(memory, base, RID + 1, None) == NOT_PRESENT
