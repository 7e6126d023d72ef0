"""A recorded log, op by op and byte by byte, on the model of the sample driver; no spec and no translation in between.

What the log gave back is compared as it was recorded: errno, whether a descriptor was made, the state behind the call,
how many bytes moved, the estimates.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.kernel.dirty_logging import LogRequest, ReportRequest
from models.kernel.migration_device import MigratableDevice
from models.kernel.migration_feature import (
    DATA_SIZE,
    DEVICE_STATE,
    FEATURES,
    GET,
    HEADER_SIZE,
    INDEX_MASK,
    LOGGING_REPORT,
    LOGGING_START,
    MIGRATION,
    SET,
)
from models.kernel.migration_manner import MTTY, Manner
from models.kernel.migration_states import NAMES

LOG = Path(__file__).resolve().parents[1] / "kernel-6.12" / "vfio-migration.jsonl.gz"
PORTS = {"S1": 1, "T1": 1, "D2": 2}
OK, OOPS = "OK", "KERNEL_OOPS"
SKIPPED = "skipped"
"""Ops that are no part of a device that migrates, and those that another descriptor of an open device makes."""

Step = dict[str, Any]
Answer = tuple[str, dict[str, Any]]
PAYLOADS = {LOGGING_START: LogRequest(4096, ((0, 4096),)), LOGGING_REPORT: ReportRequest(0, 4096, 4096)}


def sequences(log: Path = LOG) -> Iterator[tuple[str, list[Step]]]:
    """The sequences by name."""
    with gzip.open(log, "rt") as lines:
        for line in lines:
            found = json.loads(line)
            yield found["id"], found["steps"]


@dataclass
class Replay:
    """One sequence on fresh devices. `devices` and `files` are what names stand for."""

    manner: Manner = MTTY
    made: dict[str, MigratableDevice] = field(default_factory=dict)
    devices: dict[str, MigratableDevice] = field(default_factory=dict)
    binding: set[str] = field(default_factory=set)
    files: dict[str, tuple[MigratableDevice, int]] = field(default_factory=dict)
    blob: bytes = b""

    def step(self, step: Step) -> Answer | None:
        """What the model answers; None if the op is skipped."""
        call = OPS.get(step["op"])
        return None if call is None else call(self, step, step["args"])

    # --- devices ---

    def device_of(self, dev: str) -> MigratableDevice:
        """The device of that name, new at its first use."""
        if dev not in self.made:
            self.made[dev] = MigratableDevice(replace(self.manner, ports=PORTS[dev]), files=64)
        return self.made[dev]

    def open(self, step: Step, args: Step) -> Answer | None:
        """A device has one handle in the model: a further descriptor only gets a name."""
        if step["errno"] != OK:
            return None
        device = self.devices[args["out"]] = self.device_of(args["dev"])
        return _told(device.open()) if device.handle == "closed" else None

    def bind(self, step: Step, args: Step) -> Answer | None:
        """Whether a device may be bound is a matter of ownership; here it was."""
        if args["fd"] not in self.devices or step["errno"] != OK:
            return None
        return self.bound(args["fd"])

    def open_by_group(self, step: Step, args: Step) -> Answer | None:
        """The older way: opened and bound at once."""
        if step["errno"] != OK:
            return None
        self.open(step, args)
        return self.bound(args["out"])

    def bound(self, name: str) -> Answer | None:
        others = any(self.devices[each] is self.devices[name] for each in self.binding)
        self.binding.add(name)
        return None if others else _told(self.devices[name].bind())

    def close(self, step: Step, args: Step) -> Answer | None:
        name = args["fd"]
        if name in self.files:
            device, number = self.files.pop(name)
            return _told(device.close_file(number))
        if name in self.devices:
            return self.close_device(name, self.devices.pop(name))
        return _told("EBADF") if name[0] in "?!" else None

    def close_device(self, name: str, device: MigratableDevice) -> Answer | None:
        """The last descriptor that is bound takes the device with it; one that is not may stay open."""
        self.binding.discard(name)
        if any(self.devices[each] is device for each in self.binding):
            return None
        answer = _told(device.close())
        if device in self.devices.values():
            device.open()
        return answer

    def reset(self, step: Step, args: Step) -> Answer | None:
        device = self.asked(args)
        return None if device is None else _told(device.reset())

    def asked(self, args: Step) -> MigratableDevice | None:
        """The device; None by another descriptor than the one that is bound, which the model does not have."""
        device = self.devices.get(args["fd"])
        if device is None or (device.handle == "bound" and args["fd"] not in self.binding):
            return None
        return device

    # --- features ---

    def ioctl(self, step: Step, args: Step, flags: int, payload: int = 0) -> tuple[MigratableDevice, Any] | None:
        """A request about a feature, with the flags and the size of the log where it has them."""
        device = self.asked(args)
        if device is None:
            return None
        flags = int(args.get("flags", str(flags)), 0)
        index = flags & INDEX_MASK
        known = HEADER_SIZE + (FEATURES[index].payload if index in FEATURES else 0)
        size = int(args.get("argsz", str(known)), 0)
        return device, device.feature(flags, size, PAYLOADS.get(index, payload))

    def set_state(self, step: Step, args: Step) -> Answer | None:
        wanted = NAMES.index(args["state"]) if args["state"] in NAMES else int(args["state"], 0)
        done = self.ioctl(step, args, DEVICE_STATE | SET, wanted)
        if done is None:
            return None
        device, reply = done
        if device.oopsed:
            return OOPS, {}
        out: dict[str, Any] = {}
        if "data_fd" in step["out"]:
            out["data_fd"] = -7 if step["out"]["data_fd"] == -7 else -1 if reply.fd is None else 1
        if "state_after" in step["out"]:
            after = device.get_state()
            out["state_after"] = NAMES[after.out]  # type: ignore[index]
        if reply.fd is not None:
            self.files[step["new"][0].partition(":")[0] if "new" in step else "?"] = (device, reply.fd)
        return reply.errno or OK, out

    def get_state(self, step: Step, args: Step) -> Answer | None:
        done = self.ioctl(step, args, DEVICE_STATE | GET)
        return done and _told(done[1].errno, state=done[1].out if done[1].out is None else NAMES[done[1].out])

    def data_size(self, step: Step, args: Step) -> Answer | None:
        done = self.ioctl(step, args, DATA_SIZE | GET)
        return done and _told(done[1].errno, stop_copy_length=done[1].out)

    def caps(self, step: Step, args: Step) -> Answer | None:
        done = self.ioctl(step, args, MIGRATION | GET)
        return done and _told(done[1].errno, caps=None if done[1].out is None else hex(done[1].out))

    def feature(self, step: Step, args: Step) -> Answer | None:
        done = self.ioctl(step, args, 0)
        return done and _told(done[1].errno, data0=None if done[1].out is None else hex(done[1].out))

    # --- data files ---

    def read(self, step: Step, args: Step) -> Answer | None:
        device, number = self.file(args)
        if device is None:
            return _told("EBADF")
        errno, data = device.read(number, int(args["len"], 0))
        self.blob += data
        return _told(errno) if errno else (OK, {"n": len(data), "total": len(self.blob)})

    def write(self, step: Step, args: Step) -> Answer | None:
        device, number = self.file(args)
        start = int(args.get("off", "0"), 0)
        size = int(args["len"], 0) if "len" in args else max(len(self.blob) - start, 0)
        match args.get("src", "blob"):
            case "blob":
                data = (self.blob[start:] + bytes(size))[:size]
            case "zero":
                data = bytes(size)
            case _:
                data = b"\xa5" * size
        if "poke" in args:
            at = int(args["poke"], 0)
            data = data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :]
        if device is None:
            return "EBADF", {"req": len(data)}
        errno = device.write(number, data)
        return (errno, {"req": len(data)}) if errno else (OK, {"req": len(data), "n": len(data)})

    def seek(self, step: Step, args: Step) -> Answer | None:
        device, number = self.file(args)
        return _told("EBADF" if device is None else device.seek(number))

    def precopy_info(self, step: Step, args: Step) -> Answer | None:
        if args["fd"] in self.devices:
            return _told("ENOTTY")
        device, number = self.file(args)
        if device is None:
            return _told("EBADF")
        size, flags = int(args.get("argsz", "24"), 0), int(args.get("flags", "0"), 0)
        errno, told = device.precopy_info(number, size, flags)
        return _told(errno) if errno else (OK, {"initial_bytes": told.initial_bytes, "dirty_bytes": told.dirty_bytes})

    def dup(self, step: Step, args: Step) -> Answer | None:
        device, number = self.file(args)
        if device is None:
            return _told("EBADF")
        self.files[args["out"]] = (device, number)
        return _told(device.dup(number))

    def file(self, args: Step) -> tuple[MigratableDevice | None, int]:
        return self.files.get(args["fd"], (None, 0))


def _told(errno: str, **out: Any) -> Answer:
    return errno or OK, {} if errno else {name: value for name, value in out.items() if value is not None}


OPS: dict[str, Callable[[Replay, Step, Step], Answer | None]] = {
    "CDEV_OPEN": Replay.open,
    "BIND_IOMMUFD": Replay.bind,
    "GROUP_GET_DEVICE_FD": Replay.open_by_group,
    "CLOSE": Replay.close,
    "DUP": Replay.dup,
    "DEVICE_RESET": Replay.reset,
    "MIG_SET_STATE": Replay.set_state,
    "MIG_GET_STATE": Replay.get_state,
    "MIG_DATA_SIZE": Replay.data_size,
    "MIG_CAPS": Replay.caps,
    "FEATURE": Replay.feature,
    "MIG_READ": Replay.read,
    "MIG_WRITE": Replay.write,
    "MIG_PREAD": Replay.seek,
    "MIG_LSEEK": Replay.seek,
    "PRECOPY_INFO": Replay.precopy_info,
}


@dataclass
class Replayed:
    """Steps that agree, differ or are skipped, the last two by op."""

    agree: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    differ: list[tuple[str, int, Step, Answer]] = field(default_factory=list)


def replay(manner: Manner = MTTY, log: Path = LOG) -> Replayed:
    """The whole log."""
    found = Replayed()
    for name, steps in sequences(log):
        one = Replay(manner)
        for number, step in enumerate(steps):
            answer = one.step(step)
            if answer is None:
                found.skipped[step["op"]] += 1
            elif answer == (step["errno"], step["out"]):
                found.agree += 1
            else:
                found.differ.append((name, number, step, answer))
    return found
