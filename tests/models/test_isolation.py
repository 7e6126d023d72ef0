"""Isolation end to end: no run finds a request where it should not be, and every rule that is left out is found."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from models.checks import isolation
from models.checks.isolation import Report, explore
from models.checks.isolation_core import PASID, CoreStage, Size
from models.checks.isolation_hardware import Arrival, issue, sweep
from models.checks.isolation_promise import (
    BLOCKED,
    KERNEL,
    Book,
    Domain,
    Group,
    attached,
    claimed,
    detached,
    fenced,
    left,
    released,
    slot_set,
)
from models.checks.isolation_runs import LARGE, QUICK, at_random, files_at_random, run
from models.checks.isolation_vfio import VfioStage
from models.hw.attributes import READ, WRITE
from models.hw.invalidation import DevicePages
from models.hw.invalidation import Domain as UnderTag
from models.hw.ranges import EVERYTHING
from models.kernel import claim, membership, pasid, reset, switch, vfio_group
from models.kernel.domain import Domain as KernelDomain
from models.kernel.kernel import Kernel
from models.kernel.pgtable_flush import Flusher
from models.kernel.pgtable_gather import Gather
from models.kernel.unit_vtd import VtdUnit
from models.kernel.version import V6_12, V7_0, Version

ENOUGH = 800
"""How many moments a run has to look at, so that it cannot become empty unseen."""


@pytest.mark.parametrize("name", QUICK)
def test_every_short_sequence(name: str) -> None:
    report = run(name)
    assert [str(v) for v in report.violations] == []
    assert report.probed > ENOUGH
    assert report.arrived > 0


def test_long_sequences_at_random() -> None:
    for seed in range(2):
        for report in (at_random(seed, 80), files_at_random(seed, 80)):
            assert [str(v) for v in report.violations] == []
            assert report.probed > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("last_first", [False, True])
def test_every_longer_sequence(name: str, last_first: bool) -> None:
    report = run(name, last_first=last_first)
    assert [str(v) for v in report.violations] == []


@pytest.mark.slow
def test_many_long_sequences_at_random() -> None:
    for seed in range(100, 200):
        assert [str(v) for v in at_random(seed, 400).violations] == []
        assert [str(v) for v in files_at_random(seed, 400).violations] == []


# --- what is promised ---

G = Book(
    (("g0", Group((0x10, 0x11))),), (("o1.0", Domain("o1", ((0x1000, 0x5000, READ, 12),))), ("o2.0", Domain("o2")))
)


def test_the_book_of_a_claim_has_no_way_to_the_kernel() -> None:
    assert G.route(0x10, None) == KERNEL
    book = claimed("g0", "o1", None)(G)
    assert (book.route(0x10, None), book.route(0x11, None), book.route(0x10, PASID)) == (BLOCKED, BLOCKED, BLOCKED)
    assert list(book.faults()) == []
    assert list(attached("g0", "o1.0")(book).faults()) == []
    assert list(attached("g0", "o2.0")(book).faults()) == ["g0 of o1 goes through o2.0"]
    assert list(slot_set("g0", PASID, "o2.0")(book).faults()) == ["g0 of o1 goes through o2.0"]
    assert detached("g0")(attached("g0", "o1.0")(book)) == book
    assert released("g0", None)(book) == G
    assert detached("g0")(attached("g0", "o1.0")(G)) == G


def test_claims_by_devices_are_counted() -> None:
    book = claimed("g0", "o1", 0x11)(claimed("g0", "o1", 0x10)(G))
    assert released("g0", 0x10)(book).route(0x10, None) == BLOCKED
    assert released("g0", 0x11)(released("g0", 0x10)(book)) == G


def test_who_is_apart_reaches_nothing() -> None:
    assert fenced(0x10, True)(G).route(0x10, None) == BLOCKED
    assert fenced(0x10, True)(G).route(0x11, None) == KERNEL
    assert left("g0", 0x10)(G).route(0x10, None) == BLOCKED


def test_a_page_allows_what_was_mapped() -> None:
    domain = G.domain("o1.0")
    assert domain.allows(0x1008, 0x5008, READ)
    assert not domain.allows(0x1008, 0x5008, READ | WRITE)
    assert not domain.allows(0x1008, 0x5000, READ)
    assert not domain.allows(0x2008, 0x5008, READ)


# --- the sweep against real requests ---


@pytest.mark.parametrize("name", ["slots", "reset", "container"])
def test_no_real_request_arrives_anywhere_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At moments drawn at random, requests are really sent, whatever the unit may use: the sweep has seen them all."""
    random, sent, got = Random(7), [0], [0]
    stages: list[CoreStage] = []
    made = CoreStage.__init__

    def make(self: CoreStage, *args: Any, **options: Any) -> None:
        made(self, *args, **options)
        stages.append(self)

    def both(unit: Any, bus: Any, requesters: Any, iovas: Any) -> list[Arrival]:
        found = sweep(unit, bus, requesters, iovas)
        if random.randrange(100) == 0:
            seen = {(a.rid, a.pasid, a.iova, a.pa, right) for a in found for right in (READ, WRITE) if a.rights & right}
            pasids = tuple(dict.fromkeys(p for _, p in requesters))
            members = [d.issuer for d in stages[-1].kernel.devices if d.group is not None]
            real = {(a.rid, a.pasid, a.iova, a.pa, a.rights) for a in issue(members, pasids, iovas)}
            assert real <= seen
            sent[0] += 1
            got[0] += len(real)
        return found

    monkeypatch.setattr(CoreStage, "__init__", make)
    monkeypatch.setattr(isolation, "sweep", both)
    assert run(name).violations == []
    assert sent[0] > 10
    assert got[0] > 10


