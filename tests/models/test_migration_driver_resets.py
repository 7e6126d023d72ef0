"""Resets at any point, the state over close and open, and coming back to a mark."""

from __future__ import annotations

import random

import pytest

from models.kernel.migration_device import MigratableDevice
from models.kernel.migration_manner import MLX5, MTTY, STRICT, Manner
from models.kernel.migration_states import PRE_COPY, PRE_COPY_P2P, RESUMING, RUNNING, RUNNING_P2P, STOP, STOP_COPY
from tests.models.migration_user import file_of, goes, opened, resuming

MANNERS = (STRICT, MTTY, MLX5)
STATES = (STOP, RUNNING, STOP_COPY, RESUMING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P)


@pytest.mark.parametrize("manner", MANNERS)
def test_a_reset_leads_to_running_from_everywhere(manner: Manner) -> None:
    """Fact 48."""
    for state in STATES:
        device = opened(manner)
        device.driver.change()
        goes(device, state)
        assert "" == device.reset()
        assert RUNNING == device.get_state().out
        assert device.driver.saving is device.driver.resuming is None
        hardware = device.driver.hardware
        assert (True, True, False) == (hardware.initiates, hardware.responds, hardware.tracks)
        assert opened(manner).driver.hardware.ports == hardware.ports


def test_a_reset_may_fail() -> None:
    """Corrections to 2.8."""
    for place, errno in (("reset-unable", "ENOTTY"), ("reset-locked", "EAGAIN")):
        device = opened()
        goes(device, STOP)
        device.nature.begin({place: [True]})
        assert errno == device.reset()
        device.nature.begin()
        assert STOP == device.get_state().out


def test_the_state_over_close_and_open() -> None:
    """Fact 48: the sample driver keeps it, and the files die; others begin anew."""
    for manner, state in ((MTTY, STOP_COPY), (STRICT, RUNNING)):
        device = opened(manner)
        fd = file_of(device, STOP_COPY)
        assert "" == device.close() == device.open() == device.bind()
        assert state == device.get_state().out
        assert "ENODEV" == device.read(fd, 1)[0]


def test_reopened_in_resuming_the_sample_driver_kills_its_caller() -> None:
    """Recorded oops-reopen-RESUMING."""
    device, _ = resuming(MTTY)
    assert "" == device.close() == device.open() == device.bind()
    assert None is goes(device, RESUMING)
    assert "BLOCKED" == device.set_state(RUNNING).errno
    assert device.oopsed
    assert 1 == len(device.warnings)


def test_reopened_in_pre_copy_a_stream_begins_anew() -> None:
    """mtty_save_device_data(): where the file is gone, the last arc makes another."""
    device = opened(MTTY)
    goes(device, PRE_COPY)
    assert "" == device.close() == device.open() == device.bind()
    fd = file_of(device, STOP_COPY)
    assert 60 == len(device.read(fd, 100)[1])


def interrupted(device: MigratableDevice, wanted: int, at: int) -> tuple[int, str | None]:
    """A request with a reset after its nth write; how many writes there were by then, and what the reset said."""
    count, said = 0, None

    def look() -> None:
        nonlocal count, said
        count += 1
        if count == at:
            device.journal.observer = None
            said = device.driver.reset()

    device.journal.observer = look
    device.set_state(wanted)
    device.journal.observer = None
    return count, said


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("wanted", STATES)
def test_a_reset_in_the_middle_of_a_request(before: int, wanted: int) -> None:
    """2.8: deferred, it is done by whoever has the mutex; GET after it sees RUNNING, and no session is left."""
    device = opened(MLX5)
    goes(device, before)
    mark = device.journal.mark()
    writes, _ = interrupted(device, wanted, 0)
    device.journal.back(mark)
    for at in range(1, writes + 1):
        assert (at, "") == interrupted(device, wanted, at)
        assert RUNNING == device.get_state().out, at
        assert device.driver.saving is device.driver.resuming is None
        assert not device.driver.hardware.tracks
        assert () == device.leaks()
        device.journal.back(mark)
        assert before == device.get_state().out
    assert writes >= 2


def test_a_reset_that_may_not_wait() -> None:
    """Without deferral it waits for the mutex, which a request holds."""
    device = opened(STRICT, deferred_reset=False)
    assert (1, "BLOCKED") == interrupted(device, STOP, 1)
    assert "" == device.driver.reset()


def shown(device: MigratableDevice) -> tuple[object, ...]:
    """Everything that a call can change."""
    driver, hardware = device.driver, device.driver.hardware
    files = tuple(
        None if f is None else (f.users, f.owned, f.disabled, f.pieces, f.offset, f.content, f.broken, f.fresh)
        for f in driver.files.files
    )
    return (
        *(device.handle, device.opted_in, device.warnings, driver.state, driver.saving, driver.resuming, files),
        *(hardware.ports, hardware.initiates, hardware.responds, hardware.tracks, hardware.changed, hardware.save),
    )


@pytest.mark.parametrize("manner", MANNERS)
def test_back_to_a_mark(manner: Manner) -> None:
    """2,000 calls at random, and every tenth time back to where one was."""
    draw = random.Random(1)
    device = opened(manner)
    for _ in range(200):
        mark, before = device.journal.mark(), shown(device)
        for _ in range(10):
            some_call(device, draw)
            assert () == device.leaks()
        device.journal.back(mark)
        assert before == shown(device)
        some_call(device, draw)


def some_call(device: MigratableDevice, draw: random.Random) -> None:
    """Anything that a user, the hardware or the firmware may do."""
    fd = draw.randrange(3)
    call = draw.randrange(11)
    if call < 3:
        device.set_state(draw.choice(STATES))
    elif call == 3:
        device.read(fd, draw.randrange(40))
    elif call == 4:
        device.write(fd, bytes(draw.randrange(40)))
    elif call == 5:
        device.close_file(fd)
    elif call == 6:
        device.driver.change()
    elif call == 7:
        device.driver.complete_save()
    elif call == 8:
        device.reset()
    elif call == 9:
        device.precopy_info(fd)
    elif draw.random() < 0.3 and not (device.driver.state == RESUMING and device.manner.trusts_file):
        device.close()
        device.open()
        device.bind()
