"""Recorded ownership logs, op by op, on the model of VFIO; no spec and no translation in between.

The ops are those of tests/kernel-6.12/README.md. What the log gave back is compared as it was recorded: errno, the
driver and nodes that sysfs shows, what GROUP_STATUS says, how much was unmapped.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from models.hw.journal import Recorded
from models.kernel import (
    default_domain,
    driver_core,
    iommufd,
    iommufd_compat,
    vfio_cdev,
    vfio_container,
    vfio_device,
    vfio_group,
    vfio_reset,
)
from models.kernel.device import Device, DeviceDescription
from models.kernel.drivers import DmaApiDriver
from models.kernel.iommufd import HwTable, Ioas, Iommufd
from models.kernel.kernel import Kernel
from models.kernel.version import V6_12
from models.kernel.vfio import Container, DeviceFile, GroupFile, Vfio, vfio_device_of
from models.kernel.vfio_driver import VfioDriver

LOGS = Path(__file__).resolve().parents[1] / "kernel-6.12"
GROUPS = {"A": 0, "B": 0, "C": 1, "D": 2}
CAN_RESET = {"C"}
NATIVE = {"A": "e1000", "B": "e1000", "C": "e1000e", "D": "e1000e"}
BIND_SIZE, STATUS_SIZE = 16, 8

Step = dict[str, Any]
Answer = tuple[str, dict[str, Any]]


class Skipped(Exception):
    """The model has nothing to say to this op."""


def sequences(name: str) -> Iterator[dict[str, Any]]:
    """The sequences of a log."""
    with gzip.open(LOGS / f"{name}.jsonl.gz", "rt") as lines:
        yield from (json.loads(line) for line in lines)


def number(args: dict[str, str], name: str, otherwise: int) -> int:
    """A numeric argument."""
    return int(args.get(name, str(otherwise)), 0)


class Machine:
    """The recorded machine; every sequence begins where it was made, with no driver bound."""

    def __init__(self) -> None:
        self.kernel = Kernel(V6_12, [DeviceDescription(0x10 + n, g) for n, g in enumerate(GROUPS.values())], 3)
        self.vfio = Vfio(self.kernel)
        self.memory = self.kernel.memory.allocate(1024)
        self.begin = self.kernel.journal.mark()


class Replay:
    """One sequence. `names` are its descriptors and objects; `container` makes what /dev/vfio/vfio gives."""

    def __init__(self, machine: Machine, containers_are_iommufds: bool) -> None:
        machine.kernel.journal.back(machine.begin)
        self.kernel, self.vfio, self.memory = machine.kernel, machine.vfio, machine.memory
        self.devices = dict(zip(GROUPS, self.kernel.devices, strict=True))
        self.drivers: dict[str, driver_core.Driver] = {name: DmaApiDriver(name) for name in NATIVE.values()}
        self.drivers["vfio-pci"] = VfioDriver(self.vfio)
        self.container = Iommufd if containers_are_iommufds else Container
        self.names: dict[str, Recorded] = {}
        self.jobs: dict[str, Device] = {}
        self.wanted: dict[str, str] = {}

    def perform(self, step: Step) -> Answer:
        """What the model answers; `Skipped` for an op that it does not know."""
        op = OPS.get(step["op"])
        if op is None:
            raise Skipped
        answer = op(self, step["args"], step)
        errno, out = answer if isinstance(answer, tuple) else (answer, {})
        return errno or "OK", out

    # --- names ---

    def named(self, name: str) -> Recorded | None:
        """What a name handed to a call stands for; a context is opened when it is first handed in."""
        if name.startswith("ctx") and name not in self.names:
            self.names[name] = Iommufd(self.kernel)
        return self.names.get(name)

    def keep(self, step: Step, made: Recorded | str) -> str:
        """Keeps what was made under the name that the log gave it."""
        if isinstance(made, str):
            return made
        self.names[step["new"][0].split(":")[0] if step.get("new") else step["args"]["out"]] = made
        return ""

    # --- drivers ---

    def drv_bind(self, args: dict[str, str], step: Step) -> str | Answer:
        """Writes drivers/NAME/bind after driver_override."""
        if "nooverride" in args:
            raise Skipped
        device, driver = self.devices[args["dev"]], args["drv"]
        if driver not in ("vfio-pci", NATIVE[args["dev"]]):
            return "ENODEV"
        return driver_core.write_bind(self.kernel, device, self.drivers[driver]), self.driver(device)

    def driver(self, device: Device) -> dict[str, str]:
        return {"driver": driver_core.shown_driver(device) or "none"}

    def drv_unbind(self, args: dict[str, str], step: Step) -> str | Answer:
        device = self.devices[args["dev"]]
        if not driver_core.shown_driver(device):
            return "ENOENT"
        errno = driver_core.unbind(device)
        if errno == driver_core.BLOCKED:
            self.jobs[args.get("job", "")] = device
        return errno

    def join(self, args: dict[str, str], step: Step) -> str | Answer:
        device = self.jobs.pop(args["job"], None)
        if device is None:
            return "ENOENT"
        return "" if device.driver is None else driver_core.BLOCKED

    def drv_override(self, args: dict[str, str], step: Step) -> str | Answer:
        self.wanted[args["dev"]] = args["drv"]
        return ""

    def drv_probe(self, args: dict[str, str], step: Step) -> str | Answer:
        device, wanted = self.devices[args["dev"]], self.wanted.get(args["dev"], "none")
        driver = self.drivers[NATIVE[args["dev"]] if wanted == "none" else wanted]
        return driver_core.write_drivers_probe(self.kernel, device, driver), self.driver(device)

    def drv_query(self, args: dict[str, str], step: Step) -> str | Answer:
        device = self.devices[args["dev"]]
        served = vfio_device_of(device)
        nodes = {
            "has_group": int(vfio_group.find(self.vfio, device) is not None),
            "has_cdev": int(served is not None and served.node),
        }
        return "", {**self.driver(device), **nodes}

    def group_type(self, args: dict[str, str], step: Step) -> str | Answer:
        """Writes a type, or looks."""
        if "set" not in args:
            return ""
        return default_domain.write_type(self.devices[args["dev"]].home, args["set"])

    # --- groups and containers ---

    def container_open(self, args: dict[str, str], step: Step) -> str | Answer:
        return self.keep(step, self.container(self.kernel))

    def ctx_open(self, args: dict[str, str], step: Step) -> str | Answer:
        self.named("ctx" + args.get("ctx", "0"))
        return ""

    def group_open(self, args: dict[str, str], step: Step) -> str | Answer:
        node = vfio_group.find(self.vfio, self.devices[args["dev"]])
        return "ENOENT" if node is None else self.keep(step, vfio_group.open_group(self.vfio, node))

    def group_status(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        if not isinstance(file, GroupFile):
            return not_a(file)
        if number(args, "argsz", STATUS_SIZE) < STATUS_SIZE:
            return "EINVAL"
        errno, viable, is_set = vfio_group.status(file)
        return errno, {} if errno else {"viable": int(viable), "container_set": int(is_set)}

    def group_set_container(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        if not isinstance(file, GroupFile):
            return not_a(file)
        return vfio_group.set_container(file, self.named(args["container"]))

    def group_unset_container(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        return vfio_group.unset_container(file) if isinstance(file, GroupFile) else not_a(file)

    def group_get_device_fd(self, args: dict[str, str], step: Step) -> str | Answer:
        file, device = self.names.get(args["fd"]), self.devices.get(args["dev"])
        if not isinstance(file, GroupFile):
            return not_a(file)
        return "ENODEV" if device is None else self.keep(step, vfio_device.get_device_fd(file, device))

    def set_iommu(self, args: dict[str, str], step: Step) -> str | Answer:
        file, kind = self.names.get(args["fd"]), number(args, "type", 3)
        if isinstance(file, Iommufd):
            return iommufd_compat.set_iommu(file, kind)
        return vfio_container.set_iommu(file, kind) if isinstance(file, Container) else not_a(file)

    def dma_map(self, args: dict[str, str], step: Step) -> str | Answer:
        file, rights = self.names.get(args["fd"]), number(args, "flags", 3)
        if rights & ~3 or not args["va"][0].isdigit():
            raise Skipped
        where = number(args, "iova", 0), self.memory + number(args, "va", 0), number(args, "len", 0), rights
        if isinstance(file, Iommufd):
            return iommufd_compat.map_dma(file, *where)
        return vfio_container.map_dma(file, *where) if isinstance(file, Container) else not_a(file)

    def dma_unmap(self, args: dict[str, str], step: Step) -> str | Answer:
        file, where = self.names.get(args["fd"]), (number(args, "iova", 0), number(args, "len", 0))
        if number(args, "flags", 0):
            raise Skipped
        if isinstance(file, Iommufd):
            errno, size = iommufd_compat.unmap_dma(file, *where)
        elif isinstance(file, Container):
            errno, size = vfio_container.unmap_dma(file, *where)
        else:
            return not_a(file)
        return errno, {} if errno else {"unmapped": hex(size)}

    # --- devices ---

    def cdev_open(self, args: dict[str, str], step: Step) -> str | Answer:
        served = vfio_device_of(self.devices[args["dev"]])
        if served is None or not served.node:
            return "ENOENT"
        return self.keep(step, vfio_cdev.open_cdev(served))

    def bind_iommufd(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        if not isinstance(file, DeviceFile):
            return not_a(file)
        if number(args, "argsz", BIND_SIZE) < BIND_SIZE or number(args, "flags", 0) or args["iommufd"][0] == "-":
            return "EINVAL"
        return vfio_cdev.bind_iommufd(file, self.named(args["iommufd"]))

    def attach_iommufd_pt(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        return vfio_cdev.attach_pt(file, self.names.get(args["pt"])) if isinstance(file, DeviceFile) else not_a(file)

    def detach_iommufd_pt(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        return vfio_cdev.detach_pt(file) if isinstance(file, DeviceFile) else not_a(file)

    def device_info(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        if not isinstance(file, DeviceFile):
            return not_a(file)
        return "" if file.access and number(args, "argsz", 24) >= 16 else "EINVAL"

    def device_reset(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.get(args["fd"])
        if not isinstance(file, DeviceFile):
            return not_a(file)
        file.device.reset_works = any(self.devices[name] is file.device.device for name in CAN_RESET)
        if errno := vfio_reset.begin_reset(file):
            return errno
        vfio_reset.end_reset(file)
        return ""

    def close(self, args: dict[str, str], step: Step) -> str | Answer:
        file = self.names.pop(args["fd"], None)
        if isinstance(file, GroupFile):
            vfio_group.close_group(file)
        elif isinstance(file, DeviceFile):
            vfio_device.close_file(file)
        return "EBADF" if file is None else ""

    # --- address spaces ---

    def ioas_alloc(self, args: dict[str, str], step: Step) -> str | Answer:
        context = self.named("ctx" + args.get("ctx", "0"))
        assert isinstance(context, Iommufd)
        return self.keep(step, iommufd.make_space(context))

    def vfio_ioas(self, args: dict[str, str], step: Step) -> str | Answer:
        context, space = self.named("ctx" + args.get("ctx", "0")), self.names.get(args.get("ioas", ""))
        if args["oop"] != "set" or not isinstance(space, Ioas):
            raise Skipped
        assert isinstance(context, Iommufd)
        context.compatible = space
        return ""

    def destroy(self, args: dict[str, str], step: Step) -> str | Answer:
        space = self.names.get(args["id"])
        if not isinstance(space, Ioas) or isinstance(space, HwTable):
            raise Skipped
        if errno := iommufd.destroy_space(space):
            return errno
        del self.names[args["id"]]
        return ""


def not_a(file: Recorded | None) -> str:
    """A descriptor that is not open; for one of another kind the answer is another file's business."""
    if file is None:
        return "EBADF"
    raise Skipped


OPS: dict[str, Callable[[Replay, dict[str, str], Step], str | Answer]] = {
    name.upper(): op for name, op in vars(Replay).items() if callable(op) and "step" in op.__code__.co_varnames[:3]
}