# --- every rule is needed ---


def no_invalidation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(VtdUnit, "_forget", lambda self, device, pasid, old: None)


def invalidation_too_early(patch: pytest.MonkeyPatch) -> None:
    """The unit may read the entry again before it is gone."""
    clear, forget = VtdUnit.clear, VtdUnit._forget

    def early(self: VtdUnit, device: Any, number: int | None) -> None:
        old = self.attached(device, number)
        if old is not None:
            forget(self, device, number, old)
        patch.setattr(VtdUnit, "_forget", lambda self, device, pasid, old: None)
        clear(self, device, number)
        patch.setattr(VtdUnit, "_forget", forget)

    patch.setattr(VtdUnit, "clear", early)


def cached_entry_last(patch: pytest.MonkeyPatch) -> None:
    """The IOTLB is filled again by an entry that is still cached."""
    forget, config = VtdUnit._forget, VtdUnit._forget_config

    def late(self: VtdUnit, device: Any, number: int | None, old: KernelDomain) -> None:
        patch.setattr(VtdUnit, "_forget_config", lambda self, device: None)
        forget(self, device, number, old)
        patch.setattr(VtdUnit, "_forget_config", config)
        config(self, device)

    patch.setattr(VtdUnit, "_forget", late)


def no_way_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(switch, "revert", lambda group, failing: None)


def no_blocking(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claim, "set_group_domain", lambda group, domain: "")


def default_at_detach(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(switch, "detach_group", lambda group: switch.must_set_group_domain(group, group.default))


def default_for_who_joins(patch: pytest.MonkeyPatch) -> None:
    real = membership.set_device_domain
    patch.setattr(membership, "set_device_domain", lambda d, group, domain, must: real(d, group, group.default, must))


def slot_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pasid, "detach_pasid", lambda group, number: group.fill_slot(number, None))


def not_blocked_in_reset(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reset, "block", lambda device, group: "")


def tables_freed_first(patch: pytest.MonkeyPatch) -> None:
    sync = Gather.sync

    def early(self: Gather) -> None:
        tables, self.tables = self.tables, []
        for pa, pages in tables:
            self.free(pa, pages)
        sync(self)

    patch.setattr(Gather, "sync", early)


def no_flush(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KernelDomain, "flush", lambda self, first, last, leaf_only: None)


def one_tag_for_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Kernel, "take_tag", lambda self: 1)


def container_without_claim(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claim, "claim_group", lambda group, cookie: "")


def anybody_joins(patch: pytest.MonkeyPatch) -> None:
    """A claim by a device that does not ask who owns the group."""
    real = claim.claim_device

    def joined(device: Any, cookie: object) -> str:
        return real(device, device.group.owner or cookie)

    patch.setattr(claim, "claim_device", joined)


def first_release_ends_it(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claim, "release_device", lambda device: claim.release_group(device.group))


def devices_do_not_keep_the_container(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        vfio_group, "use_container", lambda group: "" if group.container and group.container.backend else "EINVAL"
    )
    patch.setattr(vfio_group, "unuse_container", lambda vfio, group: None)


def driver_leaves_the_group_attached(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(vfio_group.vfio_container, "detach_group", lambda group: None)


def unmapped_in_the_list_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KernelDomain, "unmap", lambda self, iova, size: size)


def context_kept_at_removal(patch: pytest.MonkeyPatch) -> None:
    """The unit goes on from the context entry that it kept, into a table that was given back."""
    release, config = VtdUnit.release, VtdUnit._forget_config

    def careless(self: VtdUnit, device: Any) -> None:
        for number, _ in device.attached:
            self.clear(device, number)
        patch.setattr(VtdUnit, "_forget_config", lambda self, device: None)
        release(self, device)
        patch.setattr(VtdUnit, "_forget_config", config)

    patch.setattr(VtdUnit, "release", careless)


