"""An installed wheel checks a spec in an empty folder, with nothing of this repository in reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import DOOR

ROOT = Path(__file__).parents[2]
PARTS = ("spec", "checker", "models", "pyproject.toml", "README.md", "LICENSE")


def sh(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
    )


@pytest.mark.slow
def test_a_wheel_works_in_an_empty_folder(tmp_path: Path) -> None:
    source, wheels, target, empty = (tmp_path / name for name in ("source", "wheels", "target", "empty"))
    for folder in (source, empty):
        folder.mkdir()
    for part in PARTS:
        where = ROOT / part
        if where.is_dir():
            shutil.copytree(where, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(where, source / part)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    built = sh(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(source), cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("uapicheck-*.whl")
    installed = sh(*pip, "install", "--no-deps", "--target", str(target), str(wheel), cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr

    (empty / "door.py").write_text(DOOR)
    for words, code in (
        (("check", "door.py:Forgetful", "-q"), 1),
        (("check", "door.py:Door", "--property", "it_opens", "--engine", "python"), 0),
        (("list",), 0),
    ):
        done = sh(sys.executable, "-m", "checker", *words, cwd=empty, PYTHONPATH=str(target))
        assert code == done.returncode, done.stdout + done.stderr
        assert done.stderr == ""
    where = sh(sys.executable, "-c", "import checker; print(checker.__file__)", cwd=empty, PYTHONPATH=str(target))
    assert where.stdout.startswith(str(target)), "the repository itself must not be what was tested"
