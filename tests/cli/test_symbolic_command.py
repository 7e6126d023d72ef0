"""`uapicheck check --engine bmc|induction|pdr|spacer` as its user sees it, certificates, and proofs beside a search."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.symbolic.unsized import Proved
from spec.lang.machine import Machine
from tests.sessions import Run
from tests.symbolic.small_specs import BOARD, COUNT, PARITY

pytestmark = pytest.mark.z3

PROVERS = ("induction", "pdr", "spacer")
BROKEN, KEPT, GOAL = "the_first_person_never_locks", "a_locked_door_has_a_holder", "it_opens"

@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    for name, text in (("board", BOARD), ("count", COUNT), ("parity", PARITY)):
        (tmp_path / f"{name}.py").write_text(text)


def rows(session: Any) -> dict[str, Any]:
    """The rows of a report of one configuration by property."""
    return {row["property"]: row for row in session.json["results"]}


def verdicts(session: Any) -> dict[str, str]:
    return {name: row["verdict"] for name, row in rows(session).items()}


def test_bmc_gives_a_bound_and_the_shortest_trace(run: Run) -> None:
    session = run("check", "parity.py", "--engine", "bmc", "--depth", "3", "--format", "json")
    found = rows(session)
    assert session.code == 1
    assert found["never_six_or_more_after_all"]["verdict"] == "violated"
    assert found["never_six_or_more_after_all"]["trace_length"] == 3
    assert found["never_seven"]["verdict"] == "holds-within"
    assert found["never_seven"]["bound"] == "no violation within 3 steps"
    assert (found["eight"]["verdict"], found["eight"]["reason"]) == ("unknown", "not reached within 3 steps")
    assert found["no_deadlock"]["reason"] == "only exhaustive search answers this"
    assert {row["engine"] for row in found.values()} == {"bmc"}
    deeper = run("check", "parity.py", "--engine", "bmc", "--depth", "4", "--format", "json")
    assert (rows(deeper)["eight"]["verdict"], rows(deeper)["eight"]["trace_length"]) == ("holds", 4)


def test_the_default_bound_is_named_and_leaves_the_exit_code_open(run: Run) -> None:
    words = ("check", "parity.py", "--engine", "bmc", "--property", "never_seven")
    assert "no violation within 10 steps, the default bound" in " ".join(run(*words).out.split())
    assert run(*words).code == 3
    assert run(*words, "--depth", "5").code == 0, "a bound that was asked for is kept"
    assert run(*words, "--depth", "5", "--strict").code == 3


def test_what_can_run_out_of_steps_is_proved_by_bmc(run: Run, tmp_path: Path) -> None:
    (tmp_path / "once.py").write_text(PARITY.replace("require(self.n > 1)", "require(self.n > 9)"))
    found = rows(run("check", "once.py", "--engine", "bmc", "--property", "never_seven", "--format", "json"))
    assert (found["never_seven"]["verdict"], found["never_seven"]["method"]) == ("holds", "bmc")
    assert found["never_seven"]["proved_by"] == "bmc, no run is longer"


def test_induction_says_what_stands_in_its_way(run: Run) -> None:
    session = run("check", "parity.py", "--engine", "induction", "--property", "never_seven")
    assert session.code == 3
    assert "NOT INDUCTIVE never_seven (default)" in session.out
    assert "3 states in a row where all is kept" in session.out
    assert "that state can be reached: no" in session.out


def test_induction_proves_and_finds_what_the_base_case_breaks(run: Run) -> None:
    session = run("check", "door.py:Door", "--engine", "induction", "--config", "two", "--format", "json")
    found = rows(session)
    assert found[BROKEN]["verdict"] == "violated" and found[BROKEN]["trace_length"] == 1
    assert (found[KEPT]["verdict"], found[KEPT]["method"], found[KEPT]["k"]) == ("holds", "induction", 1)
    assert found[KEPT]["proved_by"] == "induction k=1"
    assert found[GOAL]["verdict"] == "holds" and found[GOAL]["trace_length"] == 1


@pytest.mark.parametrize("engine", ["pdr", "spacer"])
def test_reachability_engines_prove_what_is_not_inductive(run: Run, engine: str) -> None:
    session = run("check", "parity.py", "--engine", engine, "--format", "json")
    found = rows(session)
    assert session.code == 1
    assert found["never_seven"]["verdict"] == "holds" and found["never_seven"]["method"] == engine
    assert found["never_seven"]["invariant"], "it takes a clause"
    assert found["three"]["verdict"] == "violated" and found["three"]["reason"] == "no reachable state satisfies it"
    assert found["eight"]["verdict"] == "holds"
    assert found["idle"]["verdict"] == "vacuous"
    assert found["never_six_or_more_after_all"]["trace_length"] == 3, "shortened"


def test_the_invariant_is_shown_on_request(run: Run) -> None:
    words = ("check", "parity.py", "--engine", "pdr", "--property", "never_seven")
    assert "invariant of" not in run(*words).out
    out = run(*words, "--show-invariant").out
    assert "invariant of default (pdr, " in out and "  n " in out


@pytest.mark.parametrize("engine", ["bmc", *PROVERS])
@pytest.mark.parametrize("spec", ["door.py:Door", "door.py:Forgetful", "parity.py"])
def test_no_engine_contradicts_the_search(run: Run, spec: str, engine: str) -> None:
    """What it decides it decides in the same way; what it leaves open it says so."""
    one = run("check", spec, "--engine", engine, "--format", "json").json["results"]
    other = run("check", spec, "--engine", "evaluate", "--format", "json").json["results"]
    told = {(r["property"], r["configuration"]): r for r in other}
    for row in one:
        same = told[row["property"], row["configuration"]]
        if row["verdict"] not in ("unknown", "holds-within"):
            assert row["verdict"] == same["verdict"], row
        if row["verdict"] == "violated" and row["kind"] != "goal":
            assert row["trace_length"] == same["trace_length"], "shortest, or shortened"


def test_traces_of_engines_can_be_stored_and_replayed(run: Run) -> None:
    assert run("check", "door.py:Door", "--engine", "pdr", "--config", "two", "--trace-dir", "t").code == 1
    session = run("replay", f"t/door.{BROKEN}.itf.json")
    assert session.code == 1


def test_the_command_to_replay_names_the_engine(run: Run) -> None:
    assert "--engine bmc --trace-dir" in run("check", "door.py:Door", "--engine", "bmc", "--config", "one").out


@pytest.mark.parametrize("engine", ["bmc", *PROVERS])
def test_no_time_is_said_and_not_taken_for_green(run: Run, engine: str) -> None:
    session = run("check", "board.py", "--engine", engine, "--timeout", "0.001s", "--format", "json")
    assert session.code == 3
    assert {"unknown"} == set(verdicts(session).values())
    assert "time limit" in rows(session)["twins_agree"]["reason"]


def test_too_little_memory_is_said(run: Run) -> None:
    session = run("check", "board.py", "--engine", "bmc", "--max-memory", "1M", "--format", "json")
    assert session.code == 3
    assert "memory limit" in rows(session)["twins_agree"]["reason"]


def test_a_machine_without_a_circuit_is_unknown_and_says_why(run: Run) -> None:
    session = run("check", "count.py", "--engine", "pdr", "--format", "json")
    assert session.code == 3
    assert "values, more than" in rows(session)["small"]["reason"]


def test_other_commands_visit_states(run: Run) -> None:
    session = run("lint", "door.py:Door", "--engine", "bmc")
    assert session.code == 2 and "visits states" in session.err


def test_a_certificate_is_written_and_named(run: Run, tmp_path: Path) -> None:
    session = run("check", "parity.py", "--engine", "pdr", "--certificate", "c", "--format", "json")
    found = rows(session)
    place = found["never_seven"]["certificate"]
    assert (tmp_path / place / "certificate.json").exists()
    assert found["eight"]["certificate"] is None and found["never_six_or_more_after_all"]["certificate"] is None


def test_auto_proves_for_certificates_what_it_has_searched(run: Run, tmp_path: Path) -> None:
    session = run("check", "parity.py", "--certificate", "c")
    place = " ".join(session.out.split()).rpartition("of default: ")[2]
    assert (tmp_path / place / "consecution.smt2").exists()
    plain = run("check", "parity.py")
    assert session.out.startswith(plain.out.rpartition("\nparity:")[0].split("configuration")[0])
    assert "induction" not in plain.out, "the report itself is that of the search"


def test_what_holds_for_any_size_says_so_and_on_what_it_rests(run: Run, tmp_path: Path) -> None:
    (tmp_path / "few.py").write_text(BOARD.replace("size=34, ordered=True", "size=2").replace("< 4", "< 2"))
    session = run("check", "few.py", "--any-size", "--format", "json")
    found = rows(session)
    assert session.code == 1, "two lamps are enough to break it"
    assert (found["twins_agree"]["scope"], found["twins_agree"]["any_size"]) == ("any-size", ["Lamp"])
    assert (found["twins_agree"]["verdict"], found["twins_agree"]["proved_by"]) == ("holds", "explicit")
    assert (found["few_are_on"]["scope"], found["few_are_on"]["verdict"]) == ("sizes", "violated")
    assert found["no_deadlock"]["scope"] == "sizes"
    out = run("check", "few.py", "--any-size").out
    assert "for any number of Lamp (experimental)" in " ".join(out.split()) and "default: only at these sizes:" in out
    assert "few_are_on: " in out.rpartition("only at these sizes:")[2]


def test_a_proof_for_any_size_of_what_is_broken_is_loud(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def lie(machine: Machine, switches: object, wanted: list[str], **_: object) -> dict[str, Proved]:
        return {name: Proved(name, ("Person",), {}, (), (), (), (), "") for name in wanted}

    monkeypatch.setattr("checker.symbolic_any_size.prove_any_size", lie)
    session = run("check", "door.py:Door", "--config", "one", "--any-size")
    assert session.code == 2
    assert "engines contradict each other" in session.err and BROKEN in session.err


START = '''\
"""What goes wrong before the first step."""
from spec.lang import *
class Start(Spec):
    """A counter that starts anywhere."""
    n: Annotated[int, Bounds(0, 2)] = 0
    @initial
    def boot(self, *, high: bool) -> None:
        if high:
            warn("high")
            self.n = 2
    @kernel
    def up(self) -> None:
        require(self.n < 2)
        self.n = self.n + 1
class Beyond(Start):
    """It starts beyond its bounds."""
    @initial
    def boot(self, *, high: bool) -> None:
        if high:
            self.n = 2
            self.n = self.n + 1
'''


@pytest.mark.parametrize("engine", ["evaluate", "python", "bmc", "induction", "pdr", "spacer"])
def test_the_initialiser_may_be_what_is_wrong(run: Run, tmp_path: Path, engine: str) -> None:
    (tmp_path / "start.py").write_text(START)
    warned = run("check", "start.py:Start", "--engine", engine, "--property", "no_warnings")
    assert warned.code == 1
    assert "(the initial state; no step is needed)" in warned.out and "the kernel warns: high" in warned.out
    beyond = run("check", "start.py:Beyond", "--engine", engine, "--property", "bounds_are_kept")
    assert beyond.code == 1
    assert "VIOLATED bounds_are_kept (default)" in beyond.out and "is not one of int in 0..2" in beyond.out


# --- beside a search ----------------------------------------------------------------------------------------------


def test_a_search_without_end_is_stopped_once_all_is_proved(run: Run) -> None:
    words = ("--alone", "0.1s", "--max-memory", "6G", "--property", "twins_agree", "--format", "json")
    session = run("check", "board.py", *words)
    assert session.code == 0
    found = rows(session)["twins_agree"]
    assert (found["verdict"], found["proved_by"]) == ("holds", "induction k=1")


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def second_process(process: subprocess.Popen[str]) -> int:
    """The child that solves formulas, once there is one."""
    while process.poll() is None:
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rpartition(")")[2].split()
                words = (entry.parent / "cmdline").read_text()
            except OSError:
                continue
            if int(fields[1]) == process.pid and "portfolio_child" in words:
                return int(entry.parent.name)
    raise AssertionError(f"the command ended by itself: {process.communicate()}")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_the_second_process_ends_with_the_first(tmp_path: Path, sign: signal.Signals) -> None:
    words = [sys.executable, "-m", "checker", "check", "board.py", "--alone", "0.1s", "--max-memory", "4G"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        words,
        cwd=tmp_path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell in the background ignores it
    )
    child = second_process(process)
    assert alive(child)
    process.send_signal(sign)
    out, err = process.communicate(timeout=120)
    while alive(child):
        pass
    assert process.returncode == (130 if sign is signal.SIGINT else -signal.SIGKILL), err
    assert "Traceback" not in err
    if sign is signal.SIGINT:
        assert "INTERRUPTED" in out and "no_deadlock" in out
