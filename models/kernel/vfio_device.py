"""Files of a device: opened through its group, shared access to the hardware, and the last close.

Kernel: `vfio_group_ioctl_get_device_fd()` and `vfio_df_group_open()` of drivers/vfio/group.c, `vfio_df_open()`,
`vfio_df_close()` and `vfio_device_fops_release()` of drivers/vfio/vfio_main.c.
"""

from __future__ import annotations

from models.kernel import vfio_group, vfio_iommufd
from models.kernel.device import Device
from models.kernel.vfio import DeviceFile, GroupFile, VfioDevice, VfioGroup
from models.kernel.vfio_driver import put


def device_of(group: VfioGroup, device: Device) -> VfioDevice | None:
    """The device with a name, if the group offers it."""
    for each in group.devices:
        if each.device is device:
            return each
    return None


def get_device_fd(file: GroupFile, device: Device) -> DeviceFile | str:
    """VFIO_GROUP_GET_DEVICE_FD by the device's name; several files of one device may be open."""
    found = device_of(file.group, device)
    if found is None:
        return "ENODEV"
    if found.kernel.faults.fails("device-file", device):
        return "ENOMEM"
    made = DeviceFile(found, from_group=True)
    if error := _open_in_group(made):
        return error
    if found.kernel.faults.fails("anonymous-inode", device):
        close_access(made)
        return "ENOMEM"
    found.files += 1
    return made


def _open_in_group(file: DeviceFile) -> str:
    """With an iommufd the first open binds the device and attaches it to the compatibility table."""
    device, group = file.device, file.device.group
    if not group.has_iommu():
        return "EINVAL"
    file.iommufd = group.iommufd
    if error := open_access(file):
        return error
    if file.iommufd is not None and device.opened == 1:
        if error := vfio_iommufd.attach_compatible(device, file.iommufd):
            close_access(file)
            return error
    file.access = True
    return ""


def open_access(file: DeviceFile) -> str:
    """Counts a user of a device; the first one takes it from its container, or binds it to the file's iommufd."""
    device = file.device
    if device.opened and not file.from_group:
        return "EINVAL"
    if device.opened == 0:
        if error := _first_open(file):
            return error
    device.opened += 1
    return ""


def _first_open(file: DeviceFile) -> str:
    device, iommufd = file.device, file.iommufd
    if iommufd is not None:
        error = vfio_iommufd.bind(device, iommufd)
    else:
        error = vfio_group.use_container(device.group)
    if not error and device.kernel.faults.fails("open-device", device.device):
        _last_close(file)
        return "EIO"
    return error


def close_access(file: DeviceFile) -> None:
    """Takes a user away; with the last one goes what the first open took."""
    device = file.device
    if device.opened == 1:
        _last_close(file)
    device.opened -= 1


def _last_close(file: DeviceFile) -> None:
    """Undoes by the kind of the file that is closed last, which need not be the one that was opened first."""
    if file.iommufd is not None:
        vfio_iommufd.unbind(file.device)
    else:
        vfio_group.unuse_container(file.device.vfio, file.device.group)


def close_file(file: DeviceFile) -> None:
    """close() of a file that came from the group or from the character device."""
    file.descriptor = False
    if file.from_group:
        close_access(file)
    elif file.access:
        close_access(file)
        vfio_group.unblock_group(file.device.group)
    file.access = False
    file.iommufd = None
    put(file.device)
