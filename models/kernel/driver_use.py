"""The use of the default domain by a kernel driver. Kernel: drivers/iommu/iommu.c."""

from __future__ import annotations

from models.kernel.device import Device


def use_default(device: Device) -> str:
    """Before a driver that lets the kernel do its DMA probes. Kernel: `iommu_device_use_default_domain()`.

    Who holds the group is asked before the domain; an idle group is on its default.
    """
    group = device.group
    if group is None:
        return ""
    if group.default is None:
        return "EPROBE_DEFER"
    if group.owner_cnt and (group.domain is not group.default or group.owner is not None or group.slots_are_occupied()):
        return "EBUSY"
    group.owner_cnt += 1
    return ""


def unuse_default(device: Device) -> None:
    """After such a driver is gone, or its probe failed. Kernel: `iommu_device_unuse_default_domain()`."""
    group = device.group
    if group is None:
        return
    if not group.owner_cnt or group.slots_are_occupied():
        group.kernel.warn("unuse of a group that nobody uses, or with a PASID attached")
        return
    group.owner_cnt -= 1
