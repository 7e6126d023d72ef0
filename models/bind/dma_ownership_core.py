"""Actions and fields of the core: claims, domains, drivers, members, types, PASIDs, resets, and who tries again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from checker.conform.implementation import Plain
from models.bind.dma_ownership_world import Args, Given, Handler, World, named, number, owner_of
from models.kernel import callers, default_domain, deferred, driver_core, drivers, membership, reset
from models.kernel.device import Device
from models.kernel.group import Group

# --- claims ---


def group_claim(world: World, args: Args, given: Given) -> str:
    return world.users[number(args[1])].claim_group(world.groups[number(args[0])])


def group_release(world: World, args: Args, given: Given) -> str:
    group = world.groups[number(args[0])]
    for user in world.users:
        if group in user.claimed:
            user.release_group(group)
    return ""


def device_claim(world: World, args: Args, given: Given) -> str:
    return world.users[number(args[1])].claim_device(world.devices[number(args[0])])


def device_release(world: World, args: Args, given: Given) -> str:
    device = world.devices[number(args[0])]
    for user in world.users:
        if device in user.claimed:
            user.release_device(device)
    return ""


# --- tables ---


def attach(world: World, args: Args, given: Given) -> str:
    group, owner, table = map(number, args)
    return world.users[owner].attach(world.groups[group], table)


def replace_table(world: World, args: Args, given: Given) -> str:
    group, owner, table = map(number, args)
    return world.users[owner].replace(world.groups[group], None if given.get("replace_table.nothing") else table)


def detach(world: World, args: Args, given: Given) -> str:
    group = world.groups[number(args[0])]
    for user in world.users:
        if user.has_table(group, None):
            user.detach(group)
            return ""
    raise LookupError("nobody believes that a table of his is attached")


# --- drivers ---

KDMA: Final = callers.PasidDriver()
KPRIV: Final = drivers.PrivateDomainDriver()
KSTUB: Final = drivers.StubDriver()


def driver_of(world: World, word: Plain) -> driver_core.Driver:
    """The driver of a class."""
    match word:
        case "KDMA":
            return KDMA
        case "KPRIV":
            return KPRIV
        case "KSTUB":
            return KSTUB
        case "UDRV":
            return callers.UserDriver(world.waiting)
    raise LookupError(f"{word!r} is no class of drivers")


def class_of(device: Device) -> Plain:
    """The class of the driver that a device is bound to."""
    bound = driver_core.bound_to(device)
    if bound is None:
        return "NONE"
    match bound.driver:
        case callers.PasidDriver():
            return "KDMA"
        case drivers.PrivateDomainDriver():
            return "KPRIV"
        case drivers.StubDriver():
            return "KSTUB"
    return "UDRV"


def bind(world: World, args: Args, given: Given) -> str:
    device = world.devices[number(args[0])]
    test_remove = bool(world.setting.switches.get("test_remove"))
    return driver_core.bind(world.kernel, device, driver_of(world, args[1]), test_remove)


def unbind(world: World, args: Args, given: Given) -> str:
    """Unbinds. A call that the spec has blocked has not begun, so one that waits is taken back."""
    journal = world.kernel.journal
    before = journal.mark()
    word = driver_core.unbind(world.devices[number(args[0])])
    if word == driver_core.BLOCKED:
        journal.back(before)
    return word


def attach_private(world: World, args: Args, given: Given) -> str:
    return drivers.attach_private(world.devices[number(args[0])], bool(args[1]))


def detach_private(world: World, args: Args, given: Given) -> str:
    bound = driver_core.bound_to(world.devices[number(args[0])])
    assert bound is not None, "the driver that attached is there"
    drivers.detach_private(bound)
    return ""


def deferred_attach(world: World, args: Args, given: Given) -> str:
    return deferred.deferred_attach(world.devices[number(args[0])])


# --- members ---


def hot_add(world: World, args: Args, given: Given) -> str:
    device = world.devices[number(args[0])]
    queued = bool(world.setting.switches.get("boot_window")) and given.get("prepare_member.queued", False)
    return membership.add(device, queued, not given.get("hot_add.no_iommu"))


def hot_remove(world: World, args: Args, given: Given) -> str:
    callers.unplug(world.devices[number(args[0])], world.users, world.waiting)
    return ""


def boot_finish(world: World, args: Args, given: Given) -> str:
    return membership.finish_boot(world.groups[number(args[0])])


WORDS: Final = {"IDENTITY": "identity", "DMA": "DMA", "DMA_FQ": "DMA-FQ", "UNKNOWN": "bounce"}


def write_type(world: World, args: Args, given: Given) -> str:
    word = WORDS[str(args[1])]
    return default_domain.write_type(world.groups[number(args[0])], word, given.get("write_type.privileged", True))


# --- PASIDs ---


def attach_pasid(world: World, args: Args, given: Given) -> str:
    device, owner, table = map(number, args)
    return world.users[owner].attach_pasid(world.devices[device], table)


def replace_pasid(world: World, args: Args, given: Given) -> str:
    device, owner, table = map(number, args)
    return world.users[owner].replace_pasid(world.devices[device], table)


def attach_kernel_pasid(world: World, args: Args, given: Given) -> str:
    bound = driver_core.bound_to(world.devices[number(args[0])])
    assert bound is not None, "a driver is bound"
    return callers.attach_kernel_pasid(bound)


def detach_pasid(world: World, args: Args, given: Given) -> str:
    group = world.groups[number(args[0])]
    for user in world.users:
        if user.has_table(group, callers.PASID):
            user.detach_pasid(group)
            return ""
    for device in group.members:
        bound = driver_core.bound_to(device)
        if bound is not None and bound.domain is not None and isinstance(bound.driver, callers.PasidDriver):
            callers.detach_kernel_pasid(bound)
            return ""
    raise LookupError("nobody believes that a domain of his is in the slot")


# --- resets ---


def reset_begin(world: World, args: Args, given: Given) -> str:
    return reset.prepare(world.devices[number(args[0])])


def reset_end(world: World, args: Args, given: Given) -> str:
    reset.done(world.devices[number(args[0])])
    return ""


# --- who tries again ---


def start_trying(world: World, args: Args, given: Given) -> str:
    world.waiting.probing += (world.devices[number(args[0])],)
    return ""


def try_again(world: World, args: Args, given: Given) -> str:
    return world.waiting.probe(world.devices[number(args[0])], KDMA)


def start_asking(world: World, args: Args, given: Given) -> str:
    device, owner = map(number, args)
    world.waiting.asking += ((world.devices[device], world.users[owner]),)
    return ""


def ask_again(world: World, args: Args, given: Given) -> str:
    return world.waiting.ask(world.devices[number(args[0])])


def stop_asking(world: World, args: Args, given: Given) -> str:
    world.waiting.stop_asking(world.devices[number(args[0])])
    return ""


HANDLERS: Final[dict[str, Handler]] = {
    handler.__name__: handler
    for handler in (
        ask_again,
        attach,
        attach_kernel_pasid,
        attach_pasid,
        attach_private,
        bind,
        boot_finish,
        deferred_attach,
        detach,
        detach_pasid,
        detach_private,
        device_claim,
        device_release,
        group_claim,
        group_release,
        hot_add,
        hot_remove,
        replace_pasid,
        replace_table,
        reset_begin,
        reset_end,
        start_asking,
        start_trying,
        stop_asking,
        try_again,
        unbind,
        write_type,
    )
}

PLACES: Final = {
    "attach-failed": "device_attach.attach_fails",
    "no-blocking-domain": "make_blocking.no_memory",
    "no-default-domain": "first_default.no_memory",
    "no-new-default": "switch_default.no_memory",
    "type-conflict": "switch_default.conflict",
    "other-iommu-driver": "attach_group.foreign",
    "pasid-attach-failed": "pasid_set.attach_fails",
    "pasid-unsupported": "pasid_guard.unsupported",
    "pasid-other-iommu-driver": "pasid_guard.foreign",
    "probe": "bind.probe_fails",
}
"""The choices of the spec by the places of the kernel where they are made."""
ARGUMENTS: Final = frozenset(
    {"hot_add.no_iommu", "prepare_member.queued", "replace_table.nothing", "write_type.privileged"}
)
"""Choices that are made by who calls."""

# --- fields ---

KINDS: Final = {"dma": "DMA", "dma-fq": "DMA_FQ", "identity": "IDENTITY"}


def default_kind(group: Group) -> Plain:
    return KINDS[default_domain.AT_BOOT if group.default is None else group.default.kind]


def user_of(world: World, device: Device) -> Plain:
    user = world.waiting.user_of(device)
    return None if user is None else user.number


GROUP_FIELDS: Final[dict[str, Callable[[World, Group], Plain]]] = {
    "members": lambda world, g: tuple(d.number for d in g.members),
    "owner_cnt": lambda world, g: g.owner_cnt,
    "owner": owner_of,
    "domain": lambda world, g: named(g.domain, g),
    "default": lambda world, g: named(g.default, g),
    "handle": lambda world, g: g.handle is not None,
    "pasid": lambda world, g: named(g.slot(callers.PASID), g),
    "recovery_cnt": lambda world, g: g.recovery_cnt,
    "default_kind": lambda world, g: default_kind(g),
}
DEVICE_FIELDS: Final[dict[str, Callable[[World, Device], Plain]]] = {
    "hw": lambda world, d: world.sight.domain(d),
    "hw_pasid": lambda world, d: world.sight.domain(d, callers.PASID),
    "driver": lambda world, d: class_of(d),
    "deferred": lambda world, d: d.deferred,
    "blocked": lambda world, d: d.blocked,
    "reset_depth": lambda world, d: d.reset_depth,
    "tries": lambda world, d: d in world.waiting.probing,
    "asks": user_of,
}
