"""PASIDs of a group: attach, replace and detach for all members. Nobody asks who owns the group.

Kernel: drivers/iommu/iommu.c, `iommu_attach_device_pasid()` and its like. Slot 0 is `Group.handle`.
"""

from __future__ import annotations

from models.kernel.device import Device
from models.kernel.domain import NO_MEMORY, Domain
from models.kernel.group import Group


def refuse(device: Device, pasid: int, domain: Domain) -> str:
    """Everything that is looked at before the slot, in the order of the version."""
    kernel, group = device.kernel, device.group
    if kernel.version.group_comes_first and group is None:
        return "ENODEV"
    if kernel.faults.fails("pasid-unsupported", device):
        return "EOPNOTSUPP"
    if group is None:
        return "ENODEV"
    if not domain.native or pasid == 0 or kernel.faults.fails("pasid-other-iommu-driver", domain):
        return "EINVAL"
    return "EBUSY" if group.recovery_cnt else ""


def takers(group: Group) -> list[Device]:
    """The members that a PASID is set on."""
    skips = group.kernel.version.skips_incapable
    return [d for d in group.members if d.max_pasids or not skips]


def attach_pasid(device: Device, pasid: int, domain: Domain) -> str:
    """Fills a slot that is empty."""
    if refused := refuse(device, pasid, domain):
        return refused
    group = device.home
    if any(pasid >= d.max_pasids for d in takers(group)):
        return "EINVAL"
    if group.slot(pasid) is not None:
        return "EBUSY"
    if refused := set_members(group, pasid, domain):
        return refused
    group.fill_slot(pasid, domain)
    return ""


def replace_pasid(device: Device, pasid: int, domain: Domain) -> str:
    """Puts another domain into a slot that is filled; nothing happens if it is there already.

    Kernel: `iommu_replace_device_pasid()`, since 6.15. The limits of the members are left to their drivers.
    """
    if refused := refuse(device, pasid, domain):
        return refused
    group = device.home
    old = group.slot(pasid)
    if old is None:
        return "EINVAL"
    if old is domain:
        return ""
    if refused := set_members(group, pasid, domain):
        return refused
    group.fill_slot(pasid, domain)
    return ""


def set_members(group: Group, pasid: int, domain: Domain) -> str:
    """Member by member. Those that were done go back to what the slot holds. Kernel: `__iommu_set_group_pasid()`."""
    done: list[Device] = []
    for device in takers(group):
        if refused := set_one(device, pasid):
            for earlier in done:
                restore(earlier, pasid, group.slot(pasid))
            return refused
        device.kernel.hardware.set(device, pasid, domain)
        done.append(device)
    return ""


def set_one(device: Device, pasid: int) -> str:
    """What the driver's `set_dev_pasid` may say before it changes anything."""
    if pasid >= device.max_pasids:
        return "EINVAL"
    return NO_MEMORY if device.kernel.faults.fails("pasid-attach-failed", device) else ""


def restore(device: Device, pasid: int, domain: Domain | None) -> None:
    """One member of the undo."""
    if domain is None:
        device.kernel.hardware.clear(device, pasid)
    else:
        device.kernel.hardware.set(device, pasid, domain)


def detach_pasid(group: Group, pasid: int) -> None:
    """Empties a slot, on every member that is not in reset. Kernel: `iommu_detach_device_pasid()`."""
    for device in group.members:
        if not device.blocked:
            device.kernel.hardware.clear(device, pasid)
    group.fill_slot(pasid, None)
