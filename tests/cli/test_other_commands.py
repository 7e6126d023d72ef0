"""`list`, `lint`, `simulate`, `--help`: what they print."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import DOOR
from tests.sessions import Run

KINDS = {"base", "history", "proposal", "candidate", "machine"}


def test_list_names_the_shipped_specs(run: Run) -> None:
    document = run("list", "--format", "json").json
    assert document["schema"] == "uapicheck.list/1"
    fields = {"name", "module", "kind", "base", "title", "expect", "properties"}
    assert all(set(row) >= fields and row["kind"] in KINDS for row in document["specs"])
    rows = {row["name"]: row for row in document["specs"]}
    assert rows["dma_ownership"]["kind"] == "base"
    histories = [row for row in document["specs"] if row["kind"] == "history"]
    assert histories and all(row["expect"] for row in histories)
    assert "dma_ownership" in run("list").out


def test_lint_finds_what_has_no_effect(run: Run, tmp_path: Path) -> None:
    idle = (
        "    spare: bool = False\n    unused: Switch[bool] = False\n    idle: Constant[bool] = False\n\n"
        '    def nobody_calls_this(self) -> bool:\n        return True\n\n    @ioctl(cites="house'
    )
    text = DOOR.replace('    @ioctl(cites="house', idle)
    text = text.replace('        self.now = State.OPEN\n        return DONE', "        "
        'if self.holder is not None and self.now is State.SHUT and self.holder != self.holder:\n'
        '            return refuse(EIO, "haunted")\n        self.now = State.OPEN\n        return DONE')  # fmt: skip
    text = text.replace(
        "    @kernel\n", "    @kernel\n    def burn(self) -> None:\n        require(False)\n\n    @kernel\n"
    )
    (tmp_path / "door.py").write_text(text)
    session = run("lint", "door.py:Door", "--format", "json", "--engine", "python")
    found = {(f["code"], f["name"]) for f in session.json["findings"]}
    assert {
        ("field-never-read", "spare"),
        ("switch-unused", "unused"),
        ("constant-unused", "idle"),
        ("helper-unused", "Door.nobody_calls_this"),
        ("dead-refusal", "haunted"),
        ("action-never-done", "burn"),
    } == found
    assert session.code == 1


def test_lint_of_a_clean_spec_is_silent(run: Run) -> None:
    session = run("lint", "door.py:Door", "--engine", "python")
    assert (session.code, session.out) == (0, "door: 0 findings\n")


def test_lint_claims_nothing_about_reachability_after_a_budget(run: Run) -> None:
    session = run("lint", "door.py:Door", "--engine", "python", "--max-states", "1")
    assert session.code == 3 and "a budget ran out" in session.err


def test_simulate_is_the_same_for_a_seed_and_differs_between_seeds(run: Run) -> None:
    walks = [run("simulate", "door.py:Door", "--seed", str(seed), "--config", "two").out for seed in (1, 1, 2, 3, 4)]
    assert walks[0] == walks[1]
    assert len(set(walks)) > 2


def test_simulate_stops_where_a_promise_breaks(run: Run) -> None:
    session = run("simulate", "door.py:Door", "--steps", "200", "--config", "one")
    assert session.code == 1
    assert "the_first_person_never_locks is broken" in session.out
    assert "lock(p0)" in session.out


def test_simulate_shows_refused_calls_only_when_asked(run: Run, tmp_path: Path) -> None:
    text = DOOR.replace("return implies(self.now is State.LOCKED, self.holder is not None)", "return True")
    (tmp_path / "door.py").write_text(text)
    words = ("simulate", "door.py:Forgetful", "--steps", "30", "--seed", "5", "--config", "one")
    assert "-EBUSY" not in run(*words).out
    assert "-EBUSY not-shut" in run(*words, "--refusals").out


@pytest.mark.parametrize("command", ["list", "check", "lint", "simulate", "replay"])
def test_help_fits_a_terminal(run: Run, command: str) -> None:
    session = run(command, "--help")
    assert session.code == 0 and "Usage:" in session.out


def test_module_runs_and_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "door.py").write_text(DOOR)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = f"{sys.executable} -m checker check door.py:Door --engine python -v | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout == "Door: A door with a lock.\n"
    assert done.stderr == ""


def test_what_a_command_does_not_need_is_not_loaded() -> None:
    """Every command starts by loading the command line; what takes long to load waits until it is asked for."""
    heavy = ("networkx", "z3", "hypothesis")
    program = f"import sys, checker.cli; print([name for name in {heavy} if name in sys.modules])"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
