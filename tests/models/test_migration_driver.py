"""Walks and sessions of the migration drivers: what a kernel said, what it did, and what the uAPI asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.kernel.migration_manner import MLX5, MTTY, STRICT, Manner
from models.kernel.migration_states import (
    ERROR,
    NAMES,
    PRE_COPY,
    PRE_COPY_P2P,
    RESUMING,
    RUNNING,
    RUNNING_P2P,
    STOP,
    STOP_COPY,
    has_state,
    next_state,
)
from tests.models.migration_replay import replay
from tests.models.migration_user import file_of, goes, opened, read_all, resuming, stream_of

TABLE = Path(__file__).resolve().parents[1] / "kernel-6.12" / "next-state.json"
MANNERS = (STRICT, MTTY, MLX5)
REQUESTABLE = (STOP, RUNNING, STOP_COPY, RESUMING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P)
SESSIONS = (STOP_COPY, RESUMING, PRE_COPY, PRE_COPY_P2P)


def number(name: str) -> int:
    return NAMES.index(name) if name in NAMES else 8


def path(capabilities: int, current: int, wanted: int) -> list[str] | None:
    """The states of a walk, the first and the last included; None if it ends early."""
    found = [NAMES[current]]
    while current != wanted:
        answer = next_state(capabilities, current, wanted)
        if answer.errno:
            return None
        current = answer.state
        found.append(NAMES[current])
        assert len(found) <= 5
    return found


def test_the_next_arc_is_that_of_the_kernel() -> None:
    """Every pair of states for every set of capabilities, as the kernel's function answered."""
    agree = 0
    for mask in json.loads(TABLE.read_text())["masks"].values():
        for arc in mask["arcs"]:
            current, wanted = number(arc["cur"]), number(arc["new"])
            answer = next_state(mask["flags"], current, wanted)
            expected = ("" if arc["errno"] == "OK" else arc["errno"], arc["next"], arc["warn"])
            assert expected == (answer.errno, None if answer.errno else NAMES[answer.state], answer.warned), arc
            assert arc["path"] == (None if answer.errno else path(mask["flags"], current, wanted)), arc
            agree += 1
    assert 288 == agree


def test_the_recorded_log_byte_by_byte() -> None:
    """The exact sample driver answers all that it was asked on a kernel; other ops and descriptors are skipped."""
    found = replay()
    assert [] == found.differ
    assert (9148, 24) == (found.agree, found.skipped.total())


def test_the_log_is_not_that_of_another_driver() -> None:
    """What the sample driver does its own way is in the log."""
    assert len(replay(STRICT).differ) > 20


@pytest.mark.parametrize("manner", MANNERS)
def test_all_arcs(manner: Manner) -> None:
    """The table of fact 42: every pair is reached, but for the way back to pre-copy; files as in fact 44."""
    for before in REQUESTABLE:
        for wanted in REQUESTABLE:
            device = opened(manner)
            fd = goes(device, before)
            if before == RESUMING and fd is not None:
                assert "" == device.write(fd, stream_of(manner))
            reply = device.set_state(wanted)
            blocked = before == STOP_COPY and wanted in (PRE_COPY, PRE_COPY_P2P)
            assert ("EINVAL" if blocked else "") == reply.errno, (NAMES[before], NAMES[wanted])
            keeps = before in (PRE_COPY, PRE_COPY_P2P) and wanted in (PRE_COPY, PRE_COPY_P2P, STOP_COPY)
            opens = wanted in SESSIONS and wanted != before and not keeps and not blocked
            assert opens == (reply.fd is not None), (NAMES[before], NAMES[wanted])


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("wanted", [ERROR, 8, 4711])
def test_what_is_no_state_is_refused(manner: Manner, wanted: int) -> None:
    """Fact 42: ERROR and numbers beyond the last; nothing changes."""
    for state in REQUESTABLE:
        device = opened(manner)
        goes(device, state)
        assert "EINVAL" == device.set_state(wanted).errno
        assert state == device.get_state().out
        assert () == device.warnings


@pytest.mark.parametrize("capabilities", [1, 3, 5, 7])
def test_no_walk_leaves_the_capabilities(capabilities: int) -> None:
    """I15, and no request takes more than four arcs."""
    for current in REQUESTABLE:
        for wanted in REQUESTABLE:
            if has_state(capabilities, current) and has_state(capabilities, wanted):
                walked = path(capabilities, current, wanted)
                assert walked is None or all(has_state(capabilities, number(name)) for name in walked)


