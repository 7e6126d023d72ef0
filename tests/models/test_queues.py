"""Command queues: words by hand from the layouts, and decoding after encoding."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.hw.invalidation import Command, DeviceConfig, DevicePages, Domain, Everything, Pages, Process, overlaps
from models.hw.queue import Codec, NoCommandError, Wait, Words
from models.hw.queue_amd import AmdQueue
from models.hw.queue_arm import SmmuQueue
from models.hw.queue_riscv import RiscvQueue
from models.hw.queue_vtd import VtdQueue
from models.hw.ranges import EVERYTHING

CODECS: dict[str, Codec] = {
    "vtd": VtdQueue(),
    "vtd-legacy": VtdQueue(scalable=False),
    "amd": AmdQueue(),
    "arm-1": SmmuQueue(1),
    "arm-2": SmmuQueue(2),
    "arm-no-range": SmmuQueue(1, ranges=False),
    "riscv-first": RiscvQueue("first", extended=True),
    "riscv-second": RiscvQueue("second", extended=True),
    "riscv-nested": RiscvQueue("nested", extended=True),
    "riscv": RiscvQueue(),
}
HAND: list[tuple[Codec, Command | Wait, Words]] = [
    (VtdQueue(False), Domain(0x17), (0x17_0022, 0)),
    (VtdQueue(False), Pages(7, 0x1234_0000, 16, True), (0x7_0032, 0x1234_0044)),
    (VtdQueue(False), Pages(7, 0x5000, 12), (0x7_0032, 0x5000)),
    (VtdQueue(False, did=9), DeviceConfig(0x0310), (0x0310_0009_0031, 0)),
    (VtdQueue(False), DeviceConfig(None), (0x11, 0)),
    (VtdQueue(False), Everything(), (0x12, 0)),
    (VtdQueue(False), DevicePages(0x0310, 0x20_0000, 21), (0x0310_0000_0003, 0x2F_F001)),
    (VtdQueue(), Process(0x17, 5), (0x5_0017_0026, 0, 0, 0)),
    (VtdQueue(), DevicePages(0x0310, 0x1000, 12, 5), (0x5_0310_0008, 0x1000, 0, 0)),
    (VtdQueue(), DevicePages(0x0310, 0x2000, 13, 5), (0x5_0310_0008, 0x2800, 0, 0)),
    (VtdQueue(False), Wait(0x8000, 3), (0x3_0000_0025, 0x8000)),
    (AmdQueue(), Domain(0x17), (0x3000_0017_0000_0000, 0x7FFF_FFFF_FFFF_F003)),
    (AmdQueue(), Pages(0x17, 0x4000, 14, True), (0x3000_0017_0000_0000, 0x5001)),
    (AmdQueue(), Pages(0x17, 0x4000, 12), (0x3000_0017_0000_0000, 0x4002)),
    (AmdQueue(), Process(0x17, 5), (0x3000_0017_0000_0005, 0x7FFF_FFFF_FFFF_F007)),
    (AmdQueue(), DeviceConfig(0x0310), (0x2000_0000_0000_0310, 0)),
    (AmdQueue(), Everything(), (0x8000_0000_0000_0000, 0)),
    (AmdQueue(), DevicePages(0x0310, 0x1000, 12, 0x1234), (0x4034_0310_0012_0310, 0x1004)),
    (AmdQueue(), Wait(0x8000, 3), (0x1000_0000_0000_8001, 3)),
    (SmmuQueue(), Domain(9 << 16 | 5), (0x0005_0009_0000_0011, 0)),
    (SmmuQueue(2), Domain(9 << 16), (0x0000_0009_0000_0028, 0)),
    (SmmuQueue(), Pages(5, 0x7000, 12, True), (0x0005_0000_0000_0012, 0x7001)),
    (SmmuQueue(), Pages(5, 0x1_0000, 16), (0x0005_0000_0040_0012, 0x1_0400)),
    (SmmuQueue(2), Pages(9 << 16, 0x20_0000, 21, True), (0x0000_0009_0090_002A, 0x20_0401)),
    (SmmuQueue(), DeviceConfig(0x0310), (0x0310_0000_0003, 1)),
    (SmmuQueue(), DeviceConfig(None), (0x04, 0x1F)),
    (SmmuQueue(), DevicePages(0x0310, 0, EVERYTHING), (0x0310_0000_0040, 52)),
    (SmmuQueue(), DevicePages(0x0310, 0x4000, 14, 5), (0x0310_0000_5840, 0x4002)),
    (SmmuQueue(), Wait(), (0x46, 0)),
    (RiscvQueue(), Pages(5, 0x7000, 12, True), (0x1_0000_5401, 0x1C00)),
    (RiscvQueue(), Domain(5), (0x1_0000_5001, 0)),
    (RiscvQueue("second"), Domain(9 << 20), (0x9002_0000_0081, 0)),
    (RiscvQueue("nested"), Domain(9 << 20 | 5), (0x9003_0000_5001, 0)),
    (RiscvQueue("second", True), Pages(9 << 20, 0x4000, 14), (0x9006_0000_0481, 0x1600)),
    (RiscvQueue(), DeviceConfig(0x0310), (0x3_1002_0000_0003, 0)),
    (RiscvQueue(), DevicePages(0x0310, 0x1000, 12, 5), (0x3_1001_0000_5004, 0x1000)),
    (RiscvQueue(), Wait(0x8000, 3), (0x3_0000_0402, 0x2000)),
]


@pytest.mark.parametrize(("codec", "command", "words"), HAND)
def test_words_by_hand(codec: Codec, command: Command | Wait, words: Words) -> None:
    assert codec.encode(command) == words


def test_a_size_in_an_address_as_the_kernel_explains_it() -> None:
    """0x12345f000 is 256 KiB from 0x123440000 (commit message of `qi_flush_dev_piotlb`)."""
    assert VtdQueue().decode((0x5_0310_0008, 0x1_2345_F800, 0, 0)) == (DevicePages(0x310, 0x1_2344_0000, 18, 5),)


def commands() -> Iterator[Command | Wait]:
    yield from (Wait(), Wait(0x1234_5000, 7), DeviceConfig(None), DeviceConfig(0xFFFF), DeviceConfig(1), Everything())
    for tag in (1, 0xFFFF, 9 << 16, 9 << 16 | 5, 9 << 20, 9 << 20 | 0xF_FFFF):
        yield Domain(tag)
        yield from (Process(tag, pasid) for pasid in (0, 1, 0xF_FFFF))
        for order in (12, 13, 16, 21, 30, 43, 52):
            for base in (0, 1 << order, 3 << order):
                yield from (Pages(tag, base, order, leaf_only) for leaf_only in (False, True))
    for pasid in (None, 0, 5, 0xFFFF):
        for order in (12, 13, 39, EVERYTHING):
            yield DevicePages(0x0310, 0 if order == EVERYTHING else 5 << order, order, pasid)
    yield DevicePages(0x0310, 0, EVERYTHING, all_pasids=True)


def fits(name: str, command: Command | Wait) -> bool:
    """True if the tag of a command is one that the unit can have."""
    if not isinstance(command, Domain | Process | Pages):
        return True
    bits = {"vtd": 16, "amd": 16, "arm": 32, "ris": 36}[name[:3]]
    if command.tag >> bits or (name == "arm-2" and command.tag & 0xFFFF):
        return False
    if name == "riscv-second":
        return command.tag & 0xF_FFFF == 0
    return name not in ("riscv-first", "riscv") or command.tag >> 20 == 0


def removes(made: tuple[Command, ...] | Wait, command: Command | Wait) -> bool:
    """True if what was decoded is the command, alone or with others."""
    return made == command if isinstance(made, Wait) else command in made


def lacks(name: str, command: Command | Wait) -> bool:
    """True if the architecture has no command that removes exactly this."""
    match command:
        case Process():
            return name[:3] not in ("vtd", "amd") or name == "vtd-legacy"
        case DevicePages():
            if name == "vtd-legacy":
                return command.pasid is not None or command.all_pasids
            return name == "amd" and command.all_pasids
        case Pages(_, _, order, leaf_only):
            if name == "riscv":
                return order > 12 or not leaf_only
            return order > (12 if name == "arm-no-range" else 43) and name[:3] == "arm"
        case Everything():
            return name[:5] == "riscv"
        case _:
            return False


@pytest.mark.parametrize("name", CODECS)
def test_decoding_after_encoding(name: str) -> None:
    codec, done = CODECS[name], 0
    for command in commands():
        if not fits(name, command):
            continue
        if lacks(name, command):
            with pytest.raises(NoCommandError):
                codec.encode(command)
            continue
        words = codec.encode(command)
        assert all(word >> 64 == 0 for word in words)
        made = codec.decode(words)
        assert removes(made, command), f"{command} became {made}"
        assert isinstance(made, Wait) or len(made) == 1 or name == "amd"
        done += 1
    assert done > 35


def test_a_counted_range_is_its_blocks() -> None:
    """NUM=2, SCALE=1: three blocks of two pages, and nothing of the page after them."""
    made = SmmuQueue().decode((5 << 48 | 1 << 20 | 2 << 12 | 0x12, 0x8000 | 1 << 10))
    assert made == tuple(Pages(5, 0x8000 + n * 0x2000, 13) for n in range(3))
    assert not isinstance(made, Wait)
    covered = [n for n in range(16) if any(overlaps(n << 12, 12, c.base, c.order) for c in made)]  # type: ignore[union-attr]
    assert covered == [8, 9, 10, 11, 12, 13]


def test_an_address_alone_removes_no_pointer_on_riscv() -> None:
    with pytest.raises(NoCommandError):
        RiscvQueue().encode(Pages(5, 0x7000, 12, leaf_only=False))
    assert RiscvQueue().decode((0x1_0000_5401, 0x1C00)) == (Pages(5, 0x7000, 12, True),)


def test_invalidate_all_of_amd_drops_both() -> None:
    assert AmdQueue().decode(AmdQueue().encode(DeviceConfig(None))) == (DeviceConfig(None), Everything())


@pytest.mark.parametrize("name", ["vtd", "arm-1", "riscv", "amd"])
def test_what_is_not_modelled_is_not_guessed(name: str) -> None:
    with pytest.raises(ValueError):
        CODECS[name].decode((0xF | 0xF << 60, 0, 0, 0)[: 4 if name == "vtd" else 2])
