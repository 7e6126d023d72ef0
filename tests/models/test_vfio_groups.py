"""Groups and containers: when ownership begins and ends (recorded facts 29, 31, 32, 34)."""

from __future__ import annotations

from models.kernel import (
    default_domain,
    driver_core,
    iommufd_compat,
    vfio_cdev,
    vfio_container,
    vfio_device,
    vfio_group,
)
from models.kernel.iommufd import Iommufd
from models.kernel.vfio import Container
from tests.models.vfio_machine import PAGE, RW, Machine


def test_a_container_owns_from_set_container_to_the_close_of_the_last_file() -> None:
    it = Machine()
    it.bind(it.a)
    file = it.open_group(it.a)
    group = it.a.home
    assert "" == vfio_group.set_container(file, Container(it.kernel))
    assert it.node(it.a) is group.owner
    assert group.blocking is group.domain
    assert "" == vfio_group.unset_container(file)
    assert None is group.owner
    vfio_group.close_group(file)
    file, container = it.in_container(it.a)
    device = it.get(file, it.a)
    vfio_group.close_group(file)
    assert None is not group.owner
    assert "EBUSY" == it.bind_native(it.b)
    vfio_device.close_file(device)
    assert (None, group.default) == (group.owner, group.domain)
    assert None is container.backend


def test_an_iommufd_owns_from_the_first_device_to_the_last() -> None:
    it = Machine()
    it.bind(it.a)
    assert "" == it.bind_native(it.b)
    file, context = it.in_iommufd(it.a)
    group = it.a.home
    assert ("", True, True) == vfio_group.status(file)
    assert "EPERM" == vfio_device.get_device_fd(file, it.a)
    assert "" == driver_core.unbind(it.b)
    device = it.get(file, it.a)
    assert context is group.owner
    second = it.get(file, it.a)
    vfio_device.close_file(device)
    assert "EBUSY" == it.bind_native(it.b)
    vfio_device.close_file(second)
    assert (None, group.default) == (group.owner, group.domain)
    assert "" == it.bind_native(it.b)
    assert ("", True, True) == vfio_group.status(file)


def test_bind_and_close_of_a_character_device_begin_and_end_ownership() -> None:
    it = Machine()
    it.bind(it.a)
    context = Iommufd(it.kernel)
    file = it.cdev(it.a, context)
    assert context is it.a.home.owner
    vfio_device.close_file(file)
    assert None is it.a.home.owner
    assert () == context.devices == context.groups


def test_bind_looks_at_the_group_file_then_itself_then_what_it_gets() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    file, cdev, container = it.open_group(it.a), it.cdev(it.b), Container(it.kernel)
    assert "EBUSY" == vfio_cdev.bind_iommufd(cdev, None)
    vfio_group.close_group(file)
    assert "EBADF" == vfio_cdev.bind_iommufd(cdev, None)
    assert "EBADFD" == vfio_cdev.bind_iommufd(cdev, container)
    context = Iommufd(it.kernel)
    assert "" == vfio_cdev.bind_iommufd(cdev, context)
    assert "EINVAL" == vfio_cdev.bind_iommufd(cdev, None)
    assert "EINVAL" == vfio_cdev.bind_iommufd(it.cdev(it.b), context)
    assert "EPERM" == vfio_cdev.bind_iommufd(it.cdev(it.a), Iommufd(it.kernel))


def test_bind_of_a_file_that_came_from_the_group_is_einval() -> None:
    it = Machine()
    it.bind(it.a)
    file, context = it.in_iommufd(it.a)
    assert "EINVAL" == vfio_cdev.bind_iommufd(it.get(file, it.a), context)


def test_only_a_bound_character_device_keeps_the_group_from_opening() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    cdev = it.cdev(it.a)
    vfio_group.close_group(it.open_group(it.b))
    assert "" == vfio_cdev.bind_iommufd(cdev, Iommufd(it.kernel))
    assert "EBUSY" == vfio_group.open_group(it.vfio, it.node(it.b))
    vfio_device.close_file(cdev)
    it.open_group(it.b)


def test_before_bind_a_character_device_answers_einval() -> None:
    it = Machine()
    it.bind(it.a)
    cdev = it.cdev(it.a)
    assert "EINVAL" == vfio_cdev.attach_pt(cdev, None)
    assert "EINVAL" == vfio_cdev.detach_pt(cdev)


