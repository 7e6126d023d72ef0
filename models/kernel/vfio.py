"""VFIO: devices that userspace may drive, the groups they are in, and the files through which it does.

The objects are here; `vfio_driver`, `vfio_group`, `vfio_container`, `vfio_device` and `vfio_cdev` are what can be done
with them. Kernel: drivers/vfio/vfio.h, include/linux/vfio.h.
"""

from __future__ import annotations

from models.hw.journal import Recorded
from models.kernel.device import Device
from models.kernel.driver_core import Bound
from models.kernel.group import Group
from models.kernel.iommufd import Access, Iommufd, IommufdDevice
from models.kernel.kernel import Kernel
from models.kernel.type1 import Type1


class Vfio(Recorded):
    """What the VFIO modules keep: the groups that have a node below /dev/vfio."""

    __slots__ = ("groups", "kernel")

    def __init__(self, kernel: Kernel) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.groups: tuple[VfioGroup, ...] = ()


class EmulatedGroup(Recorded):
    """A group that VFIO makes for one emulated device: nothing in it does DMA, and there is no IOMMU behind it."""

    __slots__ = ("device",)

    def __init__(self, kernel: Kernel, device: Device) -> None:
        self.journal = kernel.journal
        self.device: Device | None = device


class VfioGroup(Recorded):
    """/dev/vfio/N, while a VFIO driver is bound in the group; open files may keep it longer.

    `group` is None once it is revoked; `drivers` counts the bound ones. `container_users` is 1 for the container itself
    and one more for each device that was opened in it. `bound_cdevs` counts the files that BIND let in.
    """

    __slots__ = ("bound_cdevs", "container", "container_users", "devices", "drivers", "group", "iommufd", "opened")

    def __init__(self, kernel: Kernel, group: Group | EmulatedGroup) -> None:
        self.journal = kernel.journal
        self.group: Group | EmulatedGroup | None = group
        self.drivers = 1
        self.devices: tuple[VfioDevice, ...] = ()
        self.opened: GroupFile | None = None
        self.container: Container | None = None
        self.container_users = 0
        self.iommufd: Iommufd | None = None
        self.bound_cdevs = 0

    def has_iommu(self) -> bool:
        """True if there is a container, or an iommufd in its place."""
        return self.container is not None or self.iommufd is not None


class GroupFile(Recorded):
    """An open /dev/vfio/N. `references` are the descriptor, while it is open, and devices opened in a container."""

    __slots__ = ("descriptor", "group", "references")

    def __init__(self, kernel: Kernel, group: VfioGroup) -> None:
        self.journal = kernel.journal
        self.group = group
        self.descriptor = True
        self.references = 1


class Container(Recorded):
    """An open /dev/vfio/vfio: groups that share one address space, newest first, and what translates it."""

    __slots__ = ("backend", "groups", "kernel")

    def __init__(self, kernel: Kernel) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.groups: tuple[VfioGroup, ...] = ()
        self.backend: Type1 | None = None


class VfioDevice(Recorded):
    """A device as VFIO sees it. `node` until its driver is asked to leave; `files` are what keeps the driver.

    `opened` counts the files with access to the hardware. `bound` is what it is in an iommufd. `reset_works` is False
    for one that cannot be reset alone.
    """

    __slots__ = (
        "attached",
        "bound",
        "device",
        "driver",
        "files",
        "group",
        "kernel",
        "node",
        "opened",
        "reset_works",
        "vfio",
    )

    def __init__(self, vfio: Vfio, driver: Bound, group: VfioGroup) -> None:
        self.journal = vfio.journal
        self.vfio = vfio
        self.kernel = vfio.kernel
        self.driver = driver
        self.device = driver.device
        self.group = group
        self.node = True
        self.files = 0
        self.opened = 0
        self.reset_works = True
        self.bound: IommufdDevice | Access | None = None
        self.attached = False

    @property
    def emulated(self) -> bool:
        """True if there is no IOMMU behind it."""
        return isinstance(self.group.group, EmulatedGroup)


class DeviceFile(Recorded):
    """An open file of a device: from its group, or from its character device, where `access` comes with BIND."""

    __slots__ = ("access", "descriptor", "device", "from_group", "iommufd")

    def __init__(self, device: VfioDevice, from_group: bool) -> None:
        self.journal = device.journal
        self.device = device
        self.from_group = from_group
        self.descriptor = True
        self.iommufd: Iommufd | None = None
        self.access = False


def vfio_device_of(device: Device) -> VfioDevice | None:
    """What VFIO offers of a device, also while its driver waits to leave."""
    bound = device.driver
    served = bound.served if isinstance(bound, Bound) else None
    assert served is None or isinstance(served, VfioDevice)
    return served
