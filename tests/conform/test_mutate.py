"""`uapicheck mutate` on a tiny model: killed by failure, exception and time; survivors; what is refused; JSON."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conform.tiny_model import CHECKS, COUNTER, write
from tests.sessions import Run, Session

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count()
Mutate = Callable[..., Session]


@pytest.fixture
def mutate(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mutate:
    """`mutate("FAILS, LIVES", option, ...)`: runs these mutants of the tiny model."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def session(mutants: str, *options: str, checks: str = CHECKS) -> Session:
        catalogue = write(tmp_path, f"tiny{next(NUMBERS)}", mutants, checks)
        return run("mutate", "counter", "--mutants", catalogue, *options)

    return session


def test_killed_mutants_are_told_with_check_steps_and_time(mutate: Mutate) -> None:
    done = mutate("FAILS, BELOW", "--format", "json")
    assert done.code == 0
    assert done.json["schema"] == "uapicheck.mutate/1"
    assert done.json["survivors"] == [] and done.json["ended"] is None
    fails, below = done.json["mutants"]
    assert (fails["name"], fails["killed"], fails["by"], fails["steps"], fails["how"]) == (
        ("fails", True, "climbing", 4, "failure")
    )
    assert fails["text"] == "up number 3 gives '', not 'EBUSY'"
    assert (below["by"], below["steps"], below["killers"]) == ("falling", 2, ["falling"])
    assert 0 <= fails["seconds"] < 5 and fails["bug"] == "the bug of fails"
    assert fails["file"].endswith("/counter.py") and (fails["old"], fails["new"]) == (
        ("if self.value == 3:", "if self.value == 4:")
    )
    assert [r["check"] for r in done.json["control"]] == ["climbing", "falling"]


def test_a_survivor_is_exit_1_and_is_shown_with_its_edit(mutate: Mutate) -> None:
    done = mutate("FAILS, LIVES")
    assert done.code == 1
    assert "SURVIVOR lives: the bug of lives" in done.out
    assert '- return "counter"' in done.out and '+ return "a counter"' in done.out
    assert done.out.rstrip().splitlines()[-1].startswith("1 of 2 mutants of counter are killed, 1 survive")
    lives = mutate("FAILS, LIVES", "--format", "json").json
    assert lives["survivors"] == ["lives"]
    assert (lives["mutants"][1]["killed"], lives["mutants"][1]["by"], lives["mutants"][1]["steps"]) == (False, None, 6)


def test_a_crash_is_a_kill_by_the_check_that_met_it(mutate: Mutate) -> None:
    done = mutate("CRASHES, BREAKS", "--format", "json")
    assert done.code == 0
    crashes, breaks = done.json["mutants"]
    assert (crashes["by"], crashes["how"], crashes["steps"]) == ("climbing", "exception", 1)
    assert crashes["text"].startswith("TypeError") and "counter.py" in crashes["text"]
    assert (breaks["by"], breaks["how"]) == ("climbing", "exception")


def test_a_dying_process_is_a_kill_and_the_next_check_still_runs(mutate: Mutate) -> None:
    done = mutate("DIES", "--format", "json", "--all-checks")
    assert done.code == 0
    [dies] = done.json["mutants"]
    assert (dies["by"], dies["how"], dies["killers"]) == ("climbing", "exception", ["climbing"])
    assert "exit code 3" in dies["text"]
    assert [r["how"] for r in dies["ran"]] == ["exception", None]


def test_a_hang_is_a_kill_by_time(mutate: Mutate) -> None:
    done = mutate("HANGS", "--format", "json", "--check-timeout", "1s")
    assert done.code == 0
    [hangs] = done.json["mutants"]
    assert (hangs["by"], hangs["how"], hangs["text"]) == ("falling", "time", "no end within 1 s")
    assert hangs["steps"] > 1 and 1 <= hangs["seconds"] < 10


