"""Descriptors of a migration log: which device or data file a name stands for, and how far its stream has come.

Only recorded facts are used: which names a call made, how many bytes moved, which errno came back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HEADER = 24
PORT = 36
"""Bytes of a stream: a header, then so many for each port of the device."""

PORTS: Mapping[str, int] = {"S1": 1, "T1": 1, "D2": 2}
"""The devices of the log by name; a device of one kind reads the streams of that kind only."""

FILES = 12
"""Elements of the spec's sort of data files: no sequence holds more than six of one device at a time, one is to be
there for the next session, and the last stands for every descriptor that is none."""
NO_FILE = f"f{FILES - 1}"

Byte = tuple[int, int]
"""A byte of a stream, as far as its content can be known: the ports of its device, and its offset."""


@dataclass(slots=True)
class DataFile:
    """An open data file: its element in the spec, the device, the bytes that moved, the names that hold it."""

    element: str
    device: Device
    position: int = 0
    good: bool = True
    names: int = 1

    @property
    def ends(self) -> tuple[int, int]:
        """The offsets at which the two chunks of the stream end."""
        return HEADER, self.device.size

    def finished(self, count: int) -> int:
        """How many chunks end within the next bytes."""
        return sum(self.position < end <= self.position + count for end in self.ends)


@dataclass(slots=True)
class Device:
    """A device: the descriptors that are bound to it, those that are not, and its data files by number.

    `lost` says that it has more files than there are elements, so that nothing more can be said of it.
    """

    name: str
    bound: set[str] = field(default_factory=set)
    unbound: set[str] = field(default_factory=set)
    opened: bool = False
    held: dict[int, DataFile] = field(default_factory=dict)
    lost: bool = False

    @property
    def size(self) -> int:
        """Bytes of a whole stream."""
        return HEADER + PORT * PORTS[self.name]

    def new_file(self) -> DataFile | None:
        """The data file of a new session: the lowest that nobody holds; None if there are too many for the map.

        That of an older session is not in the way: it ended before this one began.
        """
        number = next(n for n in range(FILES) if n not in self.held)
        self.lost = number >= FILES - 1
        if self.lost:
            return None
        self.held[number] = DataFile(f"f{number}", self)
        return self.held[number]

    def release(self, file: DataFile) -> bool:
        """One name less; True if it was the last."""
        file.names -= 1
        if file.names:
            return False
        del self.held[int(file.element[1:])]
        return True


@dataclass(slots=True)
class Blob:
    """The bytes that a sequence has read from saving devices, in order; what it writes to resuming ones."""

    content: list[Byte] = field(default_factory=list)

    def collect(self, file: DataFile, count: int) -> None:
        """These were read from a file."""
        ports = PORTS[file.device.name]
        self.content += [(ports, file.position + n) for n in range(count)]

    def continues(self, file: DataFile, source: str, offset: int, count: int, poked: bool) -> bool:
        """True if these bytes are what has to come next in the stream of the device, and all before were too."""
        if not count:
            return file.good
        ports = PORTS[file.device.name]
        wanted = [(ports, file.position + n) for n in range(count)]
        return file.good and source == "blob" and not poked and self.content[offset : offset + count] == wanted
