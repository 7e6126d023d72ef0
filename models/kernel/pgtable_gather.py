"""What an unmap leaves to be flushed: the range whose translations went, and the tables to be freed only then.

Kernel: `struct iommu_iotlb_gather`, and `gather_range_pages` of drivers/iommu/generic_pt/iommu_pt.h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Flush = Callable[[int, int, bool], None]
"""Flush(first, last, leaf_only): when it returns, no cache of any unit has anything of these bytes; with `leaf_only`,
pointers to tables may stay cached."""
Mode = Literal["range", "no-gaps"]


@dataclass(slots=True)
class Gather:
    """Pending until `sync`: one range of bytes, whether tables went too, and their pages."""

    flush: Flush
    free: Callable[[int, int], None]
    mode: Mode = "range"
    first: int = -1
    last: int = -1
    tables: list[tuple[int, int]] = field(default_factory=list)

    def add(self, first: int, last: int, tables: list[tuple[int, int]] | None = None) -> None:
        """One more removed range, with the (address, pages) of tables that were only reached through it.

        Without gaps, a disjoint range syncs what is pending before its own tables join the list, so that nothing is
        freed that a pending range still covers.
        """
        if self.first < 0:
            self.first, self.last = first, last
        elif self.mode == "no-gaps" and (first > self.last + 1 or last < self.first - 1):
            self.sync()
            self.first, self.last = first, last
        else:
            self.first = min(self.first, first)
            self.last = max(self.last, last)
        if tables:
            self.tables += tables

    def sync(self) -> None:
        """Flushes the range, then frees the tables."""
        if self.first < 0:
            return
        first, last, tables = self.first, self.last, self.tables
        self.first = self.last = -1
        self.tables = []
        self.flush(first, last, not tables)
        for pa, pages in tables:
            self.free(pa, pages)
