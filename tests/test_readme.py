"""The README's tour is real: its commands run, and what it shows is what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", README, re.DOTALL)
SESSIONS = re.findall(r"```console\n\$ uapicheck ([^\n]*)\n(.*?)```", README, re.DOTALL)


def run(command: str, folder: Path) -> str:
    """What the command prints, both streams, in a folder with the README's files."""
    for name, text in FILES:
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "checker", *command.split()],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def missing_line(expected: list[str], printed: list[str]) -> str | None:
    """The first expected line that is not there; lines follow each other at once, except where `...` stands."""
    at, loose = 0, False
    for line in expected:
        if line == "...":
            loose = True
            continue
        places = [i for i in range(at, len(printed)) if printed[i].rstrip() == line.rstrip()]
        if not places or (not loose and places[0] != at):
            return line
        at, loose = places[0] + 1, False
    return None


def test_there_is_a_tour() -> None:
    """The patterns above still find what they look for."""
    assert len(FILES) == 1
    assert len(SESSIONS) >= 4


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_a_command_of_the_tour_prints_what_the_readme_shows(command: str, shown: str, tmp_path: Path) -> None:
    """Every line shown is printed, in this order."""
    printed = run(command, tmp_path)
    assert missing_line(shown.splitlines(), printed.splitlines()) is None, printed


def test_a_line_that_is_not_printed_is_noticed() -> None:
    """The comparison itself can fail."""
    assert missing_line(["...", "b", "c"], ["a", "b", "c"]) is None
    assert missing_line(["b"], ["a", "b"]) == "b"
    assert missing_line(["...", "b", "d"], ["a", "b", "c", "d"]) == "d"
