"""One machine with its kernel: memory, a unit, a bus, groups and devices, all under one journal."""

from __future__ import annotations

from collections.abc import Sequence

from models.hw.caches import UnitCaches
from models.hw.device import Bus
from models.hw.iommu import Iommu
from models.hw.journal import Journal, Recorded
from models.hw.oracle import Oracle, Plain
from models.kernel.device import Device, DeviceDescription
from models.kernel.domain import Domain
from models.kernel.faults import FallibleMemory, FaultPoints
from models.kernel.group import Group
from models.kernel.marks import FIRMWARE
from models.kernel.unit_vtd import VtdUnit
from models.kernel.version import Version


class Kernel(Recorded):
    """Everything there is. `oracle` is what hardware decides; `is_kdump` defers every first attach; `firmware` has the
    pages that some device needs 1:1.

    With `present` all devices are members from the beginning, each group on its default domain; otherwise they come
    by `models.kernel.membership`.
    """

    __slots__ = (
        "bus",
        "devices",
        "domains",
        "faults",
        "firmware",
        "groups",
        "hardware",
        "is_kdump",
        "memory",
        "oracle",
        "tags",
        "unit",
        "version",
        "warnings",
    )

    def __init__(
        self,
        version: Version,
        devices: Sequence[DeviceDescription],
        groups: int = 1,
        present: bool = True,
        is_kdump: bool = False,
        caching_mode: bool = False,
        oracle: Oracle | None = None,
    ) -> None:
        self.journal = journal = Journal()
        self.version = version
        self.is_kdump = is_kdump
        self.oracle: Oracle = oracle or Plain()
        self.faults = FaultPoints()
        self.warnings: tuple[str, ...] = ()
        self.domains: tuple[Domain, ...] = ()
        self.tags: frozenset[int] = frozenset()
        self.memory = FallibleMemory(journal=journal)
        self.memory.faults = self.faults
        self.hardware = VtdUnit(self.memory)
        self.unit = Iommu(
            self.memory,
            self.hardware.reader,
            self.hardware.base,
            caching_mode,
            caches=UnitCaches(journal=journal),
            journal=journal,
        )
        self.firmware = (FIRMWARE,) if any(d.require_direct for d in devices) else ()
        for page in self.firmware:
            self.memory.claim(page)
        self.bus = Bus(self.memory, journal=journal)
        self.groups = tuple(Group(self, n) for n in range(groups))
        self.devices = tuple(Device(self, n, d, self.groups[d.group]) for n, d in enumerate(devices))
        if present:
            self._add_all()

    def warn(self, text: str) -> None:
        """The kernel reports a bug and goes on."""
        self.warnings += (text,)

    def take_tag(self) -> int:
        """The lowest domain id that is free; 0 is for units with caching mode."""
        tag = 1
        while tag in self.tags:
            tag += 1
        self.tags |= {tag}
        return tag

    def give_tag(self, domain: Domain) -> None:
        """A domain is no more."""
        self.tags -= {domain.tag}
        self.domains = tuple(d for d in self.domains if d is not domain)

    def _add_all(self) -> None:
        from models.kernel.membership import add

        for device in self.devices:
            refused = add(device)
            assert not refused, f"{device.rid:#x} cannot be added: {refused}"
