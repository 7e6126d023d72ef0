"""Device entries: words computed by hand from the layouts, and what a unit makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.checks.steps import Steps
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
Words = tuple[int, ...]
Unit = tuple[Memory, EntryReader, int]


def put(memory: Memory, at: int, words: Words) -> None:
    for n, word in enumerate(words):
        memory.store(at + 8 * n, word)


SECOND, FIRST = Root(0x9000, 3), Root(0xA000, 4)
TWO: Final = stream_entry(STAGE2, vmid=9, second=(ArmLpae(2, 40, 3), Root(0xC000, 2)), ats=True)
BY_HAND: Final[tuple[tuple[str, Words, Words], ...]] = (
    ("root", root_entry(0x5000), (0x5001, 0)),
    ("context", context_entry(SECOND_ONLY, 0x9000, 4, 0x17), (0x9001, 0x1702)),
    ("context with ATS", context_entry(SECOND_ATS, 0x9000, 3, 1, silent=True), (0x9007, 0x101)),
    ("context that passes", context_entry(PASS, 0, 5, 2), (0x9, 0x203)),
    ("PASID, second", pasid_entry(PGTT_SECOND, 0x17, SECOND, records=True)[:3], (0x9289, 0x17, 0)),
    ("PASID, nested", pasid_entry(PGTT_NESTED, 0x17, SECOND, FIRST, snoop=True)[:3], (0x90C9, 0x100_0017, 0xA005)),
    ("DTE", device_entry(0x17, Root(0x9000, 2), ats=True)[:2], (0x6000_0000_0000_9603, 0x1_0000_0017)),
    (
        "DTE, read-only",
        device_entry(0x17, Root(0x9000, 5), rights=READ, records=True)[:2],
        (0x2000_0000_0000_9D83, 0x17),
    ),
    # 0x12345_6789_A000: bits 14:12 are 2, bits 30:15 are 0xCF13, bits 51:31 are 0x2468A.
    (
        "DTE with a guest table",
        device_entry(0, None, 0x1_2345_6789_A000)[:2],
        (0x6000_0000_0000_0003 | 1 << 55 | 2 << 58, 0x1_2345 << 44 | 0xCF13 << 16),
    ),
    ("CD", context_descriptor(ArmLpae(1, 48, 4), Root(0x9000, 3), 5)[:2], (0x0005_0200_8000_0010, 0x9000)),
    ("CD that records", context_descriptor(ArmLpae(1, 39, 3), Root(0x9000, 2), 5, True)[:1], (0x0005_0E00_8000_0019,)),
    ("STE that aborts", stream_entry(ABORT)[:1], (0x1,)),
    ("STE that passes", stream_entry(BYPASS)[:1], (0x9,)),
    ("STE, first", stream_entry(STAGE1, 0x8000, 4)[:2], (0x2000_0000_0000_800B, 2)),
    ("STE, second", TWO[:4], (0xD, 0x1000_0002, 0x0008_0058_0000_0009, 0xC000)),
)
"""What it is, as made, as computed by hand."""


def legacy(words: Words) -> Unit:
    memory = Memory()
    root, context = memory.allocate(), memory.allocate()
    put(memory, root + 16 * 3, root_entry(context))
    put(memory, context + 16 * 0x10, words)
    return memory, LegacyReader(VtdSecond()), root


def scalable(words: Words, pasid: int, ats: bool = True) -> Unit:
    memory = Memory()
    root, context, directory, table = (memory.allocate() for _ in range(4))
    put(memory, root + 16 * 3, root_entry(context))
    put(memory, context + 32 * 0x10, scalable_context_entry(directory, ats))
    memory.store(directory + 8 * (pasid >> 6), directory_entry(table))
    put(memory, table + 64 * (pasid & 63), words)
    return memory, ScalableReader(VtdSecond()), root


def amd(words: Words) -> Unit:
    memory = Memory()
    table = memory.allocate(8)
    put(memory, table + 32 * RID, words)
    return memory, DeviceTableReader(), table


def arm(words: Words, contexts: Mapping[int, Words]) -> Unit:
    memory = Memory()
    table = memory.allocate(16)
    at = memory.allocate()
    put(memory, table + 64 * RID, (words[0] | (at if contexts else 0), *words[1:]))
    for number, descriptor in contexts.items():
        put(memory, at + 64 * number, descriptor)
    return memory, StreamTableReader(), table


STAGE = Stage(VtdSecond(4), SECOND)
OVER = Stage(X86First(5), FIRST, True)
LEGACY: Final[tuple[tuple[Words, Config], ...]] = (
    (context_entry(SECOND_ONLY, 0x9000, 4, 0x17), Config("second", 0x17, second=STAGE)),
    (context_entry(SECOND_ATS, 0x9000, 4, 0x17), Config("second", 0x17, second=STAGE, ats=True)),
    (context_entry(PASS, 0, 3, 2), Config("bypass", 2)),
    (context_entry(3, 0x9000, 4, 2), Config("abort", 2)),
    ((0x9001, 0x1704), Config("abort", 0x17)),
    ((0x9000, 0x1702), NOT_PRESENT),
    ((0x9002, 0x1702), Config("abort", silent=True, valid=False)),
)
SCALABLE: Final[tuple[tuple[Words, Config], ...]] = (
    (pasid_entry(PGTT_SECOND, 0x17, SECOND), Config("second", 0x17, second=STAGE, ats=True)),
    (pasid_entry(PGTT_FIRST, 0x17, None, FIRST), Config("first", 0x17, first=OVER, ats=True)),
    (pasid_entry(PGTT_NESTED, 0x17, SECOND, FIRST), Config("nested", 0x17, first=OVER, second=STAGE, ats=True)),
    (
        pasid_entry(PGTT_SECOND, 0x17, SECOND, records=True),
        Config("second", 0x17, second=Stage(VtdSecond(4), SECOND, True), ats=True),
    ),
    (
        pasid_entry(PGTT_NESTED, 0x17, SECOND, FIRST, records=True),
        Config("nested", 0x17, first=OVER, second=Stage(VtdSecond(4), SECOND, True), ats=True),
    ),
    (pasid_entry(PGTT_PASS, 0x17), Config("bypass", 0x17, ats=True)),
    ((0, 0, 0), NOT_PRESENT),
    ((0x9001, 0x17, 0), Config("abort", 0x17)),
)
AMD: Final[tuple[tuple[Words, Config], ...]] = (
    ((0, 0), Config("bypass", valid=False)),
    ((1, 0x17), NOT_PRESENT),
    (device_entry(0x17), Config("bypass", 0x17)),
    (device_entry(0x17, rights=0), Config("bypass", 0x17, rights=RIGHTS & ~(READ | WRITE))),
    (
        device_entry(0x17, Root(0x9000, 2), rights=READ, ats=True, records=True),
        Config("second", 0x17, None, Stage(AmdHost(2), Root(0x9000, 2), True), True, RIGHTS & ~WRITE),
    ),
    ((0x6000_0000_0000_9E03, 0x17), Config("abort", 0x17)),
)


def vtd_entries(steps: Steps) -> None:
    for words, config in LEGACY:
        memory, reader, base = legacy(words)
        steps.same(f"legacy {words}", reader.read(memory, base, RID, None), config)
        steps.same("a PASID in legacy mode", reader.read(memory, base, RID, 5), NOT_PRESENT)
        steps.same("another bus", reader.read(memory, base, 0x0410, None), NOT_PRESENT)
    for pasid in 0, 1, 64, 0x1234:
        for words, config in SCALABLE:
            memory, reader, base = scalable(words, pasid)
            steps.same(f"scalable {words[:3]}", reader.read(memory, base, RID, pasid), config)
            steps.same("another PASID", reader.read(memory, base, RID, pasid ^ 1), NOT_PRESENT)
            expected = config if pasid == 0 else NOT_PRESENT
            steps.same("no PASID", reader.read(memory, base, RID, None), expected)
    memory, reader, base = scalable(pasid_entry(PGTT_SECOND, 1, SECOND, records=True), 0, ats=False)
    expected = Config("second", 1, second=Stage(VtdSecond(4), SECOND, True))
    steps.same("without ATS", reader.read(memory, base, RID, None), expected)


def amd_entries(steps: Steps) -> None:
    for words, config in AMD:
        memory, reader, base = amd(words)
        steps.same(f"DTE {words}", reader.read(memory, base, RID, None), config)
    guest, host = 0x5000_0000, Stage(AmdHost(2), Root(0x9000, 2))
    for root, untagged in ((None, True), (None, False), (Root(0x9000, 2), True)):
        memory, reader, base = amd(device_entry(3, root, guest, untagged=untagged))
        memory.claim(guest)
        memory.store(guest + 8 * 5, guest_entry(0xA000))
        memory.store(guest, guest_entry(0xB000))
        five = reader.read(memory, base, RID, 5)
        first = Stage(X86First(4), Root(0xA000, 3), True)
        expected = Config("nested", 3, first, host) if root else Config("first", 3, first)
        steps.same("DTE with a guest table, PASID 5", five, expected)
        steps.same("PASID 6", reader.read(memory, base, RID, 6), Config("abort", 3))
        none = reader.read(memory, base, RID, None)
        steps.same("no PASID", none.mode, expected.mode if untagged else "bypass")
        if untagged:
            zero = Stage(X86First(4, signed=root is not None), Root(0xB000, 3), True)
            steps.same("its first stage", none.first, zero)


def arm_entries(steps: Steps) -> None:
    one, two = ArmLpae(1, 48, 4), ArmLpae(2, 40, 3)
    first, second = Stage(one, Root(0x9000, 3)), Stage(two, Root(0xC000, 2))
    contexts = {0: context_descriptor(one, Root(0x9000, 3), 5), 2: context_descriptor(one, Root(0xA000, 3), 6)}
    memory, reader, base = arm(stream_entry(STAGE1, 0, 2), contexts)
    steps.same("stage 1", reader.read(memory, base, RID, None), Config("first", 5, first))
    expected = Config("first", 6, Stage(one, Root(0xA000, 3)))
    steps.same("stage 1, substream 2", reader.read(memory, base, RID, 2), expected)
    steps.same("a descriptor that is not valid", reader.read(memory, base, RID, 1), Config("abort", 0))
    steps.same("beyond S1CDMax", reader.read(memory, base, RID, 4), Config("abort", 0))
    memory, reader, base = arm(TWO, {})
    steps.same("stage 2", reader.read(memory, base, RID, None), Config("second", 9 << 16, None, second, True))
    steps.same("stage 2 with a substream", reader.read(memory, base, RID, 0).mode, "abort")
    memory, reader, base = arm(stream_entry(NESTED, 0, 2, 9, (two, Root(0xC000, 2))), contexts)
    steps.same("nested", reader.read(memory, base, RID, None), Config("nested", 9 << 16 | 5, first, second))
    for kind, mode in ((ABORT, "abort"), (BYPASS, "bypass"), (1, "abort")):
        memory, reader, base = arm(stream_entry(kind), {})
        steps.same(f"Config {kind}", reader.read(memory, base, RID, None).mode, mode)
    steps.same("another stream", reader.read(memory, base, RID + 1, None), NOT_PRESENT)


def words_by_hand(steps: Steps) -> None:
    for what, words, expected in BY_HAND:
        steps.same(what, words, expected)


PARTS: Final = (words_by_hand, vtd_entries, amd_entries, arm_entries)


def device_entries(steps: Steps) -> None:
    for part in PARTS:
        part(steps)
