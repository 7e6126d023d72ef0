"""iommufd, as much of it as VFIO needs: a context, address spaces, their page tables, bound devices.

What is to come has its place here: an id table with lowest-first ids and DESTROY; pages objects that COPY shares and
pins once; allowed ranges, alignment, kernel-chosen IOVAs; nested tables and nest parents, dirty tracking, page faults,
PASIDs, virtual IOMMUs; accesses with pins. Kernel: drivers/iommu/iommufd/iommufd_private.h, io_pagetable.c.
"""

from __future__ import annotations

from typing import Final

from models.hw.journal import Recorded
from models.kernel.area import Area
from models.kernel.device import Device
from models.kernel.domain import Domain
from models.kernel.group import Group
from models.kernel.kernel import Kernel

PAGE: Final = 4096


class Iommufd(Recorded):
    """An open /dev/iommu. `compatible` is the address space that serves those who take it for a VFIO container."""

    __slots__ = ("compatible", "devices", "groups", "kernel", "spaces")

    def __init__(self, kernel: Kernel) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.spaces: tuple[Ioas, ...] = ()
        self.devices: tuple[IommufdDevice, ...] = ()
        self.groups: tuple[OwnedGroup, ...] = ()
        self.compatible: Ioas | None = None


Reserved = tuple[int, int, Recorded]
"""An inclusive range that nobody may map, and whose it is."""


class Ioas(Recorded):
    """An address space: its areas by IOVA, what is reserved in it, and the tables that hold all of it, oldest first.

    With `small_pages` tables hold single pages, so that an area may be cut.
    """

    __slots__ = ("areas", "iommufd", "reserved", "small_pages", "tables")

    def __init__(self, iommufd: Iommufd) -> None:
        self.journal = iommufd.journal
        self.iommufd = iommufd
        self.areas: tuple[Area, ...] = ()
        self.reserved: tuple[Reserved, ...] = ()
        self.tables: tuple[HwTable, ...] = ()
        self.small_pages = False


class HwTable(Recorded):
    """A hardware page table with everything that is in an address space. `users` are the attached devices.

    `automatic`: made by an attach to the address space, and gone with the last user.
    """

    __slots__ = ("automatic", "domain", "space", "users")

    def __init__(self, space: Ioas, domain: Domain, automatic: bool) -> None:
        self.journal = space.journal
        self.space = space
        self.domain = domain
        self.automatic = automatic
        self.users = 0


class OwnedGroup(Recorded):
    """The mirror of an IOMMU group in one context: the table that all attached devices of it share."""

    __slots__ = ("attached", "bound", "group", "table")

    def __init__(self, iommufd: Iommufd, group: Group) -> None:
        self.journal = iommufd.journal
        self.group = group
        self.table: HwTable | None = None
        self.attached: tuple[IommufdDevice, ...] = ()
        self.bound = 0


class IommufdDevice(Recorded):
    """A device that a VFIO driver has bound to a context. It is what an attach puts into the group's slot 0."""

    __slots__ = ("device", "group", "iommufd")

    def __init__(self, iommufd: Iommufd, device: Device, group: OwnedGroup) -> None:
        self.journal = iommufd.journal
        self.iommufd = iommufd
        self.device = device
        self.group = group


class Access(Recorded):
    """An emulated device in a context: it reaches an address space through the kernel, without a table."""

    __slots__ = ("iommufd", "space")

    def __init__(self, iommufd: Iommufd) -> None:
        self.journal = iommufd.journal
        self.iommufd = iommufd
        self.space: Ioas | None = None


# --- address spaces ---


def make_space(iommufd: Iommufd) -> Ioas | str:
    """IOMMU_IOAS_ALLOC."""
    if iommufd.kernel.faults.fails("address-space", iommufd):
        return "ENOMEM"
    space = Ioas(iommufd)
    iommufd.spaces = (*iommufd.spaces, space)
    return space


def destroy_space(space: Ioas) -> str:
    """IOMMU_DESTROY: busy through tables, not through what is mapped."""
    if space.tables:
        return "EBUSY"
    iommufd = space.iommufd
    iommufd.spaces = tuple(each for each in iommufd.spaces if each is not space)
    if iommufd.compatible is space:
        iommufd.compatible = None
    return ""


