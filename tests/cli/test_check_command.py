"""`uapicheck check` as its user sees it: verdicts, exit codes, streams, limits, the JSON form."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker import check
from checker.request import Instance
from spec.lang.ground import GroundMachine
from spec.lang.values import Value
from tests.cli.conftest import DOOR
from tests.sessions import Run

PYTHON = ("--engine", "python")
ROW = {
    "spec", "property", "kind", "verdict", "engine", "states", "transitions", "refusals", "depth", "sizes", "switches",
    "constants", "scope", "bound", "reason", "seconds", "trace",
}  # fmt: skip


def test_report_names_sizes_axioms_constants_and_facts(run: Run) -> None:
    session = run("check", "door.py:Door", *PYTHON)
    assert session.code == 1
    assert "Person=1" in session.out and "Person=2" in session.out
    assert "Person=9" not in session.out, "a benchmark is searched only when it is named"
    assert "axioms in force: careful" in session.out
    assert "strong: every choice, up to symmetry (two 3); fixed elsewhere" in session.out
    assert "refusals: 1 recorded, 1 read, 1 guessed" in session.out
    assert session.err == ""


def test_a_violation_shows_trace_expression_values_and_commands(run: Run) -> None:
    out = run("check", "door.py:Door", *PYTHON, "--config", "one").out
    assert " -> p0" in out and "lock(p0)" in out
    line = DOOR[: DOOR.index("return not any")].count("\n") + 1
    assert f"door.py:{line}: false in the last state" in out
    assert "with p = p0" in out
    assert "self.now = LOCKED" in out
    assert "uapicheck replay counterexamples/door.the_first_person_never_locks.itf.json" in out


def test_only_the_property_asked_for_decides(run: Run) -> None:
    session = run("check", "door.py:Door", *PYTHON, "--property", "a_locked_door_has_a_holder")
    assert session.code == 0
    assert "VIOLATED" not in session.out
    assert session.out.splitlines()[-1] == "door: 2 HOLDS (1 property in 2 configurations)"


def test_json_rows_have_the_fixed_fields_and_nothing_else_is_printed(run: Run) -> None:
    session = run("check", "door.py:Door", *PYTHON, "--format", "json", "--kernel", "1.0")
    document = session.json
    assert document["schema"] == "uapicheck.report/1"
    assert all(set(row) >= ROW for row in document["results"])
    rows = {(r["property"], r["configuration"]): r for r in document["results"]}
    broken = rows["the_first_person_never_locks", "two"]
    assert tuple(broken[k] for k in ("verdict", "kind", "depth", "scope")) == ("violated", "invariant", 1, "sizes")
    assert broken["switches"] == {"era": "OLD", "pick": True, "careful": True}
    assert broken["sizes"] == {"Person": 2}
    assert broken["constants"] == {"strong": "every choice, up to symmetry: 3"}
    assert rows["it_opens", "one"]["verdict"] == "holds"
    assert broken["trace"] is None and broken["trace_length"] == 1


@pytest.mark.parametrize("engine", ["auto", "python", "evaluate"])
def test_engines_agree_on_counts_and_on_the_bytes_of_the_trace(run: Run, engine: str, tmp_path: Path) -> None:
    wanted = ("check", "door.py:Door", "--config", "two", "--format", "json", "--trace-dir")
    one, other = (run(*wanted, name, "--engine", e).json for name, e in (("a", engine), ("b", "evaluate")))
    keys = ("property", "verdict", "states", "transitions", "refusals", "depth")
    assert [[r[k] for k in keys] for r in one["results"]] == [[r[k] for k in keys] for r in other["results"]]
    name = "door.the_first_person_never_locks.itf.json"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_counts_of_the_door_are_pinned(run: Run) -> None:
    rows = run("check", "door.py:Door", "--config", "one", "--format", "json", *PYTHON).json["results"]
    assert {(5, 9, 3)} == {(r["states"], r["transitions"], r["refusals"]) for r in rows}


def test_a_depth_that_was_asked_for_is_green_and_strict_makes_it_3(run: Run) -> None:
    wanted = ("check", "door.py:Door", *PYTHON, "--property", "a_locked_door_has_a_holder", "--max-depth", "1")
    session = run(*wanted)
    assert session.code == 0
    assert "HOLDS WITHIN" in session.out and "every path of up to 1 steps (depth limit)" in session.out
    assert run(*wanted, "--strict").code == 3


def test_a_budget_that_ran_out_is_inconclusive(run: Run) -> None:
    wanted = ("--property", "a_locked_door_has_a_holder")
    session = run("check", "door.py:Door", *PYTHON, *wanted, "--max-states", "2")
    assert session.code == 3
    rows = [line.split()[0] for line in session.out.splitlines() if "a_locked_door_has_a_holder" in line]
    assert {"UNKNOWN"} == set(rows)
    assert "(states limit)" in " ".join(session.out.split())


def test_a_goal_out_of_reach_is_violated_without_a_trace(run: Run, tmp_path: Path) -> None:
    text = DOOR.replace("return self.now is State.OPEN\n", "return self.now is State.OPEN and self.now is State.SHUT\n")
    (tmp_path / "door.py").write_text(text)
    session = run("check", "door.py:Door", *PYTHON, "--property", "it_opens")
    assert session.code == 1
    assert "no reachable state satisfies it" in session.out


def test_a_premise_that_never_comes_true_is_vacuous_only_if_it_is_so_everywhere(run: Run, tmp_path: Path) -> None:
    wanted = ("check", "door.py:Door", *PYTHON, "--property", "two_differ", "--format", "json")
    promise = """
    @invariant
    def two_differ(self) -> bool:
        return implies(self.now is State.LOCKED and self.COUNT, self.holder is not None)

    @goal
