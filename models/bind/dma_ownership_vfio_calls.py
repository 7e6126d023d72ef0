"""What the program of the spec calls: drivers are bound, groups opened and put into containers, devices bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from checker.conform.implementation import Plain
from models.bind.dma_ownership_vfio import VfioWorld, map_mark, node_of, owner_of, space_of
from models.kernel import driver_core, iommufd_compat, vfio_cdev, vfio_container, vfio_device, vfio_group
from models.kernel.driver_core import BLOCKED
from models.kernel.iommufd import Iommufd
from models.kernel.vfio import DeviceFile, GroupFile, vfio_device_of
from models.kernel.vfio_driver import would_wait

MOST_FILES: Final = 2
"""How many files of one device the spec counts."""

PLACES: Final[Mapping[str, str]] = {
    "bind.probe_fails": "probe",
    "iommufd_bind.no_memory": "device-object",
    "set_container.no_memory": "compatibility-table",
    "bind_iommufd.incoherent": "bind-cache-coherency",
    "bind_iommufd.shared_interrupts": "isolated-msi",
    "reserve.reserved": "reserved-region",
}
"""Where the model asks what the spec lets nature choose."""


def _number(value: Plain) -> int:
    assert isinstance(value, int)
    return value


def bind(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Binds a driver of a class."""
    device, name = args
    assert isinstance(name, str)
    return driver_core.bind(world.kernel, world.kernel.devices[_number(device)], world.drivers[name], world.test_remove)


def unbind(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Unbinds. A call that the spec has blocked has not begun, so it is not made: who waits cannot step back."""
    device = world.kernel.devices[_number(args[0])]
    served = vfio_device_of(device)
    if served is not None and would_wait(served):
        return BLOCKED
    return driver_core.unbind(device)


# --- the group ---


def group_open(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Opens the node. A program that still has the revoked file closes it then: the spec has one file of a group."""
    number = _number(args[0])
    group = node_of(world, number)
    if group is None:
        return "ENOENT"
    made = vfio_group.open_group(world.vfio, group)
    if isinstance(made, str):
        return made
    revoked = world.group_files[number]
    if revoked is not None:
        vfio_group.close_group(revoked)
    _keep_group(world, number, made)
    return ""


def _keep_group(world: VfioWorld, number: int, file: GroupFile | None) -> None:
    files = world.group_files
    world.group_files = (*files[:number], file, *files[number + 1 :])


def group_close(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Closes the group's file."""
    number = _number(args[0])
    file = world.group_files[number]
    if file is None:
        return "EBADF"
    vfio_group.close_group(file)
    _keep_group(world, number, None)
    return ""


def set_container(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Puts a group into a container or an iommufd; then the program maps its page."""
    group, owner = _number(args[0]), _number(args[1])
    file = world.group_files[group]
    if file is None:
        return "EBADF"
    error = vfio_group.set_container(file, world.owners[owner])
    if not error:
        map_mark(world, owner)
    return error


def unset_container(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Takes a group out of it."""
    file = world.group_files[_number(args[0])]
    return "EBADF" if file is None else vfio_group.unset_container(file)


def set_iommu(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """SET_IOMMU; then the program maps its page."""
    owner = world.owners[_number(args[0])]
    if isinstance(owner, Iommufd):
        return iommufd_compat.set_iommu(owner)
    error = vfio_container.set_iommu(owner)
    if not error:
        map_mark(world, _number(args[0]))
    return error


# --- devices ---


def get_device_fd(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Opens a device through its group; the spec counts no more than two files of it."""
    device = world.kernel.devices[_number(args[0])]
    file = world.group_files[device.home.number]
    if file is None or len(world.device_files[device.number]) == MOST_FILES:
        return "EBADF"
    made = vfio_device.get_device_fd(file, device)
    if isinstance(made, str):
        return made
    _keep_devices(world, device.number, (*world.device_files[device.number], made))
    return ""


def _keep_devices(world: VfioWorld, number: int, files: tuple[DeviceFile, ...]) -> None:
    kept = world.device_files
    world.device_files = (*kept[:number], files, *kept[number + 1 :])


def device_close(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Closes the file of a device that was opened last."""
    number = _number(args[0])
    files = world.device_files[number]
    if not files:
        return "EBADF"
    vfio_device.close_file(files[-1])
    _keep_devices(world, number, files[:-1])
    return ""


# --- the character device ---


def _keep_cdev(world: VfioWorld, number: int, file: DeviceFile | None) -> None:
    files = world.cdev_files
    world.cdev_files = (*files[:number], file, *files[number + 1 :])


def cdev_open(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Opens the character device, unless the program has it open: the spec has one file of it."""
    number = _number(args[0])
    served = vfio_device_of(world.kernel.devices[number])
    if served is None or not served.node:
        return "ENOENT"
    if world.cdev_files[number] is not None:
        return ""
    made = vfio_cdev.open_cdev(served)
    if isinstance(made, str):
        return made
    _keep_cdev(world, number, made)
    return ""


def bind_iommufd(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Binds the character device's file to an owner, whatever that is."""
    file = world.cdev_files[_number(args[0])]
    return "EBADF" if file is None else vfio_cdev.bind_iommufd(file, world.owners[_number(args[1])])


def attach_pt(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Attaches to a table of the iommufd that the file is bound to. Before that it has none: any will do."""
    file = world.cdev_files[_number(args[0])]
    if file is None:
        return "EBADF"
    owner = owner_of(world, file.iommufd)
    return vfio_cdev.attach_pt(file, None if owner is None else space_of(world, owner, _number(args[1])))


def detach_pt(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Detaches."""
    file = world.cdev_files[_number(args[0])]
    return "EBADF" if file is None else vfio_cdev.detach_pt(file)


def cdev_close(world: VfioWorld, args: tuple[Plain, ...]) -> str:
    """Closes the character device's file."""
    number = _number(args[0])
    file = world.cdev_files[number]
    if file is None:
        return "EBADF"
    vfio_device.close_file(file)
    _keep_cdev(world, number, None)
    return ""


HANDLERS: Final[Mapping[str, Callable[[VfioWorld, tuple[Plain, ...]], str]]] = {
    call.__name__: call
    for call in (
        bind,
        unbind,
        group_open,
        group_close,
        set_container,
        unset_container,
        set_iommu,
        get_device_fd,
        device_close,
        cdev_open,
        bind_iommufd,
        attach_pt,
        detach_pt,
        cdev_close,
    )
}
"""By the name of the spec's action: an errno, "" or BLOCKED."""
