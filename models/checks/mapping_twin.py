"""A slow, obvious twin of map and unmap: a dictionary of 4 KiB pages, and page sizes by trying each."""

from __future__ import annotations

from dataclasses import dataclass, field

PAGE = 4096


def best_size_by_trying(sizes: int, iova: int, pa: int, length: int) -> int:
    """The largest size that both addresses are multiples of and that the length has room for."""
    for n in reversed(range(64)):
        size = 1 << n
        if sizes & size and iova % size == 0 and pa % size == 0 and size <= length:
            return size
    return 0


@dataclass(frozen=True, slots=True)
class Page:
    """Where one page is, and which leaf it belongs to."""

    pa: int
    prot: int
    leaf: int
    size: int


@dataclass(slots=True)
class Twin:
    """All mapped pages by address."""

    sizes: int
    pages: dict[int, Page] = field(default_factory=dict)

    def map(self, iova: int, pa: int, length: int, prot: int) -> int:
        """The bytes mapped before the first leaf that overlaps something."""
        done = 0
        while done < length:
            size = best_size_by_trying(self.sizes, iova + done, pa + done, length - done)
            covered = range(iova + done, iova + done + size, PAGE)
            if any(page in self.pages for page in covered):
                return done
            for page in covered:
                self.pages[page] = Page(pa + page - iova, prot, iova + done, size)
            done += size
        return done

    def unmap(self, iova: int, length: int) -> int:
        """The bytes removed, by whole leaves, up to a hole."""
        at = iova
        while at < iova + length:
            page = self.pages.get(at)
            if page is None or page.leaf != at:
                break
            for covered in range(at, at + page.size, PAGE):
                del self.pages[covered]
            at += page.size
        return at - iova

    def leaves(self) -> list[tuple[int, int, int]]:
        """Address, size and output address of every leaf, by address."""
        return sorted({(p.leaf, p.size, self.pages[p.leaf].pa) for p in self.pages.values()})
