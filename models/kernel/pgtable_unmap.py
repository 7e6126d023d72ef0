"""Unmapping a range: whole pages only, never a split, and tables unlinked that the range covers.

Kernel: `unmap_pages` and `__unmap_range` of drivers/iommu/generic_pt/iommu_pt.h.
"""

from __future__ import annotations

from models.hw.formats import LEAF, WORDS, is_canonical
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_gather import Gather

Tables = list[tuple[int, int]]


def unmap_pages(table: PageTable, iova: int, length: int, gather: Gather | None = None) -> int:
    """Removes pages from `iova` on and gives how many bytes went.

    It stops at a hole, and at once if `iova` is inside a page. The page that the range ends in goes as a whole, so the
    answer may be more than was asked. With a gather of the caller, the caller syncs.
    """
    root = table.root
    if length <= 0 or not is_canonical(table.shape, iova, root.top):
        return 0
    mask = (1 << table.shape.va_bits(root.top)) - 1
    low = iova & mask
    end = min(low + length, (table.lowest_and_highest(iova)[1] & mask) + 1)
    mine = gather if gather is not None else table.gather()
    tables: Tables = []
    removed = _clear(table, root.pa, root.top, low, end, tables) - low
    if removed:
        mine.add(iova, iova + removed - 1, tables)
        if gather is None:
            mine.sync()
    return removed


def _clear(table: PageTable, place: int, level: int, at: int, end: int, tables: Tables) -> int:
    """Clears from one address up to another or to a hole, in the part that one table covers; gives where it stopped."""
    shape = table.shape
    shift, mask = table.shifts[level], table.masks[level]
    frames, step = table.memory.frames, 1 << shift
    n = at >> shift & mask
    while n <= mask and at < end:
        frame, where = frames[(place >> 12) + (n >> 9)], n & WORDS - 1
        word = frame[where]
        if not word:
            return at
        if shape.kind(word, level) == LEAF:
            size = 1 << shape.leaf_lg2(word, level)
            if at & size - 1:
                return at
            if size == step:
                frame[where] = 0
                n += 1
            else:
                copies = size >> shift
                frame[where : where + copies] = [0] * copies
                n += copies
            at += size
            continue
        stop = (at >> shift) + 1 << shift
        covered = at & step - 1 == 0 and stop <= end
        below = shape.table_pa(word)
        at = _clear(table, below, level - 1, at, min(end, stop), tables)
        if at < stop:
            return at
        if covered:
            frame[where] = 0
            tables.append((below, 1))
        n += 1
    return at
