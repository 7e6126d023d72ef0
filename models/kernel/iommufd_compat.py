"""An iommufd in place of a VFIO container: the address space that the old calls work on.

Kernel: drivers/iommu/iommufd/vfio_compat.c.
"""

from __future__ import annotations

from models.kernel import iommufd as core
from models.kernel.area import Area
from models.kernel.iommufd import Ioas, Iommufd


def create_table(iommufd: Iommufd) -> str:
    """`iommufd_vfio_compat_ioas_create()`, at every SET_CONTAINER: allocated first, given back if there is one."""
    if iommufd.kernel.faults.fails("compatibility-table", iommufd):
        return "ENOMEM"
    if iommufd.compatible is None:
        space = Ioas(iommufd)
        iommufd.spaces = (*iommufd.spaces, space)
        iommufd.compatible = space
    return ""


def set_iommu(iommufd: Iommufd, kind: int = 3) -> str:
    """VFIO_SET_IOMMU: the address space must be there; the first version wants it in single pages."""
    if kind not in (1, 3):
        return "EINVAL"
    if iommufd.compatible is None:
        return "ENODEV"
    return core.disable_large_pages(iommufd.compatible) if kind == 1 else ""


def map_dma(iommufd: Iommufd, iova: int, pa: int, size: int, rights: int) -> str:
    """VFIO_IOMMU_MAP_DMA, also before SET_IOMMU, and without any right."""
    if iommufd.compatible is None:
        return "ENODEV"
    return core.map_area(iommufd.compatible, iova, pa, size, rights)


def unmap_dma(iommufd: Iommufd, iova: int, size: int) -> tuple[str, int]:
    """VFIO_IOMMU_UNMAP_DMA; a hole is no error here. In single pages a mapping is cut, else that is ENOENT."""
    space = iommufd.compatible
    if space is None:
        return "ENODEV", 0
    if size <= 0:
        return "EINVAL", 0
    if space.small_pages:
        core.cut(space, iova)
        core.cut(space, iova + size)
    if not any(_touches(each, iova, size) for each in space.areas):
        return "", 0
    return core.unmap_areas(space, iova, size)


def _touches(area: Area, iova: int, size: int) -> bool:
    return area.iova < iova + size and iova < area.end
