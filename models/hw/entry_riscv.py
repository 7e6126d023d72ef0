"""RISC-V device contexts in a directory of one to three levels, and process contexts for PASIDs.

Architecture: RISC-V IOMMU specification, "Device-Directory-Table", "Process-Directory-Table", "Process to translate an
IOVA"; layouts and indices were read there and in drivers/iommu/riscv/iommu-bits.h. Only SXL=0 (Sv39 and wider).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.hw.attributes import READ
from models.hw.entries import NOT_PRESENT, Config, Stage, bits, put
from models.hw.format_riscv import Riscv
from models.hw.formats import Root
from models.hw.memory import Memory
from models.hw.walker import Fault, Walker

V: Final = 1
EN_ATS: Final = 1 << 1
DTF: Final = 1 << 4
PDTV: Final = 1 << 5
GADE: Final = 1 << 7
SADE: Final = 1 << 8
DPE: Final = 1 << 9
RESERVED_TC: Final = (1 << 64) - (1 << 32) | (1 << 24) - (1 << 12)
"""Bits of tc that must be zero; 31:24 are for custom use."""
RESERVED_ENTRY: Final = (1 << 64) - (1 << 54) | (1 << 10) - 2
"""Bits of an entry that points to the next directory that must be zero."""
RESERVED_FSC: Final = (1 << 60) - (1 << 44)
SV39: Final = 8
"""Mode of a table with three levels; 9 and 10 have four and five."""
PSCID_BITS: Final = 20
"""A tag here is the GSCID above the PSCID."""


def pointer(table: int) -> int:
    """An entry of either directory that is not a leaf: V 0, PPN 53:10."""
    return table >> 2 | V


def root_word(root: Root | None) -> int:
    """iosatp, and iohgatp without its GSCID: PPN 43:0, MODE 63:60; 0 is no translation."""
    return 0 if root is None else put(root.pa >> 12, 43, 0) | put(root.top + 6, 63, 60)


def device_context(
    gscid: int = 0,
    second: Root | None = None,
    pscid: int = 0,
    first: Root | None = None,
    processes: tuple[int, int] | None = None,
    ats: bool = False,
    first_records: bool = False,
    second_records: bool = False,
    untagged: bool = False,
    silent: bool = False,
) -> tuple[int, int, int, int]:
    """tc (V 0, EN_ATS 1, DTF 4, PDTV 5, GADE 7, SADE 8, DPE 9), iohgatp (GSCID 59:44), ta (PSCID 31:12), fsc.

    `processes` is the address of a process directory and its levels, instead of `first`; `untagged` sends requests
    without a PASID to its process 0.
    """
    control = V | put(int(ats), 1, 1) | put(int(silent), 4, 4) | put(int(untagged), 9, 9)
    control |= put(int(second_records), 7, 7) | put(int(first_records), 8, 8)
    stage2 = root_word(second) | put(gscid, 59, 44)
    if processes is not None:
        table, levels = processes
        return control | PDTV, stage2, put(pscid, 31, 12), put(table >> 12, 43, 0) | put(levels, 63, 60)
    return control, stage2, put(pscid, 31, 12), root_word(first)


def process_context(pscid: int, first: Root | None) -> tuple[int, int]:
    """ta (V 0, PSCID 31:12) and fsc of one process."""
    return V | put(pscid, 31, 12), root_word(first)


@dataclass(frozen=True, slots=True)
class DirectoryReader:
    """Finds a device context below `levels` tables; `extended` contexts have 64 bytes, for MSI, which is not modelled.

    What the architecture calls misconfigured is refused, as is an entry that is not valid.
    """

    levels: int = 2
    extended: bool = False

    def place(self, memory: Memory, base: int, rid: int) -> int | None:
        """Where the context of a requester is; None if no directory leads there."""
        leaf = 6 if self.extended else 7
        shifts = (0, leaf, leaf + 9)
        if rid >> (leaf, leaf + 9, 24)[self.levels - 1]:
            return None
        table = base
        for level in range(self.levels - 1, 0, -1):
            entry = memory.load(table + 8 * bits(rid, shifts[level] + 8, shifts[level]))
            if not entry & V or entry & RESERVED_ENTRY:
                return None
            table = entry >> 10 << 12
        return table + (64 if self.extended else 32) * bits(rid, leaf - 1, 0)

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        at = self.place(memory, base, rid)
        if at is None:
            return NOT_PRESENT
        control, stage2, attributes, stage1 = (memory.load(at + 8 * n) for n in range(4))
        if not control & V:
            return NOT_PRESENT
        silent, gscid = bool(control & DTF), bits(stage2, 59, 44)
        if is_misconfigured(control, stage2, stage1):
            return Config("abort", silent=silent)
        second = stage_of(stage2, True, bool(control & GADE))
        ats = bool(control & EN_ATS)
        if not control & PDTV:
            if pasid is not None:
                return Config("abort", gscid << PSCID_BITS, silent=silent)
            return combined(gscid, bits(attributes, 31, 12), stage_of(stage1, False, bool(control & SADE)), second, ats)
        if (pasid is None and not control & DPE) or bits(stage1, 63, 60) == 0:
            return combined(gscid, 0, None, second, ats)
        found = process_words(memory, stage1, pasid or 0, second)
        if found is None or not found[0] & V or not is_mode(found[1]):
            return Config("abort", gscid << PSCID_BITS, silent=silent)
        first = stage_of(found[1], False, bool(control & SADE))
        return combined(gscid, bits(found[0], 31, 12), first, second, ats)


def is_misconfigured(control: int, stage2: int, stage1: int) -> bool:
    """The checks of a device context that do not ask what the unit supports."""
    if control & RESERVED_TC or stage1 & RESERVED_FSC or not is_mode(stage2 & ~RESERVED_FSC):
        return True
    if bits(stage2, 63, 60) and bits(stage2, 1, 0):
        return True
    if control & PDTV:
        return bits(stage1, 63, 60) > 3
    return bool(control & DPE) or not is_mode(stage1)


def is_mode(word: int) -> bool:
    """True if the mode of a table is one of Bare, Sv39, Sv48, Sv57, or the same with x4, and nothing else is set."""
    return bits(word, 63, 60) in (0, 8, 9, 10) and not word & RESERVED_FSC


def stage_of(word: int, second: bool, records: bool) -> Stage | None:
    """The tables that iosatp or iohgatp names; None for Bare."""
    mode = bits(word, 63, 60)
    if mode == 0:
        return None
    levels = mode - SV39 + 3
    return Stage(Riscv(levels, second), Root(bits(word, 43, 0) << 12, levels - 1), records)


def combined(gscid: int, pscid: int, first: Stage | None, second: Stage | None, ats: bool) -> Config:
    """What both stages make together; the PSCID means something only with a first stage."""
    tag = gscid << PSCID_BITS | (pscid if first else 0)
    if first is None and second is None:
        return Config("bypass", tag, ats=ats)
    if first is not None and second is not None:
        return Config("nested", tag, first, second, ats)
    return Config("first" if first else "second", tag, first, second, ats)


def process_words(memory: Memory, directory: int, pasid: int, second: Stage | None) -> tuple[int, int] | None:
    """The process context of a PASID; with a second stage, the directory is at addresses that it translates."""
    levels = bits(directory, 63, 60)
    if pasid >> (8, 17, 20)[levels - 1]:
        return None
    table: int | None = bits(directory, 43, 0) << 12
    for level in range(levels - 1, 0, -1):
        table = in_memory(memory, table, second)
        if table is None:
            return None
        entry = memory.load(table + 8 * (pasid >> 8 + 9 * (level - 1) & 511))
        if not entry & V or entry & RESERVED_ENTRY:
            return None
        table = entry >> 10 << 12
    table = in_memory(memory, table, second)
    if table is None:
        return None
    at = table + 16 * (pasid & 0xFF)
    return memory.load(at), memory.load(at + 8)


def in_memory(memory: Memory, pa: int | None, second: Stage | None) -> int | None:
    """Where a page of the process directory is."""
    if second is None or pa is None:
        return pa
    found = Walker(memory, second.shape, second.records).walk(second.root, pa, READ).result
    return None if isinstance(found, Fault) else found.address(pa)
