"""Drivers and ownership: who may bind beside whom, and what unbinding waits for (recorded facts 28, 30, 33)."""

from __future__ import annotations

import pytest

from models.kernel import driver_core, vfio_cdev, vfio_container, vfio_device, vfio_group
from models.kernel.iommufd import Iommufd
from models.kernel.vfio import Container
from tests.models.vfio_machine import Machine


def test_a_native_driver_counts_as_a_use_and_a_vfio_driver_does_not() -> None:
    it = Machine()
    assert "" == it.bind_native(it.a)
    it.bind(it.b)
    assert 1 == it.a.group.owner_cnt  # type: ignore[union-attr]
    assert None is it.a.group.owner  # type: ignore[union-attr]
    assert "" == driver_core.unbind(it.a)
    assert 0 == it.a.home.owner_cnt


def test_a_sibling_with_a_native_driver_is_eperm_for_every_way_to_the_device() -> None:
    it = Machine()
    it.bind(it.a)
    assert "" == it.bind_native(it.b)
    cdev = it.cdev(it.a)
    assert "EPERM" == vfio_cdev.bind_iommufd(cdev, Iommufd(it.kernel))
    file = it.open_group(it.a)
    assert "EPERM" == vfio_group.set_container(file, Container(it.kernel))
    assert "" == vfio_group.set_container(file, Iommufd(it.kernel))
    assert "EPERM" == vfio_device.get_device_fd(file, it.a)


def test_another_owner_is_eperm_and_no_driver_or_a_vfio_driver_does_not_matter() -> None:
    it = Machine()
    it.bind(it.a, it.b)
    first = it.cdev(it.a, Iommufd(it.kernel))
    other = it.cdev(it.b)
    assert "EPERM" == vfio_cdev.bind_iommufd(other, Iommufd(it.kernel))
    vfio_device.close_file(first)
    vfio_device.close_file(other)
    file, _ = it.in_container(it.a)
    assert "" == driver_core.unbind(it.b)
    it.get(file, it.a)


def test_a_native_driver_is_ebusy_for_bind_and_einval_for_drivers_probe() -> None:
    it = Machine()
    it.bind(it.a)
    it.in_container(it.a)
    assert "EBUSY" == driver_core.write_bind(it.kernel, it.b, it.native)
    assert "EINVAL" == driver_core.write_drivers_probe(it.kernel, it.b, it.native)
    assert None is it.b.driver
    assert "" == it.bind_native(it.c)


def test_a_vfio_driver_comes_and_goes_inside_an_owned_group() -> None:
    it = Machine()
    it.bind(it.a)
    file, _ = it.in_container(it.a)
    it.bind(it.b)
    it.get(file, it.b)
    assert "BLOCKED" == driver_core.unbind(it.b)


@pytest.mark.parametrize("bound", [False, True])
def test_unbinding_waits_for_a_character_device_and_hides_it_at_once(bound: bool) -> None:
    it = Machine()
    it.bind(it.c)
    served = it.served(it.c)
    file = it.cdev(it.c, Iommufd(it.kernel) if bound else None)
    assert "vfio-pci" == driver_core.shown_driver(it.c)
    assert "BLOCKED" == driver_core.unbind(it.c)
    assert "" == driver_core.shown_driver(it.c)
    assert "ENODEV" == vfio_cdev.open_cdev(served)
    assert None is not vfio_group.find(it.vfio, it.c)
    assert "EBUSY" == it.bind_native(it.c)
    vfio_device.close_file(file)
    assert None is it.c.driver
    assert None is vfio_group.find(it.vfio, it.c)
    assert "" == it.bind_native(it.c)


def test_unbinding_waits_for_a_device_that_came_from_the_group() -> None:
    it = Machine()
    it.bind(it.c)
    file, _ = it.in_container(it.c)
    device = it.get(file, it.c)
    assert "BLOCKED" == driver_core.unbind(it.c)
    assert "ENODEV" == vfio_device.get_device_fd(file, it.c)
    vfio_device.close_file(device)
    assert None is it.c.driver
    assert ("ENODEV", False, False) == vfio_group.status(file)
    assert 0 == it.c.home.owner_cnt


def test_with_only_the_group_open_unbinding_ends_and_the_group_is_revoked() -> None:
    it = Machine()
    it.bind(it.a)
    file, container = it.in_container(it.a)
    assert "" == driver_core.unbind(it.a)
    assert ("ENODEV", False, False) == vfio_group.status(file)
    assert "ENODEV" == vfio_group.set_container(file, container)
    assert "ENODEV" == vfio_device.get_device_fd(file, it.a)
    assert None is container.backend
    assert 0 == it.a.home.owner_cnt
    assert "EINVAL" == vfio_container.set_iommu(container)


def test_a_driver_that_comes_back_makes_a_new_group_and_the_old_file_stays_revoked() -> None:
    it = Machine()
    it.bind(it.c)
    file = it.open_group(it.c)
    assert "" == vfio_group.set_container(file, Iommufd(it.kernel))
    assert "" == driver_core.unbind(it.c)
    it.bind(it.c)
    again = it.open_group(it.c)
    assert ("", True, False) == vfio_group.status(again)
    assert "EINVAL" == vfio_group.set_container(file, Iommufd(it.kernel))
    assert "ENODEV" == vfio_device.get_device_fd(file, it.c)


def test_a_device_without_a_group_has_no_vfio_device() -> None:
    it = Machine()
    it.c.group = None
    assert "EINVAL" == driver_core.bind(it.kernel, it.c, it.user)
    assert None is it.c.driver


@pytest.mark.parametrize("place", ["probe", "vfio-group", "vfio-node"])
def test_a_probe_that_fails_leaves_nothing(place: str) -> None:
    it = Machine()
    it.kernel.faults.begin(((place, True),))
    assert "" != driver_core.bind(it.kernel, it.a, it.user)
    it.kernel.faults.begin((("probe", True),))
    assert "EIO" == it.bind_native(it.b)
    assert (None, None, (), 0) == (it.a.driver, it.b.driver, it.vfio.groups, it.a.home.owner_cnt)


def test_the_removal_in_between_pairs_uses_and_groups() -> None:
    it = Machine()
    assert "" == driver_core.bind(it.kernel, it.a, it.native, test_remove=True)
    assert "" == driver_core.bind(it.kernel, it.b, it.user, test_remove=True)
    assert 1 == it.a.home.owner_cnt
    assert 1 == it.node(it.b).drivers
    assert "" == driver_core.unbind(it.a)
    assert 0 == it.a.home.owner_cnt
