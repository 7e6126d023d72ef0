"""The core's rules for devices that come and go, PASIDs, resets and attaches that wait; and the way back."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from models.hw.attributes import READ, WRITE
from models.hw.device import Done, Refused
from models.hw.format_amd import AmdHost
from models.hw.formats import PAGE
from models.hw.journal import Journal
from models.hw.memory import LOWEST, Memory
from models.hw.oracle import Keeping, Plain
from models.kernel import claim, default_domain, deferred, driver_use, membership, pasid, reset, switch
from models.kernel.callers import User
from models.kernel.device import Device, DeviceDescription
from models.kernel.domain import Domain, make_domain
from models.kernel.kernel import Kernel
from models.kernel.marks import FIRMWARE, USER
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_range
from models.kernel.version import V6_12, V7_0, Version
from tests.models.core_machine import everywhere, machine, reached, user
from tests.models.test_iommu_core import KERNEL_PAGE, VERSIONS

TABLE, SECOND = (USER, 0, 0), (USER, 0, 1)

# --- members ---


@VERSIONS
def test_the_last_member_takes_the_domains_of_the_core_along(version: Version) -> None:
    kernel = machine(2, version)
    frames = len(machine(2, version, present=False).memory.frames)
    group, one = kernel.groups[0], user(kernel, tables=0)
    assert one.claim_group(group) == ""
    one.release_group(group)
    for device in kernel.devices:
        membership.remove(device)
    assert (group.domain, group.default, group.blocking, kernel.domains) == (None, None, None, ())
    assert len(kernel.memory.frames) == frames + 1, "but for the context table of the unit"
    assert kernel.warnings == ()


def test_the_last_member_of_a_group_that_is_held_leaves_with_a_complaint() -> None:
    kernel = machine(1)
    assert driver_use.use_default(kernel.devices[0]) == ""
    membership.remove(kernel.devices[0])
    assert len(kernel.warnings) == 1


def test_a_device_that_must_not_be_blocked_stays_outside_a_blocked_group() -> None:
    kernel = Kernel(V6_12, [*descriptions(1), *descriptions(1, 0x20, require_direct=True)], present=False)
    a, b = kernel.devices
    assert membership.add(a) == ""
    assert claim.claim_group(kernel.groups[0], user(kernel)) == ""
    assert membership.add(b) == "EINVAL"
    assert (b.group, b.tables, kernel.groups[0].members) == (None, (), (a,))
    assert driver_use.use_default(b) == ""
    assert kernel.groups[0].owner_cnt == 1


def descriptions(count: int, first: int = 0x10, require_direct: bool = False) -> list[DeviceDescription]:
    """Devices of one group."""
    return [DeviceDescription(first + n, 0, require_direct=require_direct) for n in range(count)]


@VERSIONS
def test_what_firmware_demands_is_mapped_in_every_default_domain(version: Version) -> None:
    kernel = Kernel(version, [*descriptions(1), *descriptions(1, 0x20, require_direct=True)], present=False)
    (a, b), group = kernel.devices, kernel.groups[0]
    assert membership.add(a) == ""
    assert isinstance(a.issuer.write(FIRMWARE, 5, Plain()), Refused)
    assert membership.add(b) == ""
    for word in ("DMA", "identity", "DMA"):
        assert default_domain.write_type(group, word) == ""
        assert b.issuer.write(FIRMWARE, 5, Plain()) == Done(FIRMWARE, 5)
    one = user(kernel)
    assert one.claim_group(group) == "EINVAL"
    membership.remove(b)
    assert one.claim_group(group) == ""
    assert one.attach(group, 0) == ""
    assert isinstance(a.issuer.write(FIRMWARE, 5, Plain()), Refused)


@VERSIONS
def test_a_device_that_cannot_be_set_up_leaves_nothing_behind(version: Version) -> None:
    kernel = machine(2, version, present=False)
    (a, b), group = kernel.devices, kernel.groups[0]
    assert membership.add(a) == ""
    frames = set(kernel.memory.frames)
    kernel.faults.begin()
    mark = kernel.journal.mark()
    assert membership.add(b) == ""
    places = kernel.faults.reached
    kernel.journal.back(mark)
    for number in range(len(places)):
        kernel.faults.begin(inject=number)
        assert membership.add(b) == "ENOMEM"
        assert (b.group, b.tables, group.members) == (None, (), (a,))
        assert (set(kernel.memory.frames), everywhere(kernel)) == (frames, [KERNEL_PAGE, None])


# --- PASIDs ---


def test_the_order_of_what_a_pasid_attach_looks_at_differs_by_version() -> None:
    for version, first in ((V6_12, "EOPNOTSUPP"), (V7_0, "ENODEV")):
        kernel = machine(1, version, present=False)
        domain = make_domain(kernel, "paging")
        foreign = make_domain(kernel, "paging", native=False)
        assert isinstance(domain, Domain) and isinstance(foreign, Domain)
        device = kernel.devices[0]
        kernel.faults.begin((("pasid-unsupported", True),))
        assert pasid.attach_pasid(device, 1, domain) == first
        assert membership.add(device) == ""
        kernel.faults.begin((("pasid-unsupported", True),))
        assert pasid.attach_pasid(device, 1, domain) == "EOPNOTSUPP"
        kernel.faults.begin()
        assert pasid.attach_pasid(device, 0, domain) == "EINVAL"
        assert pasid.attach_pasid(device, 1, foreign) == "EINVAL"
        assert pasid.attach_pasid(device, 2, domain) == "EINVAL", "too large for the device"
        assert pasid.attach_pasid(device, 1, domain) == ""
        assert pasid.attach_pasid(device, 1, domain) == "EBUSY"
        assert pasid.attach_pasid(device, 2, domain) == "EINVAL"


@pytest.mark.parametrize("limits", [(2, 0), (2, 1), (0, 0)])
def test_members_that_issue_no_pasids_refuse_in_one_version_and_are_passed_over_in_the_other(
    limits: tuple[int, int],
) -> None:
    for version in (V6_12, V7_0):
        kernel = machine(2, version)
        for device, limit in zip(kernel.devices, limits, strict=True):
            device.max_pasids = limit
        refused = version is V6_12 or 1 in limits
        assert user(kernel).attach_pasid(kernel.devices[0], 0) == ("EINVAL" if refused else "")
        if not refused:
            assert everywhere(kernel, 1) == [TABLE if limit else None for limit in limits]


@VERSIONS
def test_a_pasid_is_attached_to_all_or_to_none_and_a_late_member_has_nothing(version: Version) -> None:
    kernel = machine(3, version)
    group, one = kernel.groups[0], user(kernel)
    membership.remove(kernel.devices[2])
    kernel.faults.begin((("pasid-attach-failed", False), ("pasid-attach-failed", True)))
    assert one.attach_pasid(kernel.devices[0], 0) == "ENOMEM"
    assert (everywhere(kernel, 1), group.pasids) == ([None] * 3, ())
    kernel.faults.begin()
    assert one.attach_pasid(kernel.devices[0], 0) == ""
    assert membership.add(kernel.devices[2]) == ""
    assert everywhere(kernel, 1) == [TABLE, TABLE, None]
    assert everywhere(kernel) == [KERNEL_PAGE] * 3
    one.detach_pasid(group)
    assert (everywhere(kernel, 1), group.pasids) == ([None] * 3, ())


def test_a_replaced_pasid_is_undone_to_the_old_domain_on_the_members_that_were_done() -> None:
    kernel = machine(2, V7_0)
    (a, _), group, one = kernel.devices, kernel.groups[0], user(kernel)
    assert one.replace_pasid(a, 0) == "EINVAL", "there is nothing to replace"
    assert one.attach_pasid(a, 0) == ""
    kernel.faults.begin((("pasid-attach-failed", False), ("pasid-attach-failed", True)))
    assert one.replace_pasid(a, 1) == "ENOMEM"
    assert everywhere(kernel, 1) == [TABLE] * 2
    kernel.faults.begin()
    assert one.replace_pasid(a, 0) == ""
    assert kernel.faults.reached == ("pasid-unsupported", "pasid-other-iommu-driver"), "the members are not asked"
    assert one.replace_pasid(a, 1) == ""
    assert everywhere(kernel, 1) == [SECOND] * 2
    assert group.slot(1) is one.tables[1]


# --- resets ---


def owned(devices: int = 2) -> tuple[Kernel, User]:
    """A group of 7.0 whose owner has a table attached, also to a PASID."""
    kernel = machine(devices, V7_0)
    one = user(kernel)
    assert one.claim_group(kernel.groups[0]) == ""
    assert one.attach(kernel.groups[0], 0) == ""
    assert one.attach_pasid(kernel.devices[0], 1) == ""
    return kernel, one


def test_a_reset_blocks_its_device_and_nobody_else() -> None:
    kernel, one = owned()
    (a, _), group = kernel.devices, kernel.groups[0]
    assert reset.prepare(a) == ""
    assert (everywhere(kernel), everywhere(kernel, 1)) == ([None, TABLE], [None, SECOND])
    assert (group.recovery_cnt, group.domain, group.slot(1)) == (1, one.tables[0], one.tables[1])
    assert reset.prepare(a) == ""
    reset.done(a)
    assert (a.blocked, a.reset_depth, reached(a)) == (True, 1, None)
    reset.done(a)
    assert (everywhere(kernel), everywhere(kernel, 1), group.recovery_cnt) == ([TABLE] * 2, [SECOND] * 2, 0)
    reset.done(a)
    assert len(kernel.warnings) == 1


def test_during_a_reset_who_may_fail_is_refused_and_who_must_succeed_is_not() -> None:
    kernel, one = owned()
    (a, b), group = kernel.devices, kernel.groups[0]
    assert reset.prepare(a) == ""
    assert one.replace(group, 1) == "EBUSY"
    assert one.replace_pasid(b, 0) == "EBUSY"
    one.detach_pasid(group)
    assert everywhere(kernel, 1) == [None, None]
    one.detach(group)
    assert one.attach(group, 0) == "EBUSY"
    one.release_group(group)
    assert everywhere(kernel) == [None, KERNEL_PAGE]
    assert claim.claim_group(group, one) == "EBUSY"
    reset.done(a)
    assert (everywhere(kernel), kernel.warnings) == ([KERNEL_PAGE] * 2, ())


def test_a_reset_without_ats_or_without_a_group_or_in_an_old_kernel_blocks_nothing() -> None:
    for kernel in (machine(1, V7_0, ats=False), machine(1, V6_12)):
        assert reset.prepare(kernel.devices[0]) == ""
        assert (kernel.devices[0].reset_depth, reached(kernel.devices[0])) == (0, KERNEL_PAGE)
        reset.done(kernel.devices[0])
        assert kernel.warnings == ()
    kernel = machine(1, V7_0, present=False)
    assert reset.prepare(kernel.devices[0]) == ""


def test_a_group_without_a_domain_has_nothing_to_come_back_to() -> None:
    kernel = machine(1, V7_0, present=False)
    device = kernel.devices[0]
    assert membership.add(device, queued=True) == ""
    assert reset.prepare(device) == ""
    reset.done(device)
    assert (device.blocked, kernel.groups[0].recovery_cnt, kernel.warnings) == (False, 0, ())


def test_a_group_on_its_blocking_domain_needs_no_attach_to_be_reset() -> None:
    kernel = machine(2, V7_0)
    assert user(kernel).claim_group(kernel.groups[0]) == ""
    kernel.faults.begin(inject=0)
    assert reset.prepare(kernel.devices[0]) == ""
    assert kernel.faults.reached == ()


# --- attaches that wait ---


@VERSIONS
def test_after_a_crash_the_first_mapping_attaches(version: Version) -> None:
    kernel = machine(2, version, is_kdump=True)
    a, b = kernel.devices
    assert (everywhere(kernel), a.deferred, kernel.groups[0].domain) == ([None] * 2, True, kernel.groups[0].default)
    assert driver_use.use_default(a) == ""
    kernel.faults.begin((("attach-failed", True),))
    assert deferred.deferred_attach(a) == "ENOMEM"
    assert (a.deferred, reached(a)) == (True, None)
    kernel.faults.begin()
    assert deferred.deferred_attach(a) == ""
    assert (a.deferred, b.deferred, everywhere(kernel)) == (False, True, [KERNEL_PAGE, None])
    assert deferred.deferred_attach(a) == ""


def test_a_claim_that_fails_attaches_what_waited() -> None:
    kernel = Kernel(V6_12, [*descriptions(1), *descriptions(1, 0x20, require_direct=True)], is_kdump=True)
    assert claim.claim_group(kernel.groups[0], user(kernel)) == "EINVAL"
    assert everywhere(kernel) == [KERNEL_PAGE, None]
    assert [d.deferred for d in kernel.devices] == [False, True]


# --- the way back ---


def snapshot(kernel: Kernel) -> object:
    """Everything that may change, as values."""
    memory = kernel.memory
    words = {n: tuple(frame) for n, frame in memory.frames.items()}
    left = {n: tuple(frame) for n, frame in memory.freed.items()}
    kept = [device.issuer.cache for device in kernel.devices]
    objects = [kernel, kernel.unit, kernel.unit.caches, *kept, *kernel.groups, *kernel.devices, *kernel.domains]
    slots = [(o, name, value(getattr(o, name))) for o in objects for name in names(o)]
    return words, left, tuple(memory.stray), memory.following, slots


def names(what: object) -> list[str]:
    """The attributes of an object that are its own."""
    return [n for n in getattr(type(what), "__slots__", ()) if n not in ("journal", "faults", "memory", "sight")]


def value(what: object) -> object:
    """Lists change; the other values do not."""
    return tuple(what) if isinstance(what, list) else what


CALLS: tuple[Callable[[Kernel, User, Device], object], ...] = (
    lambda kernel, one, device: claim.claim_group(device.home, one),
    lambda kernel, one, device: one.attach(device.home, 0) if device.home.owner is one else None,
    lambda kernel, one, device: one.replace(device.home, 1) if device.home.owner is one else None,
    lambda kernel, one, device: one.detach(device.home) if one.has_table(device.home, None) else None,
    lambda kernel, one, device: one.attach_pasid(device, 1) if device.group else None,
    lambda kernel, one, device: one.detach_pasid(device.home) if one.has_table(device.home, 1) else None,
    lambda kernel, one, device: one.release_group(device.home) if device.home in one.claimed else None,
    lambda kernel, one, device: membership.remove(device) if len(device.home.members) > 1 else None,
    lambda kernel, one, device: membership.add(device),
    lambda kernel, one, device: reset.prepare(device),
    lambda kernel, one, device: reset.done(device) if device.reset_depth and device.group else None,
    lambda kernel, one, device: switch.make_blocking(device.home),
    lambda kernel, one, device: reached(device, oracle=Keeping()),
    lambda kernel, one, device: reached(device, 1, Keeping()),
)


@pytest.mark.parametrize("seed", range(20))
def test_the_journal_takes_everything_back_to_the_last_word(seed: int) -> None:
    drawn = random.Random(seed)
    kernel = machine(3, V7_0)
    one = user(kernel)
    stack: list[tuple[int, object]] = []
    for _ in range(60):
        if stack and drawn.random() < 0.3:
            which = drawn.randrange(len(stack))
            mark, before = stack[which]
            del stack[which:]
            kernel.journal.back(mark)
            assert snapshot(kernel) == before
        stack.append((kernel.journal.mark(), snapshot(kernel)))
        kernel.faults.begin(inject=drawn.choice([None, None, 0, 1, 2, 3]))
        drawn.choice(CALLS)(kernel, one, drawn.choice(kernel.devices))
    kernel.journal.back(stack[0][0])
    assert snapshot(kernel) == stack[0][1]


def test_a_table_that_grew_is_taken_back_with_its_root() -> None:
    journal = Journal()
    memory = Memory(journal=journal)
    table = PageTable(memory, AmdHost())
    before, root, mark = {n: tuple(f) for n, f in memory.frames.items()}, table.root, journal.mark()
    assert map_range(table, 1 << 50, 1 << 20, PAGE, READ | WRITE) == 0
    assert table.root != root
    assert table.translate(1 << 50) == 1 << 20
    assert not table.enforce_coherence()
    journal.back(mark)
    assert (table.root, {n: tuple(f) for n, f in memory.frames.items()}) == (root, before)
    assert table.translate(1 << 50) is None
    assert table.enforce_coherence()
    journal.back(mark)
    assert not table.snoop
    assert map_range(table, 0, 1 << 20, PAGE, READ | WRITE) == 0
    memory.free(memory.allocate())
    journal.back(0)
    assert (memory.frames, memory.freed, memory.following) == ({}, {}, LOWEST >> 12)
