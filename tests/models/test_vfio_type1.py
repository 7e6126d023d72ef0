"""DMA maps of a container and of an iommufd in its place, down to what the devices read (recorded fact 35)."""

from __future__ import annotations

import pytest

from models.kernel import iommufd_compat, vfio_container, vfio_device, vfio_group
from models.kernel.type1 import MSI
from models.kernel.vfio import Container
from tests.models.vfio_machine import PAGE, RW, Machine

HERE = 0x20_0000


def test_all_groups_of_a_container_see_its_memory_and_nobody_else_does() -> None:
    it = Machine()
    it.bind(it.a, it.c)
    _, container = it.in_container(it.a)
    assert "" == vfio_container.map_dma(container, HERE, it.page(7), PAGE, RW)
    assert [7, 7, None] == [it.reads(device, HERE) for device in it.kernel.devices]
    other = it.open_group(it.c)
    assert "" == vfio_group.set_container(other, container)
    assert [7, 7, 7] == [it.reads(device, HERE) for device in it.kernel.devices]
    assert it.a.home.domain is it.c.home.domain
    assert "" == vfio_group.unset_container(other)
    assert [7, 7, None] == [it.reads(device, HERE) for device in it.kernel.devices]


def test_unmapped_memory_is_out_of_reach_when_the_call_returns() -> None:
    it = Machine()
    it.bind(it.a)
    _, container = it.in_container(it.a)
    assert "" == vfio_container.map_dma(container, HERE, it.page(7), PAGE, RW)
    assert 7 == it.reads(it.a, HERE)
    assert ("", PAGE) == vfio_container.unmap_dma(container, HERE, PAGE)
    assert None is it.reads(it.a, HERE)


def test_mappings_go_with_the_last_group() -> None:
    it = Machine()
    it.bind(it.a)
    file, container = it.in_container(it.a)
    assert "" == vfio_container.map_dma(container, HERE, it.page(7), PAGE, RW)
    assert "" == vfio_group.unset_container(file)
    assert None is it.reads(it.a, HERE)
    assert "EINVAL" == vfio_container.map_dma(container, HERE, it.page(8), PAGE, RW)
    assert "" == vfio_group.set_container(file, container)
    assert "" == vfio_container.set_iommu(container)
    assert ("", 0) == vfio_container.unmap_dma(container, HERE, PAGE)


@pytest.mark.parametrize(
    ("iova", "size", "rights", "errno"),
    [
        (HERE, PAGE, 0, "EINVAL"),
        (HERE, 0, RW, "EINVAL"),
        (HERE + 1, PAGE, RW, "EINVAL"),
        ((1 << 64) - PAGE, 2 * PAGE, RW, "EINVAL"),
        (1 << 48, PAGE, RW, "EINVAL"),
        (MSI[0], PAGE, RW, "EINVAL"),
        (0x30_0000 + PAGE, 2 * PAGE, RW, "EEXIST"),
        (HERE, PAGE, RW, ""),
    ],
)
def test_what_may_be_mapped(iova: int, size: int, rights: int, errno: str) -> None:
    it = Machine()
    it.bind(it.a)
    _, container = it.in_container(it.a)
    assert "" == vfio_container.map_dma(container, 0x30_0000, it.kernel.memory.allocate(4), 4 * PAGE, RW)
    assert errno == vfio_container.map_dma(container, iova, it.kernel.memory.allocate(2), size, rights)


def test_version_2_refuses_to_cut_a_mapping() -> None:
    it = Machine()
    it.bind(it.a)
    _, container = it.in_container(it.a)
    assert "" == vfio_container.map_dma(container, HERE, it.kernel.memory.allocate(4), 4 * PAGE, RW)
    assert ("EINVAL", 0) == vfio_container.unmap_dma(container, HERE, PAGE)
    assert ("EINVAL", 0) == vfio_container.unmap_dma(container, HERE + PAGE, 4 * PAGE)
    assert ("EINVAL", 0) == vfio_container.unmap_dma(container, HERE, 0)
    assert None is not it.reads(it.a, HERE)
    assert ("", 0) == vfio_container.unmap_dma(container, HERE + 4 * PAGE, PAGE)
    assert ("", 4 * PAGE) == vfio_container.unmap_dma(container, HERE - PAGE, 8 * PAGE)


