"""The command `conform`: exit codes, the fixed JSON, the report, the test that it writes, partial results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conform.conforming import held, shelf
from tests.sessions import Run

HERE = Path(__file__).parent
SHELF = str(HERE / "shelf_model.py")
FAST = ("--only", "exhaustive", "--only", "faults")


@pytest.fixture(scope="module")
def pairs() -> dict[str, int]:
    """The pairs of each case; that the slow twin counts the same is tested beside lock-step."""
    return {case: sum(one.pairs for one in held(shelf(), case)[0]) for case in ("two", "lax")}


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """The shelf without roll-back, as a module of its own."""
    text = f"""
from dataclasses import replace
from checker.conform.modules import model_of
MODEL = replace(model_of({SHELF!r})[0], bug="no rollback")
"""
    path = tmp_path / "broken.py"
    path.write_text(text)
    return str(path)


def test_a_good_model(run: Run, pairs: dict[str, int]) -> None:
    done = run("conform", SHELF, *FAST, "--format", "json")
    assert done.code == 0
    report = done.json
    assert report["schema"] == "uapicheck.conform/1"
    assert report["spec"] == "Shelf"
    assert report["pairs"] == report["covered"] == sum(pairs.values())
    assert report["differences"] == []
    assert report["ghosts"] == ["swapped"]
    assert report["conclusive"] is True
    assert report["calls"] == sum(case["calls"] for case in report["cases"])
    assert {(case["case"], case["check"]) for case in report["cases"]} == {
        ("two", "exhaustive"),
        ("lax", "exhaustive"),
        ("two", "faults"),
        ("lax", "faults"),
    }
    assert all(case["unjudged"] == [] == case["idle"] for case in report["cases"])


def test_the_report_for_people(run: Run, pairs: dict[str, int]) -> None:
    done = run("conform", SHELF, *FAST)
    assert done.code == 0
    row = next(line for line in done.out.splitlines() if line.startswith("two   exhaustive"))
    assert row.split()[5:7] == [str(pairs["two"])] * 2
    assert "not compared, since the spec keeps them for its promises only: swapped" in done.out
    assert done.out.splitlines()[-1].startswith("CONFORMS: {0} of {0} pairs compared".format(sum(pairs.values())))
    quiet = run("conform", SHELF, *FAST, "-q")
    assert len(quiet.out.splitlines()) == 1
    loud = run("conform", SHELF, *FAST, "-v")
    assert "swap at 'must put back'" in loud.out


def test_a_difference_and_its_path(run: Run, broken: str) -> None:
    done = run("conform", broken, "--only", "exhaustive", "--case", "two")
    assert done.code == 1
    count = held(shelf("no rollback"), "two")[2].total
    assert f"1. swap: on (case two, lock-step, {count} such)" in done.out
    assert "2  swap(p0, p1)          -EIO slipped" in done.out
    assert "   on[p0]: spec Full(i0), model None" in done.out
    found = run("conform", broken, "--only", "exhaustive", "--case", "two", "--format", "json").json
    first = found["differences"][0]
    assert [call["action"] for call in first["path"]] == ["put"]
    assert (first["call"]["action"], first["call"]["errno"]) == ("swap", "EIO")
    assert first["call"]["choices"] == [["slips.slipped", False], ["slips.slipped", True]]
    assert first["differs"][0] == {"what": "state", "where": "on[p0]", "expected": "Full(i0)", "got": "None"}
    assert first["differs"][1]["got"] == "lost: string"
    assert found["total_differences"] == first["count"] == count
    assert len(found["differences"]) == 3


@pytest.mark.parametrize("only", ["exhaustive", "faults"])
def test_the_test_that_is_written_fails_where_the_model_is_wrong(
    run: Run, broken: str, tmp_path: Path, only: str
) -> None:
    path = tmp_path / "test_difference.py"
    assert run("conform", broken, "--only", only, "--case", "two", "--test", str(path)).code == 1
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    root = HERE.parents[1]
    bad = subprocess.run(command, cwd=root, capture_output=True, text=True, env={"PYTHONPATH": str(root)})
    assert bad.returncode == 1, bad.stdout
    path.write_text(path.read_text().replace(broken, SHELF))
    good = subprocess.run(command, cwd=root, capture_output=True, text=True, env={"PYTHONPATH": str(root)})
    assert good.returncode == 0, good.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("no_such_model",), "there is no model no_such_model"),
        (("tests.conform.shelf_spec",), "has no MODEL"),
        ((SHELF, "--case", "tow"), "did you mean 'two'"),
        ((SHELF, "--only", "everything"), "there is no such check"),
        ((SHELF, "--config", "three"), "no configuration 'three'"),
        ((SHELF, "--kernel", "6.12"), "no kernel profile '6.12'"),
        ((SHELF, "--time", "soon"), "write it as"),
        ((SHELF, "--test", "/no/such/folder/x.py", "--set", "strict=maybe"), "either true or false"),
    ],
)
def test_bad_usage(run: Run, args: tuple[str, ...], said: str) -> None:
    done = run("conform", *args)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_no_time_is_inconclusive(run: Run) -> None:
    done = run("conform", SHELF, "--time", "0.001")
    assert done.code == 3
    assert done.out.splitlines()[-1].startswith("INCONCLUSIVE")
    found = run("conform", SHELF, "--time", "0.001", "--format", "json").json
    assert found["covered"] < found["pairs"] or found["skipped"]


def test_no_memory_is_inconclusive(run: Run) -> None:
    done = run("conform", SHELF, "--max-memory", "1M", *FAST)
    assert done.code == 3
    assert "ended early: memory" in done.out


def test_sizes_of_ones_own(run: Run, pairs: dict[str, int]) -> None:
    found = run("conform", SHELF, *FAST, "--case", "lax", "--size", "Place=3", "--format", "json").json
    assert found["cases"][0]["sizes"] == {"Item": 1, "Place": 3}
    assert found["pairs"] == found["covered"] > pairs["lax"]


def test_ctrl_c_gives_what_there_is(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "impatient.py"
    path.write_text(f"""
from dataclasses import replace
from checker.conform.modules import model_of
good = model_of({SHELF!r})[0]
class Impatient(type(good)):
    def start(self, setting, choices):
        running = super().start(setting, choices)
        perform, count = running.perform, [0]
        def pressed(*args):
            count[0] += 1
            if count[0] == 300:
                raise KeyboardInterrupt
            return perform(*args)
        object.__setattr__(running, "perform", pressed)
        return running
MODEL = Impatient(good.spec)
""")
    done = run("conform", str(path), "--format", "json")
    assert done.code == 130
    assert done.json["interrupted"] is True
    assert 0 < done.json["covered"] < done.json["pairs"]
    assert run("conform", str(path)).out.splitlines()[-1].startswith("INTERRUPTED")


def test_a_setting_that_the_model_does_not_know(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "choosy.py"
    path.write_text(f"""
from checker.conform.modules import model_of
good = model_of({SHELF!r})[0]
class Choosy(type(good)):
    def start(self, setting, choices):
        raise ValueError("only one place, please")
MODEL = Choosy(good.spec)
""")
    done = run("conform", str(path))
    assert done.code == 2
    assert "only one place, please" in done.err