"""
    for premise, verdicts, code in (
        ("len(Person) > 1", [("one", "holds", True), ("two", "holds", False)], 0),
        ("len(Person) > 2", [("one", "vacuous", True), ("two", "vacuous", True)], 3),
    ):
        text = DOOR.replace("\n    @goal\n", promise.replace("self.COUNT", premise), 1)
        (tmp_path / "door.py").write_text(text)
        assert "def two_differ" in text
        session = run(*wanted)
        rows = session.json["results"]
        assert verdicts == [(r["configuration"], r["verdict"], r["reason"] is not None) for r in rows]
        assert code == session.code


def test_history_breaks_what_it_declares(run: Run) -> None:
    session = run("check", "door.py:Forgetful", *PYTHON, "--format", "json")
    violated = {r["property"] for r in session.json["results"] if r["verdict"] == "violated"}
    assert {"a_locked_door_has_a_holder", "no_deadlock"} == violated


def test_quiet_leaves_the_last_line(run: Run) -> None:
    out = run("check", "door.py:Door", *PYTHON, "-q", "--property", "it_opens").out
    assert out.splitlines() == ["door: 2 HOLDS (1 property in 2 configurations)"]


def test_several_specs_give_several_reports_and_the_worst_exit_code(run: Run) -> None:
    session = run("check", "door.py:Door", "door.py:Forgetful", *PYTHON, "-q", "--property", "it_opens")
    assert session.code == 0 and len(session.out.splitlines()) == 2


def test_interrupt_gives_the_partial_verdict_and_130(tmp_path: Path) -> None:
    """A counter of 64 bits would run for ever; Ctrl-C ends it with what is known."""
    (tmp_path / "count.py").write_text(
        '"""Counts."""\nfrom spec.lang import *\nclass Count(Spec):\n    """Counts."""\n'
        "    n: Annotated[int, Bounds(0, 1000000000)] = 0\n"
        "    @kernel\n    def up(self) -> None:\n        require(self.n < 1000000000)\n        self.n += 1\n"
        "    @invariant\n    def small(self) -> bool:\n        return self.n >= 0\n"
    )
    words = [sys.executable, "-m", "checker", "check", "count.py", "--engine", "python", "--max-memory", "2G"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        words, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "HOLDS WITHIN  small" in out and "interrupted" in out


def test_timeout_ends_in_time_with_3(run: Run, tmp_path: Path) -> None:
    (tmp_path / "count.py").write_text(
        '"""Counts."""\nfrom spec.lang import *\nclass Count(Spec):\n    """Counts."""\n'
        "    n: Annotated[int, Bounds(0, 1000000000)] = 0\n"
        "    @kernel\n    def up(self) -> None:\n        require(self.n < 1000000000)\n        self.n += 1\n"
        "    @invariant\n    def small(self) -> bool:\n        return self.n >= 0\n"
    )
    session = run("check", "count.py", *PYTHON, "--timeout", "1s")
    assert session.code == 3
    assert "time limit" in session.out


def test_ctrl_c_between_two_searches_keeps_what_was_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the second configuration, before its search."""
    real, asked = check.choices_of, []

    def choices_of(instance: Instance, finite: GroundMachine) -> tuple[dict[str, Value], ...]:
        asked.append(instance.configuration)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return real(instance, finite)

    monkeypatch.setattr(check, "choices_of", choices_of)
    session = run("check", "door.py:Door", *PYTHON, "--format", "json")
    assert session.code == 130 and len(set(asked)) > 1
    rows = {(r["configuration"], r["property"]): r for r in session.json["results"]}
    assert all(rows[c, p]["verdict"] != "unknown" for c, p in rows if c == asked[0])
    late = [row for (c, _), row in rows.items() if c == asked[1]]
    assert late and {(r["verdict"], r["reason"]) for r in late} == {("unknown", "interrupted before this was searched")}


def test_traces_of_namesakes_do_not_overwrite_each_other(run: Run, tmp_path: Path) -> None:
    text = (tmp_path / "door.py").read_text()
    (tmp_path / "other.py").write_text(text)
    words = ("check", "door.py:Door", "other.py:Door", *PYTHON)
    session = run(*words, "--trace-dir", "traces")
    assert session.code == 2 and not (tmp_path / "traces").exists()
    assert "door.py:Door and other.py:Door are both called door" in session.err
    assert run(*words).code == run("check", "door.py:Door", *PYTHON).code


def test_a_quiet_report_points_nowhere_that_is_not_shown(run: Run) -> None:
    words = ("check", "door.py:Door", *PYTHON, "--max-states", "2", "--property", "it_opens")
    assert "see the reasons above" in run(*words).out
    quiet = run(*words, "-q").out
    assert "above" not in quiet and "without -q the report says why" in quiet
