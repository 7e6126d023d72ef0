"""Changes of a group's domain: the member-by-member switch, its roll-back, attach, replace and detach.

Kernel: drivers/iommu/iommu.c, `__iommu_group_set_domain_internal()` and what calls it.
"""

from __future__ import annotations

from models.kernel.device import Device
from models.kernel.domain import NO_MEMORY, Domain, make_domain
from models.kernel.group import Group

# --- one device ---


def attach_one(device: Device, domain: Domain, must: bool = False, why: str = "attach-failed") -> str:
    """The driver's attach, which changes all or nothing. Kernel: `__iommu_attach_device()`."""
    if device.kernel.faults.fails("must " + why if must else why, device):
        return NO_MEMORY
    device.kernel.hardware.set(device, None, domain)
    device.deferred = False
    return ""


def set_device_domain(device: Device, group: Group, domain: Domain, must: bool) -> str:
    """Kernel: `__iommu_device_set_domain()`. A device whose first attach is deferred is left alone for the default."""
    if device.require_direct and (domain is group.blocking or domain.kind == "blocked"):
        return "EINVAL"
    why = "attach-failed"
    if device.deferred:
        if domain is group.default:
            return ""
        device.deferred = False
        why = "postponed attach-failed"
    refused = attach_one(device, domain, must or why != "attach-failed", why)
    if refused and must and group.blocking is not None and group.blocking is not domain:
        # The device must not stay on a domain that is freed next.
        attach_one(device, group.blocking, True, "blocking instead")
    return refused


# --- the whole group ---


def set_group_domain(group: Group, domain: Domain | None, must: bool = False) -> str:
    """Moves all members, or none; with `must` as many as possible. Members in reset follow when that is over."""
    if group.domain is domain:
        return ""
    if domain is None:
        group.kernel.warn("a group is moved to no domain")
        return "EINVAL"
    if group.recovery_cnt and not must:
        return "EBUSY"
    result = ""
    for device in group.members:
        if device.blocked:
            continue
        refused = set_device_domain(device, group, domain, must)
        if refused and not must:
            revert(group, device)
            return refused
        result = refused or result
    group.domain = domain
    return result


def revert(group: Group, failing: Device) -> None:
    """Back to the domain of the group, from the first member to the one that failed: with it in 6.12, without in 7.0.

    Without a domain this was the first attach, and release cleans up.
    """
    inclusive = group.kernel.version.reverts_failing_member
    for device in group.members:
        if device is failing and not inclusive:
            return
        if group.domain is not None and not device.blocked:
            if set_device_domain(device, group, group.domain, True):
                group.kernel.warn("a roll-back failed")
        if device is failing:
            return


def must_set_group_domain(group: Group, domain: Domain | None) -> None:
    """For callers that cannot cope. Kernel: `__iommu_group_set_domain_nofail()`."""
    if set_group_domain(group, domain, True):
        group.kernel.warn("a switch that must succeed failed")


def make_blocking(group: Group) -> str:
    """The group's blocking domain, made when first needed and kept. Kernel: `__iommu_group_alloc_blocking_domain()`."""
    if group.blocking is not None:
        return ""
    if group.kernel.faults.fails("no-blocking-domain", group):
        return NO_MEMORY
    made = make_domain(group.kernel, "blocked")
    if isinstance(made, str):
        return made
    group.blocking = made
    return ""


# --- for callers ---


def attach_group(group: Group, domain: Domain) -> str:
    """From the default or the blocking domain to one of the caller's. Nobody asks who owns the group."""
    if group.domain not in (None, group.default, group.blocking):
        return "EBUSY"
    if not domain.native or group.kernel.faults.fails("other-iommu-driver", domain):
        return "EINVAL"
    return set_group_domain(group, domain)


def replace_group(group: Group, domain: Domain | None) -> str:
    """From any domain to another, without blocking in between. Kernel: `iommu_group_replace_domain()`."""
    return "EINVAL" if domain is None else set_group_domain(group, domain)


def detach_group(group: Group) -> None:
    """Back to what the core has for the group: blocking while it is owned, else the default."""
    must_set_group_domain(group, group.default if group.owner is None else group.blocking)


def attach_device(device: Device, domain: Domain) -> str:
    """For a device that is alone in its group. Kernel: `iommu_attach_device()`."""
    group = device.group
    if group is None:
        return "ENODEV"
    if len(group.members) != 1:
        return "EINVAL"
    return attach_group(group, domain)


def detach_device(device: Device, domain: Domain) -> None:
    """Kernel: `iommu_detach_device()`; it does nothing but complain unless the device is still alone."""
    group = device.group
    if group is None:
        return
    if domain is not group.domain or len(group.members) != 1:
        group.kernel.warn("detach of a device that is not attached alone")
        return
    detach_group(group)


# --- with a handle in slot 0 of the PASID array ---


def attach_group_handle(group: Group, domain: Domain, handle: object) -> str:
    """Kernel: `iommu_attach_group_handle()`: the slot is taken first and given back if the attach fails."""
    if group.handle is not None:
        return "EBUSY"
    group.handle = handle
    if refused := attach_group(group, domain):
        group.handle = None
        return refused
    return ""


def replace_group_handle(group: Group, domain: Domain | None, handle: object) -> str:
    """Kernel: `iommu_replace_group_handle()`."""
    if domain is None:
        return "EINVAL"
    if refused := set_group_domain(group, domain):
        return refused
    group.handle = handle
    return ""


def detach_group_handle(group: Group) -> None:
    """Kernel: `iommu_detach_group_handle()`."""
    detach_group(group)
    group.handle = None
