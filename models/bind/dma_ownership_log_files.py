"""What is known of a recorded ownership sequence: devices and their drivers, descriptors by name, owners.

The declared map of values: the machine's devices and groups, and two kinds of owners. Only recorded facts are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from checker.conform.log import LogSequence, LogStep
from checker.conform.protocol import OK, Fixed, Skip

DEVICES: Mapping[str, int] = {"A": 0, "B": 1, "C": 2, "D": 3}
HOME = (0, 0, 1, 2)
"""A and B share a group, C and D are alone in theirs."""
NATIVE: Mapping[str, str] = {"A": "e1000", "B": "e1000", "C": "e1000e", "D": "e1000e"}
VFIO = "vfio-pci"
NONE = "none"

IOMMUFDS, CONTAINERS, TABLES = 9, 6, 3
OWNERS = IOMMUFDS + CONTAINERS
"""Elements of the spec's sort of owners: iommufds first, then type1 containers. The last of each kind is never given
out: it stands for one that nobody used yet, the last container for any file that is neither, and for no file at all."""
IDLE_IOMMUFD, IDLE_CONTAINER = IOMMUFDS - 1, OWNERS - 1

OTHER_DEVICE = "a device that the map does not have"
OTHER_KIND = "a request to a descriptor of another kind"
TOO_MANY = "more owners or page tables than the map has elements for"
LEFT_BEHIND = "a group fd that outlived its group"


class Lost(Exception):
    """Nothing more can be said of the sequence; the argument says why."""


@dataclass(slots=True)
class Owner:
    """An iommufd or a container: its element once it was given one, and what was done to its compatibility IOAS.

    `stranger` says that a group joined it that the map does not have.
    """

    is_iommufd: bool
    element: int | None = None
    stranger: bool = False
    chosen_ioas: bool = False
    mapped: bool = False
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def idle(self) -> int:
        """The element that stands for it as long as no group and no device came to it."""
        if self.stranger:
            raise Lost(OTHER_DEVICE)
        if self.element is not None:
            return self.element
        return IDLE_IOMMUFD if self.is_iommufd else IDLE_CONTAINER


Kind = Literal["group", "device", "cdev", "container", "other"]


@dataclass(slots=True, eq=False)
class File:
    """An open file: a group (with its number), a device that came from one, a character device, a container.

    `owner` is that of a container, or the iommufd that a character device is bound to. `names` are those it is held
    under; `left` says of a group's file that the group it was opened for is no more.
    """

    kind: Kind
    device: int = -1
    group: int = -1
    owner: Owner | None = None
    names: int = 1
    left: bool = False


@dataclass(slots=True)
class Records:
    """One sequence: `meant` says for every name that its script uses what it is to stand for.

    `leaving` are the removals of drivers that wait, by the name of the recorder's job; `jobs` all that ever did.
    `kinds` are those of the objects of iommufds by name.
    """

    containers_are_iommufds: bool
    meant: Mapping[str, File]
    drivers: dict[str, str] = field(default_factory=lambda: dict.fromkeys(DEVICES, NONE))
    overrides: dict[str, str] = field(default_factory=dict)
    leaving: dict[str, str] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)
    files: dict[str, File] = field(default_factory=dict)
    contexts: dict[str, Owner] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    given: list[int] = field(default_factory=lambda: [0, IOMMUFDS])

    # --- owners ---

    def context(self, name: str) -> Owner:
        """The iommufd `ctxN`; naming it opens it."""
        return self.contexts.setdefault(name, Owner(is_iommufd=True))

    def element(self, owner: Owner) -> int:
        """The element of an owner that takes a group or a device."""
        if owner.stranger:
            raise Lost(OTHER_DEVICE)
        if owner.element is None:
            kind = 0 if owner.is_iommufd else 1
            owner.element = self.given[kind]
            if owner.element >= (IDLE_IOMMUFD, IDLE_CONTAINER)[kind]:
                raise Lost(TOO_MANY)
            self.given[kind] += 1
        return owner.element

    def owner_named(self, name: str) -> Owner | None:
        """The iommufd or container that a descriptor argument names; None if it is neither."""
        if is_context(name):
            return self.context(name)
        file = self.files.get(name)
        return file.owner if file is not None and file.kind == "container" else None

    def is_open(self, name: str) -> bool:
        """True if a name stands for an open file."""
        return name in self.files or (is_context(name) and name in self.contexts)

    # --- files ---

    def add(self, step: LogStep, file: File) -> None:
        """The descriptors that a successful step made."""
        if step.errno == OK:
            for name in step.new:
                if name.endswith(":fd"):
                    self.files[name.partition(":")[0]] = file

    def note(self, step: LogStep) -> None:
        """The objects of iommufds that a step made and that it did away with, and files that nobody here knows."""
        self.kinds |= dict(name.split(":", 1) for name in step.new if ":" in name)
        for name in step.new:
            if name.endswith(":fd") and step.errno == OK:
                self.files.setdefault(name.partition(":")[0], File("other"))
        for name in step.gone:
            self.kinds.pop(name, None)
            for owner in self.contexts.values():
                owner.tables.pop(name, None)

    def open_files(self, kind: Kind, *, device: int = -1, group: int = -1) -> list[File]:
        """The open files of a kind, each once, of a device or of a group."""
        found = [f for f in self.files.values() if f.kind == kind and f.device == device and f.group == group]
        return list(dict.fromkeys(f for f in found if not f.left))

    def intended(self, name: str) -> File | None:
        """What a name that stands for nothing was to be, if nothing of that kind is open; else None."""
        if not is_nothing(name):
            return None
        file = self.meant.get(name[1:].partition("~")[0])
        if file is None or self.open_files(file.kind, device=file.device, group=file.group):
            return None
        return file


def begin(sequence: LogSequence, containers_are_iommufds: bool) -> Records:
    """The records of a sequence that has not begun."""
    meant: dict[str, File] = {}
    for step in sequence.steps:
        name, device = step.args.get("out", ""), DEVICES.get(step.args.get("dev", ""), -1)
        if step.op in MADE_BY and name and device >= 0:
            meant.setdefault(name, made_by(step.op, device))
    return Records(containers_are_iommufds, meant)


MADE_BY: Mapping[str, Kind] = {"GROUP_OPEN": "group", "CDEV_OPEN": "cdev", "GROUP_GET_DEVICE_FD": "device"}


def made_by(op: str, device: int) -> File:
    """The file that an op makes."""
    kind = MADE_BY[op]
    return File(kind, group=HOME[device]) if kind == "group" else File(kind, device=device)


def is_nothing(name: str) -> bool:
    """True for a name that was never made (`?g`), one that is no more (`!g`), and a plain number."""
    return name.startswith(("?", "!")) or name.lstrip("-").isdecimal()


def is_context(name: str) -> bool:
    """True for `ctxN`, an iommufd."""
    return name.startswith("ctx") and name[3:].isdecimal()


def no_file(name: str) -> Fixed | Skip:
    """What a request to a name is that stands for no file; one that no step made is none either."""
    return Skip(OTHER_KIND) if is_context(name) else Fixed("EBADF", "no such descriptor")
