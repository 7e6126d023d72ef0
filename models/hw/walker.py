"""The walk of one table: from the root, or from a table that was cached, down to a leaf or a fault.

A walk is atomic here. NOTE(in-flight): a real walk may be overtaken by writes between two reads, and then holds a table
pointer that memory no longer has; that is a walk that starts from a cached pointer, which `start` expresses.
Architecture: VT-d "Address Translation", Arm "Translation table walk", RISC-V "Virtual Address Translation Process".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from models.hw.attributes import READ, RIGHTS, SNOOP, WRITE
from models.hw.formats import EMPTY, RESERVED, TABLE, Format, Root, index, is_canonical, item_lg2
from models.hw.memory import Memory

Reason = Literal["not canonical", "not present", "reserved bits", "not allowed", "access flag", "skipped bits"]
FIRST: Final = 1
SECOND: Final = 2


@dataclass(frozen=True, slots=True)
class Pointer:
    """A table that a walk came by: it covers the 2^lg2 bytes from `base`, with what the way to it allows."""

    base: int
    lg2: int
    level: int
    pa: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Translation:
    """Where a page is: 2^lg2 bytes from `base` are at `pa`. `dirty` is True if the leaf is recorded as written."""

    base: int
    lg2: int
    pa: int
    allowed: int
    snoop: bool
    dirty: bool

    def address(self, iova: int) -> int:
        return self.pa + iova - self.base


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no translation; `address` is what was looked up in the stage that faulted."""

    reason: Reason
    address: int
    level: int
    stage: int = FIRST


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of a walk and the tables on its way, which a walk cache may keep."""

    result: Translation | Fault
    pointers: tuple[Pointer, ...]


Fetch = Callable[[int, bool], "int | Fault"]
"""Where an entry is in memory, for reading or (True) for changing it; another stage may be asked."""


def in_place(pa: int, change: bool) -> int:
    """Entries are where the table says: there is one stage."""
    return pa


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks tables of one format; `records` is whether hardware sets accessed and dirty bits."""

    memory: Memory
    shape: Format
    records: bool = False
    fetch: Fetch = in_place

    def walk(self, root: Root, iova: int, needed: int, start: Pointer | None = None) -> Walked:
        """Translates an address for the rights that are needed, with what hardware records of it."""
        if not is_canonical(self.shape, iova, root.top):
            return Walked(Fault("not canonical", iova, root.top), ())
        first = start or Pointer(0, 64, root.top, root.pa, RIGHTS)
        while True:
            found = self._descend(root, first, iova, needed)
            if found is not None:
                return found

    def _descend(self, root: Root, at: Pointer, iova: int, needed: int) -> Walked | None:
        """One try; None if an entry changed under the hands of a swap."""
        shape = self.shape
        seen: list[Pointer] = []
        while True:
            slot = at.pa + 8 * index(shape, iova, at.level, root.top)
            place = self.fetch(slot, False)
            if isinstance(place, Fault):
                return Walked(place, tuple(seen))
            word = self.memory.load(place)
            kind = shape.kind(word, at.level)
            if kind in (EMPTY, RESERVED):
                reason: Reason = "not present" if kind == EMPTY else "reserved bits"
                return Walked(Fault(reason, iova, at.level), tuple(seen))
            if kind != TABLE:
                return self._arrive(slot, word, at, iova, needed, tuple(seen))
            if self.records and not self._record(slot, place, word, at.level, False):
                return None
            following = self._follow(word, at, iova)
            if isinstance(following, Fault):
                return Walked(following, tuple(seen))
            seen.append(following)
            at = following

    def _follow(self, word: int, at: Pointer, iova: int) -> Pointer | Fault:
        """The table that an entry points to; what levels it skips must be zero in the address."""
        shape = self.shape
        below = shape.next_level(word, at.level)
        lg2 = item_lg2(shape, below + 1)
        if (iova & (1 << item_lg2(shape, at.level)) - 1) >> lg2:
            return Fault("skipped bits", iova, at.level)
        allowed = at.allowed & shape.table_allows(word)
        return Pointer(iova >> lg2 << lg2, lg2, below, shape.table_pa(word), allowed)

    def _arrive(
        self, slot: int, word: int, at: Pointer, iova: int, needed: int, seen: tuple[Pointer, ...]
    ) -> Walked | None:
        shape = self.shape
        write = bool(needed & WRITE)
        allowed = at.allowed & shape.allows(word)
        if self.records and needed & ~(at.allowed & shape.allows(shape.visited(word, at.level, write))) == 0:
            place = self.fetch(slot, False)
            if isinstance(place, Fault):
                return Walked(place, seen)
            done = self._record(slot, place, word, at.level, write)
            if isinstance(done, Fault):
                return Walked(done, seen)
            if not done:
                return None
            word = shape.visited(word, at.level, write)
            allowed = at.allowed & shape.allows(word)
        if needed & ~allowed:
            return Walked(Fault("not allowed", iova, at.level), seen)
        if not self.records and shape.is_refused(word, write):
            return Walked(Fault("access flag", iova, at.level), seen)
        lg2 = shape.leaf_lg2(word, at.level)
        snoop = bool(shape.attributes(word) & SNOOP)
        base = iova >> lg2 << lg2
        return Walked(Translation(base, lg2, shape.leaf_oa(word, at.level), allowed, snoop, shape.is_dirty(word)), seen)

    def _record(self, slot: int, place: int, word: int, level: int, write: bool) -> bool | Fault:
        """Sets accessed and dirty bits atomically; False if the entry is no longer the one that was walked."""
        after = self.shape.visited(word, level, write)
        if after == word:
            return True
        writable = self.fetch(slot, True)
        if isinstance(writable, Fault):
            return writable
        return self.memory.swap(place, word, after)


