"""What every page-table format answers: one 64-bit entry at a time, in integers, without looking at memory.

Levels count from the last one: an entry of level 0 covers 4 KiB, one of level 1 covers 2 MiB, and so on. A set of page
sizes is the sum of the sizes in bytes, one bit each. Addresses are integers of bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

PAGE_BITS: Final = 12
PAGE: Final = 1 << PAGE_BITS
WORD_BYTES: Final = 8
WORDS: Final = PAGE // WORD_BYTES
ADDRESS: Final = (1 << 52) - PAGE
"""Bits 51:12, where most formats keep an address."""

EMPTY: Final = 0
TABLE: Final = 1
LEAF: Final = 2
RESERVED: Final = 3
"""Present, but with bits that the architecture forbids: a walk faults."""


@dataclass(frozen=True, slots=True)
class Root:
    """Where a walk begins: address and level of the top table, one unit that is read and replaced as a whole."""

    pa: int
    top: int


class Format(Protocol):
    """One page-table format with the choices that a unit or a domain makes about it."""

    @property
    def name(self) -> str: ...
    @property
    def index_bits(self) -> int: ...
    @property
    def oa_bits(self) -> int: ...
    @property
    def oa_shift(self) -> int:
        """How far right an output address moves to get into an entry."""
        ...

    @property
    def signed(self) -> bool:
        """True if the unused high bits of an address repeat its highest used bit."""
        ...

    @property
    def tops(self) -> tuple[int, int]:
        """The level of the top table at the least and at the most; they differ if the top can grow."""
        ...

    def va_bits(self, top: int) -> int:
        """The width of input addresses below a top table of this level."""
        ...

    def sizes(self, level: int) -> int:
        """The page sizes that leaves in a table of this level may have."""
        ...

    def kind(self, word: int, level: int) -> int:
        """EMPTY, TABLE, LEAF or RESERVED."""
        ...

    def table(self, pa: int, level: int) -> int:
        """The entry of this level that points to a table."""
        ...

    def table_pa(self, word: int) -> int: ...

    def next_level(self, word: int, level: int) -> int:
        """The level of the table that this entry points to."""
        ...

    def table_allows(self, word: int) -> int:
        """The rights that an entry that points to a table leaves to what is below it."""
        ...

    def leaf(self, level: int, oa: int, lg2: int, attributes: int) -> int:
        """The first entry of a leaf of 2^lg2 bytes; the format accepts the attributes and has the size."""
        ...

    def copy_step(self, level: int, lg2: int) -> int:
        """What is added to an entry of a contiguous leaf to get its neighbour."""
        ...

    def leaf_lg2(self, word: int, level: int) -> int: ...

    def leaf_oa(self, word: int, level: int) -> int:
        """Where the whole leaf begins, whichever of its entries this is."""
        ...

    def attributes(self, word: int) -> int: ...

    def accepts(self, attributes: int) -> bool:
        """True if a leaf can say exactly this."""
        ...

    def allows(self, word: int) -> int:
        """The rights that a leaf gives."""
        ...

    def visited(self, word: int, level: int, write: bool) -> int:
        """The entry as hardware leaves it that records accesses and writes; `write` is for leaves only."""
        ...

    def is_refused(self, word: int, write: bool) -> bool:
        """True if hardware that records nothing faults on this leaf, because software has to record first."""
        ...

    def is_dirty(self, word: int) -> bool: ...

    def dirtied(self, word: int) -> int: ...

    def cleaned(self, word: int) -> int: ...


def item_lg2(shape: Format, level: int) -> int:
    """How much one entry of this level covers, as a power of two of bytes."""
    return PAGE_BITS + shape.index_bits * level


def top_bits(shape: Format, top: int) -> int:
    """How many bits of the address index the top table; more than in other tables if tables are concatenated."""
    return shape.va_bits(top) - item_lg2(shape, top)


def top_pages(shape: Format, top: int) -> int:
    """How many pages the top table takes."""
    return max(1, (WORD_BYTES << top_bits(shape, top)) // PAGE)


def index(shape: Format, iova: int, level: int, top: int) -> int:
    """Which entry of a table of this level an address belongs to."""
    bits = top_bits(shape, top) if level == top else shape.index_bits
    return iova >> item_lg2(shape, level) & (1 << bits) - 1


def is_canonical(shape: Format, iova: int, top: int) -> bool:
    """True if an address of 64 bits has only bits that the tables translate, or a proper sign extension."""
    bits = shape.va_bits(top)
    if not shape.signed:
        return iova >> bits == 0
    high = iova >> bits - 1
    return high == 0 or high == (1 << 65 - bits) - 1


def all_sizes(shape: Format) -> int:
    """Every page size that the format has below its highest top."""
    found = 0
    for level in range(shape.tops[1] + 1):
        found |= shape.sizes(level)
    return found
