"""Devices as the core sees them. Kernel: `struct group_device` and `struct dev_iommu` of drivers/iommu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.hw.caches import DeviceCache
from models.hw.device import Device as Issuer
from models.hw.journal import Recorded

if TYPE_CHECKING:
    from models.kernel.domain import Domain
    from models.kernel.group import Group
    from models.kernel.kernel import Kernel


@dataclass(frozen=True, slots=True)
class DeviceDescription:
    """What a device is: `group` is the number of the group that it belongs to whenever it is there.

    `max_pasids` is 0 for a device that issues none; `require_direct` is a 1:1 region that firmware demands.
    """

    rid: int
    group: int
    ats: bool = True
    max_pasids: int = 2
    require_direct: bool = False


class Device(Recorded):
    """A device; `group` is None while it is not a member, `home` is where it belongs.

    `attached` is what the IOMMU driver last put into its entries, by PASID; `tables` are the frames of those entries.
    `driver` is whatever the driver core bound.
    """

    __slots__ = (
        "ats",
        "attached",
        "blocked",
        "deferred",
        "driver",
        "group",
        "home",
        "issuer",
        "kernel",
        "max_pasids",
        "number",
        "require_direct",
        "reset_depth",
        "rid",
        "tables",
    )

    def __init__(self, kernel: Kernel, number: int, description: DeviceDescription, home: Group) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.number = number
        self.rid = description.rid
        self.ats = description.ats
        self.max_pasids = description.max_pasids
        self.require_direct = description.require_direct
        self.home = home
        self.group: Group | None = None
        self.driver: object | None = None
        self.deferred = False
        self.blocked = False
        self.reset_depth = 0
        self.attached: tuple[tuple[int | None, Domain], ...] = ()
        self.tables: tuple[int, ...] = ()
        cache = DeviceCache(journal=kernel.journal)
        self.issuer = Issuer(self.rid, kernel.unit, kernel.bus, self.ats, cache, kernel.journal)
