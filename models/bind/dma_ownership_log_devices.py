"""Device files in an ownership log: character devices bound to an iommufd, requests to devices, and closing."""

from __future__ import annotations

from collections.abc import Callable

from checker.conform.log import LogStep
from checker.conform.protocol import OK, Call, Fixed, Judge, Skip, Translated
from models.bind import dma_ownership_log_looks as looks
from models.bind.dma_ownership_log_drivers import MACHINE, judge, left
from models.bind.dma_ownership_log_files import (
    DEVICES,
    IDLE_CONTAINER,
    LEFT_BEHIND,
    OTHER_DEVICE,
    OTHER_KIND,
    TABLES,
    TOO_MANY,
    File,
    Lost,
    Owner,
    Records,
    is_context,
    is_nothing,
    made_by,
    no_file,
)
from models.bind.dma_ownership_log_groups import MORE_FDS, MOST_FDS, descriptors

BIND_SIZE, ATTACH_SIZE, DETACH_SIZE = 16, 12, 8
"""Bytes that the structures of these requests have to have."""
NOT_BOUND = "this descriptor is not the one that is bound"
ATTACHABLE = ("ioas", "hwpt", "hwpt_nested")
UNKNOWN_OBJECT = "an object that the log does not say the kind of"
RESERVED = "what is mapped and reserved is no part of ownership"


def cdev_open(seen: Records, step: LogStep) -> Translated:
    name = step.args["dev"]
    if name not in DEVICES:
        return Skip(OTHER_DEVICE)
    if name in seen.leaving.values():
        return Fixed("ENOENT", "the node is gone as soon as the removal of the driver has begun")
    seen.add(step, made_by(step.op, DEVICES[name]))
    return judge(Call("cdev_open", {"d": f"d{DEVICES[name]}"}, step.errno))


def wrong_form(step: LogStep, size: int) -> Fixed | None:
    """The answer to a request that is too small or has flags; None if it is well-formed."""
    small = int(step.args.get("argsz", str(size)), 0) < size
    return Fixed("EINVAL", "too small, or with a flag", "arguments") if small or flags(step) else None


def flags(step: LogStep) -> int:
    return int(step.args.get("flags", "0"), 0)


def bind_iommufd(seen: Records, step: LogStep) -> Translated:
    """The checks are of the form, of the group, of the descriptor, of the iommufd, of the device, in this order."""
    name, given = step.args["fd"], step.args["iommufd"]
    owner = seen.owner_named(given)
    file = seen.files.get(name)
    if file is None:
        meant = seen.intended(name)
        if meant is None or meant.kind != "cdev":
            return no_file(name)
        return descriptors(Call("bind_iommufd", {"d": f"d{meant.device}", "o": f"o{IDLE_CONTAINER}"}, step.errno))
    if file.kind not in ("cdev", "device"):
        return Skip(OTHER_KIND)
    if (wrong := wrong_form(step, BIND_SIZE)) is not None or given.startswith("-"):
        return wrong or Fixed("EINVAL", "a negative descriptor", "arguments")
    if file.kind == "device":
        return Fixed("EINVAL", "a device that came from its group is bound by it", "arguments")
    if file.owner is None and owner is None and any(f.owner for f in seen.open_files("cdev", device=file.device)):
        return Fixed("EBADF" if is_nothing(given) else "EBADFD", "no iommufd, before the device is looked at")
    args = {"d": f"d{file.device}", "o": f"o{seen.element(owner) if owner else IDLE_CONTAINER}"}
    if step.errno == OK:
        file.owner = owner
    return judge(Call("bind_iommufd", args, errno_of_bind(step.errno, given)))


def errno_of_bind(errno: str, given: str) -> str:
    """A number that is no descriptor is EBADF where the spec, which has only owners, says EBADFD."""
    return {"EBADF": "EBADFD", "EBADFD": "EBADF"}.get(errno, errno) if is_nothing(given) else errno


# --- tables ---


def on_cdev(seen: Records, step: LogStep, size: int) -> File | Translated:
    """The character device of a request about its table; one that is not bound is asked in the spec.

    A name that was meant for one, and nothing of its kind open, is a file whose `names` are 0.
    """
    name = step.args["fd"]
    file = seen.files.get(name)
    if file is None:
        meant = seen.intended(name)
        return File("cdev", meant.device, names=0) if meant and meant.kind == "cdev" else no_file(name)
    if file.kind == "device":
        return Fixed("ENOTTY", "a device that came from its group has no such request", "arguments")
    if file.kind != "cdev":
        return Skip(OTHER_KIND)
    if file.owner is None and file.names:
        bound = any(f.owner for f in seen.open_files("cdev", device=file.device))
        return Fixed("EINVAL", NOT_BOUND) if bound else file
    return (wrong_form(step, size) if file.names else None) or file


