"""Data files and requests about features: facts 45 to 47 of the recorded kernel, and saves in the background."""

from __future__ import annotations

import pytest

from models.kernel.migration_feature import (
    DATA_SIZE,
    DEVICE_STATE,
    GET,
    LOGGING_START,
    MIGRATION,
    PRECOPY_INFO_V2,
    PROBE,
    SET,
)
from models.kernel.migration_manner import MLX5, MTTY, STRICT, Manner
from models.kernel.migration_states import PRE_COPY, RESUMING, RUNNING, STOP, STOP_COPY
from models.kernel.migration_stream import DIRTY, FINAL, header, record
from models.kernel.migration_streams import Poll
from tests.models.migration_user import file_of, goes, opened, read_all, resuming, stream_of

MANNERS = (STRICT, MTTY, MLX5)


# --- data files ---


@pytest.mark.parametrize("ports", [1, 2])
def test_a_stream_has_a_header_and_its_ports(ports: int) -> None:
    """Fact 45: 24 bytes and 36 for each port, then the end, as often as one asks."""
    device = opened(MTTY, ports=ports)
    fd = file_of(device, STOP_COPY)
    assert 24 + 36 * ports == len(read_all(device, fd))
    assert [("", b""), ("", b"")] == [device.read(fd, 10), device.read(fd, 10)]
    assert 24 + 36 * ports == device.ask_data_size().out


def test_only_the_header_in_pre_copy() -> None:
    """Fact 45 of the sample driver; a pause looks like the end there, elsewhere it is told from it."""
    for manner, pause in ((MTTY, ""), (STRICT, "ENOMSG")):
        device = opened(manner)
        fd = file_of(device, PRE_COPY)
        assert 24 == len(read_all(device, fd))
        assert (pause, b"") == device.read(fd, 10)
        goes(device, STOP_COPY)
        assert 36 == len(read_all(device, fd))


@pytest.mark.parametrize("manner", MANNERS)
def test_files_go_one_way_and_have_no_position(manner: Manner) -> None:
    """Fact 45."""
    device = opened(manner)
    saving = file_of(device, STOP_COPY)
    assert ("EBADF", "ESPIPE") == (device.write(saving, b"x"), device.seek(saving))
    loading = file_of(device, RESUMING)
    assert ("EBADF", b"") == device.read(loading, 1)
    assert ("EBADF", "EBADF") == (device.read(9, 1)[0], device.seek(9))


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("end", ["leave", "reset", "close"])
def test_dead_files(manner: Manner, end: str) -> None:
    """Fact 45: reads and writes fail, estimates fail, and a new session gets a file of its own."""
    device = opened(manner)
    fd = file_of(device, PRE_COPY)
    if end == "leave":
        goes(device, STOP)
    elif end == "reset":
        assert "" == device.reset()
    else:
        assert "" == device.close()
        assert "" == device.open() == device.bind()
    assert "ENODEV" == device.read(fd, 1)[0]
    assert () == device.leaks()
    device.reset()
    assert fd != file_of(device, PRE_COPY)
    assert "ENODEV" == device.read(fd, 1)[0]
    assert "ENODEV" == device.precopy_info(fd)[0]


def test_a_closed_descriptor_leaves_the_session() -> None:
    """2.6: only leaving the state ends it; then the number is free again."""
    device = opened()
    fd = file_of(device, STOP_COPY)
    assert "" == device.dup(fd) == device.close_file(fd)
    assert "" == device.read(fd, 1)[0]
    assert "" == device.close_file(fd)
    assert "EBADF" == device.read(fd, 1)[0]
    assert STOP_COPY == device.get_state().out
    assert device.driver.saving is not None
    goes(device, STOP)
    assert fd == file_of(device, STOP_COPY)


def test_too_much_is_refused_as_a_whole() -> None:
    """Fact 45: ENOMEM, nothing accepted, whatever the driver."""
    for manner in (STRICT, MTTY):
        device, fd = resuming(manner, bytes(10))
        assert "ENOMEM" == device.write(fd, bytes(51))
        assert "" == device.write(fd, b"")
        assert device.driver.resuming is not None and 10 == len(device.driver.resuming.content)


