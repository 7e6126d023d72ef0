"""One page table in memory: what it covers, how an entry is found, and how the top grows.

Kernel: drivers/iommu/generic_pt/iommu_pt.h. Mapping, unmapping and dirty tracking are in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from models.hw.format_arm import ArmLpae
from models.hw.formats import (
    EMPTY,
    LEAF,
    TABLE,
    WORDS,
    Format,
    Root,
    all_sizes,
    index,
    is_canonical,
    item_lg2,
    top_bits,
    top_pages,
)
from models.hw.memory import Memory
from models.kernel.pgtable_gather import Flush, Gather, Mode


def no_caches(first: int, last: int, leaf_only: bool) -> None:
    """The flush of a table that no unit uses."""


@cache
def offered_sizes(shape: Format, offered: int) -> tuple[int, Mapping[int, int]]:
    """The page sizes of a format that a domain offers, and the level of each."""
    levels: dict[int, int] = {}
    for level in range(shape.tops[1] + 1):
        sizes = shape.sizes(level) & offered
        levels |= {1 << n: level for n in range(sizes.bit_length()) if sizes >> n & 1}
    return all_sizes(shape) & offered, MappingProxyType(levels)


@cache
def cut(shape: Format, top: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How far an address is shifted, and how much of it is kept, at each level below a top."""
    inner = (1 << shape.index_bits) - 1
    shifts = tuple(item_lg2(shape, level) for level in range(top + 1))
    return shifts, (*(inner for _ in range(top)), (1 << top_bits(shape, top)) - 1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: 2^lg2 bytes at `iova` are those at `oa`, with the attributes of its first entry."""

    iova: int
    lg2: int
    oa: int
    attributes: int


@dataclass(slots=True)
class PageTable:
    """A table of one format, with the page sizes that its domain offers.

    `flush` reaches every unit and tag that uses the table. `moved` is told a new root before software uses it, so that
    the device entries are right first. `careful` empties and flushes an entry before another valid one takes its place
    (break-before-make, which ARM always needs); others flush after the new one is there. `caching` is for units that
    keep absences: what was mapped is flushed too. `writable_only` refuses read-only pages, as the parent of a nested
    domain must on units with the erratum of that name (SPR17).
    """

    memory: Memory
    shape: Format
    flush: Flush = no_caches
    moved: Callable[[Root], None] = lambda root: None
    careful: bool = False
    caching: bool = False
    mode: Mode = "range"
    snoop: bool = False
    tracked: bool = False
    writable_only: bool = False
    offered: int = -1
    root: Root = field(init=False)
    sizes: int = field(init=False)
    levels: Mapping[int, int] = field(init=False)
    shifts: tuple[int, ...] = field(init=False)
    masks: tuple[int, ...] = field(init=False)
    words: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape, top = self.shape, self.shape.tops[0]
        self.sizes, self.levels = offered_sizes(shape, self.offered)  # type: ignore[arg-type]
        self.careful = self.careful or isinstance(shape, ArmLpae)
        self.root = Root(self.memory.allocate(top_pages(shape, top)), top)
        self._measure()

    def gather(self) -> Gather:
        return Gather(self.flush, self.memory.free, self.mode)

    def lowest_and_highest(self, iova: int) -> tuple[int, int]:
        """The first and last byte of the half of the address space that an address is in, at the highest top."""
        bits = self.shape.va_bits(self.shape.tops[1])
        if not self.shape.signed:
            return 0, (1 << bits) - 1
        half = 1 << bits - 1
        return (0, half - 1) if iova < 1 << 63 else ((1 << 64) - half, (1 << 64) - 1)

    def grow(self, last: int, level: int) -> None:
        """Adds roots until the address and leaves of the level are below the top; entry 0 of a new root is the old one.

        No flush: only empty space is added. Raises `OutOfMemoryError` with the old root still in place.
        """
        shape = self.shape
        while not is_canonical(shape, last, self.root.top) or level > self.root.top:
            top = self.root.top + 1
            pa = self.memory.allocate(top_pages(shape, top))
            self.memory.store(pa, shape.table(self.root.pa, top))
            root = Root(pa, top)
            self.moved(root)
            if self.memory.journal is not None:
                self.memory.journal.wrote(self._put_root, self.root)
            self._put_root(root)

    def find(self, iova: int) -> Leaf | None:
        """The page that an address is in, by software: nothing is recorded and no right is asked."""
        if not is_canonical(self.shape, iova, self.root.top):
            return None
        table, level = self.root.pa, self.root.top
        while True:
            word = self.memory.load(table + 8 * index(self.shape, iova, level, self.root.top))
            kind = self.shape.kind(word, level)
            if kind == LEAF:
                lg2 = self.shape.leaf_lg2(word, level)
                return Leaf(iova >> lg2 << lg2, lg2, self.shape.leaf_oa(word, level), self.shape.attributes(word))
            if kind != TABLE:
                return None
            table, level = self.shape.table_pa(word), level - 1

    def translate(self, iova: int) -> int | None:
        """The output address (`iova_to_phys`), or None."""
        leaf = self.find(iova)
        return None if leaf is None else leaf.oa + iova - leaf.iova

    def leaves(self) -> Iterator[Leaf]:
        """Every page, by address; sign-extended addresses come last."""
        yield from self._below(self.root.pa, self.root.top, 0)

    def tables(self) -> list[tuple[int, int]]:
        """The (address, pages) of all tables, the root first."""
        found = [(self.root.pa, top_pages(self.shape, self.root.top))]
        return found + self.tables_below(self.root.pa, self.root.top)

    def tables_below(self, table: int, level: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for _, word in self.written(table, level) if level else ():
            if self.shape.kind(word, level) == TABLE:
                pa = self.shape.table_pa(word)
                found += [(pa, 1), *self.tables_below(pa, level - 1)]
        return found

    def written(self, table: int, level: int) -> list[tuple[int, int]]:
        """The (number, word) of the entries of a table of this level that are not zero."""
        frames, entries = self.memory.frames, self.entries(level)
        found: list[tuple[int, int]] = []
        for first in range(0, entries, WORDS):
            frame, at = frames[(table >> 12) + (first >> 9)], -1
            for word in filter(None, frame):
                at = frame.index(word, at + 1)
                if first + at < entries:
                    found.append((first + at, word))
        return found

    def entries(self, level: int) -> int:
        """How many entries a table of this level has."""
        return self.masks[level] + 1

    def enforce_coherence(self) -> bool:
        """Makes all leaves to come snoop; False if there are leaves already that do not."""
        if not self.snoop and next(self.leaves(), None) is not None:
            return False
        if self.memory.journal is not None:
            self.memory.journal.wrote(self._put_snoop, self.snoop)
        self._put_snoop(True)
        return True

    def destroy(self) -> None:
        """Takes the table apart: everything is unlinked and flushed before any page is freed."""
        tables = self.tables()
        for n, _ in self.written(self.root.pa, self.root.top):
            self.memory.store(self.root.pa + 8 * n, 0)
        gather = self.gather()
        gather.add(0, (1 << 64) - 1, tables)
        gather.sync()

    def _put_root(self, root: Root) -> None:
        self.root = root
        self._measure()

    def _put_snoop(self, snoop: bool) -> None:
        self.snoop = snoop
        self.words.clear()

    def _measure(self) -> None:
        """How an address is cut, by level up to the top."""
        self.shifts, self.masks = cut(self.shape, self.root.top)  # type: ignore[arg-type]

    def _below(self, table: int, level: int, base: int) -> Iterator[Leaf]:
        shape, step = self.shape, 1 << self.shifts[level]
        n = 0
        while n <= self.masks[level]:
            word = self.memory.load(table + 8 * n)
            kind = shape.kind(word, level)
            if kind == TABLE:
                yield from self._below(shape.table_pa(word), level - 1, base + n * step)
            elif kind != EMPTY:
                lg2 = shape.leaf_lg2(word, level)
                yield Leaf(self._extended(base + n * step), lg2, shape.leaf_oa(word, level), shape.attributes(word))
                n += (1 << lg2) // step
                continue
            n += 1

    def _extended(self, iova: int) -> int:
        bits = self.shape.va_bits(self.root.top)
        return iova | (1 << 64) - (1 << bits) if self.shape.signed and iova >> bits - 1 else iova
