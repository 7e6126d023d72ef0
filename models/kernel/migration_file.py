"""Data files: the two ends of a stream, the table that holds them, and what a dead one answers.

A file has two owners: the driver, whose session it is, and whoever has a descriptor of it. It is there until both let
go, and good for something only while the driver has it.
"""

from __future__ import annotations

from models.hw.journal import Journal, Recorded
from models.kernel.migration_stream import Kind, Piece


class DataFile(Recorded):
    """A stream without a position to name. `users` counts descriptors, and the request that is about to make one."""

    __slots__ = ("broken", "content", "disabled", "fresh", "number", "offset", "owned", "pieces", "saving", "users")

    def __init__(self, journal: Journal, number: int, saving: bool) -> None:
        self.journal = journal
        self.number = number
        self.saving = saving
        self.users = 1
        self.owned = True
        self.disabled = False
        self.pieces: tuple[Piece, ...] = ()
        self.offset = 0
        self.broken = False
        self.fresh = False
        self.content = b""

    # --- saving ---

    def put(self, kind: Kind, data: bytes) -> None:
        """More to read."""
        self.pieces = (*self.pieces, (kind, data))

    def begin_again(self, data: bytes) -> None:
        """What was not read yet is worth nothing; a new first part is there."""
        self.pieces = (("initial", data),)
        self.offset = 0

    def drop(self) -> None:
        """Nothing is left to read."""
        self.pieces = ()
        self.offset = 0

    def take(self, count: int) -> bytes:
        """The next bytes, at most so many."""
        out = b""
        while count > len(out) and self.pieces:
            (_, data), *rest = self.pieces
            part = data[self.offset : self.offset + count - len(out)]
            out += part
            if self.offset + len(part) == len(data):
                self.pieces = tuple(rest)
                self.offset = 0
            else:
                self.offset += len(part)
        return out

    def left(self, kind: Kind) -> int:
        """Bytes of a kind that were not read yet."""
        total = sum(len(data) for each, data in self.pieces if each == kind)
        return total - (self.offset if self.pieces and self.pieces[0][0] == kind else 0)

    # --- the end of a session ---

    def disable(self) -> None:
        """Free the buffers; from here on every access fails."""
        self.disabled = True
        self.drop()
        self.content = b""
        self.broken = False
        self.fresh = False


class FileTable(Recorded):
    """All open data files, by the lowest number that was free."""

    __slots__ = ("files",)

    def __init__(self, journal: Journal, size: int) -> None:
        self.journal = journal
        self.files: tuple[DataFile | None, ...] = (None,) * size

    def open(self, saving: bool) -> DataFile | None:
        """A new file; None if there are too many (fs/file_table.c: alloc_empty_file())."""
        for number, file in enumerate(self.files):
            if file is None:
                made = DataFile(self.journal, number, saving)
                self._set(number, made)
                return made
        return None

    def held(self, number: int) -> DataFile | None:
        """The file that a descriptor stands for."""
        file = self.files[number] if number < len(self.files) else None
        return file if file is not None and file.users else None

    def disown(self, file: DataFile) -> None:
        """The driver lets go."""
        file.owned = False
        self._free_unused(file)

    def put(self, file: DataFile) -> None:
        """A descriptor is closed, or a request gives up making one."""
        file.users -= 1
        self._free_unused(file)

    def _free_unused(self, file: DataFile) -> None:
        if not file.users and not file.owned:
            self._set(file.number, None)

    def _set(self, number: int, file: DataFile | None) -> None:
        self.files = (*self.files[:number], file, *self.files[number + 1 :])
