"""Bad logs: each has its own message with file and line, and exit code 2."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from checker.conform.log import read_log
from tests.conform.conftest import MAP, SPEC, sequence, step
from tests.sessions import Run

GOOD = sequence("good", step("TURN", to="OPEN"))


def with_step(**changed: object) -> str:
    return json.dumps({"id": "s", "steps": [{**step("TURN", to="OPEN"), **changed}]})


BAD = {
    "empty": ("", "bad.jsonl: the log is empty"),
    "blank": ("\n \n", "bad.jsonl: the log is empty"),
    "truncated": (GOOD + GOOD[:40], "bad.jsonl:2:41: the line is truncated or no JSON"),
    "text": (GOOD + "\nhello", "bad.jsonl:3:1: the line is truncated or no JSON"),
    "list": ("[]", "bad.jsonl:1: not a sequence"),
    "no id": ('{"steps": []}', "bad.jsonl:1: not a sequence"),
    "no steps": ('{"id": "x"}', "bad.jsonl:1: sequence x has no list `steps`"),
    "step": ('{"id": "x", "steps": [3]}', "bad.jsonl:1: step 1 is not an object"),
    "no op": (GOOD + with_step(op=None), "bad.jsonl:2: step 1 lacks `op` or `errno`"),
    "errno": (with_step(errno=22), "bad.jsonl:1: step 1 lacks `op` or `errno`"),
    "args": (with_step(args=[]), "bad.jsonl:1: step 1: `args` and `out` must be objects"),
    "argument": (with_step(args={"len": 4}), "bad.jsonl:1: step 1: every argument must be a text"),
    "new": (with_step(new="v"), "bad.jsonl:1: step 1: `new` must be a list of texts"),
    "deep": ("[" * 100_000, "bad.jsonl:1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_text(name: str, run: Run, tmp_path: Path) -> None:
    text, message = BAD[name]
    (tmp_path / "bad.jsonl").write_text(text)
    found = run("validate", str(tmp_path / "bad.jsonl"), "--spec", SPEC, "--map", MAP)
    assert (2, "") == (found.code, found.out)
    assert message in found.err and "Traceback" not in found.err


PACKED = gzip.compress(GOOD.encode())
BYTES = {
    "no gzip": ("bad.jsonl.gz", GOOD.encode(), "not a gzip file"),
    "empty gzip": ("bad.jsonl.gz", b"", "not a gzip file"),
    "cut gzip": ("bad.jsonl.gz", PACKED[:-12], "the gzip file is truncated"),
    "damaged gzip": ("bad.jsonl.gz", PACKED[:20] + b"zzzz" + PACKED[24:], "the gzip file is damaged"),
    "wrong sum": ("bad.jsonl.gz", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], "the gzip file is damaged"),
    "bytes": ("bad.jsonl", GOOD.encode() + b"\n\xff\xfe", "bad.jsonl:3: not a text file"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bad_bytes(name: str, run: Run, tmp_path: Path) -> None:
    file, data, message = BYTES[name]
    (tmp_path / file).write_bytes(data)
    found = run("validate", str(tmp_path / file), "--spec", SPEC, "--map", MAP)
    assert 2 == found.code and message in found.err and file in found.err


def test_no_file_and_a_folder(run: Run, tmp_path: Path) -> None:
    for path, message in ((tmp_path / "none.jsonl", "no such file"), (tmp_path, "cannot be read")):
        found = run("validate", str(path), "--spec", SPEC, "--map", MAP)
        assert 2 == found.code and message in found.err


def test_a_gzip_file_by_any_name(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "a.jsonl", "a"):
        (tmp_path / name).write_bytes(PACKED)
        (only,) = read_log(str(tmp_path / name))
        assert ("good", 1, 2) == (only.id, only.line, len(only.steps))


def test_what_a_line_says(tmp_path: Path) -> None:
    line = {
        "id": "x",
        "kernel": "6.12",
        "incomplete": True,
        "steps": [
            {"op": "A", "errno": "OK", "new": ["v:fd"], "gone": ["w"], "out": {"n": 3}, "args": {"fd": "w"}},
            {"op": "B", "errno": "EIO", "kwarn": "WARNING: ..."},
            {"op": "C", "errno": "KERNEL_OOPS"},
        ],
    }
    (tmp_path / "x.jsonl").write_text("\n" + json.dumps(line))
    (found,) = read_log(str(tmp_path / "x.jsonl"))
    assert ("x", 2, "6.12", True) == (found.id, found.line, found.kernel, found.incomplete)
    first, second, third = found.steps
    assert (("v:fd",), ("w",), {"n": 3}, {"fd": "w"}, False) == (
        first.new,
        first.gone,
        first.out,
        first.args,
        first.warned,
    )
    assert ({}, True, True) == (second.args, second.warned, third.warned)
