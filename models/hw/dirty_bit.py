"""Formats whose entries have a bit for accessed and one for written, which hardware sets and software clears.

ARM's LPAE has no dirty bit: there the right to write stands for it.
"""

from __future__ import annotations

from typing import ClassVar


class DirtyBit:
    """The part of a format that is about these two bits; a format says which they are."""

    __slots__ = ()
    accessed: ClassVar[int]
    dirty: ClassVar[int]

    def visited(self, word: int, level: int, write: bool) -> int:
        return word | self.accessed | (self.dirty if write else 0)

    def is_refused(self, word: int, write: bool) -> bool:
        return False

    def is_dirty(self, word: int) -> bool:
        return word & self.dirty != 0

    def dirtied(self, word: int) -> int:
        return word | self.dirty

    def cleaned(self, word: int) -> int:
        return word & ~self.dirty
