"""The ops of recorded migration logs (tests/kernel-6.12) in the words of the spec `migration`.

Each device of a sequence is a machine of its own. Sizes become chunks: a stream is its header and the rest, a call
counts by the chunks that it could finish, and an answer by whether there were bytes at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checker.conform.log import LogSequence, LogStep
from checker.conform.protocol import (
    ANY,
    OK,
    About,
    Call,
    Explained,
    Fixed,
    Instance,
    Judge,
    Reader,
    Skip,
    Translated,
    Word,
)
from models.bind.migration_files import FILES, NO_FILE, PORTS, Blob, DataFile, Device
from models.bind.migration_requests import (
    CHUNKS,
    GET,
    HEADER,
    MIGRATION,
    PAYLOAD,
    SET,
    chunks_of,
    feature_call,
    odd_form,
    state_of,
)

PRECOPY_SIZE = 24
"""Bytes that a user who asks for estimates has to offer."""

Args = dict[str, Word]

INSTANCE = Instance(
    profile="mtty",
    configuration="recorded",
    sizes=(f"File={FILES}",),
    switches=("streams=on", "transport=on", "arc_faults=off", "copy_faults=off"),
    constants={"p2p": True, "pre_copy": True},
)
EXPLAINED: tuple[Explained, ...] = ()

OTHER = "no part of migration"
NOT_ALONE = "another descriptor of a device that is open already"
NOT_BOUND = "why a device may not be bound is a matter of ownership"
TOO_MANY = "more data files of one device than the map has elements for"
BAD_MEMORY = "whether memory of the user can be accessed is no part of the map"
LOGGING = "dirty logging is a spec of its own"
SKIPPED = {
    "DEVICE_INFO": OTHER,
    "DEV_PREAD": OTHER,
    "DEV_PWRITE": OTHER,
    "ATTACH_IOMMUFD_PT": OTHER,
    "DETACH_IOMMUFD_PT": OTHER,
    "CONTAINER_OPEN": OTHER,
    "GROUP_OPEN": OTHER,
    "GROUP_STATUS": OTHER,
    "GROUP_SET_CONTAINER": OTHER,
    "GROUP_UNSET_CONTAINER": OTHER,
    "SET_IOMMU": OTHER,
    "LOG_START": LOGGING,
    "LOG_STOP": LOGGING,
    "LOG_REPORT": LOGGING,
}


@dataclass(slots=True)
class MigrationReader:
    """One sequence."""

    devices: dict[str, Device] = field(default_factory=dict)
    owners: dict[str, Device] = field(default_factory=dict)
    files: dict[str, DataFile] = field(default_factory=dict)
    blob: Blob = field(default_factory=Blob)

    def step(self, step: LogStep) -> Translated:
        """What the step is in the spec."""
        if step.op in SKIPPED:
            return Skip(SKIPPED[step.op])
        if step.op in ON_DEVICES:
            return self.on_device(step, ON_DEVICES[step.op])
        if step.op in ON_FILES:
            return self.on_file(step, ON_FILES[step.op])
        match step.op:
            case "CDEV_OPEN" | "GROUP_GET_DEVICE_FD":
                return self.open(step)
            case "BIND_IOMMUFD":
                return self.bind(step)
            case "CLOSE":
                return self.close(step)
            case "DUP":
                return self.dup(step)
            case "BLOB_RESET":
                self.blob = Blob()
                return Skip("a matter of the recorder")
            case _:
                return Skip("the translation knows no such op")

    # --- descriptors of devices ---

    def open(self, step: LogStep) -> Translated:
        """A character device is opened; by way of a group it is bound as well."""
        if step.errno != OK or not step.new:
            return Skip(NOT_BOUND)
        name = step.new[0].partition(":")[0]
        device = self.devices.setdefault(step.args["dev"], Device(step.args["dev"]))
        if device.name not in PORTS:
            del self.devices[device.name]
            return Skip("a device that the translation does not know")
        self.owners[name] = device
        if step.op == "GROUP_GET_DEVICE_FD":
            return self.bound(name, device)
        device.unbound.add(name)
        if device.opened or device.bound:
            return Skip(NOT_ALONE)
        device.opened = True
        return Judge(device.name, (Call("open"),))

    def bind(self, step: LogStep) -> Translated:
        """The device is there from now on, until the last of its descriptors is closed."""
        device = self.owners.get(step.args["fd"])
        if step.errno != OK or device is None:
            return Skip(NOT_BOUND)
        return self.bound(step.args["fd"], device)

    def bound(self, name: str, device: Device) -> Translated:
        device.unbound.discard(name)
        device.bound.add(name)
        if len(device.bound) > 1:
            return Skip(NOT_ALONE)
        calls = (Call("bind"),) if device.opened else (Call("open"), Call("bind"))
        device.opened = True
        return Judge(device.name, calls)

    def close(self, step: LogStep) -> Translated:
        """A descriptor of a device, of a data file, or of nothing."""
        name = step.args["fd"]
        if name in self.files:
            file = self.files.pop(name)
            if file.device.lost:
                return Skip(TOO_MANY)
            if file.device.release(file):
                return Judge(file.device.name, (Call("close_fd", {"f": file.element}, step.errno),))
            return Fixed(OK, "the file is still held under another name")
        if name in self.owners:
            return self.close_device(name, self.owners.pop(name), step.errno)
        return self.unknown(name)

    def unknown(self, name: str) -> Translated:
        """A name that stands for no device and no data file."""
        return Fixed("EBADF", "no such descriptor") if is_none(name) else Skip(OTHER)

    def close_device(self, name: str, device: Device, errno: str) -> Translated:
        was_bound = bool(device.bound)
        device.bound.discard(name)
        device.unbound.discard(name)
        if device.bound or (not was_bound and device.unbound):
            return Skip(NOT_ALONE)
        device.opened = bool(device.unbound)
        closed = Call("close", {}, errno)
        return Judge(device.name, (closed, Call("open")) if device.opened else (closed,))

    def dup(self, step: LogStep) -> Translated:
        """A second name for a data file."""
        file = self.files.get(step.args["fd"])
        if file is None:
            return self.unknown(step.args["fd"])
        for name in step.new:
            self.files[name.partition(":")[0]] = file
            file.names += 1
        return Fixed(OK, "whatever is open can be duplicated")

    # --- requests to a device ---

    def on_device(self, step: LogStep, translate: OnDevice) -> Translated:
        """A request to a device file: of one that is bound, or of the only one that is open."""
        name = step.args["fd"]
        device = self.owners.get(name)
        if device is None:
            return self.unknown(name)
        if device.lost:
            return Skip(TOO_MANY)
        if device.bound and name not in device.bound:
            return Skip(NOT_ALONE)
        return translate(self, step, device)

    def set_state(self, step: LogStep, device: Device) -> Translated:
        """The request, and the separate question for the state behind it."""
        after = step.out.get("state_after")
        behind = (Call("get_state", {}, OK, {"state": after}),) if isinstance(after, str) else ()
        if (odd := odd_form(step, device, SET)) is not None:
            return Judge(device.name, (odd, *behind), "arguments")
        wanted = state_of(step.args["state"])
        about: About = "arguments" if wanted in (None, "ERROR") else "state"
        if step.errno == "KERNEL_OOPS":
            return Judge(device.name, (Call("set_state", {"wanted": wanted}, ANY, {}, warned=True),), about)
        made = None
        if step.out.get("data_fd") == 1:
            made = device.new_file()
            if made is None:
                return Skip(TOO_MANY)
            for name in step.new:
                self.files[name.partition(":")[0]] = made
        outputs = {"fd": made.element if made else None} if step.errno == OK else {}
        call = Call("set_state", {"wanted": wanted}, step.errno, outputs, step.warned)
        return Judge(device.name, (call, *behind), about)

    def get_state(self, step: LogStep, device: Device) -> Translated:
        if (odd := odd_form(step, device, GET)) is not None:
            return Judge(device.name, (odd,), "arguments")
        state = step.out.get("state")
        outputs = {"state": state} if isinstance(state, str) else {}
        return Judge(device.name, (Call("get_state", {}, step.errno, outputs),))

    def data_size(self, step: LogStep, device: Device) -> Translated:
        """The estimate: everything, or (never recorded) less."""
        length = step.out.get("stop_copy_length")
        outputs = {"chunks": chunks_of(length, device)} if isinstance(length, int) else {}
        return Judge(device.name, (Call("data_size", {}, step.errno, outputs),))

    def feature(self, step: LogStep, device: Device) -> Translated:
        flags, size = int(step.args["flags"], 0), int(step.args["argsz"], 0)
        return Judge(device.name, (feature_call(flags, size, step, device),), "arguments")

    def capabilities(self, step: LogStep, device: Device) -> Translated:
        size = HEADER + PAYLOAD[MIGRATION]
        return Judge(device.name, (feature_call(MIGRATION | GET, size, step, device, "caps"),))

    def reset(self, step: LogStep, device: Device) -> Translated:
        return Judge(device.name, (Call("reset", {}, step.errno),))

    # --- data files ---

    def on_file(self, step: LogStep, translate: OnFile) -> Translated:
        """A call on a data file. A name that stands for none is an element that nobody holds."""
        name = step.args["fd"]
        if name in self.files:
            file = self.files[name]
            if file.device.lost:
                return Skip(TOO_MANY)
            return Skip(BAD_MEMORY) if "ptr" in step.args and step.errno == "EFAULT" else translate(self, step, file)
        if name in self.owners:
            return Fixed("ENOTTY", "a device file has no such request") if step.op == "PRECOPY_INFO" else Skip(OTHER)
        if not is_none(name):
            return Skip(OTHER)
        nothing = DataFile(NO_FILE, next(iter(self.devices.values()), Device("S1")))
        found = translate(self, step, nothing)
        return Judge(found.machine, found.calls, "descriptors")

    def read(self, step: LogStep, file: DataFile) -> Judge:
        """How many chunks the buffer has room for; bytes or the end."""
        moved = step.out.get("n")
        args: Args = {"f": file.element, "room": file.finished(int(step.args["len"], 0)), "wait": True}
        outputs = {"some": moved > 0} if isinstance(moved, int) and step.errno == OK else {}
        if isinstance(moved, int):
            self.blob.collect(file, moved)
            file.position += moved
        return Judge(file.device.name, (Call("read", args, step.errno, outputs),))

    def write(self, step: LogStep, file: DataFile) -> Judge:
        """How many chunks the bytes finish (one more than there are if they are too many), and what is in them."""
        asked = step.out.get("req")
        count = asked if isinstance(asked, int) else int(step.args.get("len", "0"), 0)
        offset = int(step.args.get("off", "0"), 0)
        good = self.blob.continues(file, step.args.get("src", "blob"), offset, count, "poke" in step.args)
        chunks = file.finished(count) if file.position + count <= file.device.size else CHUNKS + 1
        if step.errno in (OK, "EFAULT"):
            # A write that is refused for what is in it is kept nevertheless.
            file.position += count
            file.good = good
        args: Args = {"f": file.element, "chunks": chunks, "good": good}
        return Judge(file.device.name, (Call("write", args, step.errno),))

    def seek(self, step: LogStep, file: DataFile) -> Judge:
        return Judge(file.device.name, (Call("seek", {"f": file.element}, step.errno),))

    def precopy_info(self, step: LogStep, file: DataFile) -> Judge:
        short = int(step.args.get("argsz", str(PRECOPY_SIZE)), 0) < PRECOPY_SIZE
        outputs = {}
        if step.errno == OK:
            outputs = {"initial": positive(step, "initial_bytes"), "dirty": positive(step, "dirty_bytes")}
        call = Call("precopy_info", {"f": file.element, "short": short}, step.errno, outputs)
        return Judge(file.device.name, (call,), "arguments" if short else "state")


OnDevice = Callable[[MigrationReader, LogStep, Device], Translated]
OnFile = Callable[[MigrationReader, LogStep, DataFile], Judge]

ON_DEVICES: dict[str, OnDevice] = {
    "MIG_SET_STATE": MigrationReader.set_state,
    "MIG_GET_STATE": MigrationReader.get_state,
    "MIG_DATA_SIZE": MigrationReader.data_size,
    "MIG_CAPS": MigrationReader.capabilities,
    "FEATURE": MigrationReader.feature,
    "DEVICE_RESET": MigrationReader.reset,
}
ON_FILES: dict[str, OnFile] = {
    "MIG_READ": MigrationReader.read,
    "MIG_WRITE": MigrationReader.write,
    "MIG_PREAD": MigrationReader.seek,
    "MIG_LSEEK": MigrationReader.seek,
    "PRECOPY_INFO": MigrationReader.precopy_info,
}


def is_none(name: str) -> bool:
    """True for a name that was never made (`?m`) or is no more (`!m`): the recorder put in a number that is none."""
    return name.startswith(("?", "!"))


def positive(step: LogStep, name: str) -> bool:
    """True if the output is there and above 0."""
    value = step.out.get(name)
    return isinstance(value, int) and value > 0


@dataclass(frozen=True, slots=True)
class MigrationTranslation:
    """Nothing happens unseen on this device: it changes by requests only."""

    instance: Instance = INSTANCE
    silent: tuple[str, ...] = ()
    explained: tuple[Explained, ...] = EXPLAINED

    def begin(self, sequence: LogSequence) -> Reader:
        """A sequence begins with nothing open."""
        return MigrationReader()


TRANSLATION = MigrationTranslation()
