"""How a VFIO device is used in an iommufd: a real one is bound and attached, an emulated one gets an access.

Kernel: drivers/vfio/iommufd.c, the `physical` and the `emulated` operations.
"""

from __future__ import annotations

from models.hw.journal import Recorded
from models.kernel import iommufd_device
from models.kernel.iommufd import Access, HwTable, Ioas, Iommufd, IommufdDevice
from models.kernel.vfio import VfioDevice


def bind(device: VfioDevice, iommufd: Iommufd) -> str:
    """`bind_iommufd` of the driver."""
    if device.emulated:
        if device.kernel.faults.fails("access-object", device.device):
            return "ENOMEM"
        device.bound = Access(iommufd)
        return ""
    made = iommufd_device.bind(iommufd, device.device)
    if isinstance(made, str):
        return made
    device.bound = made
    return ""


def unbind(device: VfioDevice) -> None:
    """`unbind_iommufd` of the driver: detaches first."""
    if isinstance(device.bound, IommufdDevice):
        detach(device)
        iommufd_device.unbind(device.bound)
    device.attached = False
    device.bound = None


def attach(device: VfioDevice, what: Recorded) -> str:
    """`attach_ioas` of the driver: if attached it is a replace; an emulated device takes an address space only."""
    if isinstance(device.bound, Access):
        if not isinstance(what, Ioas):
            return "ENOENT"
        device.bound.space = what
        device.attached = True
        return ""
    assert device.bound is not None
    if not isinstance(what, Ioas | HwTable):
        return "EINVAL"
    if device.attached:
        return iommufd_device.replace(device.bound, what)
    error = iommufd_device.attach(device.bound, what)
    if not error:
        device.attached = True
    return error


def detach(device: VfioDevice) -> None:
    """`detach_ioas` of the driver; nothing if the device is not attached."""
    if not device.attached:
        return
    if isinstance(device.bound, IommufdDevice):
        iommufd_device.detach(device.bound)
    elif device.bound is not None:
        device.bound.space = None
    device.attached = False


def attach_compatible(device: VfioDevice, iommufd: Iommufd) -> str:
    """`vfio_iommufd_compat_attach_ioas()`: to the address space that stands for the container."""
    if iommufd.compatible is None:
        return "ENODEV"
    return attach(device, iommufd.compatible)
