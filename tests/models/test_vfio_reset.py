"""Resets through VFIO: what they may do to other devices, and what the hardware uses meanwhile (recorded fact 41)."""

from __future__ import annotations

import pytest

from models.kernel import vfio_cdev, vfio_device, vfio_reset
from models.kernel.iommufd import Iommufd
from models.kernel.version import V6_12, V7_0, Version
from tests.models.vfio_machine import Machine


@pytest.mark.parametrize(("version", "meanwhile"), [(V6_12, 1), (V7_0, None)], ids=["6.12", "7.0"])
def test_a_device_in_reset_is_blocked_since_7_0(version: Version, meanwhile: int | None) -> None:
    it = Machine(version)
    it.bind(it.a, it.b)
    context = Iommufd(it.kernel)
    space, file = it.space(context, 1), it.cdev(it.a, context)
    assert "" == vfio_cdev.attach_pt(file, space)
    assert "" == vfio_reset.begin_reset(file)
    assert [meanwhile, 1] == [it.reads(it.a), it.reads(it.b)]
    vfio_reset.end_reset(file)
    assert [1, 1] == [it.reads(it.a), it.reads(it.b)]
    assert () == it.kernel.warnings


def test_while_a_device_is_in_reset_its_group_is_not_moved_but_may_be_let_go() -> None:
    it = Machine(V7_0)
    it.bind(it.a, it.b)
    context = Iommufd(it.kernel)
    one, two = it.space(context, 1), it.space(context, 2)
    file, sibling = it.cdev(it.a, context), it.cdev(it.b, context)
    assert ["", ""] == [vfio_cdev.attach_pt(each, one) for each in (file, sibling)]
    assert "" == vfio_reset.begin_reset(file)
    assert "EBUSY" == vfio_cdev.attach_pt(sibling, two)
    assert ["", ""] == [vfio_cdev.detach_pt(each) for each in (file, sibling)]
    vfio_reset.end_reset(file)
    assert [None, None] == [it.reads(it.a), it.reads(it.b)]
    assert () == it.kernel.warnings
    vfio_device.close_file(file)
    vfio_device.close_file(sibling)
    assert it.a.home.default is it.a.home.domain


def test_a_reset_needs_access_and_a_way_to_do_it() -> None:
    it = Machine()
    it.bind(it.a)
    file = it.cdev(it.a)
    assert "EINVAL" == vfio_reset.begin_reset(file)
    assert "" == vfio_cdev.bind_iommufd(file, Iommufd(it.kernel))
    assert "" == vfio_reset.begin_reset(file)
    it.served(it.a).reset_works = False
    assert "EINVAL" == vfio_reset.begin_reset(file)


def test_a_hot_reset_by_group_files_needs_the_group_of_every_device() -> None:
    it = Machine(V7_0)
    it.bind(it.a, it.b, it.c)
    group, _ = it.in_container(it.a)
    other = it.open_group(it.c)
    device = it.get(group, it.a)
    assert "EINVAL" == vfio_reset.hot_reset(device, (it.a, it.b))
    assert "" == vfio_reset.hot_reset(device, (it.a, it.b), (group,))
    assert "EINVAL" == vfio_reset.hot_reset(device, (it.a, it.b, it.c), (group,))
    assert "" == vfio_reset.hot_reset(device, (it.a, it.b, it.c), (group, other))


def test_a_hot_reset_by_iommufd_needs_every_group_bound_there_and_no_files() -> None:
    it = Machine(V7_0)
    it.bind(it.a, it.b, it.c)
    context = Iommufd(it.kernel)
    file, group = it.cdev(it.a, context), it.open_group(it.c)
    assert "" == vfio_reset.hot_reset(file, (it.a, it.b))
    assert "EINVAL" == vfio_reset.hot_reset(file, (it.c,), (group,))
    assert "EINVAL" == vfio_reset.hot_reset(file, (it.a, it.c))
    assert "EINVAL" == vfio_reset.hot_reset(it.cdev(it.b), (it.a, it.b))


def test_a_hot_reset_needs_a_vfio_driver_everywhere() -> None:
    it = Machine()
    it.bind(it.a)
    file = it.cdev(it.a, Iommufd(it.kernel))
    assert "EINVAL" == vfio_reset.hot_reset(file, (it.a, it.b))


def test_a_hot_reset_that_cannot_begin_for_one_device_begins_for_none() -> None:
    it = Machine(V7_0)
    it.bind(it.a, it.b)
    context = Iommufd(it.kernel)
    space, file = it.space(context, 1), it.cdev(it.a, context)
    assert "" == vfio_cdev.attach_pt(file, space)
    it.kernel.faults.begin((("attach-failed", False), ("attach-failed", True)))
    assert "ENOMEM" == vfio_reset.hot_reset(file, (it.a, it.b))
    it.kernel.faults.begin()
    assert (0, [1, 1]) == (it.a.home.recovery_cnt, [it.reads(it.a), it.reads(it.b)])