def test_version_1_takes_the_whole_mapping_or_leaves_it() -> None:
    it = Machine()
    it.bind(it.a)
    _, container = it.in_container(it.a, 1)
    assert "" == vfio_container.map_dma(container, HERE, it.kernel.memory.allocate(4), 4 * PAGE, RW)
    assert ("", 0) == vfio_container.unmap_dma(container, HERE + PAGE, PAGE)
    assert ("", 4 * PAGE) == vfio_container.unmap_dma(container, HERE, PAGE)
    assert None is it.reads(it.a, HERE + 3 * PAGE)


def test_an_iommufd_in_place_of_a_container_removes_what_is_in_front_of_the_cut() -> None:
    it = Machine()
    it.bind(it.a)
    file, context = it.in_iommufd(it.a)
    it.get(file, it.a)
    for n in range(2):
        assert "" == iommufd_compat.map_dma(context, HERE + 2 * n * PAGE, it.kernel.memory.allocate(2), 2 * PAGE, RW)
    assert ("EINVAL", 0) == iommufd_compat.unmap_dma(context, HERE, 0)
    assert ("", 0) == iommufd_compat.unmap_dma(context, HERE - PAGE, PAGE)
    assert ("ENOENT", 0) == iommufd_compat.unmap_dma(context, HERE, 3 * PAGE)
    assert None is it.reads(it.a, HERE)
    assert None is not it.reads(it.a, HERE + 3 * PAGE)


def test_an_iommufd_as_version_1_cuts_mappings() -> None:
    it = Machine()
    it.bind(it.a)
    file, context = it.in_iommufd(it.a)
    assert "" == iommufd_compat.set_iommu(context, 1)
    it.get(file, it.a)
    assert "" == iommufd_compat.map_dma(context, HERE, it.kernel.memory.allocate(4), 4 * PAGE, RW)
    assert ("", PAGE) == iommufd_compat.unmap_dma(context, HERE + PAGE, PAGE)
    assert [True, False, True] == [it.reads(it.a, HERE + n * PAGE) is not None for n in range(3)]
    assert ("", 2 * PAGE) == iommufd_compat.unmap_dma(context, HERE + 2 * PAGE, 4 * PAGE)
    assert ("", PAGE) == iommufd_compat.unmap_dma(context, HERE, 8 * PAGE)


