"""Resets that userspace asks for: of one device, or of everything behind a slot or bus.

A reset of several devices has VFIO's second test of ownership: whoever resets them must have all of them. While it
lasts each device is in the bracket of `models.kernel.reset`. Kernel: `vfio_pci_ioctl_reset()` and
`vfio_pci_dev_set_hot_reset()` of drivers/vfio/pci/vfio_pci_core.c.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.kernel import reset
from models.kernel.device import Device
from models.kernel.iommufd import IommufdDevice
from models.kernel.vfio import DeviceFile, GroupFile, VfioDevice, vfio_device_of


def begin_reset(file: DeviceFile) -> str:
    """VFIO_DEVICE_RESET, up to the reset itself; `end_reset` follows if it is not refused.

    EINVAL before BIND, and for a device that has no way to be reset on its own.
    """
    if not file.access or not file.device.reset_works:
        return "EINVAL"
    return reset.prepare(file.device.device)


def end_reset(file: DeviceFile) -> None:
    """The device answers again."""
    reset.done(file.device.device)


def hot_reset(file: DeviceFile, behind: Sequence[Device], groups: Sequence[GroupFile] = ()) -> str:
    """VFIO_DEVICE_PCI_HOT_RESET of all devices behind a slot or bus; every one must have a VFIO driver.

    Group files prove that their devices are the caller's. Without any, the device's iommufd does, and a character
    device takes no others.
    """
    if not file.access or (groups and not file.from_group):
        return "EINVAL"
    for device in behind:
        served = vfio_device_of(device)
        if served is None or not (_is_in(served, groups) if groups else _is_bound_with(served, file.device)):
            return "EINVAL"
    begun: list[Device] = []
    error = ""
    for device in behind:
        if error := reset.prepare(device):
            break
        begun.append(device)
    for device in reversed(begun):
        reset.done(device)
    return error


def _is_in(device: VfioDevice, groups: Sequence[GroupFile]) -> bool:
    return any(file.group is device.group for file in groups)


def _is_bound_with(device: VfioDevice, other: VfioDevice) -> bool:
    """True if the iommufd of another device owns the group of this one; `vfio_iommufd_get_dev_id()`."""
    bound = other.bound
    if not isinstance(bound, IommufdDevice):
        return False
    return any(each.group is device.device.group for each in bound.iommufd.groups)
