"""What a leaf says besides its address, as one integer that is the same for all formats.

A format keeps each attribute where its architecture puts it; `spread` and `gather` move them. An attribute that a
format has no place for is refused by `Format.accepts`, never dropped.
"""

from __future__ import annotations

from typing import Final

READ: Final = 1 << 0
WRITE: Final = 1 << 1
EXEC: Final = 1 << 2
USER: Final = 1 << 3
"""Unprivileged requests may use it; what a device issues is unprivileged unless it says otherwise."""
GLOBAL: Final = 1 << 4
SNOOP: Final = 1 << 5
"""The access is coherent with caches, whatever the device asked for."""
ACCESSED: Final = 1 << 6
DIRTY: Final = 1 << 7
MEMORY_TYPE_SHIFT: Final = 8
"""Four bits, 11:8: the memory type in the numbering of the format."""
SHARE_SHIFT: Final = 12
"""Two bits, 13:12: the shareability of an ARM entry."""
TRACKED: Final = 1 << 14
"""Writes are recorded by granting WRITE (DBM of ARM); other formats have DIRTY instead."""

RIGHTS: Final = READ | WRITE | EXEC | USER
"""What is intersected along a walk and over stages."""
ALL: Final = (1 << 15) - 1

Field = tuple[int, int, int]
"""Shift in the attributes, shift in the entry, mask before shifting."""


def spread(attributes: int, fields: tuple[Field, ...]) -> int:
    """The bits of an entry that hold these attributes."""
    word = 0
    for source, target, mask in fields:
        word |= (attributes >> source & mask) << target
    return word


def gather(word: int, fields: tuple[Field, ...]) -> int:
    """The attributes that the bits of an entry hold."""
    attributes = 0
    for source, target, mask in fields:
        attributes |= (word >> target & mask) << source
    return attributes


def held(fields: tuple[Field, ...]) -> int:
    """Every attribute that these fields have a place for."""
    return sum(mask << source for source, _, mask in fields)
