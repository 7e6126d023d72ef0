"""VT-d device entries: root and context entries of legacy mode, PASID directories and entries of scalable mode.

Architecture: Intel VT-d specification, "Root Entry", "Context Entry", "Scalable-Mode Context Entry", "Scalable-Mode
PASID Table Entry". Kernel: drivers/iommu/intel/iommu.h and pasid.h. Words are parts of an entry, lowest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.hw.entries import NOT_PRESENT, Config, Stage, address, bits, put
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import Root
from models.hw.memory import Memory

SECOND_ONLY: Final = 0
SECOND_ATS: Final = 1
PASS: Final = 2
"""TT of a legacy context entry."""
PGTT_FIRST: Final = 1
PGTT_SECOND: Final = 2
PGTT_NESTED: Final = 3
PGTT_PASS: Final = 4


def root_entry(table: int) -> tuple[int, int]:
    """Legacy: the context table of a bus."""
    return table | 1, 0


def context_entry(kind: int, table: int, levels: int, did: int, silent: bool = False) -> tuple[int, int]:
    """Legacy: P 0, FPD 1, TT 3:2, table 63:12; AW 66:64, DID 87:72."""
    low = table | 1 | put(int(silent), 1, 1) | put(kind, 3, 2)
    return low, put(levels - 2, 2, 0) | put(did, 23, 8)


@dataclass(frozen=True, slots=True)
class LegacyReader:
    """Root table by bus, context table by device and function; requests with a PASID are refused."""

    second: VtdSecond

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        root = memory.load(base + 16 * (rid >> 8))
        if not root & 1 or pasid is not None:
            return NOT_PRESENT
        at = address(root, 63, 12) + 16 * (rid & 0xFF)
        low, high = memory.load(at), memory.load(at + 8)
        silent = bool(bits(low, 1, 1))
        if not low & 1:
            return Config("abort", silent=silent, valid=False)
        kind, did = bits(low, 3, 2), bits(high, 23, 8)
        if kind == PASS:
            return Config("bypass", did, silent=silent)
        if kind not in (SECOND_ONLY, SECOND_ATS) or bits(high, 2, 0) not in (1, 2, 3):
            return Config("abort", did, silent=silent)
        stage = second_stage(self.second, bits(high, 2, 0), address(low, 63, 12), False)
        return Config("second", did, second=stage, ats=kind == SECOND_ATS, silent=silent)


def second_stage(shape: VtdSecond, width: int, table: int, records: bool) -> Stage:
    """AW 1, 2 and 3 are 3, 4 and 5 levels."""
    levels = width + 2
    return Stage(with_levels(shape, levels), Root(table, levels - 1), records)


def with_levels(shape: VtdSecond, levels: int) -> VtdSecond:
    """The same unit's format with another number of levels."""
    return VtdSecond(levels, shape.superpages, shape.snoop_control, shape.execute, shape.oa_bits)


def scalable_context_entry(directory: int, ats: bool, rid_pasid: int = 0) -> tuple[int, int, int, int]:
    """P 0, DTE 2 (device TLB), PASIDE 3, directory 63:12; RID_PASID 83:64."""
    return directory | 1 | put(int(ats), 2, 2) | 1 << 3 | put(7, 11, 9), put(rid_pasid, 19, 0), 0, 0


def directory_entry(table: int) -> int:
    """The table of 64 consecutive PASIDs."""
    return table | 1


def pasid_entry(
    kind: int,
    did: int,
    second: Root | None = None,
    first: Root | None = None,
    records: bool = False,
    snoop: bool = False,
) -> tuple[int, ...]:
    """P 0, AW 4:2, PGTT 8:6, SSADE 9, SSPTPTR 63:12; DID 79:64, PGSNP 88; FSPM 131:130, FSPTPTR 191:140."""
    low = 1 | put(kind, 8, 6) | put(int(records), 9, 9)
    if second is not None:
        low |= second.pa | put(second.top - 1, 4, 2)
    third = 0 if first is None else first.pa | put(first.top - 3, 3, 2) | 1
    return low, put(did, 15, 0) | put(int(snoop), 24, 24), third, 0, 0, 0, 0, 0


@dataclass(frozen=True, slots=True)
class ScalableReader:
    """Root, scalable context, PASID directory, PASID entry; a request without a PASID has that of its context entry."""

    second: VtdSecond

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        upper = self.upper(memory, base, rid)
        return NOT_PRESENT if upper is None else self.below(memory, upper, pasid)

    def upper(self, memory: Memory, base: int, rid: int) -> tuple[int, int] | None:
        """The context entry: its first word, and its second."""
        devfn = rid & 0xFF
        root = memory.load(base + 16 * (rid >> 8) + 8 * (devfn >> 7))
        if not root & 1:
            return None
        context = address(root, 63, 12) + 32 * (devfn & 0x7F)
        low = memory.load(context)
        return (low, memory.load(context + 8)) if low & 1 else None

    def below(self, memory: Memory, upper: tuple[int, ...], pasid: int | None) -> Config:
        """The entry of a PASID, or of the one that stands for none."""
        low, high = upper
        if pasid is not None and not bits(low, 3, 3):
            return NOT_PRESENT
        number = bits(high, 19, 0) if pasid is None else pasid
        directory = memory.load(address(low, 63, 12) + 8 * (number >> 6))
        if not directory & 1:
            return NOT_PRESENT
        return self._entry(memory, address(directory, 63, 12) + 64 * (number & 63), bool(bits(low, 2, 2)))

    def _entry(self, memory: Memory, at: int, ats: bool) -> Config:
        low, middle, third = (memory.load(at + 8 * n) for n in range(3))
        kind, did = bits(low, 8, 6), bits(middle, 15, 0)
        if not low & 1:
            return NOT_PRESENT
        if kind == PGTT_PASS:
            return Config("bypass", did, ats=ats)
        levels = 4 + bits(third, 3, 2)
        first = Stage(X86First(levels), Root(address(third, 63, 12), levels - 1), True)
        if kind == PGTT_FIRST:
            return Config("first", did, first=first, ats=ats)
        if kind not in (PGTT_SECOND, PGTT_NESTED) or bits(low, 4, 2) not in (1, 2, 3):
            return Config("abort", did)
        second = second_stage(self.second, bits(low, 4, 2), address(low, 63, 12), bool(bits(low, 9, 9)))
        if kind == PGTT_SECOND:
            return Config("second", did, second=second, ats=ats)
        return Config("nested", did, first=first, second=second, ats=ats)
