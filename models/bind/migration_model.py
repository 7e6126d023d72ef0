"""A model of a migrating device that runs in the words of the spec `migration`.

Every field is read off the model at the moment it is asked for. Bytes become chunks: a stream that is read consists
of what is left of each kind, one that is written of its header and the rest. What is written comes from a second
device of the same kind, which was saved when the first was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from checker.conform.implementation import Answer, Choice, Plain, Setting
from models.bind.migration_requests import CHUNKS, STATES
from models.bind.migration_words import request_of
from models.kernel.migration_device import MigratableDevice, Reply
from models.kernel.migration_feature import DATA_SIZE, DEVICE_STATE, MIGRATION
from models.kernel.migration_file import DataFile
from models.kernel.migration_manner import Manner
from models.kernel.migration_states import CAN_P2P, CAN_PRE_COPY, STOP_COPY
from models.kernel.migration_stream import HEADER_SIZE, Kind, whole_size
from models.kernel.migration_streams import PRECOPY_SIZE, REINIT

CHOICES = {
    "no_device.sleeps": "does-not-wake",
    "feature.bad_header": "header copy-in",
    "feature.bad_payload": "payload copy",
    "set_state.no_descriptor": "no-descriptor",
    "set_state.bad_copy": "answer copy-out",
    "get_state.bad_copy": "state copy-out",
    "take_arc.fails": "arc-fails",
    "take_arc.breaks_down": "arc-breaks-device",
    "load.gives_up": "load-gives-up",
    "read.bad_buffer": "read copy-out",
    "write.bad_buffer": "write copy-in",
    "write.looks": "content-refused",
    "precopy_info.bad_buffer": "estimates copy-out",
    "reset.unable": "reset-unable",
    "reset.fails": "reset-locked",
}
"""What the spec leaves to nature, and the place in the model where it happens."""
ASKED_ONCE = "no_device.sleeps"
"""The spec asks again when one of its calls makes use of another; a device wakes once for each ioctl."""

LEFT_OUT = {
    "copy_faults": (
        *("does-not-wake", "header copy-in", "payload copy", "no-descriptor", "answer copy-out", "state copy-out"),
        *("read copy-out", "write copy-in", "estimates copy-in", "estimates copy-out"),
    ),
    "arc_faults": ("arc-fails", "arc-breaks-device", "reset-unable", "reset-locked"),
}
"""What never fails where a switch of the spec is off: an instance without it promises that."""

DOES_NOT_REFUSE = {"content-refused": "must content-refused"}
"""A device that reads what another one gave out: the spec takes it for granted that it likes that."""

NO_STATE = len(STATES)
KINDS: tuple[Kind, ...] = ("initial", "dirty", "final")
Outputs = Mapping[str, Plain]
Done = tuple[str, Outputs]
Args = tuple[Plain, ...]
NONE: Outputs = {}


class RunningMigration:
    """One device, and the stream of another one like it."""

    def __init__(self, manner: Manner, setting: Setting, opened: bool) -> None:
        self.device = MigratableDevice(manner, files=setting.sizes.get("File", 1))
        self.driver = self.device.driver
        self.nature = self.device.nature
        self.journal = self.device.journal
        self.stream = _stream_of(manner) if manner.capabilities is not None else b""
        self.size = whole_size(manner.ports)
        self.readers = tuple(_reader(name) for name in setting.fields)
        self.sure = {p: f"must {p}" for name, left in LEFT_OUT.items() if not setting.switches[name] for p in left}
        if opened:
            self.device.open()
            self.device.bind()

    # --- what the checker asks for ---

    def perform(self, action: str, args: Args, choices: tuple[Choice, ...], inject: int | None = None) -> Answer:
        """Performs a call of the spec on the model."""
        self.nature.begin(_script(choices), inject)
        before = self.device.warnings
        errno, outputs = ACTIONS[action](self, args)
        warned = self.device.warnings is not before
        sure = self.sure if action != "write" or not args[2] else self.sure | DOES_NOT_REFUSE
        reached = tuple([sure.get(place, place) for place in self.nature.reached])
        unused = self._unused(choices) if choices else ()
        if not errno:
            return Answer("done", "", outputs, warned, reached, unused)
        if errno == "BLOCKED":
            return Answer("blocked", "", NONE, warned, reached, unused)
        return Answer("refused", errno, outputs, warned, reached, unused)

    def state(self) -> tuple[Plain, ...]:
        """The fields, one after the other."""
        return tuple([read(self) for read in self.readers])

    def mark(self) -> int:
        return self.journal.mark()

    def back(self, mark: int) -> None:
        self.journal.back(mark)

    def leaks(self) -> tuple[str, ...]:
        return self.device.leaks()

    def _unused(self, choices: tuple[Choice, ...]) -> tuple[str, ...]:
        unasked = self.nature.unasked()
        if not unasked:
            return ()
        return tuple(name for name in dict.fromkeys(name for name, _ in choices) if CHOICES[name] in unasked)

    # --- requests ---

    def set_state(self, args: Args) -> Done:
        reply = self.device.set_state(NO_STATE if args[0] is None else STATES.index(cast(str, args[0])))
        return reply.errno, NONE if reply.errno else {"fd": reply.fd}

    def get_state(self, args: Args) -> Done:
        reply = self.device.get_state()
        return reply.errno, NONE if reply.errno else {"state": STATES[cast(int, reply.out)]}

    def data_size(self, args: Args) -> Done:
        reply = self.device.ask_data_size()
        return reply.errno, NONE if reply.errno else {"chunks": self._chunks(reply)}

    def feature(self, args: Args) -> Done:
        index, flags, argsz, payload = request_of(args)
        reply = self.device.feature(flags, argsz, payload)
        if reply.errno or reply.out is None:
            return reply.errno, NONE
        word = cast(int, reply.out)
        if index == MIGRATION:
            return "", {"p2p": bool(word & CAN_P2P), "pre_copy": bool(word & CAN_PRE_COPY)}
        if index == DATA_SIZE:
            return "", {"chunks": self._chunks(reply)}
        return "", {"state": STATES[word]} if index == DEVICE_STATE else NONE

    def _chunks(self, reply: Reply) -> int:
        """All of a stream, or less."""
        return CHUNKS if reply.out == self.size else 1

    # --- data files ---

    def read(self, args: Args) -> Done:
        number, room, wait = cast("tuple[int, int, bool]", args)
        errno, data = self.device.read(number, self._room(number, room), wait)
        return errno, NONE if errno else {"some": bool(data)}

    def _room(self, number: int, room: int) -> int:
        """Bytes that are left of the next so many kinds; for none, too few to finish the first."""
        file = self.driver.files.held(number)
        left = [] if file is None else [size for kind in KINDS if (size := self._left(file, kind))]
        return sum(left[:room]) if room else int(bool(left) and left[0] > 1)

    def _left(self, file: DataFile, kind: Kind) -> int:
        """What can be read of a kind: in the file, or to be fetched from the device by the next call."""
        more = 1 if kind == "dirty" and self._changed() and file is self.driver.saving else 0
        return file.left(kind) + more * len(self.driver.hardware.changes())

    def _changed(self) -> bool:
        return self.driver.hardware.changed and self.device.manner.tells_changes

    def write(self, args: Args) -> Done:
        number, chunks, good = cast("tuple[int, int, bool]", args)
        return self.device.write(number, self._bytes(number, chunks, good)), NONE

    def _bytes(self, number: int, chunks: int, good: bool) -> bytes:
        """What comes next in the stream, so that so many chunks are finished: for none a byte, while that finishes
        none. Bad bytes begin with one that is wrong."""
        file = self.driver.files.held(number)
        at = len(file.content) if file is not None else 0
        ends = [end for end in (HEADER_SIZE, self.size) if end > at]
        if chunks > len(ends):
            return bytes(self.size - at + 1)
        if not chunks:
            wanted = at + 1 if ends and ends[0] > at + 1 else at
        else:
            wanted = ends[chunks - 1]
        data = self.stream[at:wanted]
        return data if good or not data else bytes((data[0] ^ 0xFF,)) + data[1:]

    def precopy_info(self, args: Args) -> Done:
        number, short = cast("tuple[int, bool]", args)
        errno, told = self.device.precopy_info(number, PRECOPY_SIZE - short)
        if errno:
            return errno, NONE
        fresh = bool(told.flags & REINIT)
        return "", {"initial": told.initial_bytes > 0, "dirty": told.dirty_bytes > 0, "fresh": fresh}

    def poll(self, args: Args) -> Done:
        errno, found = self.device.poll(cast(int, args[0]))
        return errno, NONE if errno else {"ready": found.ready, "hung_up": found.hung_up}

    def seek(self, args: Args) -> Done:
        return self.device.seek(cast(int, args[0])), NONE

    def close_fd(self, args: Args) -> Done:
        return self.device.close_file(cast(int, args[0])), NONE

    def read_on(self, args: Args) -> Done:
        """A user that takes one chunk more."""
        errno, _ = self.device.read(cast(int, args[0]), self._room(cast(int, args[0]), 1))
        return errno, NONE

    # --- the rest ---

    def set_irqs(self, args: Args) -> Done:
        return self.device.set_irqs(bool(args[0])), NONE


def _plain(call: Callable[[RunningMigration], str | None]) -> Callable[[RunningMigration, Args], Done]:
    """A call without arguments and outputs."""
    return lambda running, args: (call(running) or "", NONE)


ACTIONS: Mapping[str, Callable[[RunningMigration, Args], Done]] = {
    "set_state": RunningMigration.set_state,
    "get_state": RunningMigration.get_state,
    "data_size": RunningMigration.data_size,
    "feature": RunningMigration.feature,
    "read": RunningMigration.read,
    "write": RunningMigration.write,
    "precopy_info": RunningMigration.precopy_info,
    "poll": RunningMigration.poll,
    "seek": RunningMigration.seek,
    "close_fd": RunningMigration.close_fd,
    "read_on": RunningMigration.read_on,
    "set_irqs": RunningMigration.set_irqs,
    "open": _plain(lambda running: running.device.open()),
    "bind": _plain(lambda running: running.device.bind()),
    "close": _plain(lambda running: running.device.close()),
    "reset": _plain(lambda running: running.device.reset()),
    "neighbour_reset": _plain(lambda running: running.driver.reset()),
    "recover_firmware": _plain(lambda running: running.driver.recover()),
    "change": _plain(lambda running: running.driver.change()),
    "begin_again": _plain(lambda running: running.driver.begin_again()),
    "save_completes": _plain(lambda running: running.driver.complete_save()),
    "save_fails": _plain(lambda running: running.driver.fail_save()),
}


# --- the fields of the spec ---


def _files(running: RunningMigration) -> tuple[DataFile | None, ...]:
    return running.driver.files.files


def _way(file: DataFile | None) -> str:
    if file is None:
        return "NONE"
    return "SAVE" if file.saving else "RESUME"


def _session(running: RunningMigration) -> int | None:
    file = running.driver.saving or running.driver.resuming
    return None if file is None else file.number


def _unread(running: RunningMigration) -> frozenset[Plain]:
    """The kinds of which something is left, in the file or in the device."""
    file = running.driver.saving
    found = {kind.upper() for kind, _ in file.pieces} if file is not None else set()
    if running.driver.hardware.changed and running.device.manner.tells_changes:
        found.add("DIRTY")
    return frozenset(found)


def _content(running: RunningMigration) -> bytes:
    file = running.driver.resuming
    return b"" if file is None else file.content


def _accepted(running: RunningMigration) -> int:
    length = len(_content(running))
    return (length >= HEADER_SIZE) + (length >= running.size)


def _made(running: RunningMigration) -> None:
    """A file that a request under way has made is a local variable of that request; between requests there is none."""
    assert not running.driver.mutex


FIELDS: Mapping[str, Callable[[RunningMigration], Plain]] = {
    "handle": lambda running: running.device.handle.upper(),
    "state": lambda running: STATES[running.driver.state],
    "tracking": lambda running: running.driver.hardware.tracks,
    "way": lambda running: tuple([_way(file) for file in _files(running)]),
    "held": lambda running: tuple([file is not None and file.users > 0 for file in _files(running)]),
    "enabled": lambda running: tuple([file is not None and not file.disabled for file in _files(running)]),
    "file": _session,
    "made": _made,
    "unread": _unread,
    "in_flight": lambda running: running.driver.hardware.save is not None,
    "broken": lambda running: running.driver.saving is not None and running.driver.saving.broken,
    "accepted": _accepted,
    "corrupt": lambda running: not running.stream.startswith(_content(running)),
    "opted_in": lambda running: running.device.opted_in,
    "fresh": lambda running: running.driver.saving is not None and running.driver.saving.fresh,
    "vectors": lambda running: running.driver.hardware.vectors,
}


def _reader(name: str) -> Callable[[RunningMigration], Plain]:
    if name not in FIELDS:
        raise ValueError(f"the model has nothing for the field '{name}'")
    return FIELDS[name]


def _script(choices: tuple[Choice, ...]) -> dict[str, list[bool]]:
    """The answers of nature by place, in the order in which the spec asks."""
    script: dict[str, list[bool]] = {}
    for name, value in choices:
        answers = script.setdefault(CHOICES[name], [])
        if name == ASKED_ONCE and answers:
            answers[0] = answers[0] or bool(value)
        else:
            answers.append(bool(value))
    return script


def _stream_of(manner: Manner) -> bytes:
    """What a device of this kind gives out when it is stopped and saved."""
    source = MigratableDevice(manner, files=1)
    source.open()
    source.bind()
    source.driver.hardware.change()
    fd = source.set_state(STOP_COPY).fd
    assert fd is not None
    errno, stream = source.read(fd, whole_size(manner.ports))
    assert not errno and len(stream) == whole_size(manner.ports)
    return stream