def test_all_checks_give_a_table(mutate: Mutate) -> None:
    done = mutate("FAILS, BELOW, CRASHES", "--all-checks")
    rows = {
        line.split()[0]: line.split()[1:] for line in done.out.splitlines() if line.startswith(("fails", "crashes"))
    }
    assert rows["fails"] == ["x", "."]
    assert rows["crashes"] == ["!", "!"]
    found = mutate("FAILS, BELOW, CRASHES", "--all-checks", "--format", "json").json
    assert [m["killers"] for m in found["mutants"]] == [["climbing"], ["falling"], ["climbing", "falling"]]


def test_only_some_mutants_and_checks(mutate: Mutate) -> None:
    done = mutate("FAILS, BELOW", "--mutant", "below", "--check", "climbing", "--format", "json")
    assert done.code == 1
    assert [m["name"] for m in done.json["mutants"]] == done.json["survivors"] == ["below"]


def test_nothing_is_believed_if_the_model_itself_fails(mutate: Mutate) -> None:
    broken = CHECKS.replace("n < 3", "n < 2")
    done = mutate("FAILS", "--format", "json", checks=broken)
    assert (done.code, done.json["ended"], done.json["mutants"]) == (3, "control", [])
    done = mutate("FAILS", checks=broken)
    assert done.code == 3
    assert "the model itself does not pass" in done.out and "NOTHING JUDGED" in done.out


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("self.value", "self.other", "occurs"),
        ("no such text", "x", "occurs 0 times"),
        ("if self.value == 3:", "if self.value == 3:", "changes nothing"),
        ("if self.value == 3:", "if self.value ==:", "no Python any more"),
    ],
)
def test_an_edit_that_does_not_apply_is_exit_2(mutate: Mutate, old: str, new: str, why: str) -> None:
    done = mutate(f"FAILS, mutant('wrong', {old!r}, {new!r})")
    assert done.code == 2
    assert "mutant wrong" in done.err and why in done.err


def test_unknown_names_are_exit_2(mutate: Mutate, run: Run) -> None:
    assert run("mutate", "nothing").code == 2
    assert run("mutate", "counter", "--mutants", "no.such.module").code == 2
    for options in ("--mutant", "other"), ("--check", "other"), ("--check-timeout", "soon"):
        done = mutate("FAILS", *options)
        assert done.code == 2 and done.err.startswith("error: ")
    assert "two mutants have one name" in mutate("FAILS, FAILS").err


def test_the_time_of_the_whole_run_ends_it_with_what_there_is(mutate: Mutate) -> None:
    done = mutate("FAILS, HANGS, BELOW", "--timeout", "2s", "--format", "json")
    assert done.code == 3
    assert done.json["ended"] == "time"
    assert ([m["name"] for m in done.json["mutants"]], done.json["wanted"]) == (["fails"], 3)


def test_ctrl_c_prints_the_partial_table(tmp_path: Path) -> None:
    catalogue = write(tmp_path, "tinyinterrupted", "FAILS, HANGS, BELOW")
    command = [sys.executable, "-m", "checker", "mutate", "counter", "--mutants", catalogue]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=tmp_path
    )
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    deadline = time.monotonic() + 60
    hanging: str | None = None
    while time.monotonic() < deadline:
        # The process that hangs is there for long; the others are gone at once.
        before = children.read_text()
        time.sleep(0.7)
        if before and children.read_text() == before:
            hanging = before
            break
    assert hanging is not None
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "1 of 1 mutants of counter are killed; interrupted, 2 are not judged" in out
    assert not Path(f"/proc/{hanging.split()[0]}").exists()


def test_nothing_is_written_and_nothing_of_this_process_changes(mutate: Mutate, tmp_path: Path) -> None:
    done = mutate("FAILS, CRASHES")
    assert done.code == 0
    [package] = [path for path in tmp_path.iterdir() if path.name.startswith("tiny")]
    assert (package / "counter.py").read_text() == COUNTER
    module = sys.modules[f"{package.name}.counter"]
    assert module.Counter().up() == ""
