"""The attach that waits for the first DMA mapping, after a crash. Kernel: `iommu_deferred_attach()`."""

from __future__ import annotations

from models.kernel.device import Device
from models.kernel.switch import attach_one


def deferred_attach(device: Device) -> str:
    """Before a driver maps anything for a device."""
    if not device.deferred:
        return ""
    group = device.group
    assert group is not None and group.default is not None, "a driver that maps has a default domain"
    return "EBUSY" if device.blocked else attach_one(device, group.default)
