"""The character device of a VFIO device: open gives nothing, BIND_IOMMUFD lets the file in.

Kernel: drivers/vfio/device_cdev.c.
"""

from __future__ import annotations

from models.hw.journal import Recorded
from models.kernel import vfio_device, vfio_group, vfio_iommufd
from models.kernel.iommufd import Iommufd
from models.kernel.vfio import DeviceFile, VfioDevice


def open_cdev(device: VfioDevice) -> DeviceFile | str:
    """open(/dev/vfio/devices/vfioN), by anybody as often as he likes; ENODEV in a race with the driver's leaving."""
    if not device.node:
        return "ENODEV"
    if device.kernel.faults.fails("device-file", device.device):
        return "ENOMEM"
    device.files += 1
    return DeviceFile(device, from_group=False)


def bind_iommufd(file: DeviceFile, what: Recorded | None) -> str:
    """VFIO_DEVICE_BIND_IOMMUFD, with the object behind the descriptor that is handed in, or None if it is not open.

    The group's file is looked at before anything else.
    """
    if file.from_group:
        return "EINVAL"
    group = file.device.group
    if error := vfio_group.block_group(group):
        return error
    error = _let_in(file, what)
    if error:
        vfio_group.unblock_group(group)
    return error


def _let_in(file: DeviceFile, what: Recorded | None) -> str:
    if file.access:
        return "EINVAL"
    if what is None:
        return "EBADF"
    if not isinstance(what, Iommufd):
        return "EBADFD"
    file.iommufd = what
    if error := vfio_device.open_access(file):
        file.iommufd = None
        return error
    file.access = True
    return ""


def attach_pt(file: DeviceFile, what: Recorded | None) -> str:
    """VFIO_DEVICE_ATTACH_IOMMUFD_PT, with what an id names, or None if it names nothing."""
    if not file.access:
        return "EINVAL"
    if file.from_group:
        return "ENOTTY"
    return "ENOENT" if what is None else vfio_iommufd.attach(file.device, what)


def detach_pt(file: DeviceFile) -> str:
    """VFIO_DEVICE_DETACH_IOMMUFD_PT: fine also when nothing is attached."""
    if not file.access:
        return "EINVAL"
    if file.from_group:
        return "ENOTTY"
    vfio_iommufd.detach(file.device)
    return ""
