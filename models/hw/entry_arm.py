"""SMMUv3 stream table entries and context descriptors, in linear tables.

Architecture: Arm SMMUv3 specification, "Stream Table Entry" and "Context Descriptor". Kernel:
drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h.
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
) -> tuple[int, ...]:
    """V 0, Config 3:1, S1ContextPtr 51:6, S1CDMax 63:59; S1DSS 65:64, EATS 93:92; S2VMID 143:128, S2T0SZ 165:160,
    S2SL0 167:166, S2AA64 179, S2AFFD 181, S2HD 183, S2HA 184; S2TTB 243:196.
    """
    low = 1 | put(config, 3, 1) | contexts | put(context_bits, 63, 59)
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
        return self._context(memory, address(low, 51, 6) + STREAM_BYTES * number, vmid, second, ats)

    def _context(self, memory: Memory, at: int, vmid: int, second: Stage | None, ats: bool) -> Config:
        low, high = memory.load(at), memory.load(at + 8)
        tag = vmid << VMID_SHIFT | bits(low, 63, 48)
        if not bits(low, 31, 31):
            return Config("abort", tag)
        width = 64 - bits(low, 5, 0)
        levels = -(-(width - 12) // 9)
        first = Stage(ArmLpae(1, width, levels), Root(address(high, 51, 4), levels - 1), bits(low, 43, 42) == 3)
        return Config("nested" if second else "first", tag, first, second, ats)


def second_stage(third: int, fourth: int) -> Stage:
    """S2SL0 0, 1 and 2 start at 2, 3 and 4 levels; what is wider than that is concatenated tables."""
    width, top = 64 - bits(third, 37, 32), bits(third, 39, 38) + 1
    return Stage(ArmLpae(2, width, top + 1), Root(address(fourth, 51, 4), top), bits(third, 56, 55) == 3)
