"""A small machine for tests: one unit with its device entries in tests' hands, one device, one table, one flusher."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from models.hw.attributes import READ, WRITE
from models.hw.device import Bus, Device
from models.hw.entries import NOT_PRESENT, Config, Stage
from models.hw.format_toy import Toy
from models.hw.formats import Format, Root
from models.hw.invalidation import DeviceConfig
from models.hw.iommu import Iommu
from models.hw.memory import Memory
from models.hw.oracle import Plain
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_flush import Attachment, Flusher

RID = 0x10
TAG = 7
PAGE = 1 << 12
RW = READ | WRITE


@dataclass(slots=True)
class FixedReader:
    """Device entries that a test sets, by requester id and PASID."""

    configs: dict[tuple[int, int | None], Config] = field(default_factory=dict)

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        return self.configs.get((rid, pasid), NOT_PRESENT)


class Watched(list[int]):
    """The words of a frame; somebody else may act after each write."""

    moment: Callable[[], None]

    def __setitem__(self, where: Any, word: Any) -> None:
        if isinstance(where, slice):
            # Several entries are written one after the other: every mix is seen.
            for n, each in zip(range(len(self))[where], list(word), strict=True):
                self[n] = each
            return
        list.__setitem__(self, where, word)
        self.moment()


class WatchedMemory(Memory):
    """Memory that lets the adversary act after every write and before every frame is given back."""

    moment: Callable[[], None] = staticmethod(lambda: None)

    def allocate(self, pages: int = 1) -> int:
        pa = Memory.allocate(self, pages)
        for n in range(pages):
            frame = Watched(self.frames[(pa >> 12) + n])
            frame.moment = lambda: self.moment()
            self.frames[(pa >> 12) + n] = frame
        return pa

    def free(self, pa: int, pages: int = 1) -> None:
        self.moment()
        Memory.free(self, pa, pages)
        self.moment()


class World:
    """The machine; `kind` is the mode of the device entry."""

    def __init__(self, shape: Format | None = None, ats: bool = False, records: bool = False, **options: Any) -> None:
        self.shape = shape or Toy()
        self.memory = WatchedMemory()
        self.records = records
        self.reader = FixedReader()
        self.unit = Iommu(self.memory, self.reader, 0, **options)
        self.bus = Bus(self.memory)
        self.device = Device(RID, self.unit, self.bus, ats)
        self.flusher = Flusher([Attachment(self.unit, TAG, RID, ats=ats)])
        self.table = PageTable(
            self.memory,
            self.shape,
            flush=lambda *f: self.flusher.flush(*f),
            moved=self.point,
            caching=bool(options.get("caching_mode")),
            tracked=records,
        )
        self.point(self.table.root)

    def point(self, root: Root) -> None:
        """Makes the device entry name a table, and the unit forget the old entry."""
        stage = Stage(self.shape, root, self.records)
        self.reader.configs[RID, None] = Config("second", TAG, second=stage, ats=self.device.ats)
        self.unit.submit(DeviceConfig(RID))
        self.unit.wait(Plain())

    def intent(self, iovas: Iterable[int]) -> dict[int, int | None]:
        """Where software means addresses to go."""
        return {iova: self.table.translate(iova) for iova in iovas}
