"""The IOMMU driver of a VT-d unit in scalable mode: entries in memory, and the unit made to forget what they were.

Kernel: drivers/iommu/intel/pasid.c. An entry is emptied, flushed everywhere and only then written anew, its present bit
last, so that no walk sees half of one; what may fail comes before the first write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.hw.entries import address
from models.hw.entry_vtd import (
    PGTT_PASS,
    PGTT_SECOND,
    ScalableReader,
    directory_entry,
    pasid_entry,
    scalable_context_entry,
)
from models.hw.format_vtd import VtdSecond
from models.hw.invalidation import DeviceConfig, DevicePages
from models.hw.invalidation import Domain as UnderTag
from models.hw.memory import Memory
from models.hw.ranges import EVERYTHING
from models.kernel.pgtable_flush import Attachment

if TYPE_CHECKING:
    from models.kernel.device import Device
    from models.kernel.domain import Domain

PRESENT: Final = 1
NO_PASID: Final = 0
"""The entry for requests without a PASID."""
ENTRY_BYTES: Final = 64
CONTEXT_BYTES: Final = 32


class VtdUnit:
    """What the driver knows of its unit: where the root table is, and the format of its tables."""

    __slots__ = ("base", "reader", "shape")

    def __init__(self, memory: Memory) -> None:
        self.shape = VtdSecond(3)
        self.reader = ScalableReader(self.shape)
        self.base = memory.allocate()

    def probe(self, device: Device) -> None:
        """A device appears: it gets a directory and a table of entries, all empty. Raises `OutOfMemoryError`."""
        memory = device.kernel.memory
        context = self._context(memory, device.rid)
        directory = memory.allocate()
        device.tables = (directory,)
        table = memory.allocate()
        device.tables = (directory, table)
        memory.store(directory, directory_entry(table))
        words = scalable_context_entry(directory, device.ats)
        for n in (3, 2, 1, 0):
            memory.store(context + 8 * n, words[n])
        if device.kernel.unit.caching_mode:
            self._forget_config(device)

    def release(self, device: Device) -> None:
        """A device disappears: nothing is translated for it any more, and its entries are given back."""
        for pasid, _ in device.attached:
            self.clear(device, pasid)
        memory = device.kernel.memory
        if len(device.tables) == 2:
            memory.store(self._context(memory, device.rid), 0)
            self._forget_config(device)
        for pa in device.tables:
            memory.free(pa)
        device.tables = ()

    def set(self, device: Device, pasid: int | None, domain: Domain) -> None:
        """Translates the requests of a device, with this PASID or with none, by a domain from now on. Cannot fail."""
        self.clear(device, pasid)
        kernel = device.kernel
        at = Attachment(kernel.unit, domain.tag, device.rid, pasid, device.ats)
        domain.attachments = (*domain.attachments, at)
        place, words = self._entry(device, pasid), domain.entry
        frame, first = kernel.memory.frames[place >> 12], place >> 3 & 511
        for n in range(7, -1, -1):
            if frame[first + n] != words[n]:
                frame[first + n] = words[n]
        if kernel.unit.caching_mode:
            self._forget(device, pasid, domain)
        device.attached = (*device.attached, (pasid, domain))

    def clear(self, device: Device, pasid: int | None) -> None:
        """Translates nothing with this PASID, or with none. Cannot fail; nothing if nothing is translated."""
        old = self.attached(device, pasid)
        if old is None:
            return
        memory, place = device.kernel.memory, self._entry(device, pasid)
        memory.store(place, memory.load(place) & ~PRESENT)
        self._forget(device, pasid, old)
        device.attached = tuple(a for a in device.attached if a[0] != pasid)
        old.attachments = tuple(a for a in old.attachments if (a.rid, a.pasid) != (device.rid, pasid))

    def attached(self, device: Device, pasid: int | None) -> Domain | None:
        """What was last set. Kernel: `struct device_domain_info`."""
        for number, domain in device.attached:
            if number == pasid:
                return domain
        return None

    def entry_of(self, domain: Domain) -> tuple[int, ...]:
        """The words of every entry that names a domain."""
        if domain.table is None:
            return pasid_entry(PGTT_PASS, domain.tag)
        return pasid_entry(PGTT_SECOND, domain.tag, domain.table.root)

    def frames(self, memory: Memory) -> list[int]:
        """The numbers of the frames that the unit itself has: root and context tables."""
        roots = filter(None, memory.frames[self.base >> 12])
        return [self.base >> 12, *(address(root, 63, 12) >> 12 for root in roots if root & PRESENT)]

    def _forget(self, device: Device, pasid: int | None, old: Domain) -> None:
        """The cached entry, then what was translated under its tag, then what the device itself keeps."""
        unit, oracle = device.kernel.unit, device.kernel.oracle
        self._forget_config(device)
        unit.submit(UnderTag(old.tag))
        unit.wait(oracle)
        if device.ats:
            unit.submit(DevicePages(device.rid, 0, EVERYTHING, pasid))
            unit.wait(oracle)

    def _forget_config(self, device: Device) -> None:
        device.kernel.unit.submit(DeviceConfig(device.rid))
        device.kernel.unit.wait(device.kernel.oracle)

    def _entry(self, device: Device, pasid: int | None) -> int:
        """Where the entry of a PASID is; there is one table, for the PASIDs below 64."""
        return device.tables[1] + ENTRY_BYTES * (NO_PASID if pasid is None else pasid)

    def _context(self, memory: Memory, rid: int) -> int:
        """Where the context entry of a requester is, below a table that is made when it is first needed."""
        slot = self.base + 16 * (rid >> 8) + 8 * (rid >> 7 & 1)
        root = memory.load(slot)
        if not root & PRESENT:
            root = memory.allocate() | PRESENT
            memory.store(slot, root)
        return address(root, 63, 12) + CONTEXT_BYTES * (rid & 0x7F)
