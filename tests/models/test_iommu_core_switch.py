"""Switching the members one by one: what a failure at any place leaves, and what DMA may see in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.hw.adversary import absorb, possible_pages
from models.hw.oracle import Keeping
from models.kernel import claim, default_domain, membership, reset, switch
from models.kernel.callers import User
from models.kernel.device import Device
from models.kernel.group import Group
from models.kernel.kernel import Kernel
from models.kernel.marks import DEFAULT, PROBE, USER, unmark
from models.kernel.version import V6_12, Version
from tests.models.core_machine import Reached, everywhere, machine, reached, user
from tests.models.test_iommu_core import KERNEL_PAGE, VERSIONS

Call = Callable[[Group, User], object]

TABLE = (USER, 0, 0)
SECOND = (USER, 0, 1)


def owned(version: Version, devices: int = 3) -> tuple[Kernel, Group, User]:
    """A group with an owner who has a table attached."""
    kernel = machine(devices, version)
    group, one = kernel.groups[0], user(kernel)
    assert one.claim_group(group) == ""
    assert one.attach(group, 0) == ""
    return kernel, group, one


# --- failures ---


@VERSIONS
@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_member_that_fails_takes_the_earlier_ones_back(failing: int, version: Version) -> None:
    kernel, group, one = owned(version)
    kernel.faults.begin((("attach-failed", False),) * failing + (("attach-failed", True),))
    assert one.replace(group, 1) == "ENOMEM"
    again = failing + 1 if version is V6_12 else failing
    assert kernel.faults.reached == ("attach-failed",) * (failing + 1) + ("must attach-failed",) * again
    assert everywhere(kernel) == [TABLE] * 3
    assert (group.domain, kernel.warnings) == (one.tables[0], ())


@VERSIONS
def test_a_claim_that_fails_leaves_the_group_to_the_kernel(version: Version) -> None:
    kernel = machine(2, version)
    group, one = kernel.groups[0], user(kernel)
    for script, errno in (
        ((("no-blocking-domain", True),), "ENOMEM"),
        ((("attach-failed", True),), "ENOMEM"),
        ((("attach-failed", False), ("attach-failed", True)), "ENOMEM"),
    ):
        kernel.faults.begin(script)
        assert one.claim_group(group) == errno
        assert (group.owner, group.owner_cnt, group.domain) == (None, 0, group.default)
        assert everywhere(kernel) == [KERNEL_PAGE] * 2
    kernel.faults.begin()
    assert one.claim_group(group) == ""


@VERSIONS
def test_a_device_with_a_direct_region_is_never_blocked(version: Version) -> None:
    kernel = machine(1, version, require_direct=True)
    assert claim.claim_group(kernel.groups[0], user(kernel)) == "EINVAL"
    assert everywhere(kernel) == [KERNEL_PAGE]


def test_what_must_succeed_goes_on_to_the_others_and_complains() -> None:
    kernel, group, _ = owned(V6_12)
    kernel.faults.begin((("must attach-failed", False), ("must attach-failed", True)))
    claim.release_group(group)
    assert everywhere(kernel) == [KERNEL_PAGE, None, KERNEL_PAGE]
    assert (group.domain, len(kernel.warnings)) == (group.default, 1)


def test_a_roll_back_that_fails_blocks_the_member_and_complains() -> None:
    kernel, group, one = owned(V6_12)
    kernel.faults.begin((("attach-failed", False), ("attach-failed", True), ("must attach-failed", True)))
    assert one.replace(group, 1) == "ENOMEM"
    assert everywhere(kernel) == [None, TABLE, TABLE]
    assert len(kernel.warnings) == 1


ALL_OR_NOTHING: dict[str, Call] = {
    "claim": lambda group, one: one.claim_group(group),
    "attach": lambda group, one: one.attach(group, 0),
    "identity": lambda group, one: default_domain.write_type(group, "identity"),
    "flush queue": lambda group, one: default_domain.write_type(group, "DMA-FQ"),
    "PASID": lambda group, one: one.attach_pasid(group.members[1], 0),
    "reset": lambda group, one: reset.prepare(group.members[1]),
}


@VERSIONS
@pytest.mark.parametrize("name", ALL_OR_NOTHING)
def test_every_inner_failure_leaves_everything_as_it_was(name: str, version: Version) -> None:
    kernel = machine(2, version)
    group, one = kernel.groups[0], user(kernel)
    start = kernel.journal.mark()
    kernel.faults.begin()
    assert ALL_OR_NOTHING[name](group, one) == ""
    places = kernel.faults.reached
    kernel.journal.back(start)
    before = (group.owner, group.owner_cnt, group.domain, group.default, group.pasids, group.recovery_cnt)
    for number, place in enumerate(places):
        kernel.faults.begin(inject=number)
        refused = ALL_OR_NOTHING[name](group, one)
        after = (group.owner, group.owner_cnt, group.domain, group.default, group.pasids, group.recovery_cnt)
        assert (refused in ("ENOMEM", "EINVAL", "EOPNOTSUPP"), after) == (True, before), place
        assert everywhere(kernel) == [KERNEL_PAGE] * 2
        assert everywhere(kernel, 1) == [None] * 2
        kernel.journal.back(start)


# --- what DMA sees meanwhile ---

SWITCHES: dict[str, tuple[bool, Call, set[Reached | None]]] = {
    "claim": (False, lambda group, one: one.claim_group(group), {KERNEL_PAGE, None}),
    "attach": (False, lambda group, one: one.attach(group, 0), {KERNEL_PAGE, TABLE, None}),
    "replace": (True, lambda group, one: one.replace(group, 1), {TABLE, SECOND, None}),
    "detach": (True, lambda group, one: one.detach(group), {TABLE, None}),
    "release": (True, lambda group, one: one.release_group(group), {TABLE, KERNEL_PAGE, None}),
    "new type": (False, lambda group, one: default_domain.write_type(group, "DMA-FQ"), {KERNEL_PAGE}),
}


@VERSIONS
@pytest.mark.parametrize("name", SWITCHES)
def test_dma_sees_the_old_domain_or_the_new_one_or_nothing(name: str, version: Version) -> None:
    is_owned, call, allowed = SWITCHES[name]
    kernel = owned(version)[0] if is_owned else machine(3, version)
    group = kernel.groups[0]
    one = group.owner if isinstance(group.owner, User) else user(kernel)
    seen: set[Reached | None] = set()

    def look() -> None:
        kernel.journal.observer = None
        seen.update(reached(device, oracle=Keeping()) for device in kernel.devices)
        kernel.journal.observer = look

    kernel.journal.observer = look
    call(group, one)
    kernel.journal.observer = None
    assert seen <= allowed and (len(seen) > 1 or name == "new type")
    assert kernel.memory.stray == []


def test_a_sibling_that_joins_gets_the_table_of_the_owner_before_a_driver_could_bind() -> None:
    kernel, _, _ = owned(V6_12)
    device = kernel.devices[2]
    membership.remove(device)
    assert (reached(device), device.group) == (None, None)
    assert membership.add(device) == ""
    assert reached(device) == TABLE


@VERSIONS
def test_a_change_of_the_type_exchanges_the_object_and_frees_the_old_one(version: Version) -> None:
    kernel = machine(2, version)
    group = kernel.groups[0]
    old = group.default
    assert old is not None
    assert default_domain.write_type(group, "identity") == ""
    assert (old.freed, group.domain is group.default) == (True, True)
    assert [d.kind for d in kernel.domains] == ["identity"]
    assert default_domain.write_type(group, "DMA") == ""
    assert everywhere(kernel) == [(DEFAULT, 0, 0)] * 2


def test_the_type_is_asked_in_the_order_of_the_kernel() -> None:
    kernel = machine(2, present=False)
    group, one = kernel.groups[0], user(kernel)
    assert default_domain.write_type(group, "bounce", privileged=False) == "EACCES"
    assert default_domain.write_type(group, "identity") == "EINVAL"
    for device in kernel.devices:
        assert membership.add(device) == ""
    assert one.claim_group(group) == ""
    assert default_domain.write_type(group, "bounce") == "EINVAL"
    assert default_domain.write_type(group, "DMA-FQ") == "", "a flush queue starts in place, whoever holds the group"
    assert default_domain.write_type(group, "DMA") == default_domain.write_type(group, "auto") == "EPERM"
    one.release_group(group)
    kernel.faults.begin((("type-conflict", True),))
    assert default_domain.write_type(group, "DMA") == "EINVAL"
    kernel.faults.begin()
    assert default_domain.write_type(group, "auto") == ""
    assert group.default is not None and group.default.kind == "dma"
    assert default_domain.write_type(group, "DMA-FQ") == ""
    same = group.default
    assert default_domain.write_type(group, "DMA-FQ") == ""
    assert group.default is same


@VERSIONS
def test_switching_to_the_same_domain_or_to_none(version: Version) -> None:
    kernel, group, _ = owned(version)
    mark = kernel.journal.mark()
    assert switch.set_group_domain(group, group.domain) == ""
    assert kernel.journal.mark() == mark
    assert switch.set_group_domain(group, None) == "EINVAL"
    assert (len(kernel.warnings), everywhere(kernel)) == (1, [TABLE] * 3)


@VERSIONS
def test_after_every_call_nothing_that_was_cached_meanwhile_is_of_any_use(version: Version) -> None:
    kernel = machine(2, version)
    group, one = kernel.groups[0], user(kernel)

    def keep_all() -> None:
        kernel.journal.observer = None
        for device in kernel.devices:
            absorb(kernel.unit, device.rid, None, [PROBE])
        kernel.journal.observer = keep_all

    keep_all()
    for call, expected in (
        (lambda: one.claim_group(group), set()),
        (lambda: one.attach(group, 0), {TABLE}),
        (lambda: one.replace(group, 1), {SECOND}),
        (lambda: one.detach(group), set()),
        (lambda: one.attach(group, 1), {SECOND}),
        (lambda: one.release_group(group), {KERNEL_PAGE}),
        (lambda: default_domain.write_type(group, "DMA-FQ"), {KERNEL_PAGE}),
        (lambda: default_domain.write_type(group, "DMA"), {(DEFAULT, 0, 1)}),
    ):
        call()
        kernel.journal.observer = None
        for device in kernel.devices:
            assert possible(kernel, device) == expected
        kernel.journal.observer = keep_all
    kernel.journal.observer = None


def possible(kernel: Kernel, device: Device) -> set[Reached | None]:
    """Whose pages a request of a device may get to, with or without its caches and those of the unit."""
    pages = possible_pages(kernel.unit, device.rid, None, PROBE)
    pages += [kept.page for kept in device.issuer.cache.pages]
    return {unmark(kernel.memory.load(page.address(PROBE))) for page in pages}