def test_a_bad_header_is_refused_and_kept() -> None:
    """Fact 45: EFAULT, but the bytes count, so that the device can be brought to run with them."""
    stream = stream_of(MTTY)
    for at in (0, 9, 23):
        device, fd = resuming(MTTY)
        assert "EFAULT" == device.write(fd, stream[:at] + b"\xff" + stream[at + 1 :])
        goes(device, RUNNING)
    device, fd = resuming(MTTY)
    assert "" == device.write(fd, stream[:30] + b"\xff" + stream[31:])
    goes(device, RUNNING)


@pytest.mark.parametrize("at", [0, 9, 23, 24, 30, 59])
def test_a_careful_driver_loads_no_bad_byte(at: int) -> None:
    """I10: wherever it is."""
    stream = stream_of()
    device, _ = resuming(content=stream[:at] + bytes((stream[at] ^ 1,)) + stream[at + 1 :])
    assert "EINVAL" == device.set_state(RUNNING).errno
    assert RESUMING == device.get_state().out
    device.nature.begin({"load-gives-up": [True]})
    assert "EIO" == device.set_state(RUNNING).errno


def test_a_careful_driver_knows_the_end_from_a_change() -> None:
    """A record of a change is no last part, and nothing comes behind the last part."""
    one, last = record(DIRTY, bytes(31)), record(FINAL, bytes(31))
    for body, errno in ((one + last, ""), (last + one, "EINVAL"), (one, "EINVAL"), (one + one, "EINVAL")):
        device, _ = resuming(content=header(1) + body)
        assert errno == device.set_state(STOP).errno


def test_the_stream_of_another_kind_is_not_loaded() -> None:
    """Recorded e2e-wrongdev: one port against two."""
    device, fd = resuming(MTTY, ports=2)
    assert "EFAULT" == device.write(fd, stream_of(MTTY, ports=1))
    other, _ = resuming(content=stream_of(ports=1), ports=2)
    assert "EINVAL" == other.set_state(STOP).errno


def test_estimates() -> None:
    """Fact 46: the size, then the state, then the file; on a file of the other way there is no such request."""
    device = opened()
    fd = file_of(device, PRE_COPY)
    assert ("", (0, 24, 0)) == device.precopy_info(fd, flags=0)
    assert ("", (7, 24, 0)) == device.precopy_info(fd, flags=7)
    assert "EINVAL" == device.precopy_info(fd, 23)[0]
    device.read(fd, 20)
    device.driver.change()
    assert ("", (0, 4, 36)) == device.precopy_info(fd)
    assert ("EBADF", "ENOTTY") == (device.precopy_info(5)[0], resuming()[0].precopy_info(0)[0])
    goes(device, STOP_COPY)
    assert "EINVAL" == device.precopy_info(fd)[0]


def test_a_new_beginning_is_told_to_those_who_asked() -> None:
    """2026: the flag is a word of the kernel only behind the opt-in, which ends with the last user."""
    device = opened(reinit=True)
    assert "" == device.feature(PRECOPY_INFO_V2 | SET, 8).errno
    fd = file_of(device, PRE_COPY)
    assert 24 == len(read_all(device, fd))
    assert ("", (0, 0, 0)) == device.precopy_info(fd, flags=1)
    device.driver.begin_again()
    assert ("", (1, 24, 0)) == device.precopy_info(fd)
    assert 24 == len(read_all(device, fd))
    assert ("", (0, 0, 0)) == device.precopy_info(fd)
    device.close()
    assert not device.opted_in
    assert "ENOTTY" == opened().feature(PRECOPY_INFO_V2 | SET, 8).errno
    assert "EINVAL" == opened(reinit=True, capabilities=3).feature(PRECOPY_INFO_V2 | SET, 8).errno


