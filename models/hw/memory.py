"""Simulated physical memory: frames of 512 words of 64 bits, taken and given back, with stray accesses on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from models.hw.formats import PAGE, PAGE_BITS, WORDS
from models.hw.journal import Journal

LOWEST = 0x10_0000
ZEROS = (0,) * WORDS


class OutOfMemoryError(Exception):
    """There is no frame left, or the test wants it so."""


@dataclass(frozen=True, slots=True)
class Stray:
    """An access to memory that nobody owns: `verb` is what was tried, `pa` where."""

    verb: str
    pa: int


class RecordedFrame(list[int]):
    """The words of a frame whose writes are on a journal: one entry for every word, so that each is seen alone."""

    __slots__ = ("wrote",)

    def __init__(self, words: Iterable[int], journal: Journal) -> None:
        list.__init__(self, words)
        self.wrote = journal.wrote

    def __setitem__(self, where: Any, word: Any) -> None:
        if isinstance(where, slice):
            for n, each in zip(range(WORDS)[where], list(word), strict=True):
                self[n] = each
            return
        old = self[where]
        if old != word:
            list.__setitem__(self, where, word)
            self.wrote(list.__setitem__, self, where, old)


@dataclass(slots=True)
class Memory:
    """All frames in use by number, the frames given back with what was in them, and the stray accesses so far.

    A frame that was given back is handed out again last, so that a stale pointer to it is seen as stray. `budget` is
    how many frames may still be taken; None is no limit. With a journal, everything in here can be taken back.
    """

    frames: dict[int, list[int]] = field(default_factory=dict)
    freed: dict[int, list[int]] = field(default_factory=dict)
    stray: list[Stray] = field(default_factory=list)
    budget: int | None = None
    following: int = LOWEST >> PAGE_BITS
    journal: Journal | None = None

    def allocate(self, pages: int = 1) -> int:
        """The address of fresh zeroed memory, aligned to its size, which is a power of two of pages."""
        if self.budget is not None and self.budget < pages:
            raise OutOfMemoryError
        before = self.following
        number = -(-before // pages) * pages
        if self.budget is not None:
            self.budget -= pages
        self.following = number + pages
        for n in range(number, number + pages):
            self.frames[n] = self._fresh()
        if self.journal is not None:
            self.journal.wrote(self._unallocate, number, pages, before)
        return number << PAGE_BITS

    def free(self, pa: int, pages: int = 1) -> None:
        """Gives frames back. What stays in them can still be read by whoever holds a stale pointer."""
        for number in range(pa >> PAGE_BITS, (pa >> PAGE_BITS) + pages):
            assert number in self.frames, f"{number << PAGE_BITS:#x} is not in use"
            self.freed[number] = self.frames.pop(number)
            if self.journal is not None:
                self.journal.wrote(self._unfree, number)

    def claim(self, pa: int) -> None:
        """Makes the frame at a given address exist, such as memory that a user owns."""
        number = pa >> PAGE_BITS
        assert number not in self.frames
        old = self.freed.pop(number, None)
        self.frames[number] = self._fresh()
        if self.journal is not None:
            self.journal.wrote(self._unclaim, number, old)

    def load(self, pa: int) -> int:
        """One aligned word; what nobody owns is read as it was left, or as 0."""
        return self._frame("load", pa)[pa >> 3 & WORDS - 1]

    def store(self, pa: int, word: int) -> None:
        assert word >> 64 == 0, "words have 64 bits"
        self._frame("store", pa)[pa >> 3 & WORDS - 1] = word

    def swap(self, pa: int, expected: int, word: int) -> bool:
        """Stores atomically if the word is still the expected one; True if it was."""
        assert word >> 64 == 0, "words have 64 bits"
        frame = self._frame("swap", pa)
        where = pa >> 3 & WORDS - 1
        if frame[where] != expected:
            return False
        frame[where] = word
        return True

    def is_backed(self, pa: int) -> bool:
        return pa >> PAGE_BITS in self.frames

    def used(self) -> int:
        """Bytes in use."""
        return len(self.frames) * PAGE

    def copy(self) -> Memory:
        """A snapshot that shares nothing and has no journal."""
        return Memory(
            {n: list(words) for n, words in self.frames.items()},
            {n: list(words) for n, words in self.freed.items()},
            list(self.stray),
            self.budget,
            self.following,
        )

    def _frame(self, verb: str, pa: int) -> list[int]:
        assert pa & 7 == 0, f"{pa:#x} is not aligned"
        number = pa >> PAGE_BITS
        frame = self.frames.get(number)
        return frame if frame is not None else self._stray_frame(verb, pa, number)

    def _stray_frame(self, verb: str, pa: int, number: int) -> list[int]:
        """A frame that nobody owns; it is left as it was, or made with zeros."""
        self.stray.append(Stray(verb, pa))
        if self.journal is not None:
            self.journal.wrote(self.stray.pop)
        frame = self.freed.get(number)
        if frame is None:
            frame = self.freed[number] = self._fresh()
            if self.journal is not None:
                self.journal.wrote(self.freed.pop, number)
        return frame

    def _fresh(self) -> list[int]:
        return [0] * WORDS if self.journal is None else RecordedFrame(ZEROS, self.journal)

    def _unallocate(self, number: int, pages: int, before: int) -> None:
        for n in range(number, number + pages):
            del self.frames[n]
        self.following = before
        if self.budget is not None:
            self.budget += pages

    def _unfree(self, number: int) -> None:
        self.frames[number] = self.freed.pop(number)

    def _unclaim(self, number: int, old: list[int] | None) -> None:
        del self.frames[number]
        if old is not None:
            self.freed[number] = old