BROKEN: list[tuple[Callable[[pytest.MonkeyPatch], None], str, str]] = [
    (no_invalidation, "switch", "(kernel), though it goes through blocked"),
    (invalidation_too_early, "switch", "(kernel), though it goes through blocked"),
    (cached_entry_last, "pages", "though it goes through"),
    (no_way_back, "failures", "though it goes through"),
    (no_blocking, "switch", "(kernel), though it goes through blocked"),
    (default_at_detach, "switch", "(kernel), though it goes through o1.0 or blocked"),
    (default_for_who_joins, "members", "(kernel), though it goes through blocked"),
    (context_kept_at_removal, "members", "which was given back"),
    (slot_stays, "slots", "with PASID 1"),
    (not_blocked_in_reset, "reset", "though it goes through blocked"),
    (tables_freed_first, "large-pages", "which was given back"),
    (no_flush, "pages", "memory of o1"),
    (one_tag_for_all, "switch", "though it goes through"),
    (container_without_claim, "files", "(kernel), though it goes through blocked"),
    (anybody_joins, "iommufd", "though it goes through"),
    (first_release_ends_it, "iommufd", "(kernel), though it goes through f0"),
    (devices_do_not_keep_the_container, "container", "(kernel), though it goes through c0"),
    (driver_leaves_the_group_attached, "container", "memory of c0"),
    (unmapped_in_the_list_only, "container", "though it goes through c0"),
]


@pytest.mark.parametrize(("broken", "name", "told"), BROKEN, ids=[b.__name__ for b, _, _ in BROKEN])
def test_every_rule_is_needed(
    broken: Callable[[pytest.MonkeyPatch], None], name: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    report = run(name, stop=True)
    assert report.violations, report.summary()
    assert told in str(report.violations[0])


@pytest.mark.parametrize("last_first", [False, True])
def test_the_unit_is_done_before_any_device_is_told(last_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waited for together, the commands may run the other way round, and the device refills from a stale unit."""

    def flush(self: Flusher, first: int, last: int, leaf_only: bool) -> None:
        for at in self.attachments:
            at.unit.submit(UnderTag(at.tag))
        for at in self.attachments:
            at.unit.submit(DevicePages(at.rid, 0, EVERYTHING, all_pasids=True))
        self._wait_all()

    monkeypatch.setattr(Flusher, "flush", flush)
    report = run("pages", stop=True, last_first=last_first)
    assert bool(report.violations) is last_first


# --- what is outside the promise ---


def test_a_release_of_a_group_drops_the_claims_by_its_devices() -> None:
    """Why no owner may claim in both ways: the count is set to zero, and the device goes to the kernel's domain."""
    report = claims_of(mixed=True)
    assert "claim(g0, o1) ; claim(0x10, o1) ; release(g0)" in str(report.violations[0])
    assert claims_of(mixed=False).violations == []


def claims_of(mixed: bool) -> Report:
    stage = CoreStage(Size((0,), ("o1",), 1, mixed=mixed))
    return explore(stage, 3, only=lambda name: name.split("(")[0] in ("claim", "release"))


@pytest.mark.parametrize("version", [V6_12, V7_0])
def test_a_device_that_cannot_be_blocked_joins_an_owner(version: Version) -> None:
    """It follows the group to the owner's domain and refuses to leave it: DMA goes on, in the end by a freed table.

    That firmware demands a 1:1 region of a device in a group that is owned is what axiom T3 of the spec excludes.
    """
    stage = CoreStage(Size((0, 0), ("o1",), 1, direct=(0x11,)), version)
    calls = ("remove(0x11)", "claim(g0, o1)", "attach(g0, o1.0)", "add(0x11)", "detach(g0)", "free(o1.0)")
    assert explore(stage, 0, first=calls[:-2]).violations == []
    told = [str(v) for v in explore(stage, 0, first=calls).violations]
    assert "detach(g0): after its return (done): DMA of 0x11" in told[0]
    assert any("free(o1.0)" in line and "which was given back" in line for line in told)


@pytest.mark.parametrize("version", [V6_12, V7_0])
def test_a_close_during_which_an_attach_fails(version: Version) -> None:
    """Without the axiom that re-attaching succeeds: the container's table is freed while a device still walks it.

    Between the failed detach and the release that follows, nothing moves the device off; the release then does.
    """
    stage = VfioStage(Size((0,), ("c0",)), version)
    first = ("open(g0)", "set(g0, c0)", "set-iommu(c0)", "map(c0, 0)")
    leaves = ("close", "unset")
    for must in (False, True):
        report = explore(stage, 1, only=lambda n: n.split("(")[0] in leaves, first=first, must=must)
        told = [str(v) for v in report.violations]
        assert bool(told) is must
        assert all("[must attach-failed fails]" in line and "which was given back" in line for line in told)
    assert {line.split(" ; ")[4].split("(")[0] for line in told} == set(leaves)


@pytest.mark.parametrize(("groups", "bad"), [((0, 0), False), ((0, 1), True)])
def test_devices_that_reach_each_other_belong_into_one_group(groups: tuple[int, ...], bad: bool) -> None:
    """Below a switch without redirection a request to a peer never comes to the unit: the group is what keeps it."""
    stage = CoreStage(Size(groups, ("o1",), 1))
    stage.bus.switches = {0x10: 1, 0x11: 1}
    stage.bus.redirect = False
    report = explore(stage, 1, only=lambda name: name.startswith("claim"))
    assert bool(report.violations) is bad
    assert all("the window of" in str(v) for v in report.violations)
