"""The IOMMU core call by call: the matrix of modes and answers, what warns, what a failure or a reset leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from models.checks.steps import Steps
from models.kernel import claim, default_domain, deferred, driver_use, membership, pasid, reset, switch
from models.kernel.device import Device, DeviceDescription
from models.kernel.domain import Domain, make_domain
from models.kernel.driver_core import bind, unbind
from models.kernel.drivers import DmaApiDriver, PrivateDomainDriver, attach_private
from models.kernel.kernel import Kernel
from models.kernel.marks import PRIVATE, USER, mark
from models.kernel.version import V6_12, V7_0, Version

ONE, TWO = "the first owner", "the second owner"
PASID: Final = 1
CALLS: Final[dict[str, Callable[[Device, Domain], str]]] = {
    "use": lambda d, x: driver_use.use_default(d),
    "claim group": lambda d, x: claim.claim_group(d.home, ONE),
    "claim device": lambda d, x: claim.claim_device(d, ONE),
    "claim by another": lambda d, x: claim.claim_device(d, TWO),
    "attach": lambda d, x: switch.attach_group(d.home, x),
    "type": lambda d, x: default_domain.write_type(d.home, "identity"),
}
"""What is tried in every mode, on the second device of a group, with a fresh domain."""
MATRIX: Final = """
IDLE             0     0     0     0     0     0
KERNEL           0     EPERM EPERM EPERM 0     EPERM
KPRIVATE         EBUSY EPERM EPERM EPERM EBUSY EPERM
USER_BLK         EBUSY EPERM 0     EPERM 0     EPERM
USER_MAP         EBUSY EPERM 0     EPERM EBUSY EPERM
IDLE+PASID       0     EBUSY EBUSY EBUSY 0     0
KERNEL+PASID     EBUSY EPERM EPERM EPERM 0     EPERM
BROKEN           0     EBUSY EBUSY EBUSY EBUSY 0
"""
"""Rows are modes, columns the calls above. BROKEN: a domain is attached to a group that nobody holds."""


def kernel_of(version: Version = V7_0, devices: int = 2, present: bool = True, is_kdump: bool = False) -> Kernel:
    described = [DeviceDescription(0x10 + n, 0) for n in range(devices)]
    return Kernel(version, described, 1, present, is_kdump)


def domain_of(kernel: Kernel, index: int = 0, kind: int = USER) -> Domain:
    made = make_domain(kernel, "paging", mark(kind, 0, index))
    assert isinstance(made, Domain)
    return made


def in_mode(mode: str, version: Version) -> Kernel:
    """A group with two members in a mode."""
    kernel = kernel_of(version)
    first, group = kernel.devices[0], kernel.groups[0]
    answers = []
    if mode.startswith("K"):
        answers.append(driver_use.use_default(first))
    if mode.startswith("USER"):
        answers.append(claim.claim_device(first, ONE))
    if mode in ("KPRIVATE", "USER_MAP", "BROKEN"):
        answers.append(switch.attach_group(group, domain_of(kernel)))
    if mode.endswith("PASID"):
        answers.append(pasid.attach_pasid(first, PASID, domain_of(kernel, 1, PRIVATE)))
    assert not any(answers), answers
    return kernel


def hardware(kernel: Kernel, number: int | None = None) -> list[Domain | None]:
    """What the unit translates the requests of each device with, by the attachments of the driver."""
    return [kernel.hardware.attached(device, number) for device in kernel.devices]


def view(kernel: Kernel) -> tuple[object, ...]:
    """Everything that a refused call may not change."""
    group = kernel.groups[0]
    own = (group.owner, group.owner_cnt, group.domain, group.default, group.pasids, group.handle, group.members)
    return (*own, hardware(kernel), hardware(kernel, PASID), len(kernel.domains))


def matrix(steps: Steps, version: Version) -> None:
    """Every call in every mode; a refusal changes nothing."""
    for line in MATRIX.strip().splitlines():
        mode, *answers = line.split()
        for (name, call), expected in zip(CALLS.items(), answers, strict=True):
            kernel = in_mode(mode, version)
            other = domain_of(kernel, 2)
            before = view(kernel)
            found = call(kernel.devices[1], other)
            steps.same(f"{version.name} {mode}: {name}", found or "0", expected)
            if found:
                steps.same(f"{version.name} {mode}: {name} changes nothing", view(kernel), before)
            steps.same(f"{version.name} {mode}: {name} warns", kernel.warnings, ())


def whole_lives(steps: Steps) -> None:
    """Claim, attach, detach, release: where the group is, and where the hardware is, after each."""
    kernel = kernel_of()
    group, (first, second) = kernel.groups[0], kernel.devices
    mine = domain_of(kernel)

    def all_on(what: str, domain: Domain | None) -> None:
        steps.same(f"{what}: the group", group.domain, domain)
        steps.same(f"{what}: the hardware", hardware(kernel), [domain, domain])

    all_on("at first", group.default)
    steps.same("claim", claim.claim_device(first, ONE), "")
    all_on("claimed", group.blocking)
    steps.holds("there is a blocking domain", group.blocking is not None)
    steps.same("claim of the sibling", claim.claim_device(second, ONE), "")
    steps.same("claims", (group.owner, group.owner_cnt), (ONE, 2))
    steps.same("attach", switch.attach_group(group, mine), "")
    all_on("attached", mine)
    other = domain_of(kernel, 1)
    steps.same("replace", switch.replace_group(group, other), "")
    all_on("replaced", other)
    steps.same("replace by nothing", switch.replace_group(group, None), "EINVAL")
    switch.detach_group(group)
    all_on("detached", group.blocking)
    claim.release_device(first)
    steps.same("one claim is left", (group.owner, group.owner_cnt), (ONE, 1))
    all_on("one claim is left", group.blocking)
    claim.release_device(second)
    steps.same("released", (group.owner, group.owner_cnt), (None, 0))
    all_on("released", group.default)
    steps.same("claim of the group", claim.claim_group(group, TWO), "")
    claim.release_group(group)
    all_on("released again", group.default)
    steps.same("warnings", kernel.warnings, ())


def complaints(steps: Steps) -> None:
    """What is a bug of the caller warns, and does nothing."""
    kernel = kernel_of()
    group, device = kernel.groups[0], kernel.devices[0]
    wrong: tuple[tuple[str, Callable[[], str | None], str | None], ...] = (
        ("unuse without a use", partial(driver_use.unuse_default, device), None),
        ("release without a claim", partial(claim.release_group, group), None),
        ("claim without a cookie", partial(claim.claim_group, group, None), "EINVAL"),
        ("claim of a device without a cookie", partial(claim.claim_device, device, None), "EINVAL"),
        ("end of a reset that was not prepared", partial(reset.done, device), None),
        ("detach of what is not attached", partial(switch.detach_device, device, domain_of(kernel)), None),
    )
    before = view(kernel)
    for number, (what, call, answer) in enumerate(wrong, 1):
        steps.same(what, call(), answer)
        steps.same(f"{what} warns", len(kernel.warnings), number)
        steps.same(f"{what} changes nothing", view(kernel), before)
    steps.same("attach alone in a group of two", switch.attach_device(device, domain_of(kernel)), "EINVAL")
    foreign = make_domain(kernel, "paging", mark(USER, 0, 0), native=False)
    assert isinstance(foreign, Domain)
    steps.same("attach of a domain of another driver", switch.attach_group(group, foreign), "EINVAL")
    steps.same("a PASID of it", pasid.attach_pasid(device, PASID, foreign), "EINVAL")


def failures(steps: Steps, version: Version) -> None:
    """A switch that fails at any member leaves every member where it was; nothing of a failed claim stays."""
    for failing in range(3):
        kernel = kernel_of(version, 3)
        group = kernel.groups[0]
        mine, other = domain_of(kernel), domain_of(kernel, 1)
        script = tuple(("attach-failed", n == failing) for n in range(failing + 1))
        before = view(kernel)
        kernel.faults.begin(script)
        steps.same(f"claim that fails at {failing}", claim.claim_group(group, ONE), "ENOMEM")
        kernel.faults.begin()
        steps.same(f"after a claim that failed at {failing}", view(kernel)[:-1], before[:-1])
        steps.same("claim", claim.claim_group(group, ONE), "")
        steps.same("attach", switch.attach_group_handle(group, mine, ONE), "")
        before = view(kernel)
        kernel.faults.begin(script)
        steps.same(f"replace that fails at {failing}", switch.replace_group(group, other), "ENOMEM")
        steps.same(f"after a replace that failed at {failing}", view(kernel), before)
        switch.detach_group_handle(group)
        kernel.faults.begin(script)
        steps.same(f"attach that fails at {failing}", switch.attach_group_handle(group, mine, ONE), "ENOMEM")
        steps.same(f"after an attach that failed at {failing}", (group.handle, group.domain), (None, group.blocking))
        kernel.faults.begin((("must attach-failed", failing == 0), ("must attach-failed", failing == 1)))
        claim.release_group(group)
        steps.same(f"a release that fails at {failing} goes on", (group.owner, group.domain), (None, group.default))
        kernel.faults.begin()


def pasids(steps: Steps) -> None:
    """All members or none; an empty slot for attach, a filled one for replace; detach empties it everywhere."""
    for failing in range(3):
        kernel = kernel_of(V7_0, 3)
        group, device = kernel.groups[0], kernel.devices[0]
        mine, other = domain_of(kernel), domain_of(kernel, 1)
        script = tuple(("pasid-attach-failed", n == failing) for n in range(failing + 1))
        kernel.faults.begin(script)
        steps.same(f"PASID attach that fails at {failing}", pasid.attach_pasid(device, PASID, mine), "ENOMEM")
        steps.same(f"PASIDs after it failed at {failing}", (group.pasids, hardware(kernel, PASID)), ((), [None] * 3))
        kernel.faults.begin()
        steps.same("PASID attach", pasid.attach_pasid(device, PASID, mine), "")
        steps.same("PASIDs", hardware(kernel, PASID), [mine] * 3)
        steps.same("PASID attach again", pasid.attach_pasid(device, PASID, other), "EBUSY")
        kernel.faults.begin(script)
        steps.same(f"PASID replace that fails at {failing}", pasid.replace_pasid(device, PASID, other), "ENOMEM")
        steps.same(f"PASIDs after it failed at {failing}", hardware(kernel, PASID), [mine] * 3)
        kernel.faults.begin()
        steps.same("PASID replace", pasid.replace_pasid(device, PASID, other), "")
        steps.same("PASIDs after the replace", hardware(kernel, PASID), [other] * 3)
        pasid.detach_pasid(group, PASID)
        steps.same("PASIDs after the detach", (group.pasids, hardware(kernel, PASID)), ((), [None] * 3))
        steps.same("a PASID that no device can issue", pasid.attach_pasid(device, 99, mine), "EINVAL")


def pasids_of_late_members(steps: Steps) -> None:
    """Who joined after the attach does not have the PASID; a replace that fails there gives it nothing."""
    for most in (2, 1):
        kernel = Kernel(V7_0, [DeviceDescription(0x10 + n, 0, max_pasids=most if n == 2 else 2) for n in range(3)])
        first, late = kernel.devices[0], kernel.devices[2]
        mine, other = domain_of(kernel), domain_of(kernel, 1)
        membership.remove(late)
        steps.same("PASID attach", pasid.attach_pasid(first, PASID, mine), "")
        steps.same("join", membership.add(late), "")
        steps.same("PASIDs", hardware(kernel, PASID), [mine, mine, None])
        if most == 2:
            kernel.faults.begin(tuple(("pasid-attach-failed", n == 2) for n in range(3)))
        answer = "ENOMEM" if most == 2 else "EINVAL"
        steps.same("PASID replace", pasid.replace_pasid(first, PASID, other), answer)
        steps.same("PASIDs after it failed", hardware(kernel, PASID), [mine, mine, None])


def resets(steps: Steps) -> None:
    """Blocked from the outermost prepare to the outermost done; then back to what the group is on by then."""
    kernel = kernel_of()
    group, (first, second) = kernel.groups[0], kernel.devices
    mine, slot = domain_of(kernel), domain_of(kernel, 1)
    steps.same("claim", claim.claim_group(group, ONE), "")
    steps.same("attach", switch.attach_group(group, mine), "")
    steps.same("PASID attach", pasid.attach_pasid(first, PASID, slot), "")
    for device in (first, second, first):
        steps.same("prepare", reset.prepare(device), "")
    steps.same("both are blocked", hardware(kernel), [group.blocking, group.blocking])
    steps.same("their PASIDs too", hardware(kernel, PASID), [None, None])
    steps.same("the group keeps what it has", (group.domain, group.recovery_cnt), (mine, 2))
    steps.same("replace meanwhile", switch.replace_group(group, domain_of(kernel, 2)), "EBUSY")
    steps.same("PASID attach meanwhile", pasid.attach_pasid(first, PASID, slot), "EBUSY")
    reset.done(first)
    steps.same("after the inner done", hardware(kernel), [group.blocking, group.blocking])
    reset.done(first)
    steps.same("after the outer done", hardware(kernel), [mine, group.blocking])
    steps.same("and its PASIDs", hardware(kernel, PASID), [slot, None])
    switch.detach_group(group)
    steps.same("a detach goes through", group.domain, group.blocking)
    steps.same("the sibling stays blocked", hardware(kernel), [group.blocking, group.blocking])
    reset.done(second)
    steps.same("all resets are over", (group.recovery_cnt, first.blocked, second.blocked), (0, False, False))
    steps.same("PASIDs of both", hardware(kernel, PASID), [slot, slot])
    steps.same("attach afterwards", switch.attach_group(group, mine), "")
    steps.same("warnings", kernel.warnings, ())


def members(steps: Steps) -> None:
    """Who joins gets what the group is on; who leaves is translated no more, and takes no claim along."""
    kernel = kernel_of()
    group, (first, second) = kernel.groups[0], kernel.devices
    mine = domain_of(kernel)
    membership.remove(second)
    steps.same("a device that left", (second.group, kernel.hardware.attached(second, None)), (None, None))
    steps.same("claim", claim.claim_device(first, ONE), "")
    steps.same("join while it is blocked", membership.add(second), "")
    steps.same("blocked", hardware(kernel), [group.blocking, group.blocking])
    membership.remove(second)
    steps.same("the claim stays", (group.owner, group.owner_cnt), (ONE, 1))
    steps.same("attach", switch.attach_group(group, mine), "")
    kernel.faults.begin((("attach-failed", True),))
    steps.same("join that fails", membership.add(second), "ENOMEM")
    kernel.faults.begin()
    steps.same("no member", (second.group, group.members), (None, (first,)))
    steps.same("join", membership.add(second), "")
    steps.same("on the domain of the group", hardware(kernel), [mine, mine])
    steps.same("use", driver_use.use_default(second), "EBUSY")
    membership.remove(second)
    steps.same("what left is not translated", kernel.hardware.attached(second, None), None)
    steps.same("warnings", kernel.warnings, ())


def direct_regions(steps: Steps) -> None:
    """A device with a region that firmware demands is never blocked, so its group cannot be claimed."""
    kernel = Kernel(V7_0, [DeviceDescription(0x10, 0), DeviceDescription(0x11, 0, require_direct=True)])
    before = view(kernel)
    steps.same("claim", claim.claim_group(kernel.groups[0], ONE), "EINVAL")
    steps.same("after it", view(kernel)[:-1], before[:-1])


def boot(steps: Steps) -> None:
    """Before there is a default domain a driver has to wait; a deferred device is attached when it is first used."""
    kernel = kernel_of(present=False)
    group, (first, second) = kernel.groups[0], kernel.devices
    for device in first, second:
        steps.same("a device appears at boot", membership.add(device, queued=True), "")
    steps.same("use too early", driver_use.use_default(first), "EPROBE_DEFER")
    steps.same("reset without a domain", reset.prepare(first), "")
    reset.done(first)
    steps.same("after it", (first.blocked, group.recovery_cnt), (False, 0))
    steps.same("end of the boot", membership.finish_boot(group), "")
    steps.same("use", driver_use.use_default(first), "")
    steps.same("hardware", hardware(kernel), [group.default, group.default])
    kernel = kernel_of(is_kdump=True)
    group, (first, second) = kernel.groups[0], kernel.devices
    steps.same("deferred", hardware(kernel), [None, None])
    steps.same("first DMA", deferred.deferred_attach(first), "")
    steps.same("attached now", hardware(kernel), [group.default, None])
    steps.same("claim", claim.claim_group(group, ONE), "")
    steps.same("also what was deferred", hardware(kernel), [group.blocking, group.blocking])


def drivers(steps: Steps) -> None:
    """A use for every bound driver, however its probe went, and none when it is gone."""
    kernel = kernel_of(V7_0, 1)
    device, group = kernel.devices[0], kernel.groups[0]
    plain, private = DmaApiDriver(), PrivateDomainDriver()
    steps.same("bind with a remove in between", bind(kernel, device, plain, test_remove=True), "")
    steps.same("one use", group.owner_cnt, 1)
    steps.same("unbind", unbind(device), "")
    kernel.faults.begin((("probe", True),))
    steps.same("a probe that fails", bind(kernel, device, plain), "EIO")
    kernel.faults.begin()
    steps.same("no use is left", (group.owner_cnt, device.driver), (0, None))
    steps.same("bind", bind(kernel, device, private), "")
    steps.same("a domain of its own", attach_private(device, whole_group=False), "")
    steps.holds("attached", group.domain is not group.default)
    steps.same("unbind", unbind(device), "")
    steps.same(
        "back on the default", (group.owner_cnt, group.domain, hardware(kernel)), (0, group.default, [group.default])
    )
    domains = len(kernel.domains)
    steps.same("type", default_domain.write_type(group, "identity"), "")
    steps.same("the old default is freed", len(kernel.domains), domains)
    steps.same("the new one is in use", (group.domain, hardware(kernel)), (group.default, [group.default]))
    old = group.default
    kernel.faults.begin((("attach-failed", True),))
    steps.same("type that fails", default_domain.write_type(group, "DMA"), "ENOMEM")
    steps.same("the default after it", (group.default, group.domain, hardware(kernel)), (old, old, [old]))


PARTS: Final[tuple[Callable[[Steps], None], ...]] = (
    whole_lives,
    complaints,
    pasids,
    pasids_of_late_members,
    resets,
    members,
    direct_regions,
    boot,
    drivers,
)


def core_calls(steps: Steps) -> None:
    for version in V6_12, V7_0:
        matrix(steps, version)
        failures(steps, version)
    for part in PARTS:
        part(steps)
