"""Traces of processes as people see them, and as they are stored: blocks, refusals at an end, cycles of locks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lang.process_files import HERE
from tests.sessions import Run, Session

ENGINE = ("--engine", "evaluate")
GATE = '''\
"""A gate."""
from spec.lang import *

class Thread(Sort, size=2): "A task."
class Lane(Sort, size=2): "A lane."

class Gate(Spec):
    """A gate with two lanes."""
    sem: Map[Lane, RwLock[Thread]] = everywhere(FREE)
    shut: bool = False

    @process(thread=Thread)
    def pass_through(self, t: Thread, lane: Lane) -> Process:
        yield from self.sem[lane].acquire_read(t)
        if self.shut:
            self.sem[lane].release(t)
            return refuse(EPERM, "shut-meanwhile")
        yield "on the way"
        for other in Lane:
            if other != lane:
                if self.shut:
                    pass
        yield from self.sem[lane].acquire_write(t)
        self.sem[lane].release(t)
        return DONE

    @kernel
    def shut_it(self) -> None:
        require(not self.shut)
        self.shut = True

    @action_property("pass_through")
    def nobody_is_sent_back(self, outcome: Outcome) -> bool:
        return not outcome.refused
'''


def check(run: Run, spec: str, name: str, *more: str) -> Session:
    return run("check", spec, *ENGINE, "--property", name, *more)


@pytest.fixture
def gate(tmp_path: Path, run: Run) -> str:
    (tmp_path / "gate.py").write_text(GATE, encoding="utf-8")
    return "gate.py:Gate"


def test_a_lock_order_deadlock_names_the_cycle(run: Run) -> None:
    out = check(run, f"{HERE / 'lock_order'}.py:Trap", "no_lock_cycle").out
    assert ": t0 holds a and waits for b, t1 holds b and waits for a" in " ".join(out.split())
    assert "yield from self.b.acquire(t)" in out


def test_a_thread_that_waits_for_itself_is_told_so(run: Run, gate: str) -> None:
    out = check(run, gate, "no_lock_cycle").out
    assert "t0 holds sem[l0] and waits for it" in " ".join(out.split())


def test_readers_of_two_locks_that_want_to_write_the_other(run: Run) -> None:
    out = check(run, f"{HERE / 'read_and_write'}.py:Trap", "no_lock_cycle").out
    wanted = "t0 holds sem[False] and waits for sem[True], t1 holds sem[True] and waits for sem[False]"
    assert wanted in " ".join(out.split())


def test_the_table_shows_blocks_and_hides_what_only_processes_know(run: Run, gate: str) -> None:
    out = check(run, gate, "nobody_is_sent_back", "-v").out
    table = [line.split() for line in out.splitlines()]
    assert ["1", "pass_through(t0,", "l0)", "...", "-"] in table
    row = next(line for line in out.splitlines() if "pass_through.sem(t0)" in line)
    assert "-EPERM" in row and "partial" not in out
    assert "Thread.at" not in out and "pass_through.lane" not in out


def test_the_stored_trace_has_the_whole_state_and_replays(run: Run, gate: str, tmp_path: Path) -> None:
    assert check(run, gate, "nobody_is_sent_back", "--trace-dir", ".").code == 1
    path = tmp_path / "gate.nobody_is_sent_back.itf.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    last = document["states"][-1]
    assert "Thread.at" in document["vars"] and "pass_through.lane" in last
    outcome = last["#meta"]["outcome"]
    assert ("refused", "EPERM", "shut-meanwhile") == (outcome["kind"], outcome["errno"], outcome["reason"])
    assert "pending" == document["states"][1]["#meta"]["outcome"]["kind"]
    assert "the trace still leads to the violation" in run("replay", path.name).out


def test_lint_knows_blocks(run: Run) -> None:
    out = run("lint", f"{HERE / 'early_return'}.py:Trap", *ENGINE).out
    found = [line for line in out.splitlines() if "early_return.py:" in line]
    assert ["field-never-read: no action and no property reads 'busy'"] == [line.split(": ", 1)[1] for line in found]
