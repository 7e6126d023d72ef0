"""VFIO groups and containers in an ownership log."""

from __future__ import annotations

from collections.abc import Callable

from checker.conform.log import LogStep
from checker.conform.protocol import OK, Call, Fixed, Judge, Skip, Translated
from models.bind import dma_ownership_log_looks as looks
from models.bind.dma_ownership_log_drivers import MACHINE, judge
from models.bind.dma_ownership_log_files import (
    DEVICES,
    HOME,
    IDLE_CONTAINER,
    LEFT_BEHIND,
    OTHER_DEVICE,
    OTHER_KIND,
    File,
    Owner,
    Records,
    is_context,
    made_by,
    no_file,
)

STATUS_SIZE = 8
"""Bytes of the status that a user has to offer."""
MOST_FDS = 2
"""Descriptors of one device that came from its group, as the spec counts them."""
MORE_FDS = "more descriptors of a device than the spec counts"
TYPE1 = ("1", "3")
"""The types of SET_IOMMU that exist here: TYPE1 and TYPE1v2."""
OWN_IOAS = "the compatibility IOAS was chosen by hand, which the spec has no word for"
MAPPED = "whether large pages can be given up is a matter of what is mapped"


def descriptors(call: Call) -> Judge:
    """A call on a descriptor that is none, where nothing of its kind is open."""
    return Judge(MACHINE, (call,), "descriptors")


def group_open(seen: Records, step: LogStep) -> Translated:
    if step.args["dev"] not in DEVICES:
        return Skip(OTHER_DEVICE)
    file = made_by(step.op, DEVICES[step.args["dev"]])
    if step.errno == OK:
        for older in seen.open_files("group", group=file.group):
            older.left = True
    seen.add(step, file)
    return judge(Call("group_open", {"g": f"g{file.group}"}, step.errno))


def on_group(seen: Records, step: LogStep) -> File | Translated:
    """The group that a request is to: of a file, or the one that a name was meant for (its `names` are 0 then)."""
    name = step.args["fd"]
    file = seen.files.get(name)
    if file is None:
        meant = seen.intended(name)
        return File("group", group=meant.group, names=0) if meant and meant.kind == "group" else no_file(name)
    if file.kind != "group":
        return Skip(OTHER_KIND)
    return Skip(LEFT_BEHIND) if file.left else file


def status(seen: Records, step: LogStep) -> Translated:
    file = on_group(seen, step)
    if not isinstance(file, File):
        return file
    if not file.names:
        return no_file(step.args["fd"])
    if int(step.args.get("argsz", str(STATUS_SIZE)), 0) < STATUS_SIZE:
        return Fixed("EINVAL", "too small for an answer", "arguments")
    recorded = {name: looks.said(step.out, name) for name in ("viable", "container_set") if name in step.out}
    asked = looks.look("the status of a group", looks.group_status(file.group), step.errno, **recorded)
    return Judge(MACHINE, (asked,))


def set_container(seen: Records, step: LogStep) -> Translated:
    file = on_group(seen, step)
    given = step.args["container"]
    owner = seen.owner_named(given)
    if not isinstance(file, File):
        if owner is not None and file == Skip(OTHER_KIND) and step.errno == OK:
            owner.stranger = True
        return file
    if not file.names:
        call = Call("set_container", {"g": f"g{file.group}", "o": f"o{IDLE_CONTAINER}"}, step.errno)
        return descriptors(call)
    if not seen.is_open(given):
        return Fixed("EBADF", "no such container")
    if owner is None:
        asked = looks.look("join a file of another kind", looks.no_container(file.group), step.errno)
        return Judge(MACHINE, (asked,), "arguments")
    args = {"g": f"g{file.group}", "o": f"o{seen.element(owner)}"}
    return judge(Call("set_container", args, step.errno))


def unset_container(seen: Records, step: LogStep) -> Translated:
    file = on_group(seen, step)
    if not isinstance(file, File):
        return file
    call = Call("unset_container", {"g": f"g{file.group}"}, step.errno)
    return judge(call) if file.names else descriptors(call)


def get_device_fd(seen: Records, step: LogStep) -> Translated:
    """A device of another group, and one that nobody knows, are not in this one."""
    file, name = on_group(seen, step), step.args["dev"]
    if not isinstance(file, File):
        return file
    there = name in DEVICES and HOME[DEVICES[name]] == file.group
    if not file.names:
        call = Call("get_device_fd", {"d": f"d{DEVICES[name]}"}, step.errno) if there else None
        return descriptors(call) if call else no_file(step.args["fd"])
    if not there:
        return Fixed("ENODEV", "no device of this group", "arguments")
    if name in seen.leaving.values():
        return Fixed("ENODEV", "the device left the group when its removal began")
    device = DEVICES[name]
    many = len(seen.open_files("device", device=device)) >= MOST_FDS
    seen.add(step, made_by(step.op, device))
    return Skip(MORE_FDS) if many else judge(Call("get_device_fd", {"d": f"d{device}"}, step.errno))


def container_open(seen: Records, step: LogStep) -> Translated:
    """A container that nobody joined is nothing to the spec."""
    seen.add(step, File("container", owner=Owner(is_iommufd=seen.containers_are_iommufds)))
    return Fixed(OK, "a container can always be opened")


def set_iommu(seen: Records, step: LogStep) -> Translated:
    name, kind = step.args["fd"], step.args["type"]
    if not seen.is_open(name):
        return Fixed("EBADF", "not opened yet") if is_context(name) else no_file(name)
    owner = seen.owner_named(name)
    if owner is None:
        return Skip(OTHER_KIND)
    call = Call("set_iommu", {"o": f"o{owner.idle}"}, step.errno)
    if not owner.is_iommufd:
        asked = looks.look("a type that does not exist", looks.no_such_type(owner.idle), step.errno)
        return judge(call) if kind in TYPE1 else Judge(MACHINE, (asked,), "arguments")
    if kind not in TYPE1:
        return Fixed("EINVAL", "an iommufd knows two types", "arguments")
    if owner.chosen_ioas:
        return Skip(OWN_IOAS)
    return Skip(MAPPED) if kind == "1" and owner.mapped else judge(call)


GROUP_OPS: dict[str, Callable[[Records, LogStep], Translated]] = {
    "GROUP_OPEN": group_open,
    "GROUP_STATUS": status,
    "GROUP_SET_CONTAINER": set_container,
    "GROUP_UNSET_CONTAINER": unset_container,
    "GROUP_GET_DEVICE_FD": get_device_fd,
    "CONTAINER_OPEN": container_open,
    "SET_IOMMU": set_iommu,
}
