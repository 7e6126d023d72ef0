"""Questions of an ownership log that change nothing: what the answer is in a state of the spec.

The spec has no action for them; each answer is read off the fields of a state, as the kernel reads it off its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from checker.conform.protocol import Look, View, Word
from models.bind.dma_ownership_log_files import HOME

Shown = dict[str, Word]


def field_of(view: View, name: str) -> Any:
    """A field that is a map of one key, as the tuple of its entries."""
    return cast(Any, view[name])


def look(what: str, shows: Callable[[View], Shown], errno: str, **recorded: Word) -> Look:
    """A question with the answer that was recorded."""
    return Look(what, shows, {"errno": errno, **recorded})


def group_status(group: int) -> Callable[[View], Shown]:
    """drivers/vfio/group.c:vfio_group_ioctl_get_status(): viable if somebody joined it, or nobody holds it."""

    def shows(view: View) -> Shown:
        if field_of(view, "group_fd")[group] == "REVOKED":
            return {"errno": "ENODEV"}
        joined = field_of(view, "container")[group] is not None
        viable = joined or field_of(view, "owner_cnt")[group] == 0
        return {"errno": "OK", "viable": viable, "container_set": joined}

    return shows


def no_container(group: int) -> Callable[[View], Shown]:
    """drivers/vfio/group.c:vfio_group_ioctl_set_container() with a file that is neither container nor iommufd."""

    def shows(view: View) -> Shown:
        if field_of(view, "container")[group] is not None:
            return {"errno": "EINVAL"}
        return {"errno": "ENODEV" if field_of(view, "group_fd")[group] == "REVOKED" else "EBADFD"}

    return shows


def no_such_type(owner: int) -> Callable[[View], Shown]:
    """drivers/vfio/container.c:vfio_ioctl_set_iommu() with a type that no driver offers."""

    def shows(view: View) -> Shown:
        joined = owner in field_of(view, "container")
        return {"errno": "ENODEV" if joined and not field_of(view, "backend")[owner] else "EINVAL"}

    return shows


def driver(device: int) -> Callable[[View], Shown]:
    """The driver link in sysfs."""
    return lambda view: {"errno": "OK", "driver": field_of(view, "driver")[device]}


def no_match(device: int) -> Callable[[View], Shown]:
    """drivers/base/bus.c:bind_store(): the driver does not match the device, and nothing changes."""
    return lambda view: {"errno": "ENODEV", "driver": field_of(view, "driver")[device]}


def bound_already(device: int) -> Callable[[View], Shown]:
    """drivers/base/dd.c:__driver_probe_device(): a device that has a driver is not bound again."""

    def shows(view: View) -> Shown:
        now = field_of(view, "driver")[device]
        return {"errno": "EBUSY" if now != "NONE" else "(it would be bound)", "driver": now}

    return shows


def unbound_already(device: int) -> Callable[[View], Shown]:
    """The driver's directory has no such device."""
    return lambda view: {"errno": "ENOENT" if field_of(view, "driver")[device] == "NONE" else "(it would be unbound)"}


def nodes(device: int, *, leaving: bool) -> Callable[[View], Shown]:
    """The driver link and the device nodes; a removal that waits for descriptors has taken its own away already."""

    def shows(view: View) -> Shown:
        drivers = field_of(view, "driver")
        group = any(drivers[e] == "UDRV" for e, home in enumerate(HOME) if home == HOME[device])
        now = "NONE" if leaving else drivers[device]
        return {"errno": "OK", "driver": now, "has_cdev": now == "UDRV", "has_group": group}

    return shows


def default_type(group: int) -> Callable[[View], Shown]:
    """drivers/iommu/iommu.c:iommu_group_show_type()."""
    return lambda view: {"errno": "OK", "type": field_of(view, "default_kind")[group]}


def answers_requests(device: int, *, from_group: bool) -> Callable[[View], Shown]:
    """drivers/vfio/vfio_main.c:vfio_device_fops_unl_ioctl(): a character device answers nothing before it is bound."""

    def shows(view: View) -> Shown:
        opened, cdev = field_of(view, "opens")[device], field_of(view, "cdev")[device]
        open_here = opened > 0 if from_group else cdev == "BOUND"
        return {"errno": "OK" if open_here else "EINVAL"}

    return shows


def said(out: Mapping[str, object], name: str) -> Word:
    """An output that is 0 or 1 as a truth; anything else as it stands."""
    value = out.get(name)
    if value in (0, 1) and not isinstance(value, bool):
        return bool(value)
    return value if isinstance(value, (bool, int, str)) else None
