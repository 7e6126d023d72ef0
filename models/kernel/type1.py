"""The type1 backend of a container: one list of mappings, kept in a domain that all its groups share.

Kernel: drivers/vfio/vfio_iommu_type1.c. Memory is pinned when it is mapped; here the caller says where it is pinned.
"""

from __future__ import annotations

from typing import Final

from models.hw.attributes import READ, WRITE
from models.hw.journal import Recorded
from models.kernel import switch
from models.kernel.area import Area
from models.kernel.domain import Domain, make_domain
from models.kernel.group import Group
from models.kernel.kernel import Kernel

PAGE: Final = 4096
MSI: Final = (0xFEE00000, 0xFEEFFFFF)
"""Where devices write to interrupt; never translated, so nothing may be mapped there."""


class Shared(Recorded):
    """A domain and the groups that are attached to it."""

    __slots__ = ("domain", "groups")

    def __init__(self, domain: Domain, group: Group) -> None:
        self.journal = domain.journal
        self.domain = domain
        self.groups: tuple[Group, ...] = (group,)


class Type1(Recorded):
    """The state of SET_IOMMU. `mappings` are ordered by IOVA; `emulated` groups see them through the kernel only."""

    __slots__ = ("domains", "emulated", "kernel", "mappings", "v2")

    def __init__(self, kernel: Kernel, v2: bool) -> None:
        self.journal = kernel.journal
        self.kernel = kernel
        self.v2 = v2
        self.domains: tuple[Shared, ...] = ()
        self.emulated: tuple[Recorded, ...] = ()
        self.mappings: tuple[Area, ...] = ()


# --- groups ---


def attach_group(backend: Type1, group: Recorded) -> str:
    """A claimed group gets a domain with every mapping in it, shared with another group if that works."""
    kernel = backend.kernel
    if kernel.faults.fails("type1-group", group):
        return "ENOMEM"
    if not isinstance(group, Group):
        backend.emulated = (group, *backend.emulated)
        return ""
    domain = make_domain(kernel, "paging")
    if isinstance(domain, str):
        return domain
    error = switch.attach_group(group, domain)
    if not error:
        error = _admit(backend, group, domain)
        if error:
            switch.detach_group(group)
    if error:
        domain.free()
    return error


def _admit(backend: Type1, group: Group, domain: Domain) -> str:
    """What is asked once the group is attached to a fresh domain."""
    kernel = backend.kernel
    if any(overlap(each.iova, each.end - 1, MSI) for each in backend.mappings):
        return "EINVAL"
    if kernel.faults.fails("isolated-msi", group):
        return "EPERM"
    for shared in backend.domains:
        switch.detach_group(group)
        if not switch.attach_group(group, shared.domain):
            shared.groups = (group, *shared.groups)
            domain.free()
            return ""
        if error := switch.attach_group(group, domain):
            return error
    for each in backend.mappings:
        if error := domain.map(each.iova, each.pa, each.size, each.rights):
            return error
    backend.domains = (Shared(domain, group), *backend.domains)
    return ""


def detach_group(backend: Type1, group: Recorded) -> None:
    """Detaches a group; its domain goes with the last group in it."""
    backend.emulated = tuple(each for each in backend.emulated if each is not group)
    for shared in backend.domains:
        if any(each is group for each in shared.groups):
            assert isinstance(group, Group)
            switch.detach_group(group)
            shared.groups = tuple(each for each in shared.groups if each is not group)
            if not shared.groups:
                backend.domains = tuple(kept for kept in backend.domains if kept is not shared)
                shared.domain.free()
            return


def release(backend: Type1) -> None:
    """The container gives its backend up, and every mapping with it."""
    for shared in backend.domains:
        shared.domain.free()
    backend.domains = ()
    backend.mappings = ()
    backend.emulated = ()


# --- mappings ---


def overlap(first: int, last: int, taken: tuple[int, int]) -> bool:
    """True if two inclusive ranges share a byte."""
    return first <= taken[1] and taken[0] <= last


def _reaches(backend: Type1, last: int) -> bool:
    """True if every domain can translate an address."""
    return all(last <= highest(shared.domain) for shared in backend.domains)


def highest(domain: Domain) -> int:
    """The last address that a domain can translate."""
    assert domain.table is not None
    return domain.table.lowest_and_highest(0)[1]


def map_dma(backend: Type1, iova: int, pa: int, size: int, rights: int) -> str:
    """`vfio_dma_do_map()`: in whole pages, with some right, where nothing is mapped and no device writes interrupts."""
    if not rights & (READ | WRITE) or size <= 0 or (iova | pa | size) % PAGE or iova + size > 1 << 64:
        return "EINVAL"
    if any(iova < each.end and each.iova < iova + size for each in backend.mappings):
        return "EEXIST"
    if backend.domains and (overlap(iova, iova + size - 1, MSI) or not _reaches(backend, iova + size - 1)):
        return "EINVAL"
    if backend.kernel.faults.fails("type1-mapping", iova):
        return "ENOMEM"
    made = Area(backend.kernel, iova, pa, size, rights)
    for n, shared in enumerate(backend.domains):
        if error := shared.domain.map(iova, pa, size, rights):
            for undone in backend.domains[:n]:
                undone.domain.unmap(iova, size)
            return error
    later = tuple(each for each in backend.mappings if each.iova > iova)
    backend.mappings = (*backend.mappings[: len(backend.mappings) - len(later)], made, *later)
    return ""


def unmap_dma(backend: Type1, iova: int, size: int) -> tuple[str, int]:
    """`vfio_dma_do_unmap()`: whole mappings only. An errno, and the bytes that went; a hole is no error.

    v2 refuses a range that cuts a mapping. The first version takes mappings that begin in the range, as a whole, and
    stops at one that begins before it.
    """
    if iova % PAGE or size <= 0 or size % PAGE or iova + size > 1 << 64:
        return "EINVAL", 0
    end = iova + size
    hit = [each for each in backend.mappings if each.iova < end and iova < each.end]
    if backend.v2 and any(each.iova < iova or each.end > end for each in hit):
        return "EINVAL", 0
    removed = 0
    for each in hit:
        if each.iova < iova:
            break
        removed += each.size
        for shared in backend.domains:
            shared.domain.unmap(each.iova, each.size)
        backend.mappings = tuple(kept for kept in backend.mappings if kept is not each)
    return "", removed
