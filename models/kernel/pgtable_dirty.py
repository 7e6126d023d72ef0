"""Dirty tracking in the table: reading which pages were written, and making them clean again.

Kernel: `read_and_clear_dirty` of drivers/iommu/generic_pt/iommu_pt.h. What the processor writes is not tracked here.
"""

from __future__ import annotations

from collections.abc import Callable

from models.hw.formats import LEAF, index
from models.kernel.pgtable import Leaf, PageTable
from models.kernel.pgtable_gather import Gather

Record = Callable[[int, int], None]
"""Record(first, length): these bytes were written."""


def read_and_clear(table: PageTable, iova: int, length: int, record: Record, clear: bool = True) -> None:
    """Records the written bytes of a range; with `clear`, their pages are clean after it and caches know.

    A large page counts as written wherever it was; only the part inside the range is recorded, but the page becomes
    clean as a whole, so a caller that clears goes by whole pages. The flush is over before this returns, so that a
    copy made after it has every write that was recorded.
    """
    gather = table.gather()
    at, end = iova, iova + length
    while at < end:
        leaf = table.find(at)
        if leaf is None:
            at = (at >> 12) + 1 << 12
            continue
        following = leaf.iova + (1 << leaf.lg2)
        if _is_written(table, leaf):
            record(at, min(following, end) - at)
            if clear:
                _clean(table, leaf, gather)
        at = following
    gather.sync()


def clear_all(table: PageTable) -> None:
    """Makes every page clean, as enabling the tracking does first."""
    gather = table.gather()
    for leaf in list(table.leaves()):
        if _is_written(table, leaf):
            _clean(table, leaf, gather)
    gather.sync()


def _is_written(table: PageTable, leaf: Leaf) -> bool:
    """True if any entry of the page says so: hardware marks only the one that it used."""
    return any(table.shape.is_dirty(table.memory.load(slot)) for slot in _slots(table, leaf))


def _clean(table: PageTable, leaf: Leaf, gather: Gather) -> None:
    for slot in _slots(table, leaf):
        while True:
            word = table.memory.load(slot)
            if table.memory.swap(slot, word, table.shape.cleaned(word)):
                break
    gather.add(leaf.iova, leaf.iova + (1 << leaf.lg2) - 1)


def _slots(table: PageTable, leaf: Leaf) -> range:
    """Where the entries of a page are."""
    shape, root = table.shape, table.root
    place, level = root.pa, root.top
    while True:
        first = place + 8 * index(shape, leaf.iova, level, root.top)
        word = table.memory.load(first)
        if shape.kind(word, level) == LEAF:
            return range(first, first + 8 * max(1, (1 << leaf.lg2) >> table.shifts[level]), 8)
        place, level = shape.table_pa(word), level - 1
