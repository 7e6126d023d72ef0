"""Logs of the box written by hand, and the command line as a function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sessions import Run, Session, sessions

HERE = Path(__file__).parent
SPEC, MAP = f"{HERE / 'box_spec.py'}:Box", str(HERE / "box_log.py")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("validate", "box.jsonl", ...)`."""
    return sessions(capsys)


def step(op: str, errno: str = "OK", out: dict[str, Any] | None = None, **args: str) -> dict[str, Any]:
    """One step of a log about the box `b`, unless another is said."""
    return {"op": op, "args": {"box": "b", **args}, "errno": errno, "out": out or {}}


def sequence(name: str, *steps: dict[str, Any]) -> str:
    """One line of a log; the box is made first."""
    return json.dumps({"id": name, "steps": [step("MAKE"), *steps]}) + "\n"


@pytest.fixture
def judge(run: Run, tmp_path: Path) -> Run:
    """`judge(line, line, ..., options=(...))`: validates these lines against the box."""

    def session(*lines: str, options: tuple[str, ...] = ("--format", "json")) -> Session:
        log = tmp_path / "box.jsonl"
        log.write_text("".join(lines))
        return run("validate", str(log), "--spec", SPEC, "--map", MAP, *options)

    return session
