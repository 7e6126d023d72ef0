"""Commands of the AMD command buffer: 128 bits, as two words.

Architecture: AMD IOMMU specification, "Commands"; the layouts were read in the `build_*` functions of
drivers/iommu/amd/iommu.c and `CMD_*` of amd_iommu_types.h. PASIDs of device commands have the 16 bits that the kernel
uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.hw.entries import address, bits, put
from models.hw.invalidation import Command, DeviceConfig, DevicePages, Domain, Everything, Pages, Process
from models.hw.queue import NoCommandError, Wait, Words
from models.hw.ranges import EVERYTHING, sized_address, sized_block

COMPLETION_WAIT: Final = 1
INVALIDATE_DEVTAB_ENTRY: Final = 2
INVALIDATE_IOMMU_PAGES: Final = 3
INVALIDATE_IOTLB_PAGES: Final = 4
INVALIDATE_ALL: Final = 8
SIZE: Final = 1
TABLES: Final = 2
"""PDE: pointers to tables go too."""
GUEST: Final = 4
"""GN: of the PASID that the command names."""


def opcode(number: int) -> int:
    return number << 60


@dataclass(frozen=True, slots=True)
class AmdQueue:
    """A command for everything drops device entries and translations alike; there is none for half of that."""

    def encode(self, command: Command | Wait) -> Words:
        match command:
            case Wait(None, _):
                return opcode(COMPLETION_WAIT), 0
            case Wait(place, data) if place is not None:
                return opcode(COMPLETION_WAIT) | address(place, 51, 3) | 1, data
            case DeviceConfig(None) | Everything():
                return opcode(INVALIDATE_ALL), 0
            case DeviceConfig(rid) if rid is not None:
                return opcode(INVALIDATE_DEVTAB_ENTRY) | put(rid, 15, 0), 0
            case Domain(tag):
                return pages(tag, 0), sized_address(0, EVERYTHING) | TABLES
            case Process(tag, pasid):
                if pasid is None:
                    raise NoCommandError
                return pages(tag, pasid), sized_address(0, EVERYTHING) | TABLES | GUEST
            case Pages(tag, base, order, leaf_only):
                return pages(tag, 0), sized_address(base, order) | (0 if leaf_only else TABLES)
            case DevicePages():
                return device_pages(command)
            case _:
                raise AssertionError(command)

    def decode(self, words: Words) -> tuple[Command, ...] | Wait:
        low, high = words
        code, rid = bits(low, 63, 60), bits(low, 15, 0)
        block = sized_block(high & ~(TABLES | GUEST))
        match code:
            case 1:
                return Wait(address(low, 51, 3), high) if low & 1 else Wait()
            case 2:
                return (DeviceConfig(rid),)
            case 3:
                return (of_domain(low, high, block),)
            case 4:
                pasid = bits(low, 23, 16) << 8 | bits(low, 55, 48) if high & GUEST else None
                return (DevicePages(rid, *block, pasid),)
            case 8:
                return DeviceConfig(None), Everything()
            case _:
                raise ValueError(f"no command with opcode {code} is modelled")


def pages(tag: int, pasid: int) -> int:
    return opcode(INVALIDATE_IOMMU_PAGES) | put(tag, 47, 32) | put(pasid, 19, 0)


def device_pages(command: DevicePages) -> Words:
    """Source, and the PASID in two halves. There is no command for all PASIDs of a device at once."""
    if command.all_pasids:
        raise NoCommandError
    low = opcode(INVALIDATE_IOTLB_PAGES) | put(command.rid, 15, 0) | put(command.rid, 47, 32)
    high = sized_address(command.base, command.order)
    if command.pasid is None:
        return low, high
    if command.pasid >> 16:
        raise NoCommandError
    return low | put(command.pasid >> 8, 23, 16) | put(command.pasid & 0xFF, 55, 48), high | GUEST


def of_domain(low: int, high: int, block: tuple[int, int]) -> Command:
    """One domain, one PASID of it as a whole, or a block. A block of one PASID is taken as nothing larger."""
    tag = bits(low, 47, 32)
    if high & GUEST:
        if block[1] != EVERYTHING:
            raise ValueError("a block of one PASID is not modelled")
        return Process(tag, bits(low, 19, 0))
    if block[1] == EVERYTHING and high & TABLES:
        return Domain(tag)
    return Pages(tag, *block, not high & TABLES)
