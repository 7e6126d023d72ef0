"""Which page size fits best: the largest one that an address pair is aligned to and a length has room for.

Kernel: `pt_compute_best_pgsize` of drivers/iommu/generic_pt/pt_common.h. Sizes are sets of powers of two, in bytes.
"""

from __future__ import annotations


def best_size(sizes: int, iova: int, pa: int, length: int) -> int:
    """The largest of the sizes for this place, or 0; the range is inside both address spaces."""
    bits = iova | pa
    fitting = sizes & (1 << length.bit_length()) - 1
    if bits:
        fitting &= (bits & -bits) * 2 - 1
    return 1 << fitting.bit_length() - 1 if fitting else 0


def run_length(sizes: int, size: int, iova: int, pa: int, length: int) -> int:
    """How many pages of the best size can follow each other before a larger one may be better."""
    count = length // size
    larger = sizes & -(2 * size)
    if larger:
        following = larger & -larger
        if (iova ^ pa) & following - 1 == 0:
            count = min(count, (following - (iova & following - 1)) // size)
    return count
