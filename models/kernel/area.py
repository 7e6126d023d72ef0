"""A range of I/O addresses that was mapped by one call, of a type1 container or of an address space."""

from __future__ import annotations

from models.hw.journal import Recorded
from models.kernel.kernel import Kernel


class Area(Recorded):
    """`size` bytes at `iova` are those at `pa`, with these rights."""

    __slots__ = ("iova", "pa", "rights", "size")

    def __init__(self, kernel: Kernel, iova: int, pa: int, size: int, rights: int) -> None:
        self.journal = kernel.journal
        self.iova, self.pa, self.size, self.rights = iova, pa, size, rights

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.iova + self.size
