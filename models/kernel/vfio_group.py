"""The VFIO group: who may open it, what it is put into, and when it lets go of the IOMMU group.

Kernel: drivers/vfio/group.c. A call gives an errno or ""; one that makes a file gives an errno or the file.
"""

from __future__ import annotations

from models.hw.journal import Recorded
from models.kernel import iommufd_compat, vfio_container
from models.kernel.device import Device
from models.kernel.group import Group
from models.kernel.iommufd import Iommufd
from models.kernel.vfio import Container, EmulatedGroup, GroupFile, Vfio, VfioGroup

# --- membership: `vfio_device_set_group()` and `vfio_device_remove_group()` ---


def find(vfio: Vfio, device: Device) -> VfioGroup | None:
    """The VFIO group that a device is or would be in."""
    for each in vfio.groups:
        if each.group is device.group and device.group is not None:
            return each
    return None


def join(vfio: Vfio, device: Device, emulated: bool) -> VfioGroup | str:
    """The VFIO group of a device that gets a VFIO driver, made for the first one; an emulated device has its own."""

    if not emulated:
        if device.group is None or vfio.kernel.faults.fails("cache-coherency", device):
            return "EINVAL"
        found = find(vfio, device)
        if found is not None:
            found.drivers += 1
            return found
    if vfio.kernel.faults.fails("vfio-group", device):
        return "ENOMEM"
    below = EmulatedGroup(vfio.kernel, device) if emulated else device.group
    assert below is not None
    made = VfioGroup(vfio.kernel, below)
    vfio.groups = (*vfio.groups, made)
    return made


def leave(vfio: Vfio, group: VfioGroup) -> None:
    """A VFIO driver leaves. With the last one the node goes, and the group is revoked: it claims nothing any more.

    An iommufd stays set: it claims only through devices, and none is open.
    """
    group.drivers -= 1
    if group.drivers:
        return
    vfio.groups = tuple(each for each in vfio.groups if each is not group)
    if group.devices:
        vfio.kernel.warn("a VFIO group without drivers has devices")
    if group.container is not None:
        vfio_container.detach_group(group)
    group.group = None


# --- the group's file ---


def open_group(vfio: Vfio, group: VfioGroup) -> GroupFile | str:
    """open(/dev/vfio/N), by one at a time, and not beside a character device that is bound.

    ENODEV is the answer of an open that races with the last driver; a later one does not find the node.
    """

    if group.drivers == 0:
        return "ENODEV"
    if group.bound_cdevs or group.opened is not None:
        return "EBUSY"
    group.opened = GroupFile(vfio.kernel, group)
    return group.opened


def close_group(file: GroupFile) -> None:
    """close() of the descriptor."""
    file.descriptor = False
    put_file(file)


def put_file(file: GroupFile) -> None:
    """The last reference takes the group out of its container."""
    file.references -= 1
    if file.references:
        return
    group = file.group
    if group.container is not None:
        vfio_container.detach_group(group)
    group.iommufd = None
    group.opened = None


def set_container(file: GroupFile, what: Recorded | None) -> str:
    """VFIO_GROUP_SET_CONTAINER, with the object behind the descriptor that is handed in, or None if it is not open."""
    group = file.group
    if what is None:
        return "EBADF"
    if group.has_iommu():
        return "EINVAL"
    if group.group is None:
        return "ENODEV"
    if isinstance(what, Container):
        return vfio_container.attach_group(what, group)
    if not isinstance(what, Iommufd):
        return "EBADFD"
    error = iommufd_compat.create_table(what)
    if not error:
        group.iommufd = what
    return error


def unset_container(file: GroupFile) -> str:
    """VFIO_GROUP_UNSET_CONTAINER; open devices keep a container, not an iommufd."""
    group = file.group
    if not group.has_iommu():
        return "EINVAL"
    if group.container is not None:
        if group.container_users != 1:
            return "EBUSY"
        vfio_container.detach_group(group)
    group.iommufd = None
    return ""


def status(file: GroupFile) -> tuple[str, bool, bool]:
    """VFIO_GROUP_GET_STATUS: errno, viable, container set. Viable is advice: an iommufd claims only later."""
    group = file.group
    if group.group is None:
        return "ENODEV", False, False
    if group.has_iommu():
        return "", True, True
    claimed = isinstance(group.group, Group) and group.group.owner_cnt != 0
    return "", not claimed, False


# --- devices that are opened in a container ---


def use_container(group: VfioGroup) -> str:
    """The first open of a device: it keeps the group's file, and with it the container."""
    if group.container is None or group.container.backend is None or group.opened is None:
        return "EINVAL"
    group.opened.references += 1
    group.container_users += 1
    return ""


def unuse_container(vfio: Vfio, group: VfioGroup) -> None:
    """The last close of a device.

    The WARNs are within reach of userspace where a group is not claimed: an emulated device that was opened with an
    iommufd, then again with a container, and is closed in the same order, gives back a reference that it never took.
    """
    if group.container is None:
        vfio.kernel.warn("a device closes in a container that it was not opened in")
        return
    if group.container_users <= 1:
        vfio.kernel.warn("a device closes in a container that it was not opened in")
    group.container_users -= 1
    if group.opened is not None:
        put_file(group.opened)


# --- character devices ---


def block_group(group: VfioGroup) -> str:
    """BIND_IOMMUFD excludes the group's file, and the other way round."""
    if group.opened is not None:
        return "EBUSY"
    group.bound_cdevs += 1
    return ""


def unblock_group(group: VfioGroup) -> None:
    """The character device is closed, or could not be bound."""
    group.bound_cdevs -= 1
