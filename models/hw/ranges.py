"""From a range of bytes to what an invalidation command can say, and back: blocks, sizes in addresses, counted ranges.

Architecture: Intel VT-d specification, "IOTLB Invalidate" (AM); PCIe ATS "Invalidate Request" and AMD IOMMU
specification, "INVALIDATE_IOMMU_PAGES" (S and the size in the address); Arm SMMUv3 "TLBI range" (NUM, SCALE).
First and last byte are both inside a range. An order is a power of two of bytes.
"""

from __future__ import annotations

from typing import Final

from models.hw.formats import PAGE, PAGE_BITS

EVERYTHING: Final = 64
SIZED: Final = 1
"""The S bit, kept in bit 0 of a sized address here."""
COUNT_BITS: Final = 5
"""NUM and SCALE of a counted range have five bits each."""


def block(first: int, last: int) -> tuple[int, int]:
    """The base and order of the smallest naturally aligned block of whole pages that has both ends."""
    order = (first >> PAGE_BITS ^ last >> PAGE_BITS).bit_length() + PAGE_BITS
    return first >> order << order, order


def masked(first: int, last: int, most: int) -> tuple[int, int] | None:
    """Base and address mask (AM: 2^AM pages) of a page-selective command, or None if AM would be more than `most`."""
    base, order = block(first, last)
    return (base, order - PAGE_BITS) if order - PAGE_BITS <= most else None


def sized_address(base: int, order: int) -> int:
    """A block in one word: one bits from bit 12 up, ended by a zero, tell its size if S is set."""
    if order == PAGE_BITS:
        return base
    return base | (1 << order - 1) - PAGE | SIZED


def sized_block(word: int) -> tuple[int, int]:
    """The base and order that a sized address means."""
    if not word & SIZED:
        return word & -PAGE, PAGE_BITS
    number = word >> PAGE_BITS
    order = PAGE_BITS + (number ^ number + 1).bit_length()
    return word >> order << order, order


def counted(first: int, last: int) -> list[tuple[int, int, int]]:
    """The (address, SCALE, NUM) commands that together cover exactly the pages of a range.

    A command covers (NUM + 1) * 2^SCALE pages. Kernel: `__arm_smmu_tlb_inv_range` of arm-smmu-v3.c.
    """
    commands = []
    at, pages = first >> PAGE_BITS, (last >> PAGE_BITS) - (first >> PAGE_BITS) + 1
    while pages:
        scale = (pages & -pages).bit_length() - 1
        count = pages >> scale & (1 << COUNT_BITS) - 1
        commands.append((at << PAGE_BITS, scale, count - 1))
        at += count << scale
        pages -= count << scale
    return commands


def counted_pages(scale: int, count: int) -> int:
    """How many pages a counted range has."""
    return count + 1 << scale
