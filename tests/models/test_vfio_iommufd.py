"""Devices in an iommufd: the first attach moves the group, siblings join or take it along (recorded facts 36 to 39)."""

from __future__ import annotations

import pytest

from models.kernel import iommufd, iommufd_device, switch, vfio_cdev, vfio_container, vfio_device, vfio_group
from models.kernel.domain import make_domain
from models.kernel.iommufd import HwTable, Iommufd
from models.kernel.type1 import MSI
from models.kernel.version import V6_12, V7_0, Version
from tests.models.vfio_machine import PAGE, RW, Machine, opened


def test_a_sibling_attaches_to_the_table_of_its_group_and_to_no_other() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    context = Iommufd(it.kernel)
    one, two = it.space(context, 1), it.space(context, 2)
    first, second = it.cdev(it.a, context), it.cdev(it.b, context)
    assert [None, None] == [it.reads(it.a), it.reads(it.b)]
    assert "" == vfio_cdev.attach_pt(first, one)
    assert [1, 1] == [it.reads(it.a), it.reads(it.b)]
    assert "EINVAL" == vfio_cdev.attach_pt(second, two)
    assert "EINVAL" == vfio_cdev.attach_pt(second, opened(iommufd_device.make_table(one), HwTable))
    assert 1 == sum(table.automatic for table in one.tables)
    assert () == two.tables
    assert ["ENOENT", "EINVAL"] == [vfio_cdev.attach_pt(second, what) for what in (None, it.served(it.b).bound)]
    assert "" == vfio_cdev.attach_pt(second, one.tables[0])
    assert 2 == one.tables[0].users


def test_a_sibling_that_replaces_takes_the_group_along() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    context = Iommufd(it.kernel)
    one, two = it.space(context, 1), it.space(context, 2)
    for device in (it.a, it.b):
        assert "" == vfio_cdev.attach_pt(it.cdev(device, context), one)
    served = it.served(it.b)
    assert "" == iommufd_device.replace(served.bound, two)  # type: ignore[arg-type]
    assert [2, 2] == [it.reads(it.a), it.reads(it.b)]
    assert () == one.tables == one.reserved
    assert 2 == two.tables[0].users


def test_replacing_never_passes_through_blocking() -> None:
    it = Machine()
    it.bind(it.a)
    context = Iommufd(it.kernel)
    file, one, two = it.cdev(it.a, context), it.space(context, 1), it.space(context, 2)
    assert "" == vfio_cdev.attach_pt(file, one)
    blocked: set[bool] = set()
    it.kernel.journal.observer = lambda: blocked.add(it.a.home.domain is it.a.home.blocking)
    assert "" == vfio_cdev.attach_pt(file, two)
    it.kernel.journal.observer = None
    assert {False} == blocked
    assert 2 == it.reads(it.a)


def test_a_failed_replace_leaves_everything() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    context = Iommufd(it.kernel)
    one, two = it.space(context, 1), it.space(context, 2)
    file = it.cdev(it.a, context)
    assert "" == vfio_cdev.attach_pt(file, one)
    it.kernel.faults.begin((("attach-failed", False), ("attach-failed", True)))
    assert "ENOMEM" == vfio_cdev.attach_pt(file, two)
    it.kernel.faults.begin()
    assert [1, 1] == [it.reads(it.a), it.reads(it.b)]
    assert (1, (), ()) == (len(one.tables), two.tables, two.reserved)


def test_replacing_by_the_same_table_is_nothing_and_detach_always_works() -> None:
    it = Machine()
    it.bind(it.a)
    context = Iommufd(it.kernel)
    space, file = it.space(context, 1), it.cdev(it.a, context)
    assert "" == vfio_cdev.detach_pt(file)
    assert "" == vfio_cdev.attach_pt(file, space)
    table = space.tables[0]
    it.kernel.faults.begin()
    assert "" == vfio_cdev.attach_pt(file, space)
    assert () == it.kernel.faults.reached
    assert (table,) == space.tables
    assert ["", ""] == [vfio_cdev.detach_pt(file) for _ in range(2)]
    assert () == space.tables == space.reserved
    assert None is it.reads(it.a)
    assert it.a.home.blocking is it.a.home.domain


@pytest.mark.parametrize("version", [V6_12, V7_0], ids=lambda v: v.name)
def test_the_handle_of_the_first_attach_sits_in_slot_0(version: Version) -> None:
    it = Machine(version)
    it.bind(it.a, it.b)
    context, group = Iommufd(it.kernel), it.a.home
    space = it.space(context)
    files = [it.cdev(device, context) for device in (it.a, it.b)]
    for file in files:
        assert "" == vfio_cdev.attach_pt(file, space)
    assert "" == vfio_cdev.attach_pt(files[1], space)
    assert it.served(it.a).bound is group.handle
    vfio_device.close_file(files[0])
    assert None is not group.handle
    assert context is group.owner
    vfio_device.close_file(files[1])
    assert (None, None, group.default) == (group.handle, group.owner, group.domain)
    assert () == it.kernel.warnings


