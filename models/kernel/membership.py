"""Devices that join and leave their group, and the end of the boot. Kernel: `__iommu_probe_device()` ."""

from __future__ import annotations

from models.hw.memory import OutOfMemoryError
from models.kernel.default_domain import map_direct, setup_default
from models.kernel.device import Device
from models.kernel.domain import NO_MEMORY
from models.kernel.group import Group
from models.kernel.switch import set_device_domain


def add(device: Device, queued: bool = False, behind_unit: bool = True) -> str:
    """A device appears. With `queued` a group without a default domain waits for `finish_boot`.

    It joins what its group is on, whoever that belongs to; if it cannot, it has no group.
    """
    if not behind_unit:
        return "ENODEV"
    if device.group is not None:
        return ""
    kernel, group = device.kernel, device.home
    try:
        kernel.hardware.probe(device)
    except OutOfMemoryError:
        kernel.hardware.release(device)
        return NO_MEMORY
    device.group = group
    device.deferred = kernel.is_kdump
    group.members += (device,)
    refused = ""
    if group.default is not None:
        map_direct(group.default, device)
    if group.domain is not None:
        refused = set_device_domain(device, group, group.domain, False)
    elif group.default is None and not queued:
        refused = setup_default(group)
    if refused:
        leave(device)
    return refused


def remove(device: Device) -> None:
    """A device disappears; its driver is gone. Who holds the group is not looked at, only complained about."""
    group = device.group
    if group is None:
        return
    if len(group.members) == 1 and (group.owner_cnt or group.domain is not group.default):
        group.kernel.warn("the last member leaves a group that is held")
    leave(device)


def leave(device: Device) -> None:
    """Out of the list, then off every domain; the last one takes the domains of the group along."""
    group = device.home
    group.members = tuple(d for d in group.members if d is not device)
    device.kernel.hardware.release(device)
    device.deferred = False
    device.group = None
    if not group.members:
        free_domains(group)


def free_domains(group: Group) -> None:
    """What the core made for a group. Kernel: `iommu_deinit_device()`."""
    default, blocking = group.default, group.blocking
    group.default = group.blocking = group.domain = None
    for domain in (default, blocking):
        if domain is not None:
            domain.free()


def finish_boot(group: Group) -> str:
    """A group that waited gets its default domain, without a look at who holds it. Kernel: `bus_iommu_probe()`."""
    return setup_default(group)
