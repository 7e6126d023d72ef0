"""Descriptors of the VT-d invalidation queue: two words, four in scalable mode of which the last two are zero.

Architecture: Intel VT-d specification, "Queued Invalidation Interface"; types and fields were read in the `QI_*` macros
of drivers/iommu/intel/iommu.h. From memory: that FM=0 with device-selective granularity names exactly one requester.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.hw.entries import address, bits, put
from models.hw.formats import PAGE_BITS
from models.hw.invalidation import Command, DeviceConfig, DevicePages, Domain, Everything, Pages, Process
from models.hw.queue import NoCommandError, Wait, Words
from models.hw.ranges import SIZED, sized_address, sized_block

CONTEXT: Final = 1
IOTLB: Final = 2
DEVICE_IOTLB: Final = 3
WAIT: Final = 5
PASID_IOTLB: Final = 6
PASID_CACHE: Final = 7
PASID_DEVICE_IOTLB: Final = 8
GLOBAL: Final = 1
DOMAIN: Final = 2
SELECTIVE: Final = 3
"""Granularity of context and IOTLB descriptors: everything, one DID, or one device or block of one DID."""
ALL_OF_PASID: Final = 2
MOST: Final = 63
"""The largest AM that has a place in a descriptor; units support less (MAMV)."""
SIZE_FLAG: Final = 1 << 11
"""S of a device descriptor with a PASID; without one it is bit 0."""


@dataclass(frozen=True, slots=True)
class VtdQueue:
    """`scalable` adds the descriptors that name a PASID. `did` is what a context descriptor says besides the source."""

    scalable: bool = True
    did: int = 0

    def encode(self, command: Command | Wait) -> Words:
        words = self._words(command)
        return (*words, 0, 0) if self.scalable else words

    def _words(self, command: Command | Wait) -> tuple[int, int]:
        match command:
            case Wait(None, _):
                return WAIT, 0
            case Wait(place, data) if place is not None:
                return WAIT | 1 << 5 | put(data, 63, 32), place
            case DeviceConfig(None):
                return CONTEXT | put(GLOBAL, 5, 4), 0
            case DeviceConfig(rid) if rid is not None:
                return CONTEXT | put(SELECTIVE, 5, 4) | put(self.did, 31, 16) | put(rid, 47, 32), 0
            case Everything():
                return IOTLB | put(GLOBAL, 5, 4), 0
            case Domain(tag):
                return IOTLB | put(DOMAIN, 5, 4) | put(tag, 31, 16), 0
            case Pages(tag, base, order, leaf_only):
                low = IOTLB | put(SELECTIVE, 5, 4) | put(tag, 31, 16)
                if order - PAGE_BITS > MOST or base >> 64:
                    raise NoCommandError
                return low, base | put(order - PAGE_BITS, 5, 0) | put(int(leaf_only), 6, 6)
            case Process(tag, pasid):
                if not self.scalable or pasid is None:
                    raise NoCommandError
                return PASID_IOTLB | put(ALL_OF_PASID, 5, 4) | put(tag, 31, 16) | put(pasid, 51, 32), 0
            case DevicePages():
                return self._device(command)
            case _:
                raise AssertionError(command)

    def _device(self, command: DevicePages) -> tuple[int, int]:
        where = sized_address(command.base, command.order)
        if command.pasid is None and not command.all_pasids:
            return DEVICE_IOTLB | put(command.rid, 47, 32), where
        if not self.scalable:
            raise NoCommandError
        low = PASID_DEVICE_IOTLB | put(command.rid, 31, 16) | put(command.pasid or 0, 51, 32)
        return low, where & ~SIZED | (SIZE_FLAG if where & SIZED else 0) | put(int(command.all_pasids), 0, 0)

    def decode(self, words: Words) -> tuple[Command, ...] | Wait:
        low, high = words[0], words[1]
        kind, grain, tag = bits(low, 3, 0), bits(low, 5, 4), bits(low, 31, 16)
        if kind == WAIT:
            return Wait(address(high, 63, 2), bits(low, 63, 32)) if low >> 5 & 1 else Wait()
        if kind == DEVICE_IOTLB:
            return (DevicePages(bits(low, 47, 32), *sized_block(high)),)
        if kind == PASID_DEVICE_IOTLB:
            block = sized_block(address(high, 63, 12) | (SIZED if high & SIZE_FLAG else 0))
            everyone = bool(high & 1)
            return (DevicePages(tag, *block, None if everyone else bits(low, 51, 32), everyone),)
        return (unit_command(kind, grain, tag, low, high),)


def unit_command(kind: int, grain: int, tag: int, low: int, high: int) -> Command:
    """What a descriptor for the unit's own caches removes. The PASID cache goes with its device entry here."""
    match kind, grain:
        case (1, 1) | (7, 3):
            return DeviceConfig(None)
        case 1, 3:
            return DeviceConfig(bits(low, 47, 32))
        case 2, 1:
            return Everything()
        case 2, 2:
            return Domain(tag)
        case 2, 3:
            order = bits(high, 5, 0) + PAGE_BITS
            return Pages(tag, high >> order << order, order, bool(bits(high, 6, 6)))
        case 6, 2:
            return Process(tag, bits(low, 51, 32))
        case _:
            raise ValueError(f"no command of type {kind} and granularity {grain} is modelled")
