"""Marks in memory: the first word of a page that a domain maps says whose page it is.

So it can be told from outside which domain a device translates with: by a walk to `PROBE` and a look at what is there.
"""

from __future__ import annotations

from typing import Final

PROBE: Final = 0x40_0000
"""Where every domain that maps anything maps a page of its own."""
FIRMWARE: Final = 0x60_0000
"""The page of memory that firmware demands to be mapped 1:1 for a device with a direct region."""
DEFAULT: Final = 1
USER: Final = 2
PRIVATE: Final = 3


def mark(kind: int, first: int, second: int = 0) -> int:
    """Default domain `second` of group `first`; table `second` of user `first`; the one of the driver of a device."""
    return kind << 48 | first << 24 | second


def unmark(word: int) -> tuple[int, int, int]:
    """The kind and both numbers; kind 0 is no mark."""
    return word >> 48, word >> 24 & 0xFF_FFFF, word & 0xFF_FFFF
