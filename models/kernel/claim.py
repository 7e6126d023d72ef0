"""Claim and release of a group, by the group or by one of its devices. Kernel: drivers/iommu/iommu.c."""

from __future__ import annotations

from models.kernel.device import Device
from models.kernel.group import Group
from models.kernel.switch import make_blocking, must_set_group_domain, set_group_domain


def claim_group(group: Group, cookie: object | None) -> str:
    """Takes a group that nobody holds. Kernel: `iommu_group_claim_dma_owner()`."""
    if cookie is None:
        return without_cookie(group)
    return "EPERM" if group.owner_cnt else take(group, cookie)


def claim_device(device: Device, cookie: object | None) -> str:
    """Takes the group of a device, or adds to the claims of its owner. Kernel: `iommu_device_claim_dma_owner()`."""
    group = device.group
    if cookie is None:
        return without_cookie(device)
    if group is None:
        return "ENODEV"
    if not group.owner_cnt:
        return take(group, cookie)
    if group.owner is not cookie:
        return "EPERM"
    group.owner_cnt += 1
    return ""


def without_cookie(what: Group | Device) -> str:
    """A claim without a cookie would look like a kernel driver."""
    what.kernel.warn("claim without a cookie")
    return "EINVAL"


def take(group: Group, cookie: object) -> str:
    """The first claim moves every member to the blocking domain. Kernel: `__iommu_take_dma_ownership()`."""
    if (group.domain is not None and group.domain is not group.default) or group.slots_are_occupied():
        return "EBUSY"
    refused = make_blocking(group) or set_group_domain(group, group.blocking)
    if not refused:
        group.owner = cookie
        group.owner_cnt += 1
    return refused


def release_group(group: Group) -> None:
    """Ends the claim of a group. Kernel: `iommu_group_release_dma_owner()`."""
    if not group.owner_cnt or group.owner is None or group.slots_are_occupied():
        group.kernel.warn("release of a group that is not owned, or with a PASID attached")
        return
    group.owner_cnt = 0
    group.owner = None
    must_set_group_domain(group, group.default)


def release_device(device: Device) -> None:
    """Ends one claim; who calls is not checked. Kernel: `iommu_device_release_dma_owner()`."""
    group = device.group
    assert group is not None, "a device that was claimed is a member"
    if group.owner_cnt > 1:
        group.owner_cnt -= 1
    else:
        release_group(group)
