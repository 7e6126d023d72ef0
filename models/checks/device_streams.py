"""What a migrating device may do in each state, and that a stream is the device: whole, in order, and nothing else."""

from __future__ import annotations

from typing import Final

from models.checks.steps import Steps
from models.kernel.migration_device import MigratableDevice
from models.kernel.migration_feature import HEADER_SIZE as FEATURE_HEADER
from models.kernel.migration_feature import PRECOPY_INFO_V2, SET
from models.kernel.migration_manner import MTTY, STRICT, Manner
from models.kernel.migration_states import (
    NAMES,
    PRE_COPY,
    PRE_COPY_P2P,
    RESUMING,
    RUNNING,
    RUNNING_P2P,
    STOP,
    STOP_COPY,
)
from models.kernel.migration_streams import PRECOPY_SIZE, REINIT

INITIATES: Final = frozenset({RUNNING, PRE_COPY})
RESPONDS: Final = frozenset({RUNNING, PRE_COPY, RUNNING_P2P, PRE_COPY_P2P})
STATES: Final = (STOP, RUNNING, STOP_COPY, RESUMING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P)
LONG: Final = 1 << 16


def ready(manner: Manner) -> MigratableDevice:
    device = MigratableDevice(manner, files=4)
    device.open()
    device.bind()
    return device


def states(steps: Steps) -> None:
    """By every walk there is: who may begin DMA, who answers, who must stand still."""
    for start in STATES:
        for wanted in STATES:
            device = ready(STRICT)
            steps.same(f"RUNNING to {NAMES[start]}", device.set_state(start).errno, "")
            if start == RESUMING and wanted != RESUMING:
                continue
            reply = device.set_state(wanted)
            if reply.errno:
                continue
            hardware, what = device.driver.hardware, f"{NAMES[start]} to {NAMES[wanted]}"
            expected = (wanted in INITIATES, wanted in RESPONDS)
            steps.same(f"{what}: initiates and responds", (hardware.initiates, hardware.responds), expected)
            before = hardware.ports
            device.driver.change()
            steps.same(f"{what}: stands still", hardware.ports == before, wanted not in RESPONDS)


def saved(device: MigratableDevice, steps: Steps, piece: int, pre_copy: bool) -> bytes:
    """All that a device gives out, read in pieces; it works on while it can."""
    fd = device.set_state(PRE_COPY if pre_copy else STOP_COPY).fd
    steps.holds("there is a data file", fd is not None)
    assert fd is not None
    stream = b""
    if pre_copy:
        for _ in range(2):
            device.driver.change()
            errno, data = device.read(fd, piece)
            steps.same("read in pre-copy", errno, "")
            stream += data
        steps.same("STOP_COPY", device.set_state(STOP_COPY).fd, None)
    while True:
        errno, data = device.read(fd, piece)
        steps.same("read", errno, "")
        if not data:
            return stream
        stream += data


def resumed(manner: Manner, stream: bytes, piece: int) -> tuple[str, MigratableDevice]:
    """A fresh device that gets a stream; the first errno there is."""
    device = ready(manner)
    fd = device.set_state(RESUMING).fd
    assert fd is not None
    for at in range(0, len(stream), piece):
        if errno := device.write(fd, stream[at : at + piece]):
            return errno, device
    return device.set_state(STOP).errno, device


def fidelity(steps: Steps, manner: Manner, pre_copy: bool) -> None:
    """Whatever the pieces, the device at the other end becomes the one that was saved."""
    for piece in (1, 7, 24, 60, LONG):
        source = ready(manner)
        for _ in range(5):
            source.driver.change()
        stream = saved(source, steps, piece, pre_copy)
        for other in (1, 13, LONG):
            errno, target = resumed(manner, stream, other)
            steps.same(f"a stream in pieces of {piece} and {other}", errno, "")
            steps.same("the device", target.driver.hardware.ports, source.driver.hardware.ports)


def damage(steps: Steps, ports: int) -> None:
    """A strict device takes no part of a stream, none with a byte changed, and none that is longer."""
    manner = Manner(ports=ports)
    source = ready(manner)
    source.driver.change()
    stream = saved(source, steps, LONG, pre_copy=False)
    for length in range(len(stream)):
        errno, _ = resumed(manner, stream[:length], LONG)
        steps.holds(f"{length} of {len(stream)} bytes are refused", errno != "")
    for at in range(len(stream)):
        changed = stream[:at] + bytes((stream[at] ^ 1,)) + stream[at + 1 :]
        errno, _ = resumed(manner, changed, LONG)
        steps.holds(f"byte {at} changed is refused", errno != "")
    errno, _ = resumed(manner, stream + stream, LONG)
    steps.holds("two streams in one are refused", errno != "")


def flags(steps: Steps) -> None:
    """Who did not ask for the new flag gets back what he handed in."""
    manner = Manner(background="everything", reinit=True)
    for opted_in in False, True:
        device = ready(manner)
        if opted_in:
            steps.same("opt in", device.feature(PRECOPY_INFO_V2 | SET, FEATURE_HEADER).errno, "")
        fd = device.set_state(PRE_COPY).fd
        assert fd is not None
        device.driver.complete_save()
        device.driver.begin_again()
        for handed_in in 0, 6:
            errno, told = device.precopy_info(fd, PRECOPY_SIZE, handed_in)
            steps.same(f"estimates, opted in: {opted_in}", (errno, told.flags), ("", REINIT if opted_in else handed_in))


def device_streams(steps: Steps) -> None:
    states(steps)
    flags(steps)
    for ports in 1, 2:
        damage(steps, ports)
    fidelity(steps, STRICT, pre_copy=False)
    fidelity(steps, STRICT, pre_copy=True)
    fidelity(steps, MTTY, pre_copy=False)