def alignment(space: Ioas) -> int:
    """What addresses are a multiple of: anything goes as long as no table has to hold it."""
    return PAGE if space.tables or space.small_pages else 1


def is_aligned(space: Ioas) -> bool:
    """True if a table could hold everything that is mapped."""
    return not any((each.iova | each.pa | each.size) % PAGE for each in space.areas)


def map_area(space: Ioas, iova: int, pa: int, size: int, rights: int) -> str:
    """IOMMU_IOAS_MAP at a fixed IOVA, of memory that is pinned at `pa`: into every table, or into none."""
    if size <= 0 or (iova | size) % alignment(space):
        return "EINVAL"
    if iova + size > 1 << 64:
        return "EOVERFLOW"
    if any(first < iova + size and iova <= last for first, last, _ in space.reserved):
        return "EINVAL"
    if any(iova < each.end and each.iova < iova + size for each in space.areas):
        return "EEXIST"
    if (iova - pa) % alignment(space):
        return "EINVAL"
    if space.iommufd.kernel.faults.fails("area", space):
        return "ENOMEM"
    made = Area(space.iommufd.kernel, iova, pa, size, rights)
    for n, table in enumerate(space.tables):
        if error := enter(space, made, table):
            for undone in space.tables[:n]:
                undone.domain.unmap(iova, size)
            return error
    later = tuple(each for each in space.areas if each.iova > iova)
    space.areas = (*space.areas[: len(space.areas) - len(later)], made, *later)
    return ""


def enter(space: Ioas, area: Area, table: HwTable) -> str:
    """Puts an area into a table, all of it or nothing."""
    step = PAGE if space.small_pages else area.size
    for offset in range(0, area.size, step):
        if error := table.domain.map(area.iova + offset, area.pa + offset, step, area.rights):
            table.domain.unmap(area.iova, offset)
            return error
    return ""


def disable_large_pages(space: Ioas) -> str:
    """IOMMU_OPTION_HUGE_PAGES 0: too late for an address space with mappings that a table holds."""
    if not space.small_pages:
        if space.tables and space.areas:
            return "EINVAL"
        if not is_aligned(space):
            return "EADDRINUSE"
        space.small_pages = True
    return ""


def cut(space: Ioas, at: int) -> None:
    """Makes two areas of the one that has an address in its middle."""
    for each in space.areas:
        if each.iova < at < each.end:
            kernel = space.iommufd.kernel
            low = Area(kernel, each.iova, each.pa, at - each.iova, each.rights)
            high = Area(kernel, at, each.pa + low.size, each.end - at, each.rights)
            before = tuple(other for other in space.areas if other.iova < each.iova)
            space.areas = (*before, low, high, *space.areas[len(before) + 1 :])
            return


def unmap_areas(space: Ioas, iova: int, size: int) -> tuple[str, int]:
    """IOMMU_IOAS_UNMAP: whole areas. ENOENT where an area is cut, after those in front of it went, and for a hole."""
    end = iova + size
    hit = [each for each in space.areas if each.iova < end and iova < each.end]
    removed = 0
    for each in hit:
        if each.iova < iova or each.end > end:
            return "ENOENT", 0
        remove_area(space, each)
        removed += each.size
    return ("", removed) if removed else ("ENOENT", 0)


def remove_area(space: Ioas, area: Area) -> None:
    """Takes an area out of every table, then off the list."""
    for table in space.tables:
        table.domain.unmap(area.iova, area.size)
    space.areas = tuple(each for each in space.areas if each is not area)


def reserve(space: Ioas, first: int, last: int, owner: Recorded) -> str:
    """A device that is attached brings a range that must not be mapped."""
    if any(each.iova <= last and first < each.end for each in space.areas):
        return "EADDRINUSE"
    space.reserved = (*space.reserved, (first, last, owner))
    return ""


def unreserve(space: Ioas, owner: Recorded) -> None:
    """The device is detached."""
    space.reserved = tuple(each for each in space.reserved if each[2] is not owner)
