"""AMD device table entries, with a guest table of one to three levels for PASIDs.

Architecture: AMD IOMMU specification, "Device Table Entry Format" and "Guest CR3 Table". Kernel:
drivers/iommu/amd/amd_iommu_types.h, and `__get_gcr3_pte` of drivers/iommu/amd/iommu.c for the levels.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.hw.attributes import READ, RIGHTS, WRITE
from models.hw.entries import NOT_PRESENT, Config, Stage, address, bits, put
from models.hw.format_amd import AmdHost
from models.hw.format_x86 import X86First
from models.hw.formats import Root
from models.hw.memory import Memory


def device_entry(
    domain: int,
    host: Root | None = None,
    guest: int = 0,
    rights: int = READ | WRITE,
    ats: bool = False,
    records: bool = False,
    untagged: bool = False,
    depth: int = 1,
) -> tuple[int, int, int, int]:
    """V 0, TV 1, HAD 8:7, Mode 11:9, root 51:12, GIoV 54, GV 55, GLX 57:56, GCR3 in parts, IR 61, IW 62; DomainID
    79:64, I 96.

    `guest` is the address of the guest table, 0 for none, of `depth` levels; `untagged` sends requests without a PASID
    to its PASID 0.
    """
    low = 3 | put(3 if records else 0, 8, 7) | put(rights & 3, 62, 61)
    high = put(domain, 15, 0) | put(int(ats), 32, 32)
    if host is not None:
        low |= host.pa | put(host.top + 1, 11, 9)
    if guest:
        low |= 1 << 55 | put(int(untagged), 54, 54) | put(depth - 1, 57, 56) | put(bits(guest, 14, 12), 60, 58)
        high |= put(bits(guest, 30, 15), 31, 16) | put(bits(guest, 51, 31), 63, 43)
    return low, high, 0, 0


def guest_entry(table: int) -> int:
    """The first-stage root of one PASID, or in an upper level the next guest table."""
    return table | 1


def guest_place(memory: Memory, table: int, levels: int, pasid: int) -> int | None:
    """Where the entry of a PASID is; None if it is beyond the table or no table leads there."""
    if pasid >> 9 * levels:
        return None
    for level in range(levels - 1, 0, -1):
        entry = memory.load(table + 8 * (pasid >> 9 * level & 511))
        if not entry & 1:
            return None
        table = address(entry, 51, 12)
    return table + 8 * (pasid & 511)


@dataclass(frozen=True, slots=True)
class DeviceTableReader:
    """One table for all requesters, 32 bytes each. V=0 lets everything through; V without TV lets nothing through."""

    guest_levels: int = 4

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        low, high = memory.load(base + 32 * rid), memory.load(base + 32 * rid + 8)
        domain, ats = bits(high, 15, 0), bool(bits(high, 32, 32))
        rights = RIGHTS & ~(READ | WRITE) | bits(low, 62, 61)
        if not low & 1:
            return Config("bypass", 0, valid=False)
        if not low & 2:
            return NOT_PRESENT
        mode = bits(low, 11, 9)
        if mode == 7:
            return Config("abort", domain)
        second = None
        if mode:
            shape = AmdHost(start=mode - 1)
            second = Stage(shape, Root(address(low, 51, 12), mode - 1), bits(low, 8, 7) == 3)
        if pasid is None and not (bits(low, 55, 55) and bits(low, 54, 54)):
            mode_name = "second" if second else "bypass"
            return Config("second" if mode_name == "second" else "bypass", domain, None, second, ats, rights)
        if not bits(low, 55, 55):
            return Config("abort", domain)
        return self._guest(memory, low, high, pasid or 0, Config("first", domain, None, second, ats, rights))

    def _guest(self, memory: Memory, low: int, high: int, pasid: int, base: Config) -> Config:
        table = bits(low, 60, 58) << 12 | bits(high, 31, 16) << 15 | bits(high, 63, 43) << 31
        at = guest_place(memory, table, bits(low, 57, 56) + 1, pasid) if bits(low, 57, 56) < 3 else None
        entry = 0 if at is None else memory.load(at)
        if not entry & 1:
            return Config("abort", base.tag)
        top = self.guest_levels - 1
        signed = base.second is not None or pasid != 0
        first = Stage(X86First(self.guest_levels, signed), Root(address(entry, 51, 12), top), True)
        return Config("nested" if base.second else "first", base.tag, first, base.second, base.ats, base.rights)
