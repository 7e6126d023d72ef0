"""What single ops of a migration log are in the spec: forms that the recorded log has rarely or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from checker.conform.log import LogSequence, LogStep
from checker.conform.protocol import Call, Fixed, Judge, Skip, Translated
from models.bind.migration_files import FILES, NO_FILE, Blob, DataFile, Device
from models.bind.migration_log import MigrationReader, is_none
from models.bind.migration_requests import chunks_of, state_of
from spec.lang.errors import RequestError
from tests.conform.judging import judged


def step(op: str, errno: str = "OK", out: dict[str, Any] | None = None, new: str = "", **args: str) -> LogStep:
    names = (f"{new}:fd",) if new else ()
    return LogStep(op, args, errno, out or {}, names, (), errno == "KERNEL_OOPS")


OPEN = step("CDEV_OPEN", new="v", dev="S1", out="v")
BIND = step("BIND_IOMMUFD", fd="v", iommufd="ctx0")


def set_state(state: str, data_fd: int, after: str = "", new: str = "", errno: str = "OK", **args: str) -> LogStep:
    out: dict[str, Any] = {"data_fd": data_fd} | ({"state_after": after} if after else {})
    return step("MIG_SET_STATE", errno, out, new, fd="v", state=state, **args)


def last(*steps: LogStep) -> Translated:
    """What the last of these steps is, after the device was opened and bound."""
    reader = MigrationReader()
    return [reader.step(s) for s in (OPEN, BIND, *steps)][-1]


def calls(*steps: LogStep) -> list[Call]:
    found = last(*steps)
    assert isinstance(found, Judge), found
    return list(found.calls)


def agrees(*steps: LogStep) -> bool:
    """True if the spec does these steps, none of them skipped."""
    found = judged([LogSequence("by hand", 1, (OPEN, BIND, *steps))])
    assert not found.total.skipped, found.why_skipped
    return not found.differ


def test_states_by_name_and_number() -> None:
    assert ["STOP", "ERROR", "PRE_COPY_P2P", None, None, None] == [
        state_of(w) for w in ("STOP", "0", "7", "8", "0xffffffff", "-1")
    ]


def test_a_request_of_another_form_is_one_about_its_feature() -> None:
    """By the order of the checks: size, unknown flags, both directions, the feature, its direction, PROBE, payload."""
    for args, errno in (
        ({"argsz": "15"}, "EINVAL"),
        ({"argsz": "7"}, "EINVAL"),
        ({"flags": "0x80002"}, "EINVAL"),
        ({"flags": "0x30002"}, "EINVAL"),
        ({"flags": "0x20003"}, "ENOTTY"),
        ({"flags": "0x20001"}, "EINVAL"),
        ({"flags": "0x60002"}, "OK"),
        ({"flags": "2"}, "EINVAL"),
    ):
        asked = set_state("STOP", -7, "RUNNING", errno=errno, **args)
        assert ["feature", "get_state"] == [c.action for c in calls(asked)], args
        assert agrees(asked), args
    assert ["set_state"] == [c.action for c in calls(set_state("STOP", -1, argsz="16", flags="0x20002"))]
    assert agrees(set_state("STOP", -1, "STOP", argsz="64"))
    assert agrees(step("MIG_GET_STATE", "EINVAL", fd="v", argsz="15"))
    assert not agrees(step("MIG_GET_STATE", "OK", fd="v", argsz="15"))


def test_what_the_words_of_a_request_are() -> None:
    asked = step("FEATURE", "EINVAL", fd="v", flags="0xa0009", argsz="8")
    shown = {"index": "DATA_SIZE", "get": False, "set_": True, "probe": False, "unknown": True, "size": "HEADER"}
    assert shown == calls(asked)[0].args
    asked = step("FEATURE", "EINVAL", fd="v", flags="0x50063", argsz="7")
    shown = {"index": "UNKNOWN", "get": True, "set_": False, "probe": True, "unknown": False, "size": "TOO_SMALL"}
    assert shown == calls(asked)[0].args


def test_the_state_behind_a_request_is_judged_too() -> None:
    assert agrees(set_state("STOP", -1, "STOP"))
    assert not agrees(set_state("STOP", -1, "RUNNING_P2P"))
    assert not agrees(set_state("ERROR", -1, "ERROR", errno="EINVAL"))


def test_files_are_elements_and_the_lowest_free_one_is_the_next() -> None:
    first, again = set_state("STOP_COPY", 1, "STOP_COPY", "m"), set_state("RESUMING", 1, "RESUMING", "n")
    assert "f0" == calls(first)[0].outputs["fd"]
    assert "f1" == calls(first, again)[0].outputs["fd"]
    closed = step("CLOSE", fd="m")
    assert "f0" == calls(first, closed, again)[0].outputs["fd"]
    assert agrees(first, closed, again) and agrees(first, again)
    third = set_state("STOP_COPY", 1, "STOP_COPY", "o")
    anew = (first, again, step("DEVICE_RESET", fd="v"), closed, third)
    assert "f0" == calls(*anew)[0].outputs["fd"] and agrees(*anew)
    assert not agrees(set_state("STOP_COPY", -1, "STOP_COPY"))


def test_a_name_that_is_none_is_a_file_that_nobody_holds() -> None:
    assert [NO_FILE] == [c.args["f"] for c in calls(step("MIG_READ", "EBADF", fd="?m", len="8"))]
    assert isinstance(last(step("MIG_READ", "EBADF", fd="stranger", len="8")), Skip)
    assert Fixed("EBADF", "no such descriptor") == last(step("MIG_GET_STATE", "EBADF", fd="!v"))
    assert is_none("?m") and is_none("!m") and not is_none("m")


def test_a_file_under_two_names_is_closed_by_the_last() -> None:
    opened, copied = set_state("STOP_COPY", 1, "STOP_COPY", "m"), step("DUP", new="c", fd="m", out="c")
    one = last(opened, copied, step("CLOSE", fd="m"))
    assert isinstance(one, Fixed) and "OK" == one.errno
    assert ["close_fd"] == [c.action for c in calls(opened, copied, step("CLOSE", fd="m"), step("CLOSE", fd="c"))]
    assert agrees(opened, copied, step("CLOSE", fd="m"), step("MIG_READ", fd="c", len="4", out={"n": 4}))


def test_more_files_than_elements_are_skipped_and_not_guessed() -> None:
    turns = [
        set_state(state, 1, state, f"m{n}")
        for n, state in enumerate(("STOP_COPY", "RESUMING") * (FILES // 2))
        if n < FILES
    ]
    reader = MigrationReader()
    found = [reader.step(s) for s in (OPEN, BIND, *turns, step("MIG_GET_STATE", fd="v"), step("CLOSE", fd="m0"))]
    assert [False] * (FILES + 1) + [True] * 3 == [isinstance(f, Skip) for f in found]


def test_memory_of_the_user_is_no_part_of_the_map() -> None:
    opened = set_state("STOP_COPY", 1, "STOP_COPY", "m")
    assert isinstance(last(opened, step("MIG_READ", "EFAULT", fd="m", len="8", ptr="0x1")), Skip)
    assert isinstance(last(opened, step("MIG_WRITE", "EBADF", fd="m", len="8", ptr="0x1")), Judge)


def test_a_device_that_nobody_knows_is_skipped() -> None:
    reader = MigrationReader()
    strange = (step("CDEV_OPEN", new="c", dev="C", out="c"), step("BIND_IOMMUFD", fd="c"), step("CLOSE", fd="c"))
    assert all(isinstance(reader.step(s), Skip) for s in (*strange, step("MIG_GET_STATE", fd="c"), step("JOIN")))


def test_a_device_by_way_of_its_group() -> None:
    """The first descriptor binds, the last one closes; the character device beside it answers nothing meanwhile."""
    reader = MigrationReader()
    of_group = step("GROUP_GET_DEVICE_FD", new="g1", fd="g", dev="S1"), step("GROUP_GET_DEVICE_FD", new="g2", dev="S1")
    ended = step("CLOSE", fd="g1"), step("CLOSE", fd="g2")
    found = [reader.step(s) for s in (OPEN, *of_group, step("MIG_GET_STATE", "EINVAL", fd="v"), *ended, BIND)]
    shown = [[c.action for c in f.calls] if isinstance(f, Judge) else type(f).__name__ for f in found]
    assert [["open"], ["bind"], "Skip", "Skip", "Skip", ["close", "open"], ["bind"]] == shown


def test_numbers_that_are_none_are_bad_input() -> None:
    for bad in (
        step("MIG_READ", fd="?m", len="many"),
        step("FEATURE", fd="v", flags="0xz", argsz="8"),
        set_state("NOWHERE", -1),
        step("MIG_GET_STATE"),
    ):
        with pytest.raises(RequestError, match=rf":1: step 3, {bad.op}, cannot be read"):
            agrees(bad)


def test_amounts_become_chunks() -> None:
    """A stream of one port is 24 and 36 bytes; an end that is passed is a chunk."""
    file = DataFile("f0", Device("S1"))
    assert [0, 1, 1, 2, 2] == [file.finished(n) for n in (23, 24, 59, 60, 4096)]
    file.position = 24
    assert [0, 1] == [file.finished(n) for n in (35, 36)]
    assert (2, 1, 0) == (chunks_of(60, file.device), chunks_of(96, file.device), chunks_of(0, file.device))
    assert (24, 96) == DataFile("f0", Device("D2")).ends


@pytest.mark.parametrize(
    ("offset", "count", "source", "good"),
    [(0, 24, "blob", True), (0, 60, "blob", True), (1, 24, "blob", False), (0, 61, "blob", False),
     (0, 4, "zero", False), (0, 0, "zero", True)],
)  # fmt: skip
def test_what_continues_a_stream(offset: int, count: int, source: str, good: bool) -> None:
    blob, target = Blob(), DataFile("f1", Device("T1"))
    blob.collect(DataFile("f0", Device("S1")), 60)
    assert good == blob.continues(target, source, offset, count, poked=False)
    assert not blob.continues(target, "blob", 0, 24, poked=True)
    assert not blob.continues(DataFile("f1", Device("D2")), "blob", 0, 24, poked=False)
    wide = Blob()
    wide.collect(DataFile("f0", Device("D2")), 96)
    assert wide.continues(DataFile("f1", Device("D2")), "blob", 0, 96, poked=False)
    assert not wide.continues(target, "blob", 0, 24, poked=False)
    target.good = False
    assert not blob.continues(target, "blob", 0, 24, poked=False)
    assert not blob.continues(target, "blob", 0, 0, poked=False)


def test_a_stream_that_is_not_whole_or_not_good() -> None:
    """Recorded: 24 of 60 bytes do not load; a bad header is said and kept."""
    save = set_state("STOP_COPY", 1, "STOP_COPY", "m"), step("MIG_READ", fd="m", len="99", out={"n": 60})
    resume = set_state("RESUMING", 1, "RESUMING", "n")
    part = step("MIG_WRITE", fd="n", src="blob", len="24", out={"req": 24, "n": 24})
    stuck = set_state("STOP", -1, "RESUMING", errno="EINVAL")
    rest = step("MIG_WRITE", fd="n", src="blob", off="24", out={"req": 36, "n": 36})
    done = set_state("STOP", -1, "STOP")
    assert agrees(*save, resume, part, stuck, rest, done)
    assert not agrees(*save, resume, part, done)
    assert not agrees(*save, resume, part, rest, stuck)
    bad = step("MIG_WRITE", "EFAULT", fd="n", src="blob", poke="9", out={"req": 60})
    assert agrees(*save, resume, bad, done)
    good = step("MIG_WRITE", "EFAULT", fd="n", src="blob", out={"req": 60})
    assert not agrees(*save, resume, good)
    full = step("MIG_WRITE", "ENOMEM", fd="n", src="zero", len="1", out={"req": 1})
    assert agrees(*save, resume, bad, full) and not agrees(*save, resume, part, full)
    assert agrees(*save, resume, step("MIG_WRITE", "ENOMEM", fd="n", src="zero", len="61", out={"req": 61}), part)
