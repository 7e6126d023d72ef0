"""The command line as a function, for tests that read like sessions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from checker.cli import app


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


def sessions(capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("check", "door.py")` gives what that command did."""

    def run(*args: str) -> Session:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            app([str(a) for a in args])
        captured = capsys.readouterr()
        code = end.value.code
        return Session(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run
