"""Devices in an iommufd: bind claims, attach moves the group, everything after the first follows.

Attachments are per group: the first device moves it, the others only join, one that replaces takes every attached
sibling along. Kernel: drivers/iommu/iommufd/device.c. Attaching to an address space finds or makes an automatic table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from models.kernel import claim, switch
from models.kernel import iommufd as core
from models.kernel.device import Device
from models.kernel.domain import make_domain
from models.kernel.iommufd import HwTable, Ioas, Iommufd, IommufdDevice, OwnedGroup
from models.kernel.type1 import MSI, highest

LAST: Final = (1 << 64) - 1

# --- bind ---


def bind(iommufd: Iommufd, device: Device) -> IommufdDevice | str:
    """`iommufd_device_bind()`: a claim of the device for the context."""
    kernel = iommufd.kernel
    if kernel.faults.fails("bind-cache-coherency", device):
        return "EINVAL"
    if device.group is None:
        return "ENODEV"
    if kernel.faults.fails("isolated-msi", device):
        return "EPERM"
    if error := claim.claim_device(device, iommufd):
        return error
    if kernel.faults.fails("device-object", device):
        claim.release_device(device)
        return "ENOMEM"
    group = _mirror(iommufd, device)
    group.bound += 1
    made = IommufdDevice(iommufd, device, group)
    iommufd.devices = (*iommufd.devices, made)
    return made


def _mirror(iommufd: Iommufd, device: Device) -> OwnedGroup:
    for each in iommufd.groups:
        if each.group is device.group:
            return each
    assert device.group is not None
    made = OwnedGroup(iommufd, device.group)
    iommufd.groups = (*iommufd.groups, made)
    return made


def unbind(bound: IommufdDevice) -> None:
    """`iommufd_device_unbind()`, of a device that is detached."""
    iommufd, group = bound.iommufd, bound.group
    iommufd.devices = tuple(each for each in iommufd.devices if each is not bound)
    claim.release_device(bound.device)
    group.bound -= 1
    if not group.bound:
        if group.attached:
            iommufd.kernel.warn("a group without devices is attached")
        iommufd.groups = tuple(each for each in iommufd.groups if each is not group)


# --- attach and replace, to one table ---

Move = Callable[[IommufdDevice, HwTable], str]


def attach_table(bound: IommufdDevice, table: HwTable) -> str:
    """`iommufd_hw_pagetable_attach()`: the first device of a group moves it, the next one must want the same table."""
    group = bound.group
    if group.table is not None and group.table is not table:
        return "EINVAL"
    if error := _reserve(table, bound):
        return error
    if not group.attached:
        if error := switch.attach_group_handle(group.group, table.domain, bound):
            core.unreserve(table.space, bound)
            return error
        group.table = table
    table.users += 1
    group.attached = (*group.attached, bound)
    return ""


def replace_table(bound: IommufdDevice, table: HwTable) -> str:
    """`iommufd_device_do_replace()`: for the whole group, without blocking in between."""
    group = bound.group
    old = group.table
    if old is None or not _is_attached(bound):
        return "EINVAL"
    if old is table:
        return ""
    if error := _reserve_all(group, old, table):
        return error
    if error := switch.replace_group_handle(group.group, table.domain, bound):
        _unreserve_all(group, old, table)
        return error
    _unreserve_all(group, table, old)
    group.table = table
    table.users += len(group.attached)
    old.users -= len(group.attached)
    put_table(old)
    return ""


def _reserve(table: HwTable, bound: IommufdDevice) -> str:
    """What must not be mapped while the device is attached: where it writes interrupts, and what no table reaches."""
    space = table.space
    if space.iommufd.kernel.faults.fails("reserved-region", bound):
        return "EADDRINUSE"
    error = core.reserve(space, *MSI, bound) or core.reserve(space, highest(table.domain) + 1, LAST, bound)
    if error:
        core.unreserve(space, bound)
    return error


def _is_attached(bound: IommufdDevice) -> bool:
    return any(each is bound for each in bound.group.attached)


def _reserve_all(group: OwnedGroup, old: HwTable, new: HwTable) -> str:
    """What every attached device reserves is reserved in another address space, or nothing is."""
    if new.space is not old.space:
        for each in group.attached:
            if error := _reserve(new, each):
                _unreserve_all(group, old, new)
                return error
    return ""


def _unreserve_all(group: OwnedGroup, kept: HwTable, left: HwTable) -> None:
    """Nothing of the group stays reserved in the address space that it leaves."""
    if left.space is not kept.space:
        for each in group.attached:
            core.unreserve(left.space, each)


def detach(bound: IommufdDevice) -> None:
    """`iommufd_hw_pagetable_detach()`: the last device of the group moves it. Nothing if it is not attached."""
    group, table = bound.group, bound.group.table
    if table is None or not _is_attached(bound):
        return
    group.attached = tuple(each for each in group.attached if each is not bound)
    if not group.attached:
        switch.detach_group_handle(group.group)
        group.table = None
    core.unreserve(table.space, bound)
    table.users -= 1
    put_table(table)


# --- tables ---


def make_table(space: Ioas) -> HwTable | str:
    """IOMMU_HWPT_ALLOC: a table with everything that is mapped, which stays until it is destroyed."""
    table = _empty_table(space, automatic=False)
    if isinstance(table, HwTable):
        if error := _fill(table):
            _destroy(table)
            return error
    return table


def put_table(table: HwTable) -> None:
    """An automatic table goes with its last user."""
    if table.automatic and not table.users:
        _destroy(table)


def destroy_table(table: HwTable) -> str:
    """IOMMU_DESTROY."""
    if table.users:
        return "EBUSY"
    _destroy(table)
    return ""


def _destroy(table: HwTable) -> None:
    space = table.space
    space.tables = tuple(each for each in space.tables if each is not table)
    table.domain.free()


def _empty_table(space: Ioas, automatic: bool) -> HwTable | str:
    if space.iommufd.kernel.faults.fails("table-object", space):
        return "ENOMEM"
    domain = make_domain(space.iommufd.kernel, "paging")
    return domain if isinstance(domain, str) else HwTable(space, domain, automatic)


def _fill(table: HwTable) -> str:
    """`iopt_table_add_domain()`: every area, and from now on every change."""
    space = table.space
    if not core.is_aligned(space):
        return "EADDRINUSE"
    for each in space.areas:
        if error := core.enter(space, each, table):
            return error
    space.tables = (*space.tables, table)
    return ""


# --- to what userspace names ---


def attach(bound: IommufdDevice, what: Ioas | HwTable) -> str:
    """`iommufd_device_attach()`."""
    return attach_table(bound, what) if isinstance(what, HwTable) else _automatic(bound, what, attach_table)


def replace(bound: IommufdDevice, what: Ioas | HwTable) -> str:
    """`iommufd_device_replace()`."""
    return replace_table(bound, what) if isinstance(what, HwTable) else _automatic(bound, what, replace_table)


def _automatic(bound: IommufdDevice, space: Ioas, move: Move) -> str:
    """`iommufd_device_auto_get_domain()`: the automatic tables that are there in turn, then a new one.

    A table that does not suit (EINVAL) is passed over; another error ends it. A new table is attached empty and filled
    then, but filled first where it replaces another, so that translation is never missing.
    """
    for table in space.tables:
        if table.automatic:
            error = move(bound, table)
            if error != "EINVAL":
                return error
    table_or_error = _empty_table(space, automatic=True)
    if isinstance(table_or_error, str):
        return table_or_error
    if move is attach_table:
        return _attach_then_fill(bound, table_or_error)
    return _fill_then_replace(bound, table_or_error)


def _attach_then_fill(bound: IommufdDevice, table: HwTable) -> str:
    error = attach_table(bound, table)
    if not error:
        error = _fill(table)
        if error:
            detach(bound)
            return error
    if error:
        _destroy(table)
    return error


def _fill_then_replace(bound: IommufdDevice, table: HwTable) -> str:
    error = _fill(table) or replace_table(bound, table)
    if error:
        _destroy(table)
    return error
