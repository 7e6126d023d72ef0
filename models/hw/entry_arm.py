"""SMMUv3 stream table entries and context descriptors, in linear tables and in tables of two levels.

Architecture: Arm SMMUv3 specification, "Stream Table Entry" and "Context Descriptor". Kernel: `STRTAB_L1_DESC_*`,
`CTXDESC_L1_DESC_*` and the rest of drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h; S1FMT 1 (4 KiB leaf tables), which
Linux does not use, is from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.hw.entries import NOT_PRESENT, Config, Stage, address, bits, put
from models.hw.format_arm import ArmLpae
from models.hw.formats import Root
from models.hw.memory import Memory

ABORT: Final = 0
BYPASS: Final = 4
STAGE1: Final = 5
STAGE2: Final = 6
NESTED: Final = 7
USE_SUBSTREAM_0: Final = 2
"""S1DSS: a request without a substream has that of number 0."""
STREAM_BYTES: Final = 64
LINEAR: Final = 0
SMALL_LEAVES: Final = 1
LARGE_LEAVES: Final = 2
"""S1FMT: one table of descriptors, or two levels with leaf tables of 64 or of 1024 descriptors."""
LEAF_BITS: Final = {SMALL_LEAVES: 6, LARGE_LEAVES: 10}
VMID_SHIFT: Final = 16
"""A tag here is the VMID above the 16 bits of the ASID."""


def stream_entry(
    config: int,
    contexts: int = 0,
    context_bits: int = 0,
    vmid: int = 0,
    second: tuple[ArmLpae, Root] | None = None,
    ats: bool = False,
    records: bool = False,
    context_format: int = LINEAR,
) -> tuple[int, ...]:
    """V 0, Config 3:1, S1Fmt 5:4, S1ContextPtr 51:6, S1CDMax 63:59; S1DSS 65:64, EATS 93:92; S2VMID 143:128,
    S2T0SZ 165:160, S2SL0 167:166, S2AA64 179, S2AFFD 181, S2HD 183, S2HA 184; S2TTB 243:196.
    """
    low = 1 | put(config, 3, 1) | put(context_format, 5, 4) | contexts | put(context_bits, 63, 59)
    middle = put(USE_SUBSTREAM_0, 1, 0) | put(int(ats), 29, 28)
    third = put(vmid, 15, 0) | 1 << 51
    fourth = 0
    if second is not None:
        shape, root = second
        third |= put(64 - shape.bits, 37, 32) | put(root.top - 1, 39, 38) | put(3 if records else 0, 56, 55)
        fourth = root.pa
    return low, middle, third, fourth, 0, 0, 0, 0


def context_descriptor(shape: ArmLpae, root: Root, asid: int, records: bool = False) -> tuple[int, ...]:
    """T0SZ 5:0, V 31, AA64 41, HD 42, HA 43, ASID 63:48; TTB0 115:68."""
    low = put(64 - shape.bits, 5, 0) | 1 << 31 | 1 << 41 | put(3 if records else 0, 43, 42) | put(asid, 63, 48)
    return low, root.pa, 0, 0, 0, 0, 0, 0


def stream_directory_entry(table: int, span: int) -> int:
    """Two-level stream table: Span 4:0 (2^(span - 1) entries, 0 for no table), L2Ptr 51:6."""
    return table | put(span, 4, 0)


def context_directory_entry(table: int) -> int:
    """Two-level context table: V 0, L2Ptr 51:12."""
    return table | 1


@dataclass(frozen=True, slots=True)
class StreamTableReader:
    """One linear table of streams; the requester id is the stream, the PASID the substream."""

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        low, middle, third, fourth = (memory.load(base + STREAM_BYTES * rid + 8 * n) for n in range(4))
        if not low & 1:
            return NOT_PRESENT
        config, vmid = bits(low, 3, 1), bits(third, 15, 0)
        ats = bits(middle, 29, 28) == 1
        if config == BYPASS:
            return Config("bypass", vmid << VMID_SHIFT)
        if config not in (STAGE1, STAGE2, NESTED) or (config == STAGE2 and pasid is not None):
            return Config("abort", vmid << VMID_SHIFT)
        second = second_stage(third, fourth) if config in (STAGE2, NESTED) else None
        if config == STAGE2:
            return Config("second", vmid << VMID_SHIFT, None, second, ats)
        number = pasid or 0
        if number >> bits(low, 63, 59) or (pasid is None and bits(middle, 1, 0) != USE_SUBSTREAM_0):
            return Config("abort", vmid << VMID_SHIFT)
        at = context_place(memory, low, number)
        if at is None:
            return Config("abort", vmid << VMID_SHIFT)
        return self._context(memory, at, vmid, second, ats)

    def _context(self, memory: Memory, at: int, vmid: int, second: Stage | None, ats: bool) -> Config:
        low, high = memory.load(at), memory.load(at + 8)
        tag = vmid << VMID_SHIFT | bits(low, 63, 48)
        if not bits(low, 31, 31):
            return Config("abort", tag)
        width = 64 - bits(low, 5, 0)
        levels = -(-(width - 12) // 9)
        first = Stage(ArmLpae(1, width, levels), Root(address(high, 51, 4), levels - 1), bits(low, 43, 42) == 3)
        return Config("nested" if second else "first", tag, first, second, ats)


def context_place(memory: Memory, low: int, number: int) -> int | None:
    """Where the descriptor of a substream is; None if no table leads there."""
    table, layout = address(low, 51, 6), bits(low, 5, 4)
    if layout == LINEAR or bits(low, 63, 59) == 0:
        return table + STREAM_BYTES * number
    if layout not in LEAF_BITS:
        return None
    entry = memory.load(table + 8 * (number >> LEAF_BITS[layout]))
    if not entry & 1:
        return None
    return address(entry, 51, 12) + STREAM_BYTES * (number & (1 << LEAF_BITS[layout]) - 1)


@dataclass(frozen=True, slots=True)
class TwoLevelReader:
    """A directory of stream tables; each covers 2^split streams, of which its span says how many exist."""

    split: int = 8

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        entry = memory.load(base + 8 * (rid >> self.split))
        span, number = bits(entry, 4, 0), rid & (1 << self.split) - 1
        if span == 0 or span > self.split + 1 or number >> span - 1:
            return NOT_PRESENT
        return StreamTableReader().read(memory, address(entry, 51, 6), number, pasid)


def second_stage(third: int, fourth: int) -> Stage:
    """S2SL0 0, 1 and 2 start at 2, 3 and 4 levels; what is wider than that is concatenated tables."""
    width, top = 64 - bits(third, 37, 32), bits(third, 39, 38) + 1
    return Stage(ArmLpae(2, width, top + 1), Root(address(fourth, 51, 4), top), bits(third, 56, 55) == 3)
