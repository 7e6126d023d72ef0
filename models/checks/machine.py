"""A small machine: one unit whose device entries are set by hand, one device, one table, one flusher."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from models.hw.attributes import READ, WRITE
from models.hw.device import Bus, Device
from models.hw.entries import NOT_PRESENT, Config, Stage
from models.hw.format_toy import Toy
from models.hw.formats import Format, Root
from models.hw.invalidation import DeviceConfig
from models.hw.iommu import Iommu
from models.hw.journal import Journal
from models.hw.memory import Memory
from models.hw.oracle import Plain
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_flush import Attachment, Flusher

RID: Final = 0x10
TAG: Final = 7
PAGE: Final = 1 << 12
RW: Final = READ | WRITE


@dataclass(slots=True)
class FixedReader:
    """Device entries that are set by hand, by requester id and PASID."""

    configs: dict[tuple[int, int | None], Config] = field(default_factory=dict)

    def read(self, memory: Memory, base: int, rid: int, pasid: int | None) -> Config:
        return self.configs.get((rid, pasid), NOT_PRESENT)


class World:
    """The machine. Its memory is on a journal, so that somebody can act after every single write of software."""

    def __init__(self, shape: Format | None = None, ats: bool = False, records: bool = False, **options: Any) -> None:
        self.shape = shape or Toy()
        self.journal = Journal()
        self.memory = Memory(journal=self.journal)
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

    def watch(self, moment: Callable[[], None]) -> None:
        """`moment` comes after every write to memory, and whenever a frame is taken or given back."""
        self.journal.observer = moment

    def point(self, root: Root) -> None:
        """Makes the device entry name a table, and the unit forget the old entry."""
        stage = Stage(self.shape, root, self.records)
        self.reader.configs[RID, None] = Config("second", TAG, second=stage, ats=self.device.ats)
        self.unit.submit(DeviceConfig(RID))
        self.unit.wait(Plain())

    def intent(self, iovas: Iterable[int]) -> dict[int, int | None]:
        """Where software means addresses to go."""
        return {iova: self.table.translate(iova) for iova in iovas}
