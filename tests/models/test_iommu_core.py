"""The core's rules for who holds a group: order of errnos, what moves when, what a failure leaves behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.kernel import claim, default_domain, driver_use, membership, switch
from models.kernel.domain import Domain, make_domain
from models.kernel.kernel import Kernel
from models.kernel.marks import DEFAULT, USER
from models.kernel.version import V6_12, V7_0, Version
from tests.models.core_machine import everywhere, machine, reached, user

VERSIONS = pytest.mark.parametrize("version", [V6_12, V7_0], ids=lambda v: v.name)
KERNEL_PAGE = (DEFAULT, 0, 0)


def made(kernel: Kernel) -> Domain:
    domain = make_domain(kernel, "paging")
    assert isinstance(domain, Domain)
    return domain


# --- claim and release ---


@VERSIONS
def test_a_claim_blocks_every_member_and_a_release_brings_the_default_back(version: Version) -> None:
    kernel = machine(3, version)
    group, one = kernel.groups[0], user(kernel)
    assert everywhere(kernel) == [KERNEL_PAGE] * 3
    assert one.claim_group(group) == ""
    assert (group.owner, group.owner_cnt, group.domain) == (one, 1, group.blocking)
    assert everywhere(kernel) == [None] * 3
    one.release_group(group)
    assert (group.owner, group.owner_cnt, group.domain) == (None, 0, group.default)
    assert everywhere(kernel) == [KERNEL_PAGE] * 3
    assert kernel.warnings == ()


def test_a_group_is_claimed_once_whoever_holds_it() -> None:
    kernel = machine()
    group, one, other = kernel.groups[0], user(kernel), user(kernel, 1)
    assert driver_use.use_default(kernel.devices[0]) == ""
    assert claim.claim_group(group, one) == "EPERM"
    driver_use.unuse_default(kernel.devices[0])
    assert one.claim_group(group) == ""
    assert claim.claim_group(group, other) == "EPERM"
    assert claim.claim_group(group, one) == "EPERM"


def test_the_cookie_is_tested_before_the_count_and_the_count_before_the_domain() -> None:
    kernel = machine()
    group, one = kernel.groups[0], user(kernel)
    assert driver_use.use_default(kernel.devices[0]) == ""
    assert switch.attach_group(group, made(kernel)) == ""
    assert claim.claim_group(group, None) == "EINVAL"
    assert claim.claim_device(kernel.devices[0], None) == "EINVAL"
    assert len(kernel.warnings) == 2
    assert claim.claim_group(group, one) == "EPERM"
    driver_use.unuse_default(kernel.devices[0])
    assert claim.claim_group(group, one) == "EBUSY"
    assert claim.claim_device(kernel.devices[0], one) == "EBUSY"


def test_devices_of_one_owner_count_and_a_device_without_group_has_nothing_to_claim() -> None:
    kernel = machine()
    (a, b), group = kernel.devices, kernel.groups[0]
    one, other = user(kernel), user(kernel, 1)
    assert one.claim_device(a) == ""
    assert one.claim_device(b) == ""
    assert other.claim_device(b) == "EPERM"
    assert group.owner_cnt == 2
    one.release_device(a)
    assert (group.owner, group.owner_cnt) == (one, 1)
    assert everywhere(kernel) == [None, None]
    one.release_device(b)
    assert everywhere(kernel) == [KERNEL_PAGE] * 2
    membership.remove(a)
    assert claim.claim_device(a, one) == "ENODEV"


def test_a_release_that_nobody_is_owed_is_a_bug_and_changes_nothing() -> None:
    kernel = machine()
    group = kernel.groups[0]
    claim.release_group(group)
    assert driver_use.use_default(kernel.devices[0]) == ""
    claim.release_group(group)
    claim.release_device(kernel.devices[0])
    assert len(kernel.warnings) == 3
    assert (group.owner_cnt, group.domain) == (1, group.default)


# --- the matrix of modes and calls ---

MATRIX = {
    "idle": ("", "", "", "", "", ""),
    "kernel": ("", "EPERM", "EPERM", "EPERM", "", "EPERM"),
    "private": ("EBUSY", "EPERM", "EPERM", "EPERM", "EBUSY", "EPERM"),
    "blocked": ("EBUSY", "EPERM", "", "EPERM", "", "EPERM"),
    "mapped": ("EBUSY", "EPERM", "", "EPERM", "EBUSY", "EPERM"),
    "idle with a PASID": ("", "EBUSY", "EBUSY", "EBUSY", "", ""),
    "kernel with a PASID": ("EBUSY", "EPERM", "EPERM", "EPERM", "", "EPERM"),
    "private, nobody holds it": ("", "EBUSY", "EBUSY", "EBUSY", "EBUSY", ""),
}
"""By mode: use, claim of the group, claim of a device by its owner and by another, attach, change of the type."""


@VERSIONS
@pytest.mark.parametrize("mode", MATRIX)
def test_what_each_call_answers_in_each_mode(mode: str, version: Version) -> None:
    kernel = machine(2, version)
    (a, b), group = kernel.devices, kernel.groups[0]
    one, other, own = user(kernel), user(kernel, 1), made(kernel)
    if mode.startswith(("kernel", "private")):
        assert driver_use.use_default(a) == ""
    if mode.startswith("private"):
        assert switch.attach_group(group, own) == ""
    if mode == "private, nobody holds it":
        driver_use.unuse_default(a)
    if mode in ("blocked", "mapped"):
        assert one.claim_group(group) == ""
    if mode == "mapped":
        assert one.attach(group, 0) == ""
    if mode.endswith("PASID"):
        assert one.attach_pasid(a, 0) == ""
    calls: tuple[Callable[[], str], ...] = (
        lambda: driver_use.use_default(b),
        lambda: claim.claim_group(group, one),
        lambda: claim.claim_device(b, one),
        lambda: claim.claim_device(b, other),
        lambda: switch.attach_group(group, made(kernel)),
        lambda: default_domain.write_type(group, "identity"),
    )
    found = []
    for call in calls:
        mark = kernel.journal.mark()
        found.append(call())
        kernel.journal.back(mark)
    assert tuple(found) == MATRIX[mode]


# --- kernel drivers ---


def test_kernel_drivers_share_and_the_last_one_leaves_an_idle_group() -> None:
    kernel = machine()
    (a, b), group = kernel.devices, kernel.groups[0]
    assert driver_use.use_default(a) == driver_use.use_default(b) == ""
    assert group.owner_cnt == 2
    driver_use.unuse_default(a)
    driver_use.unuse_default(b)
    assert (group.owner_cnt, kernel.warnings) == (0, ())
    driver_use.unuse_default(b)
    assert (group.owner_cnt, len(kernel.warnings)) == (0, 1)


def test_a_device_without_a_group_is_used_without_being_counted() -> None:
    kernel = machine(1, present=False)
    device = kernel.devices[0]
    assert driver_use.use_default(device) == ""
    driver_use.unuse_default(device)
    assert (kernel.groups[0].owner_cnt, kernel.warnings) == (0, ())


@VERSIONS
def test_before_the_end_of_the_boot_a_probe_is_put_off_before_anything_else_is_asked(version: Version) -> None:
    kernel = machine(1, version, present=False)
    device, group = kernel.devices[0], kernel.groups[0]
    assert membership.add(device, queued=True) == ""
    assert (device.group, group.default, reached(device)) == (group, None, None)
    assert claim.claim_group(group, user(kernel)) == ""
    assert driver_use.use_default(device) == "EPROBE_DEFER"
    assert membership.finish_boot(group) == ""
    assert driver_use.use_default(device) == "EBUSY"


# --- attach, replace, detach ---


@VERSIONS
def test_an_owner_uses_its_tables_and_comes_back_to_blocking(version: Version) -> None:
    kernel = machine(2, version)
    group, one = kernel.groups[0], user(kernel)
    assert one.claim_group(group) == ""
    assert one.attach(group, 0) == ""
    assert everywhere(kernel) == [(USER, 0, 0)] * 2
    assert one.attach(group, 1) == "EBUSY"
    assert one.replace(group, 1) == ""
    assert everywhere(kernel) == [(USER, 0, 1)] * 2
    assert one.replace(group, None) == "EINVAL"
    one.detach(group)
    assert everywhere(kernel) == [None] * 2
    assert group.owner is one
    one.release_group(group)
    assert everywhere(kernel) == [KERNEL_PAGE] * 2


def test_release_without_a_detach_goes_from_the_table_to_the_default() -> None:
    kernel = machine()
    group, one = kernel.groups[0], user(kernel)
    assert one.claim_group(group) == ""
    assert one.attach(group, 0) == ""
    one.release_group(group)
    assert everywhere(kernel) == [KERNEL_PAGE] * 2
    assert (one.uses, kernel.warnings) == ((), ())


def test_only_a_device_alone_in_its_group_is_attached_alone() -> None:
    kernel = machine()
    (a, b), own = kernel.devices, made(kernel)
    assert switch.attach_device(a, own) == "EINVAL"
    membership.remove(b)
    assert switch.attach_device(b, own) == "ENODEV"
    assert switch.attach_device(a, own) == ""
    assert membership.add(b) == ""
    switch.detach_device(a, own)
    assert (len(kernel.warnings), kernel.groups[0].domain) == (1, own)


def test_a_domain_of_another_iommu_driver_is_refused_after_the_group_was_looked_at() -> None:
    kernel = machine()
    group, one = kernel.groups[0], user(kernel)
    foreign = make_domain(kernel, "paging", native=False)
    assert isinstance(foreign, Domain)
    assert switch.attach_group(group, foreign) == "EINVAL"
    assert one.claim_group(group) == ""
    assert one.attach(group, 0) == ""
    assert switch.attach_group(group, foreign) == "EBUSY"


def test_slot_zero_is_taken_first_and_given_back_if_the_attach_fails() -> None:
    kernel = machine()
    group, own, other = kernel.groups[0], made(kernel), made(kernel)
    handle = object()
    kernel.faults.begin((("attach-failed", True),))
    assert switch.attach_group_handle(group, own, handle) == "ENOMEM"
    assert group.handle is None
    kernel.faults.begin()
    assert switch.attach_group_handle(group, own, handle) == ""
    assert switch.attach_group_handle(group, other, object()) == "EBUSY"
    assert group.slots_are_occupied()
    switch.detach_group_handle(group)
    assert (group.handle, group.domain) == (None, group.default)