def attach_pt(seen: Records, step: LogStep) -> Translated:
    file = on_cdev(seen, step, ATTACH_SIZE)
    if not isinstance(file, File):
        return file
    if file.owner is None:
        call = Call("attach_pt", {"d": f"d{file.device}", "t": "t0"}, step.errno)
        return judge(call) if file.names else descriptors(call)
    given = step.args["pt"]
    if is_nothing(given):
        return Fixed("ENOENT", "no such table", "arguments")
    kind = seen.kinds.get(given)
    if kind not in ATTACHABLE:
        return Fixed("EINVAL", "an object that is no table", "arguments") if kind else Skip(UNKNOWN_OBJECT)
    if step.errno in ("EADDRINUSE", "EFAULT"):
        return Skip(RESERVED)
    table = table_of(file.owner, given)
    made = step.out.get("pt")
    if step.errno == OK and isinstance(made, str):
        file.owner.tables[made] = table
    return judge(Call("attach_pt", {"d": f"d{file.device}", "t": f"t{table}"}, step.errno))


def table_of(owner: Owner, name: str) -> int:
    """The element of an IOAS or table of an iommufd; what the kernel makes for an IOAS is the same one."""
    if name not in owner.tables:
        free = [n for n in range(1, TABLES) if n not in owner.tables.values()]
        if not free:
            raise Lost(TOO_MANY)
        owner.tables[name] = free[0]
    return owner.tables[name]


def detach_pt(seen: Records, step: LogStep) -> Translated:
    file = on_cdev(seen, step, DETACH_SIZE)
    if not isinstance(file, File):
        return file
    call = Call("detach_pt", {"d": f"d{file.device}"}, step.errno)
    return judge(call) if file.names else descriptors(call)


# --- requests to a device, and closing ---


def request(seen: Records, step: LogStep) -> Translated:
    """A request that every device answers once it is bound."""
    file = seen.files.get(step.args["fd"])
    if file is None:
        return no_file(step.args["fd"])
    if file.kind not in ("cdev", "device"):
        return Skip(OTHER_KIND)
    unbound = file.kind == "cdev" and file.owner is None
    if unbound and any(f.owner for f in seen.open_files("cdev", device=file.device)):
        return Fixed("EINVAL", NOT_BOUND)
    if "argsz" in step.args or (step.op != "DEVICE_INFO" and not unbound):
        return Skip("what a device is and can is no part of ownership")
    shows = looks.answers_requests(file.device, from_group=file.kind == "device")
    return Judge(MACHINE, (looks.look("a request to a device", shows, step.errno),))


def close(seen: Records, step: LogStep) -> Translated:
    name = step.args["fd"]
    file = seen.files.pop(name, None)
    if file is None:
        meant = seen.intended(name)
        return descriptors(Call(*closing(meant), step.errno)) if meant else no_file(name)
    file.names -= 1
    if file.names:
        return Fixed(OK, "the file is still held under another name")
    match file.kind:
        case "container" | "other":
            return Fixed(OK, "nothing is held by it")
        case "group" if file.left:
            return Fixed(OK, LEFT_BEHIND)
        case "group":
            return judge(Call(*closing(file), step.errno))
        case "device":
            more = len(seen.open_files("device", device=file.device)) >= MOST_FDS
            return Skip(MORE_FDS) if more else judge(Call(*closing(file), step.errno), *left(seen, file.device))
        case "cdev":
            return close_cdev(seen, file, step.errno)


def closing(file: File) -> tuple[str, dict[str, str]]:
    """The call that closes a file of this kind."""
    if file.kind == "group":
        return "group_close", {"g": f"g{file.group}"}
    return ("cdev_close" if file.kind == "cdev" else "device_close"), {"d": f"d{file.device}"}


def close_cdev(seen: Records, file: File, errno: str) -> Translated:
    """The spec has one descriptor for each character device: bound if one is, open if any is."""
    others = seen.open_files("cdev", device=file.device)
    if others and (file.owner is None or any(f.owner for f in others)):
        return Fixed(OK, "another descriptor of the device is what counts")
    call = Call(*closing(file), errno)
    if others:
        return judge(call, Call("cdev_open", {"d": f"d{file.device}"}))
    return judge(call, *left(seen, file.device))


def dup(seen: Records, step: LogStep) -> Translated:
    """A second name for a file."""
    file = seen.files.get(step.args["fd"])
    if file is None:
        return Skip(OTHER_KIND) if is_context(step.args["fd"]) else no_file(step.args["fd"])
    file.names += len(step.new)
    seen.add(step, file)
    return Fixed(OK, "whatever is open can be duplicated")


DEVICE_OPS: dict[str, Callable[[Records, LogStep], Translated]] = {
    "CDEV_OPEN": cdev_open,
    "BIND_IOMMUFD": bind_iommufd,
    "ATTACH_IOMMUFD_PT": attach_pt,
    "DETACH_IOMMUFD_PT": detach_pt,
    "DEVICE_INFO": request,
    "DEVICE_RESET": request,
    "CLOSE": close,
    "DUP": dup,
}