def test_polls() -> None:
    """2.6: a dead file is ready to say so; the sample driver has no poll at all, mlx5 none for resuming."""
    device = opened()
    fd = file_of(device, PRE_COPY)
    read_all(device, fd)
    assert ("", Poll(ready=False, hung_up=False)) == device.poll(fd)
    device.driver.change()
    assert ("", Poll(ready=True, hung_up=False)) == device.poll(fd)
    device.reset()
    assert ("", Poll(ready=True, hung_up=True)) == device.poll(fd)
    for manner in (MTTY, MLX5):
        dead, number = resuming(manner)
        dead.reset()
        assert ("", Poll(ready=True, hung_up=False)) == dead.poll(number)


def test_a_save_in_the_background() -> None:
    """A reader waits for it, or is told to come again; a pause is none while it goes on (bd0da611312b)."""
    device = opened(MLX5)
    fd = file_of(device, PRE_COPY)
    assert 24 == len(device.read(fd, 99)[1])
    assert ("BLOCKED", "EAGAIN") == (device.read(fd, 9)[0], device.read(fd, 9, wait=False)[0])
    device.driver.complete_save()
    assert 36 == len(read_all(device, fd))
    assert "ENOMSG" == device.read(fd, 9)[0]
    goes(device, STOP_COPY)
    assert "BLOCKED" == device.read(fd, 9)[0]
    device.driver.complete_save()
    assert 36 == len(device.read(fd, 99)[1])
    assert ("", b"") == device.read(fd, 9)


def test_nothing_is_added_to_a_save_that_failed() -> None:
    """d8d577b5fa2a: the image that STOP_COPY takes is a whole one; a last save that fails kills the file."""
    device = opened(MLX5)
    fd = file_of(device, PRE_COPY)
    device.driver.fail_save()
    read_all(device, fd)
    assert "ENOMSG" == device.read(fd, 9)[0]
    goes(device, STOP_COPY)
    device.driver.complete_save()
    assert 60 == len(read_all(device, fd))
    goes(device, STOP)
    fd = file_of(device, STOP_COPY)
    device.driver.fail_save()
    assert ("ENODEV", ("", Poll(ready=True, hung_up=True))) == (device.read(fd, 9)[0], device.poll(fd))


# --- features ---


def test_the_order_of_the_checks_of_a_request() -> None:
    """Fact 47, each against all that come later."""
    device = opened(MTTY)
    unknown, bad = 0x7F, 1 << 19

    def errno(flags: int, argsz: int) -> str:
        return device.feature(flags, argsz).errno

    assert "EINVAL" == errno(unknown | bad | GET | SET, 7)
    assert "EINVAL" == errno(unknown | bad, 64)
    assert "EINVAL" == errno(unknown | GET | SET, 64)
    assert "ENOTTY" == errno(unknown | GET, 8)
    assert "ENOTTY" == errno(unknown | PROBE | GET | SET, 8)
    assert "EINVAL" == errno(MIGRATION | SET, 8)
    assert "EINVAL" == errno(MIGRATION | SET | PROBE, 64)
    assert "" == errno(DEVICE_STATE | GET | SET | PROBE, 8)
    assert "" == errno(DATA_SIZE | PROBE, 8)
    assert "EINVAL" == errno(MIGRATION, 64)
    assert "EINVAL" == errno(MIGRATION | GET, 15)
    assert 7 == device.feature(MIGRATION | GET, 16).out


def test_before_a_request_is_looked_at() -> None:
    """Corrections to 2.1: no descriptor, not bound, does not wake, header that cannot be read."""
    device = opened()
    device.nature.begin({"header copy-in": [True]})
    assert "EFAULT" == device.feature(0, 0).errno
    device.nature.begin({"does-not-wake": [True], "header copy-in": [True]})
    assert "EIO" == device.feature(0, 0).errno
    device.close()
    assert ("EBADF", "EBADF") == (device.feature(0, 0).errno, device.reset())
    device.open()
    assert ("EINVAL", "EINVAL") == (device.feature(0, 0).errno, device.reset())


def test_a_device_without_migration() -> None:
    device = opened(capabilities=None)
    for index in (MIGRATION, DEVICE_STATE, DATA_SIZE, LOGGING_START):
        assert "ENOTTY" == device.feature(index | GET, 64).errno
    assert "EINVAL" == opened(resets=False).reset()
