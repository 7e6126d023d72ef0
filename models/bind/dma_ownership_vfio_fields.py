"""The fields of the spec that VFIO holds, read off its objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from checker.conform.implementation import Plain
from models.bind.dma_ownership_vfio import VfioWorld, group_of
from models.kernel.driver_core import bound_to
from models.kernel.iommufd import Iommufd, IommufdDevice
from models.kernel.vfio import vfio_device_of


def driver(world: VfioWorld) -> Plain:
    """The class of the driver of every device."""
    found = []
    for device in world.kernel.devices:
        bound = bound_to(device)
        found.append("NONE" if bound is None else world.driver_name(bound.driver))
    return tuple(found)


def group_fd(world: VfioWorld) -> Plain:
    """The group's file: revoked if its group has lost the IOMMU group."""
    return tuple(
        "CLOSED" if file is None else "REVOKED" if file.group.group is None else "OPEN" for file in world.group_files
    )


def container(world: VfioWorld) -> Plain:
    """The container, or the iommufd in its place, of every group."""
    return tuple(_container(world, number) for number in range(len(world.group_files)))


def _container(world: VfioWorld, number: int) -> int | None:
    group = group_of(world, number)
    where = None if group is None else group.container if group.container is not None else group.iommufd
    if where is not None:
        for owner, each in enumerate(world.owners):
            if each is where:
                return owner
    return None


def backend(world: VfioWorld) -> Plain:
    """Whether a container has its backend, and an iommufd the address space for compatibility."""
    return tuple(
        owner.compatible is not None if isinstance(owner, Iommufd) else owner.backend is not None
        for owner in world.owners
    )


def opens(world: VfioWorld) -> Plain:
    """How many files of a device came from its group."""
    return tuple(len(files) for files in world.device_files)


def cdev(world: VfioWorld) -> Plain:
    """The character device's file, and whether BIND let it in."""
    return tuple("CLOSED" if file is None else "BOUND" if file.access else "OPEN" for file in world.cdev_files)


def attached(world: VfioWorld) -> Plain:
    """Whether a device is attached in an iommufd; an access of an emulated one has no table."""
    found = []
    for device in world.kernel.devices:
        served = vfio_device_of(device)
        found.append(served is not None and served.attached and isinstance(served.bound, IommufdDevice))
    return tuple(found)


READERS: Final[Mapping[str, Callable[[VfioWorld], Plain]]] = {
    read.__name__: read for read in (driver, group_fd, container, backend, opens, cdev, attached)
}
"""By the name of the spec's field."""