def test_what_may_be_cut_is_mapped_in_single_pages() -> None:
    it = Machine()
    it.bind(it.a)
    file, context = it.in_iommufd(it.a)
    assert "" == iommufd_compat.set_iommu(context, 1)
    it.get(file, it.a)
    large = 1 << 21
    pa = -(-it.kernel.memory.allocate(1024) // large) * large
    assert "" == iommufd_compat.map_dma(context, large, pa, large, RW)
    assert ("", PAGE) == iommufd_compat.unmap_dma(context, large, PAGE)
    assert None is it.reads(it.a, large)
    assert None is not it.reads(it.a, large + PAGE)


def test_single_pages_cannot_be_asked_for_when_a_table_holds_mappings() -> None:
    it = Machine()
    it.bind(it.a)
    file, context = it.in_iommufd(it.a)
    device = it.get(file, it.a)
    assert "" == iommufd_compat.map_dma(context, HERE, it.page(7), PAGE, RW)
    assert "EINVAL" == iommufd_compat.set_iommu(context, 1)
    vfio_device.close_file(device)
    assert "" == iommufd_compat.set_iommu(context, 1)


def test_an_iommufd_maps_anywhere_and_without_rights_while_no_device_is_attached() -> None:
    it = Machine()
    it.bind(it.a)
    file, context = it.in_iommufd(it.a)
    assert "" == iommufd_compat.map_dma(context, MSI[0], it.page(1), PAGE, RW)
    assert "" == iommufd_compat.map_dma(context, HERE, it.page(1), PAGE, 0)
    assert "EADDRINUSE" == vfio_device.get_device_fd(file, it.a)
    assert None is it.a.home.owner
    assert ["", ""] == [iommufd_compat.unmap_dma(context, iova, PAGE)[0] for iova in (HERE, MSI[0])]
    it.get(file, it.a)
    assert "EINVAL" == iommufd_compat.map_dma(context, MSI[0], it.page(1), PAGE, RW)


@pytest.mark.parametrize("number", range(6))
def test_a_map_that_fails_inside_maps_nothing(number: int) -> None:
    it = Machine()
    it.bind(it.a)
    _, container = it.in_container(it.a)
    pages = it.kernel.memory.allocate(512)
    it.kernel.faults.begin(inject=number)
    error = vfio_container.map_dma(container, HERE - PAGE, pages, 512 * PAGE, RW)
    fails = number < len(it.kernel.faults.reached)
    it.kernel.faults.begin()
    assert ("ENOMEM" if fails else "") == error
    assert (None if fails else 0) == it.reads(it.a, HERE - PAGE)
    assert ("", 0 if fails else 512 * PAGE) == vfio_container.unmap_dma(container, HERE - PAGE, 512 * PAGE)


def apart(it: Machine) -> Container:
    """A container with a mapping whose two groups could not share a domain."""
    it.bind(it.a, it.c)
    _, container = it.in_container(it.a)
    assert "" == vfio_container.map_dma(container, HERE, it.page(7), PAGE, RW)
    other = it.open_group(it.c)
    it.kernel.faults.begin(tuple(("attach-failed", fails) for fails in (False, False, True)))
    assert "" == vfio_group.set_container(other, container)
    it.kernel.faults.begin()
    assert it.a.home.domain is not it.c.home.domain
    return container


def test_groups_that_cannot_share_a_domain_have_the_same_mappings() -> None:
    it = Machine()
    container = apart(it)
    assert [7, 7, 7] == [it.reads(device, HERE) for device in it.kernel.devices]
    assert "" == vfio_container.map_dma(container, HERE + PAGE, it.page(8), PAGE, RW)
    assert [8, 8, 8] == [it.reads(device, HERE + PAGE) for device in it.kernel.devices]
    assert ("", 2 * PAGE) == vfio_container.unmap_dma(container, HERE, 2 * PAGE)
    assert [None] * 3 == [it.reads(device, HERE) for device in it.kernel.devices]


def test_a_map_that_fails_in_the_second_domain_is_taken_from_the_first() -> None:
    it = Machine()
    container = apart(it)
    far, page = 1 << 38, it.page(9)
    it.kernel.faults.begin()
    mark = it.kernel.journal.mark()
    assert "" == vfio_container.map_dma(container, far, page, PAGE, RW)
    places = it.kernel.faults.reached
    it.kernel.journal.back(mark)
    for number in range(len(places)):
        it.kernel.faults.begin(inject=number)
        assert "ENOMEM" == vfio_container.map_dma(container, far, page, PAGE, RW)
        it.kernel.faults.begin()
        assert [None] * 3 == [it.reads(device, far) for device in it.kernel.devices]
        it.kernel.journal.back(mark)


def test_set_iommu_that_fails_leaves_the_group_blocked_and_claimed() -> None:
    it = Machine()
    it.bind(it.a)
    file, container = it.open_group(it.a), it.container()
    assert "" == vfio_group.set_container(file, container)
    it.kernel.faults.begin((("isolated-msi", True),))
    assert "EPERM" == vfio_container.set_iommu(container)
    assert it.a.home.blocking is it.a.home.domain
    assert it.node(it.a) is it.a.home.owner
    assert all(domain in (it.a.home.default, it.a.home.blocking, it.c.home.default) for domain in it.kernel.domains)


def test_a_group_that_joins_is_shown_every_mapping_or_does_not_join() -> None:
    it = Machine()
    it.bind(it.a, it.c)
    _, container = it.in_container(it.a)
    other = it.open_group(it.c)
    assert "" == vfio_container.map_dma(container, HERE, it.page(7), PAGE, RW)
    it.kernel.faults.begin((("isolated-msi", True),))
    assert "EPERM" == vfio_group.set_container(other, container)
    it.kernel.faults.begin()
    assert (None, it.c.home.default) == (it.c.home.owner, it.c.home.domain)
    assert 1 == len(container.groups)
