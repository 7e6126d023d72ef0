"""A user of a device that can be migrated: opened, brought into a state, read and written."""

from __future__ import annotations

from dataclasses import replace

from models.kernel.migration_device import MigratableDevice
from models.kernel.migration_manner import STRICT, Manner
from models.kernel.migration_states import NAMES, RESUMING, STOP_COPY
from models.kernel.migration_stream import whole_size


def opened(manner: Manner = STRICT, **changes: object) -> MigratableDevice:
    """A fresh device with a user."""
    device = MigratableDevice(replace(manner, **changes))  # type: ignore[arg-type]
    assert device.open() == device.bind() == ""
    return device


def goes(device: MigratableDevice, state: int) -> int | None:
    """Brings it into a state; the descriptor of the data file that came with it."""
    reply = device.set_state(state)
    assert reply.errno == "", f"{NAMES[state]}: {reply.errno}"
    assert state == device.get_state().out
    return reply.fd


def file_of(device: MigratableDevice, state: int) -> int:
    """The same where there must be a file."""
    fd = goes(device, state)
    assert fd is not None
    return fd


def read_all(device: MigratableDevice, fd: int, piece: int = 7) -> bytes:
    """Everything there is, in small pieces, up to the end or a pause."""
    found = b""
    while True:
        errno, data = device.read(fd, piece)
        if errno or not data:
            assert errno in ("", "ENOMSG"), errno
            return found
        found += data
        assert len(found) < 1000, "a stream has an end"


def stream_of(manner: Manner = STRICT, **changes: object) -> bytes:
    """What a device gives out when it is stopped and saved."""
    device = opened(manner, **changes)
    device.driver.hardware.change()
    fd = file_of(device, STOP_COPY)
    device.driver.complete_save()
    stream = read_all(device, fd)
    assert whole_size(device.manner.ports) == len(stream)
    return stream


def resuming(manner: Manner = STRICT, content: bytes = b"", **changes: object) -> tuple[MigratableDevice, int]:
    """A device that waits for a stream, of which this much has arrived."""
    device = opened(manner, **changes)
    fd = file_of(device, RESUMING)
    assert "" == device.write(fd, content)
    return device, fd