def test_groups_share_the_automatic_table_and_reserve_for_themselves() -> None:
    it = Machine()
    it.bind(it.a, it.c)
    context = Iommufd(it.kernel)
    space = it.space(context, 1)
    files = [it.cdev(device, context) for device in (it.a, it.c)]
    assert ["", ""] == [vfio_cdev.attach_pt(file, space) for file in files]
    assert 1 == len(space.tables)
    assert it.a.home.domain is it.c.home.domain
    assert "EINVAL" == iommufd.map_area(space, MSI[0], it.page(1), PAGE, RW)
    vfio_device.close_file(files[0])
    assert "EINVAL" == iommufd.map_area(space, MSI[0], it.page(1), PAGE, RW)
    assert "EBUSY" == iommufd.destroy_space(space)
    vfio_device.close_file(files[1])
    assert "" == iommufd.map_area(space, MSI[0], it.page(1), PAGE, RW)
    assert "" == iommufd.destroy_space(space)


def test_a_table_that_does_not_suit_is_passed_over() -> None:
    it = Machine()
    it.bind(it.a, it.c)
    context = Iommufd(it.kernel)
    space = it.space(context, 1)
    assert "" == vfio_cdev.attach_pt(it.cdev(it.a, context), space)
    other = it.cdev(it.c, context)
    it.kernel.faults.begin((("other-iommu-driver", True),))
    assert "" == vfio_cdev.attach_pt(other, space)
    assert 2 == len(space.tables)
    assert [1, 1, 1] == [it.reads(device) for device in it.kernel.devices]


def test_a_bind_that_fails_gives_the_claim_back() -> None:
    it = Machine()
    it.bind(it.a)
    context, file = Iommufd(it.kernel), it.cdev(it.a)
    it.kernel.faults.begin((("device-object", True),))
    assert "ENOMEM" == vfio_cdev.bind_iommufd(file, context)
    it.kernel.faults.begin()
    assert (None, 0, it.a.home.default) == (it.a.home.owner, it.a.home.owner_cnt, it.a.home.domain)
    vfio_group.close_group(it.open_group(it.a))
    assert "" == vfio_cdev.bind_iommufd(file, context)


def test_a_map_that_fails_in_the_second_table_is_taken_from_the_first() -> None:
    it = Machine()
    it.bind(it.a, it.c)
    context = Iommufd(it.kernel)
    space = it.space(context)
    assert "" == vfio_cdev.attach_pt(it.cdev(it.a, context), space)
    assert "" == vfio_cdev.attach_pt(it.cdev(it.c, context), opened(iommufd_device.make_table(space), HwTable))
    page = it.page(5)
    it.kernel.faults.begin()
    mark = it.kernel.journal.mark()
    assert "" == iommufd.map_area(space, 0x10_0000, page, PAGE, RW)
    places = it.kernel.faults.reached
    it.kernel.journal.back(mark)
    for number in range(len(places)):
        it.kernel.faults.begin(inject=number)
        assert "ENOMEM" == iommufd.map_area(space, 0x10_0000, page, PAGE, RW)
        it.kernel.faults.begin()
        assert ([None, None], ()) == ([it.reads(it.a), it.reads(it.c)], space.areas)
        it.kernel.journal.back(mark)


def test_a_mapping_in_the_way_of_a_device_refuses_the_attach() -> None:
    it = Machine()
    it.bind(it.a)
    context = Iommufd(it.kernel)
    one, two = it.space(context, 1), it.space(context, 2, MSI[0])
    file = it.cdev(it.a, context)
    assert "EADDRINUSE" == vfio_cdev.attach_pt(file, two)
    assert it.a.home.blocking is it.a.home.domain
    assert "" == vfio_cdev.attach_pt(file, one)
    assert "EADDRINUSE" == vfio_cdev.attach_pt(file, two)
    assert (1, ()) == (it.reads(it.a), two.tables)