def test_a_group_is_open_once_and_has_one_container() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    file, container = it.open_group(it.a), Container(it.kernel)
    assert "EBUSY" == vfio_group.open_group(it.vfio, it.node(it.b))
    assert "EINVAL" == vfio_group.unset_container(file)
    assert "EINVAL" == vfio_device.get_device_fd(file, it.a)
    assert "EINVAL" == vfio_container.set_iommu(container)
    assert "EBADF" == vfio_group.set_container(file, None)
    assert "EBADFD" == vfio_group.set_container(file, it.vfio)
    assert "" == vfio_group.set_container(file, container)
    assert "EINVAL" == vfio_group.set_container(file, container)
    assert "EINVAL" == vfio_device.get_device_fd(file, it.a)
    assert "ENODEV" == vfio_container.set_iommu(container, 99)
    assert "" == vfio_container.set_iommu(container)
    assert "EINVAL" == vfio_container.set_iommu(container)
    assert "ENODEV" == vfio_device.get_device_fd(file, it.c)
    it.get(file, it.a)


def test_an_open_device_keeps_a_container_but_not_an_iommufd() -> None:
    it = Machine()
    it.bind(it.a)
    file, _ = it.in_container(it.a)
    device = it.get(file, it.a)
    assert "EBUSY" == vfio_group.unset_container(file)
    vfio_group.close_group(file)
    assert "EBUSY" == vfio_group.open_group(it.vfio, it.node(it.a))
    assert "EBUSY" == vfio_cdev.bind_iommufd(it.cdev(it.a), Iommufd(it.kernel))
    vfio_device.close_file(device)
    it.open_group(it.a)


def test_a_group_with_a_device_in_an_iommufd_can_be_pointed_at_another_one() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    file, first = it.in_iommufd(it.a)
    device = it.get(file, it.a)
    assert "" == vfio_group.unset_container(file)
    assert ("", False, False) == vfio_group.status(file)
    assert "EPERM" == vfio_group.set_container(file, Container(it.kernel))
    assert "" == vfio_group.set_container(file, Iommufd(it.kernel))
    assert "EPERM" == vfio_device.get_device_fd(file, it.b)
    second = it.get(file, it.a)
    vfio_group.close_group(file)
    again = it.open_group(it.b)
    assert ("", False, False) == vfio_group.status(again)
    assert "EINVAL" == vfio_device.get_device_fd(again, it.a)
    vfio_device.close_file(device)
    assert first is it.a.home.owner
    vfio_device.close_file(second)
    assert None is it.a.home.owner
    assert "" == vfio_group.set_container(again, Container(it.kernel))


def test_set_iommu_of_an_iommufd_needs_its_address_space_and_nothing_else() -> None:
    it = Machine()
    it.bind(it.a)
    context = Iommufd(it.kernel)
    assert "ENODEV" == iommufd_compat.set_iommu(context)
    assert "ENODEV" == iommufd_compat.map_dma(context, 0x10_0000, it.page(7), PAGE, RW)
    file, _ = it.in_iommufd(it.a, context)
    assert "EINVAL" == iommufd_compat.set_iommu(context, 99)
    assert ["", ""] == [iommufd_compat.set_iommu(context) for _ in range(2)]
    assert "" == vfio_group.unset_container(file)
    assert "" == iommufd_compat.set_iommu(context)


def test_the_type_of_a_group_changes_only_while_nobody_holds_it() -> None:
    it = Machine()
    it.bind(it.a)
    group = it.a.home
    assert "" == default_domain.write_type(group, "identity")
    file, _ = it.in_container(it.a)
    assert "EPERM" == default_domain.write_type(group, "DMA")
    vfio_group.close_group(file)
    assert "" == it.bind_native(it.b)
    assert "EPERM" == default_domain.write_type(group, "DMA")


def test_a_claim_and_all_attaches_are_undone_when_one_fails() -> None:
    it = Machine()
    it.bind(it.a, it.c)
    first, second, container = it.open_group(it.a), it.open_group(it.c), Container(it.kernel)
    assert ["", ""] == [vfio_group.set_container(file, container) for file in (first, second)]
    it.kernel.faults.begin((("attach-failed", False), ("attach-failed", True)))
    assert "ENOMEM" == vfio_container.set_iommu(container)
    assert None is container.backend
    assert all(group.domain is group.blocking for group in it.kernel.groups)
    it.kernel.faults.begin()
    assert "" == vfio_group.unset_container(first)
    assert "" == vfio_container.set_iommu(container)
    it.kernel.faults.begin((("attach-failed", False), ("attach-failed", False), ("attach-failed", True)))
    assert "ENOMEM" == vfio_group.set_container(first, container)
    it.kernel.faults.begin()
    assert (None, it.a.home.default) == (it.a.home.owner, it.a.home.domain)
    assert "EINVAL" == vfio_group.unset_container(first)
