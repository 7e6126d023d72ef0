"""Logs of the box written by hand, and the command line as a function."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checker import cli

HERE = Path(__file__).parent
SPEC, MAP = f"{HERE / 'box_spec.py'}:Box", str(HERE / "box_log.py")


@dataclass(frozen=True)
class Session:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Session]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("validate", "box.jsonl", ...)`."""

    def session(*args: str) -> Session:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.app([str(a) for a in args])
        captured = capsys.readouterr()
        code = end.value.code
        return Session(code if isinstance(code, int) else 0, captured.out, captured.err)

    return session


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