def test_memory_that_is_mapped_later_reaches_every_table() -> None:
    it = Machine()
    it.bind(it.a, it.c)
    context = Iommufd(it.kernel)
    space = it.space(context)
    table = opened(iommufd_device.make_table(space), HwTable)
    assert "" == vfio_cdev.attach_pt(it.cdev(it.a, context), space)
    assert "" == vfio_cdev.attach_pt(it.cdev(it.c, context), table)
    assert [None, None] == [it.reads(it.a), it.reads(it.c)]
    assert "" == iommufd.map_area(space, 0x10_0000, it.page(5), PAGE, RW)
    assert [5, 5] == [it.reads(it.a), it.reads(it.c)]
    assert ("", PAGE) == iommufd.unmap_areas(space, 0x10_0000, PAGE)
    assert [None, None] == [it.reads(it.a), it.reads(it.c)]
    assert ("ENOENT", 0) == iommufd.unmap_areas(space, 0x10_0000, PAGE)
    assert "EBUSY" == iommufd_device.destroy_table(table)


def test_a_table_that_cannot_be_filled_is_not_kept() -> None:
    it = Machine()
    it.bind(it.a)
    context = Iommufd(it.kernel)
    space, file = it.space(context, 1), it.cdev(it.a, context)
    it.kernel.faults.begin()
    mark = it.kernel.journal.mark()
    assert "" == vfio_cdev.attach_pt(file, space)
    places = it.kernel.faults.reached
    it.kernel.journal.back(mark)
    domains = it.kernel.domains
    for number, place in enumerate(places):
        if not place.startswith("must"):
            it.kernel.faults.begin(inject=number)
            assert "" != vfio_cdev.attach_pt(file, space), place
            it.kernel.faults.begin()
            assert it.a.home.blocking is it.a.home.domain, place
            assert ((), (), None) == (space.tables, space.reserved, it.a.home.handle), place
            assert domains == it.kernel.domains, place


def test_an_emulated_device_owns_nothing_and_takes_address_spaces_only() -> None:
    it = Machine(emulated=True)
    it.bind(it.a, it.b)
    assert it.node(it.a) is not it.node(it.b)
    context = Iommufd(it.kernel)
    space = it.space(context, 1)
    file = it.cdev(it.a, context)
    assert "ENOENT" == vfio_cdev.attach_pt(file, opened(iommufd_device.make_table(space), HwTable))
    assert "" == vfio_cdev.attach_pt(file, space)
    assert (0, None, it.a.home.default) == (it.a.home.owner_cnt, it.a.home.owner, it.a.home.domain)
    assert ["", ""] == [vfio_cdev.detach_pt(file) for _ in range(2)]


def test_an_emulated_device_in_a_container_needs_its_backend_like_any_other() -> None:
    it = Machine(emulated=True)
    it.bind(it.a)
    file, container = it.open_group(it.a), it.container()
    assert "" == vfio_group.set_container(file, container)
    assert "EINVAL" == vfio_device.get_device_fd(file, it.a)
    assert None is it.a.home.owner
    assert "" == vfio_container.set_iommu(container)
    it.get(file, it.a)
    assert "EBUSY" == vfio_group.unset_container(file)


def test_an_emulated_device_that_changes_its_backend_while_open_unbalances_the_group() -> None:
    """Open candidate: nothing claims the group, so that a container may take the place of an iommufd under a device.

    The WARN is the kernel's; the reference of the group's file that is given back was never taken.
    """
    it = Machine(emulated=True)
    it.bind(it.a)
    file, _ = it.in_iommufd(it.a)
    first = it.get(file, it.a)
    assert "" == vfio_group.unset_container(file)
    assert "" == vfio_group.set_container(file, it.container())
    second = it.get(file, it.a)
    vfio_device.close_file(first)
    assert () == it.kernel.warnings
    vfio_device.close_file(second)
    assert 0 < len(it.kernel.warnings)
    assert None is not it.served(it.a).bound


def test_a_domain_of_another_driver_is_refused() -> None:
    it = Machine()
    foreign = make_domain(it.kernel, "paging", native=False)
    assert not isinstance(foreign, str)
    assert "EINVAL" == switch.attach_group(it.a.home, foreign)


def test_without_a_table_a_mapping_may_be_anywhere_and_keeps_tables_away() -> None:
    it = Machine()
    it.bind(it.a)
    context = Iommufd(it.kernel)
    space, file = it.space(context), it.cdev(it.a, context)
    assert "" == iommufd.map_area(space, 0x10_0800, it.page(1) + 0x800, 0x800, RW)
    assert "EADDRINUSE" == vfio_cdev.attach_pt(file, space)
    assert ((), it.a.home.blocking) == (space.tables, it.a.home.domain)
    assert "EEXIST" == iommufd.map_area(space, 0x10_0900, it.page(1), PAGE, RW)
    assert ("", 0x800) == iommufd.unmap_areas(space, 0x10_0000, PAGE)
    assert "" == vfio_cdev.attach_pt(file, space)
    assert "EINVAL" == iommufd.map_area(space, 0x10_0800, it.page(1) + 0x800, 0x800, RW)