def smaller(first: Translation, second: Translation, iova: int) -> Translation:
    """A page of one stage seen through the other: the smaller of both, with the rights of both."""
    lg2 = min(first.lg2, second.lg2)
    base = iova >> lg2 << lg2
    pa = second.address(first.address(base))
    snoop = first.snoop or second.snoop
    return Translation(base, lg2, pa, first.allowed & second.allowed, snoop, first.dirty and second.dirty)


@dataclass(frozen=True, slots=True)
class Nested:
    """Two stages: `first` gives addresses that `second` translates, and so are those of the tables of `first`."""

    memory: Memory
    first: Format
    second: Format
    first_records: bool = False
    second_records: bool = False

    def walk(self, root: Root, below: Root, iova: int, needed: int, start: Pointer | None = None) -> Walked:
        """The combined translation, or the fault of the stage that had none; pointers are those of the first stage."""
        under = Walker(self.memory, self.second, self.second_records)

        def fetch(pa: int, change: bool) -> int | Fault:
            found = under.walk(below, pa, READ | (WRITE if change else 0)).result
            return second_fault(found) if isinstance(found, Fault) else found.address(pa)

        over = Walker(self.memory, self.first, self.first_records, fetch)
        walked = over.walk(root, iova, needed, start)
        if isinstance(walked.result, Fault):
            return walked
        middle = walked.result.address(iova)
        found = under.walk(below, middle, needed).result
        if isinstance(found, Fault):
            return Walked(second_fault(found), walked.pointers)
        # A stage that records nothing has nothing to say about later writes.
        over_dirty = replace(walked.result, dirty=walked.result.dirty or not self.first_records)
        under_dirty = replace(found, dirty=found.dirty or not self.second_records)
        return Walked(smaller(over_dirty, under_dirty, iova), walked.pointers)


def second_fault(fault: Fault) -> Fault:
    """The same fault as the second stage reports it."""
    return Fault(fault.reason, fault.address, fault.level, SECOND)
