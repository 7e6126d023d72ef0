"""Commands of the SMMUv3 command queue: two words.

Architecture: Arm SMMUv3 specification, "Commands"; opcodes and fields were read in `CMDQ_*` of
drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h, the reserved range (NUM, SCALE and TTL all 0) in
`__arm_smmu_tlb_inv_range`. A tag is the VMID above 16 bits of ASID, as in `entry_arm`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.hw.entries import address, bits, put
from models.hw.entry_arm import VMID_SHIFT
from models.hw.formats import PAGE_BITS
from models.hw.invalidation import Command, DeviceConfig, DevicePages, Domain, Everything, Pages
from models.hw.queue import NoCommandError, Wait, Words
from models.hw.ranges import EVERYTHING, counted_pages

CFGI_STE: Final = 0x03
CFGI_ALL: Final = 0x04
TLBI_NH_ASID: Final = 0x11
TLBI_NH_VA: Final = 0x12
TLBI_S12_VMALL: Final = 0x28
TLBI_S2_IPA: Final = 0x2A
TLBI_NSNH_ALL: Final = 0x30
ATC_INV: Final = 0x40
SYNC: Final = 0x46
SUBSTREAM: Final = 1 << 11
EVERY_SUBSTREAM: Final = 1 << 9
SIZE_ALL: Final = 52
"""ATC_INV: 2^52 pages, which is everything."""
TO_MEMORY: Final = 1
"""CS of a sync: write a word, as to raise an interrupt by message."""


@dataclass(frozen=True, slots=True)
class SmmuQueue:
    """`stage` says which translations a tag is of; `ranges` whether the unit has commands for a range (RIL).

    Stage 1 is asked for by ASID and address, stage 2 by VMID and intermediate address. There is none by PASID.
    """

    stage: int = 1
    ranges: bool = True

    def encode(self, command: Command | Wait) -> Words:
        match command:
            case Wait(None, _):
                return SYNC, 0
            case Wait(place, data) if place is not None:
                return SYNC | put(TO_MEMORY, 13, 12) | put(data, 63, 32), address(place, 51, 2)
            case DeviceConfig(None):
                return CFGI_ALL, 31
            case DeviceConfig(rid) if rid is not None:
                # A leaf of the stream table and everything below it.
                return CFGI_STE | put(rid, 63, 32), 1
            case Everything():
                return TLBI_NSNH_ALL, 0
            case Domain(tag):
                return (TLBI_NH_ASID if self.stage == 1 else TLBI_S12_VMALL) | self._tag(tag), 0
            case Pages():
                return self._pages(command)
            case DevicePages():
                return device_pages(command)
            case _:
                raise NoCommandError

    def _tag(self, tag: int) -> int:
        if self.stage == 2:
            return put(tag >> VMID_SHIFT, 47, 32)
        return put(tag >> VMID_SHIFT, 47, 32) | put(tag & 0xFFFF, 63, 48)

    def _pages(self, command: Pages) -> Words:
        scale = command.order - PAGE_BITS
        low = (TLBI_NH_VA if self.stage == 1 else TLBI_S2_IPA) | self._tag(command.tag)
        high = command.base | put(int(command.leaf_only), 0, 0)
        if scale == 0:
            # One page is no range: NUM, SCALE and TTL of 0 together with a granule are reserved.
            return low, high
        if not self.ranges or scale > 31:
            raise NoCommandError
        return low | put(scale, 24, 20), high | put(1, 11, 10)

    def decode(self, words: Words) -> tuple[Command, ...] | Wait:
        low, high = words
        stream = bits(low, 63, 32)
        vmid, asid = bits(low, 47, 32), bits(low, 63, 48)
        match bits(low, 7, 0):
            case 0x46:
                return Wait(address(high, 51, 2), stream) if bits(low, 13, 12) == TO_MEMORY else Wait()
            case 0x03:
                return (DeviceConfig(stream),)
            case 0x04:
                return (DeviceConfig(None),)
            case 0x30:
                return (Everything(),)
            case 0x11:
                return (Domain(vmid << VMID_SHIFT | asid),)
            case 0x28:
                return (Domain(vmid << VMID_SHIFT),)
            case 0x12:
                return tuple(blocks(vmid << VMID_SHIFT | asid, low, high))
            case 0x2A:
                return tuple(blocks(vmid << VMID_SHIFT, low, high))
            case 0x40:
                return (of_device(low, high),)
            case code:
                raise ValueError(f"no command with opcode {code:#x} is modelled")


def blocks(tag: int, low: int, high: int) -> list[Command]:
    """The pages of a range, as (NUM + 1) blocks of 2^SCALE pages; one page if the granule is 0."""
    leaf_only, first = bool(high & 1), address(high, 63, 12)
    if bits(high, 11, 10) == 0:
        return [Pages(tag, first, PAGE_BITS, leaf_only)]
    scale, count = bits(low, 24, 20), bits(low, 16, 12)
    step = counted_pages(scale, 0) << PAGE_BITS
    return [Pages(tag, first + n * step, PAGE_BITS + scale, leaf_only) for n in range(count + 1)]


def device_pages(command: DevicePages) -> Words:
    low = ATC_INV | put(command.rid, 63, 32)
    if command.all_pasids:
        low |= SUBSTREAM | EVERY_SUBSTREAM
    elif command.pasid is not None:
        low |= SUBSTREAM | put(command.pasid, 31, 12)
    return low, command.base | put(command.order - PAGE_BITS, 5, 0)


def of_device(low: int, high: int) -> Command:
    """What an ATC_INV removes: 2^size pages, of one substream, of none, or of all."""
    everyone = bool(low & EVERY_SUBSTREAM)
    pasid = bits(low, 31, 12) if low & SUBSTREAM and not everyone else None
    order = min(bits(high, 5, 0), SIZE_ALL) + PAGE_BITS
    base = 0 if order == EVERYTHING else address(high, 63, 12) >> order << order
    return DevicePages(bits(low, 63, 32), base, order, pasid, everyone)
