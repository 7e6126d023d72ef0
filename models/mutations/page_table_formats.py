"""Faults of entries and of walks: bits in wrong places, rights that are not intersected, addresses not looked at."""

from __future__ import annotations

from typing import Final

from models.mutations.mutant import Mutant

MODEL: Final = "page_tables"
AMD, ARM, RISCV = "models.hw.format_amd", "models.hw.format_arm", "models.hw.format_riscv"
VTD, X86 = "models.hw.format_vtd", "models.hw.format_x86"
WALKER = "models.hw.walker"

FORMATS: Final = (
    Mutant(
        "amd-offers-512-gib",
        MODEL,
        AMD,
        "return span & ~(1 << BROKEN)",
        "return span",
        "2.3: a size that hardware gets wrong is offered",
    ),
    Mutant(
        "amd-size-one-bit-off",
        MODEL,
        AMD,
        "(1 << lg2 - 1) - (1 << PAGE_BITS)",
        "(1 << lg2) - (1 << PAGE_BITS)",
        "2.3: the ones in the address say twice the size",
    ),
    Mutant(
        "vtd-leaf-without-ps",
        MODEL,
        VTD,
        "oa | spread(attributes, FIELDS) | (PS if level else 0)",
        "oa | spread(attributes, FIELDS)",
        "2.1: a large leaf is walked as a table",
    ),
    Mutant(
        "vtd-tables-give-rights",
        MODEL,
        VTD,
        "return word & (R | W | X) | USER\n\n    def leaf(",
        "return R | W | X | USER\n\n    def leaf(",
        "2.1: rights are those of all levels, not of the leaf alone",
    ),
    Mutant(
        "x86-walks-the-encryption-bit",
        MODEL,
        X86,
        "return word & ADDRESS & ~self.encryption\n",
        "return word & ADDRESS\n",
        "2.2: the C-bit is no part of the address of a table",
    ),
    Mutant(
        "riscv-napot-without-mark",
        MODEL,
        RISCV,
        "return word | N | NAPOT_MARK if lg2 == NAPOT else word",
        "return word | N if lg2 == NAPOT else word",
        "2.5: the low address bits of a 64 KiB leaf are 1000",
    ),
    Mutant(
        "arm-dirty-without-dbm",
        MODEL,
        ARM,
        "return self.attributes(word) & (TRACKED | WRITE) == TRACKED | WRITE",
        "return self.attributes(word) & WRITE == WRITE",
        "2.4: a writable page that is not tracked counts as written",
    ),
    Mutant(
        "sign-extension-one-bit-short",
        MODEL,
        "models.hw.formats",
        "return high == 0 or high == (1 << 65 - bits) - 1",
        "return high == 0 or high == (1 << 64 - bits) - 1",
        "2.2: the upper half of the address space is refused",
    ),
    Mutant(
        "rights-of-the-last-table",
        MODEL,
        WALKER,
        "allowed = at.allowed & shape.table_allows(word)",
        "allowed = shape.table_allows(word)",
        "section 1: rights are intersected on the way down",
    ),
    Mutant(
        "nested-rights-of-one-stage",
        MODEL,
        WALKER,
        "return Translation(base, lg2, pa, first.allowed & second.allowed, snoop,",
        "return Translation(base, lg2, pa, first.allowed, snoop,",
        "section 5: rights are those of both stages",
    ),
    Mutant(
        "nested-update-without-right",
        MODEL,
        WALKER,
        "READ | (WRITE if change else 0)",
        "READ",
        "section 5: an update of a first-stage entry is a write to the guest's memory",
    ),
    Mutant(
        "update-by-plain-store",
        MODEL,
        WALKER,
        "return self.memory.swap(place, word, after)",
        "return self.memory.store(place, after) is None",
        "section 7: an accessed bit revives a page that was unmapped meanwhile",
    ),
    Mutant(
        "skipped-bits-ignored",
        MODEL,
        WALKER,
        "if (iova & (1 << item_lg2(shape, at.level)) - 1) >> lg2:",
        "if (iova & (1 << item_lg2(shape, at.level)) - 1) >> 64:",
        "2.3: address bits of a skipped level alias",
    ),
)