@pytest.mark.parametrize("manner", MANNERS)
def test_the_same_state_is_no_step(manner: Manner) -> None:
    """Fact 43: no file comes with it, and the one that is there stays."""
    for state in SESSIONS:
        device = opened(manner)
        fd = file_of(device, state)
        assert None is goes(device, state)
        errno = device.write(fd, b"") if state == RESUMING else device.read(fd, 1)[0]
        assert "" == errno


@pytest.mark.parametrize("manner", MANNERS)
def test_resuming_is_left_with_a_whole_stream_only(manner: Manner) -> None:
    """Fact 42: else the device stays, and the rest may come later."""
    stream = stream_of(manner)
    device, fd = resuming(manner, stream[:40])
    assert "EINVAL" == device.set_state(STOP).errno
    assert RESUMING == device.get_state().out
    assert "" == device.write(fd, stream[40:])
    goes(device, RUNNING)
    assert ("ENODEV" if manner is not MTTY else "ENOMEM") == device.write(fd, bytes(100))


def test_a_migration_moves_the_device() -> None:
    """Pre-copy, a change, stop, and the other device is what the first one was."""
    source = opened()
    source.driver.change()
    fd = file_of(source, PRE_COPY)
    first = read_all(source, fd)
    source.driver.change()
    assert (24, 0) != source.precopy_info(fd)[1][1:]
    assert None is goes(source, STOP_COPY)
    target, there = resuming(content=first)
    for byte in read_all(source, fd):
        assert "" == target.write(there, bytes((byte,)))
    goes(target, RUNNING)
    assert source.driver.hardware.ports == target.driver.hardware.ports
    assert stream_of() != first


def test_a_failed_arc_leaves_the_state_before_it() -> None:
    """I11: RUNNING to STOP_COPY has three arcs; where the nth fails, n - 1 were taken."""
    for nth, left in enumerate((RUNNING, RUNNING_P2P, STOP)):
        device = opened()
        device.nature.begin({"arc-fails": [*[False] * nth, True]})
        assert "ENOMEM" == device.set_state(STOP_COPY).errno
        device.nature.begin()
        assert left == device.get_state().out
        assert () == device.leaks()


def test_a_broken_device_is_reset() -> None:
    """Only a reset leaves ERROR; a driver that asks the core there is warned, whatever is wanted but ERROR."""
    for manner in (STRICT, Manner(asks_in_error=True)):
        device = opened(manner)
        device.driver.recover()
        for wanted in (*REQUESTABLE, 8):
            assert "EINVAL" == device.set_state(wanted).errno
        expected = len(REQUESTABLE) + 1 if manner.asks_in_error else 0
        assert expected == len(device.warnings)
        assert ("" if manner.asks_in_error else "EINVAL") == device.set_state(ERROR).errno
        assert "" == device.reset()
        assert RUNNING == device.get_state().out


def test_the_answer_may_be_lost() -> None:
    """2.5: no descriptor, or memory that cannot be written, come after the state has changed; the session is there."""
    for place, errno in (("no-descriptor", "EMFILE"), ("answer copy-out", "EFAULT")):
        device = opened()
        device.nature.begin({place: [True]})
        assert errno == device.set_state(STOP_COPY).errno
        device.nature.begin()
        assert STOP_COPY == device.get_state().out
        assert None is goes(device, STOP_COPY)
        assert device.driver.saving is not None and not device.driver.saving.users
        goes(device, STOP)
        assert 0 == file_of(device, STOP_COPY)


def test_a_lost_answer_hides_the_errno_of_the_driver() -> None:
    """Recorded with fault injection: EFAULT in place of EINVAL."""
    device, _ = resuming()
    device.nature.begin({"answer copy-out": [True]})
    assert "EFAULT" == device.set_state(STOP).errno


def test_arcs_command_the_hardware() -> None:
    """2.10: who may begin DMA and who answers, by state; in P2P states the device answers and begins nothing."""
    device = opened()
    for state in (STOP, RUNNING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P, RUNNING, PRE_COPY_P2P, STOP_COPY, RESUMING):
        goes(device, state)
        hardware = device.driver.hardware
        assert (state in (RUNNING, PRE_COPY)) == hardware.initiates, NAMES[state]
        assert (state in (RUNNING, PRE_COPY, RUNNING_P2P, PRE_COPY_P2P)) == hardware.responds, NAMES[state]
        assert (state in (PRE_COPY, PRE_COPY_P2P)) == hardware.tracks, NAMES[state]


def test_a_stopped_device_does_not_change() -> None:
    """I3."""
    device = opened()
    goes(device, STOP)
    before = device.driver.hardware.ports
    device.driver.change()
    assert before == device.driver.hardware.ports
