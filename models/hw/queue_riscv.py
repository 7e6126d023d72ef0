"""Commands of the RISC-V IOMMU command queue: two words.

Architecture: RISC-V IOMMU specification, "Command-Queue"; layouts were read there, in drivers/iommu/riscv/iommu-bits.h
and, for NL and S, in iommu_command_queue.h of the specification's reference model. A tag is the GSCID above 20 bits of
PSCID, as in `entry_riscv`. That S means a sized address as in ATS is from memory.

An IOTINVAL with an address removes leaves only: without the extension that has NL, a table that was unlinked needs one
without an address. So a command for a block with its pointers has no words here but with `extended`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from models.hw.entries import address, bits, put
from models.hw.entry_riscv import PSCID_BITS
from models.hw.formats import PAGE_BITS
from models.hw.invalidation import Command, DeviceConfig, DevicePages, Domain, Everything, Pages, Process
from models.hw.queue import NoCommandError, Wait, Words
from models.hw.ranges import SIZED, sized_address, sized_block

IOTINVAL: Final = 1
IOFENCE: Final = 2
IODIR: Final = 3
ATS: Final = 4
VMA: Final = 0
GVMA: Final = 1 << 7
"""func3 of an IOTINVAL: first stage (and what was made with it), or second stage."""
AV: Final = 1 << 10
PSCV: Final = 1 << 32
GV: Final = 1 << 33
NON_LEAF: Final = 1 << 34
SIZE_FLAG: Final = 1 << 9
DEVICE_SIZE_FLAG: Final = 1 << 11
ADDRESS_SHIFT: Final = 2
"""Addresses of an IOTINVAL stand two bits lower than they are."""


@dataclass(frozen=True, slots=True)
class RiscvQueue:
    """`stages` says which tables the tags are of; `extended` units can remove pointers and ranges by address."""

    stages: Literal["first", "second", "nested"] = "first"
    extended: bool = False

    def encode(self, command: Command | Wait) -> Words:
        match command:
            case Wait(None, _):
                return IOFENCE, 0
            case Wait(place, data) if place is not None:
                return IOFENCE | AV | put(data, 63, 32), place >> 2
            case DeviceConfig(None):
                return IODIR, 0
            case DeviceConfig(rid) if rid is not None:
                return IODIR | GV | put(rid, 63, 40), 0
            case Everything():
                raise NoCommandError
            case Domain(tag):
                return self._of(tag), 0
            case Pages(tag, base, order, leaf_only):
                if not self.extended and (order != PAGE_BITS or not leaf_only):
                    raise NoCommandError
                where = sized_address(base, order)
                high = (where & ~SIZED) >> ADDRESS_SHIFT | (SIZE_FLAG if where & SIZED else 0)
                return self._of(tag) | AV | (0 if leaf_only else NON_LEAF), high
            case DevicePages():
                return device_pages(command)
            case Process():
                raise NoCommandError
            case _:
                raise AssertionError(command)

    def _of(self, tag: int) -> int:
        gscid, pscid = tag >> PSCID_BITS, tag & (1 << PSCID_BITS) - 1
        if self.stages == "second":
            return IOTINVAL | GVMA | GV | put(gscid, 59, 44)
        word = IOTINVAL | VMA | PSCV | put(pscid, 31, 12)
        return word | GV | put(gscid, 59, 44) if self.stages == "nested" else word

    def decode(self, words: Words) -> tuple[Command, ...] | Wait:
        low, high = words
        match bits(low, 6, 0), bits(low, 9, 7):
            case 2, 0:
                return Wait(high << 2, bits(low, 63, 32)) if low & AV else Wait()
            case 3, 0:
                return (DeviceConfig(bits(low, 63, 40) if low & GV else None),)
            case 3, 1:
                # One process of a device: a model that keeps entries by device and PASID drops less than all of it.
                return ()
            case (1, 0) | (1, 1):
                return self._translations(low, high)
            case 4, 0:
                return (of_device(low, high),)
            case code:
                raise ValueError(f"no command with opcode and function {code} is modelled")

    def _translations(self, low: int, high: int) -> tuple[Command, ...]:
        """What an IOTINVAL removes under the one tag that it names."""
        first = not low & GVMA
        if not low & (PSCV if first else GV):
            raise ValueError("all processes or all guests at once are not modelled")
        tag = (bits(low, 59, 44) if low & GV else 0) << PSCID_BITS | (bits(low, 31, 12) if first else 0)
        if not low & AV:
            return (Domain(tag),)
        where = address(high << ADDRESS_SHIFT, 63, 12)
        block = sized_block(where | (SIZED if high & SIZE_FLAG else 0))
        return (Pages(tag, *block, not low & NON_LEAF),)


def device_pages(command: DevicePages) -> Words:
    low = ATS | put(command.rid, 55, 40)
    where = sized_address(command.base, command.order)
    high = where & ~SIZED | (DEVICE_SIZE_FLAG if where & SIZED else 0)
    if command.all_pasids:
        return low | PSCV, high | 1
    return (low, high) if command.pasid is None else (low | PSCV | put(command.pasid, 31, 12), high)


def of_device(low: int, high: int) -> Command:
    everyone = bool(high & 1)
    block = sized_block(address(high, 63, 12) | (SIZED if high & DEVICE_SIZE_FLAG else 0))
    pasid = bits(low, 31, 12) if low & PSCV and not everyone else None
    return DevicePages(bits(low, 55, 40), *block, pasid, everyone)
