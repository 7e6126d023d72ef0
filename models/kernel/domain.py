"""Domains: a page table in memory with a tag, or none for the identity; what is mapped, and who is attached.

Kernel: `struct iommu_domain`; drivers/iommu/intel/iommu.c `struct dmar_domain`.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Literal

from models.hw.attributes import READ, WRITE
from models.hw.formats import PAGE
from models.hw.journal import Recorded
from models.hw.memory import OutOfMemoryError
from models.kernel.marks import PROBE
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_flush import Attachment, Flusher
from models.kernel.pgtable_map import map_range
from models.kernel.pgtable_unmap import unmap_pages

if TYPE_CHECKING:
    from models.kernel.kernel import Kernel

Kind = Literal["paging", "dma", "dma-fq", "identity", "blocked"]
NO_MEMORY = "ENOMEM"


class Domain(Recorded):
    """What devices translate with.

    `blocked` is an empty table, as of a unit without a way to block. `mark` is the word on the page at `PROBE`; what
    maps nothing has none. `native` is False for a domain of another IOMMU driver. `page` belongs to the domain if
    `owns_page`.
    """

    __slots__ = (
        "attachments",
        "entry",
        "freed",
        "kernel",
        "kind",
        "mark",
        "native",
        "owns_page",
        "page",
        "table",
        "tag",
    )

    def __init__(self, kernel: Kernel, kind: Kind, native: bool = True) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.kind: Kind = kind
        self.native = native
        self.freed = False
        self.mark = 0
        self.page: int | None = None
        self.owns_page = False
        self.attachments: tuple[Attachment, ...] = ()
        self.table: PageTable | None = None
        if kind != "identity":
            unit = kernel.hardware
            self.table = PageTable(kernel.memory, unit.shape, self.flush, caching=kernel.unit.caching_mode)
        self.tag = kernel.take_tag()
        self.entry = kernel.hardware.entry_of(self)

    def map(self, iova: int, pa: int, size: int, rights: int = READ | WRITE) -> str:
        """Maps all of it or nothing; the errno or ""."""
        assert self.table is not None, "identity maps by itself"
        error = map_range(self.table, iova, pa, size, rights)
        return errno.errorcode[-error] if error else ""

    def unmap(self, iova: int, size: int) -> int:
        """How many bytes went; no cache holds anything of them any more."""
        assert self.table is not None, "identity maps by itself"
        return unmap_pages(self.table, iova, size)

    def flush(self, first: int, last: int, leaf_only: bool) -> None:
        """Reaches every cache that may hold something of this domain."""
        if self.attachments:
            Flusher(list(self.attachments), oracle=self.kernel.oracle).flush(first, last, leaf_only)

    def carry(self, word: int, page: int | None = None) -> None:
        """Maps a page with a mark at `PROBE`: one that exists, or a fresh one. Raises `OutOfMemoryError`."""
        if page is None:
            page = self.kernel.memory.allocate()
            self.owns_page = True
        self.page = page
        self.kernel.memory.store(page, word)
        if self.map(PROBE, page, PAGE):
            raise OutOfMemoryError

    def free(self) -> None:
        """The end of it. Nobody is attached any more, if the caller is right."""
        assert not self.freed, "a domain is freed once"
        if self.table is not None:
            self.table.destroy()
        if self.owns_page and self.page is not None:
            self.kernel.memory.free(self.page)
        self.freed = True
        self.kernel.give_tag(self)


def make_domain(
    kernel: Kernel, kind: Kind, word: int = 0, page: int | None = None, native: bool = True
) -> Domain | str:
    """A new domain or "ENOMEM". With a mark it maps, at `PROBE`, a page that carries it: the given or a fresh one."""
    try:
        domain = Domain(kernel, kind, native)
    except OutOfMemoryError:
        return NO_MEMORY
    kernel.domains += (domain,)
    domain.mark = word
    if word and kind != "identity":
        try:
            domain.carry(word, page)
        except OutOfMemoryError:
            domain.free()
            return NO_MEMORY
    return domain
