"""Drivers and sysfs in an ownership log: bind, unbind, probe, override, the type of a group's default domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from checker.conform.log import LogStep
from checker.conform.protocol import OK, Call, Fixed, Judge, Skip, Translated, Word
from models.bind import dma_ownership_log_looks as looks
from models.bind.dma_ownership_log_files import DEVICES, HOME, NATIVE, NONE, OTHER_DEVICE, VFIO, Records

MACHINE = "kernel"
"""The one machine of a log: containers and iommufds join its groups."""
TYPES = {"identity": "IDENTITY", "DMA": "DMA", "auto": "DMA", "DMA-FQ": "DMA_FQ"}
"""Types of a default domain; `auto` is DMA on this machine."""
LEAVING = "beside the removal of the driver, which waits for a descriptor"


def judge(*calls: Call) -> Judge:
    """Calls of the one machine, decided by its state."""
    return Judge(MACHINE, calls)


def kind_of(device: str, driver: Word) -> Word:
    """The class of a driver by its name."""
    if driver == NONE:
        return "NONE"
    return "UDRV" if driver == VFIO else "KDMA" if driver == NATIVE[device] else driver


def shown_driver(step: LogStep) -> Word:
    """The driver that a step showed afterwards."""
    return cast(Word, step.out.get("driver"))


def bind(seen: Records, step: LogStep) -> Translated:
    """A write to a driver's `bind`, by default behind one to the device's `driver_override`."""
    name, driver = step.args["dev"], step.args["drv"]
    if name not in DEVICES:
        return Skip(OTHER_DEVICE)
    if name in seen.leaving.values():
        return Skip(LEAVING)
    if step.args.get("nooverride") != "1":
        seen.overrides[name] = driver
    if driver != seen.overrides.get(name, NATIVE[name]):
        shows, shown = looks.no_match(DEVICES[name]), kind_of(name, shown_driver(step))
        asked = looks.look("bind a driver that does not match", shows, step.errno, driver=shown)
        return Judge(MACHINE, (asked,), "arguments")
    return probed(seen, step, name, driver, step.errno)


def probe(seen: Records, step: LogStep) -> Translated:
    """A write to the bus's `drivers_probe`: whatever goes wrong is EINVAL here."""
    name = step.args["dev"]
    if name not in DEVICES:
        return Skip(OTHER_DEVICE)
    if name in seen.leaving.values():
        return Skip(LEAVING)
    if seen.drivers[name] != NONE:
        had = looks.look(
            "the driver", looks.driver(DEVICES[name]), step.errno, driver=kind_of(name, shown_driver(step))
        )
        return Judge(MACHINE, (had,))
    errno = {"EINVAL": "EBUSY", "EBUSY": "(EINVAL)"}.get(step.errno, step.errno)
    return probed(seen, step, name, seen.overrides.get(name, NATIVE[name]), errno)


def probed(seen: Records, step: LogStep, name: str, driver: str, errno: str) -> Translated:
    """A driver that matches is bound, unless the device has one."""
    if driver not in (VFIO, NATIVE[name]):
        return Skip("a driver that is not made for the device")
    device, had = DEVICES[name], seen.drivers[name] != NONE
    shown = kind_of(name, shown_driver(step))
    if isinstance(now := shown_driver(step), str):
        seen.drivers[name] = now
    if had:
        again = looks.look("bind a device that has a driver", looks.bound_already(device), errno, driver=shown)
        return Judge(MACHINE, (again,))
    call = Call("bind", {"d": f"d{device}", "driver": kind_of(name, driver)}, errno)
    return Judge(MACHINE, (call, looks.look("the driver", looks.driver(device), OK, driver=shown)))


def unbind(seen: Records, step: LogStep) -> Translated:
    """A write to the `unbind` of the device's driver; one that blocks goes on when the last descriptor is closed."""
    name = step.args["dev"]
    if name not in DEVICES:
        return Skip(OTHER_DEVICE)
    if name in seen.leaving.values():
        return Skip(LEAVING)
    device = DEVICES[name]
    if seen.drivers[name] == NONE:
        return Judge(MACHINE, (looks.look("unbind without driver", looks.unbound_already(device), step.errno),))
    if step.errno in (OK, "BLOCKED"):
        seen.drivers[name] = NONE
    if step.errno == "BLOCKED":
        job = step.args.get("job", f"({name})")
        seen.leaving[job] = name
        seen.jobs.add(job)
    return judge(Call("unbind", {"d": f"d{device}"}, step.errno))


def left(seen: Records, device: int) -> tuple[Call, ...]:
    """The rest of a removal that waited, if the descriptor that was closed is the last of the device."""
    waiting = [job for job, name in seen.leaving.items() if DEVICES[name] == device]
    if not waiting or seen.open_files("cdev", device=device) or seen.open_files("device", device=device):
        return ()
    del seen.leaving[waiting[0]]
    return (Call("unbind", {"d": f"d{device}"}),)


def join(seen: Records, step: LogStep) -> Translated:
    """The recorder waits for a write that had blocked."""
    if step.args["job"] in seen.leaving:
        return Skip(LEAVING)
    known = step.args["job"] in seen.jobs
    return Fixed(OK if known else "ENOENT", "the write went on when the descriptor was closed" if known else
                 "no write of that name had blocked")  # fmt: skip


def override(seen: Records, step: LogStep) -> Translated:
    """A write to `driver_override`."""
    seen.overrides.pop(step.args["dev"], None)
    if step.args["drv"] not in (NONE, ""):
        seen.overrides[step.args["dev"]] = step.args["drv"]
    return Fixed(OK, "any name may be written", "arguments")


def query(seen: Records, step: LogStep) -> Translated:
    """Which driver sysfs shows, and whether there are device nodes."""
    name = step.args["dev"]
    if name not in DEVICES:
        return Skip(OTHER_DEVICE)
    shows = looks.nodes(DEVICES[name], leaving=name in seen.leaving.values())
    asked = looks.look(
        "driver and nodes",
        shows,
        step.errno,
        driver=kind_of(name, shown_driver(step)),
        has_cdev=looks.said(step.out, "has_cdev"),
        has_group=looks.said(step.out, "has_group"),
    )
    return Judge(MACHINE, (asked,))


def group_type(seen: Records, step: LogStep) -> Translated:
    """The type of the default domain, read or written."""
    if step.args["dev"] not in DEVICES:
        return Skip(OTHER_DEVICE)
    group = HOME[DEVICES[step.args["dev"]]]
    if "set" in step.args:
        word = TYPES.get(step.args["set"], "UNKNOWN")
        return judge(Call("write_type", {"g": f"g{group}", "word": word}, step.errno))
    shown = step.out.get("type")
    kind = TYPES.get(shown, shown) if isinstance(shown, str) else None
    return Judge(MACHINE, (looks.look("the type", looks.default_type(group), step.errno, type=kind),))


DRIVER_OPS: dict[str, Callable[[Records, LogStep], Translated]] = {
    "DRV_BIND": bind,
    "DRV_PROBE": probe,
    "DRV_UNBIND": unbind,
    "DRV_OVERRIDE": override,
    "DRV_QUERY": query,
    "JOIN": join,
    "GROUP_TYPE": group_type,
}
