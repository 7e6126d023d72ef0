"""The bracket around a PCI reset: the device is blocked meanwhile, its group keeps what it believes.

Kernel: drivers/iommu/iommu.c, `pci_dev_reset_iommu_prepare()` and `pci_dev_reset_iommu_done()` of 7.0; 6.12 has none.
"""

from __future__ import annotations

from models.kernel.device import Device
from models.kernel.group import Group
from models.kernel.pasid import takers
from models.kernel.switch import attach_one, make_blocking


def prepare(device: Device) -> str:
    """Blocks a device before it is reset; a reset inside a reset is counted. Only devices with ATS take part."""
    group = device.group
    if not device.kernel.version.has_resets or not device.ats or group is None:
        return ""
    if device.reset_depth:
        device.reset_depth += 1
        return ""
    if refused := make_blocking(group) or block(device, group):
        return refused
    device.blocked = True
    for pasid, _ in group.pasids:
        device.kernel.hardware.clear(device, pasid)
    device.reset_depth = 1
    group.recovery_cnt += 1
    return ""


def block(device: Device, group: Group) -> str:
    """Onto the blocking domain, unless the whole group is on it already."""
    assert group.blocking is not None
    return "" if group.domain is group.blocking else attach_one(device, group.blocking)


def done(device: Device) -> None:
    """After the reset: back to what the group is on now, which may have changed; the PASIDs of this device too."""
    group = device.group
    if not device.kernel.version.has_resets or not device.ats or group is None:
        return
    if not device.reset_depth:
        device.kernel.warn("a reset is over that was not prepared")
        return
    if device.reset_depth > 1:
        device.reset_depth -= 1
        return
    if group.domain is not None and group.domain is not group.blocking:
        if attach_one(device, group.domain, True, "attach after reset"):
            device.kernel.warn("a device cannot leave its reset")
    device.blocked = False
    device.reset_depth = 0
    if device in takers(group):
        for pasid, domain in group.pasids:
            device.kernel.hardware.set(device, pasid, domain)
    group.recovery_cnt -= 1
