"""The container: groups join it, and share what translates for them.

Kernel: drivers/vfio/container.c. The claim is made when a group joins, before any device is opened, so that nobody gets
hold of a device that the kernel still uses.
"""

from __future__ import annotations

from models.kernel import claim, type1
from models.kernel.group import Group
from models.kernel.type1 import Type1
from models.kernel.vfio import Container, VfioGroup

TYPES = {1: "v1", 3: "v2"}
"""VFIO_TYPE1_IOMMU and VFIO_TYPE1v2_IOMMU."""


def attach_group(container: Container, group: VfioGroup) -> str:
    """A group joins: it is claimed, unless it has no IOMMU, and attached if the container has a backend already."""
    below = group.group
    assert below is not None
    real = below if isinstance(below, Group) else None
    if real is not None:
        if error := claim.claim_group(real, group):
            return error
    if container.backend is not None:
        if error := type1.attach_group(container.backend, below):
            if real is not None:
                claim.release_group(real)
            return error
    group.container = container
    group.container_users = 1
    container.groups = (group, *container.groups)
    return ""


def detach_group(group: VfioGroup) -> None:
    """A group leaves: detached first, then released. With the last group goes the backend."""
    container, below = group.container, group.group
    assert container is not None and below is not None
    if group.container_users != 1:
        container.kernel.warn("a group leaves its container with devices open")
    if container.backend is not None:
        type1.detach_group(container.backend, below)
    if isinstance(below, Group):
        claim.release_group(below)
    group.container = None
    group.container_users = 0
    container.groups = tuple(each for each in container.groups if each is not group)
    if container.backend is not None and not container.groups:
        type1.release(container.backend)
        container.backend = None


def set_iommu(container: Container, kind: int = 3) -> str:
    """VFIO_SET_IOMMU: once, when there is a group; all groups are attached or none."""
    if not container.groups or container.backend is not None:
        return "EINVAL"
    if kind not in TYPES:
        return "ENODEV"
    if container.kernel.faults.fails("type1-backend", container):
        return "ENOMEM"
    backend = Type1(container.kernel, v2=kind == 3)
    if error := _attach_groups(container, backend):
        type1.release(backend)
        return error
    container.backend = backend
    return ""


def _attach_groups(container: Container, backend: Type1) -> str:
    attached: list[VfioGroup] = []
    for group in container.groups:
        assert group.group is not None
        if error := type1.attach_group(backend, group.group):
            for each in reversed(attached):
                assert each.group is not None
                type1.detach_group(backend, each.group)
            return error
        attached.append(group)
    return ""


def map_dma(container: Container, iova: int, pa: int, size: int, rights: int) -> str:
    """VFIO_IOMMU_MAP_DMA of memory that is pinned at `pa`; EINVAL before SET_IOMMU."""
    if container.backend is None:
        return "EINVAL"
    return type1.map_dma(container.backend, iova, pa, size, rights)


def unmap_dma(container: Container, iova: int, size: int) -> tuple[str, int]:
    """VFIO_IOMMU_UNMAP_DMA: an errno, and how many bytes are gone."""
    if container.backend is None:
        return "EINVAL", 0
    return type1.unmap_dma(container.backend, iova, size)
