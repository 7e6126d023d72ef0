"""`check --any-size`: what contradicts a proof, or is missing, is said; nothing holds on the word of a proof alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.any_size_small import Small
from checker.symbolic.unsized import Proved
from checker.symbolic.unsized_confirm import Confirmed
from spec.lang.machine import Machine
from tests.sessions import Run

SPEC = '''\
"""Lamps."""
from spec.lang import *


class Lamp(Sort, size=1):
    "A lamp."


class Board(Spec):
    """Lamps that are turned on one by one."""

    on: Map[Lamp, bool] = everywhere(False)
    seen: Map[Lamp, bool] = everywhere(False)

    @kernel
    def turn_on(self, l: Lamp) -> None:
        """On."""
        self.on[l] = True
        self.seen[l] = True

    @invariant
    def all_alike(self) -> bool:
        """True of one lamp, and of no more."""
        return all(self.on[l] == self.on[m] for l in Lamp for m in Lamp)

    @invariant
    def seen_if_on(self) -> bool:
        """True."""
        return all(self.seen[l] for l in Lamp if self.on[l])
'''
ONE_MORE = "(declare-const a Bool)\n(assert a)\n(check-sat)\n"
NO = "(assert false)\n(check-sat)\n"


def lies(script: str = NO) -> Any:
    def lie(machine: Machine, switches: object, wanted: list[str], **_: object) -> dict[str, Proved]:
        return {n: Proved(n, ("Lamp",), {}, (), (), (), (), "", {f"turn_on: {n}": script}) for n in wanted}

    return lie


def check(run: Run, tmp_path: Path) -> tuple[int, dict[str, Any], str]:
    (tmp_path / "lamps.py").write_text(SPEC)
    asked = ("check", "lamps.py", "--any-size", "--property", "all_alike", "--property", "seen_if_on")
    session = run(*asked, "--format", "json")
    rows = {r["property"]: r for r in json.loads(session.out)["results"]}
    return session.code, rows, run(*asked).out


def test_what_is_true_of_any_number_and_what_of_one_only(run: Run, tmp_path: Path) -> None:
    _, rows, out = check(run, tmp_path)
    assert (rows["seen_if_on"]["scope"], rows["seen_if_on"]["any_size"]) == ("any-size", ["Lamp"])
    assert (rows["seen_if_on"]["experimental"], rows["all_alike"]["experimental"]) == (True, False)
    evidence = rows["seen_if_on"]["evidence"]
    assert evidence.startswith(
        "1 promise proved by induction for any number of Lamp; all states searched besides at Lamp=1..2"
    )
    assert "; obligations confirmed: 2 by " in evidence and rows["all_alike"]["evidence"] == ""
    assert "for any number of Lamp (experimental)" in " ".join(out.split())
    assert "default: EXPERIMENTAL: 1 promise proved" in out
    assert rows["all_alike"]["scope"] == "sizes"
    assert "proved for any number of Lamp: 1 of 2 promises, 2 obligations" in out
    assert "obligations asked again: 2 by " in out
    assert "none breaks one of them: Lamp=1..2, Lamp=3" in out


@pytest.mark.parametrize("solver", [True, False])
def test_what_small_sizes_break_is_an_internal_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, solver: bool
) -> None:
    monkeypatch.setattr("checker.symbolic_any_size.prove_any_size", lies())
    if not solver:  # without the search induction for given sizes sees it
        monkeypatch.setattr("checker.any_size_small._search", lambda *_: (1, set(), ""))
    code, rows, out = check(run, tmp_path)
    assert code == 3
    for name in ("all_alike", "seen_if_on"):  # nobody knows which of them was proved by mistake
        assert (rows[name]["verdict"], rows[name]["scope"]) == ("unknown", "sizes")
        assert not rows[name]["experimental"]
        assert "internal error: proved for any size, but at Lamp=2: all_alike" in rows[name]["reason"]
    assert "INTERNAL ERROR: default: the proofs for any number of Lamp contradict another engine" in out


def test_an_obligation_with_a_model_is_an_internal_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.symbolic_any_size.prove_any_size", lies(ONE_MORE))
    code, rows, _ = check(run, tmp_path)
    assert code == 3 and rows["seen_if_on"]["verdict"] == "unknown"
    assert "has a model of an obligation: turn_on: all_alike" in rows["seen_if_on"]["reason"]


@pytest.mark.parametrize("missing", ["solver", "search"])
def test_without_the_second_look_nothing_holds_for_any_size(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "solver":
        monkeypatch.setattr("checker.symbolic_any_size.confirm", lambda *_: Confirmed(open=("turn_on: seen_if_on",)))
        reason = "no other solver confirmed 1 of 2 obligations"
    else:
        stopped = [Small({"Lamp": 1}, 2), Small({"Lamp": 2}, None, True, missing="the search was stopped: time")]
        monkeypatch.setattr("checker.symbolic_any_size.look", lambda *_: stopped)
        reason = "not all states were searched at Lamp=2"
    _, rows, out = check(run, tmp_path)
    assert (rows["seen_if_on"]["verdict"], rows["seen_if_on"]["scope"]) == ("holds", "sizes")
    assert not rows["seen_if_on"]["experimental"]
    assert "nothing is said to hold for any number of Lamp" in out and reason.split(" obl")[0] in out.replace("\n ", "")


MANY = """\
from spec.lang import *


class Lamp(Sort, size=1):
    "A lamp."


class Board(Spec):
    "Lamps."
    bad: bool = False
    count: Annotated[int, Bounds(0, len(Lamp))] = 0
    on: Map[Lamp, bool] = everywhere(False)

    @kernel
    def four(self, a: Lamp, b: Lamp, c: Lamp, d: Lamp) -> None:
        require(a != b and a != c and a != d and b != c and b != d and c != d)
        self.bad = True

    @kernel
    def turn_on(self, l: Lamp) -> None:
        require(not self.on[l])
        self.on[l] = True
        self.count += 1

    @invariant
    def never(self) -> bool:
        "Not so with four lamps."
        return not self.bad

    @invariant
    def at_most(self) -> bool:
        "Not so with LIMIT and one more."
        return self.count <= LIMIT

    @invariant
    def counted(self) -> bool:
        "Of reachable states."
        return self.count == sum(1 for l in Lamp if self.on[l])
"""


def ask(run: Run, tmp_path: Path, names: list[str], limit: int) -> dict[str, dict[str, Any]]:
    """What comes of promises that the prover says it has proved."""
    (tmp_path / "many.py").write_text("from typing import Annotated\n" + MANY.replace("LIMIT", str(limit)))
    asked = [word for name in names for word in ("--property", name)]
    session = run("check", "many.py", "--any-size", *asked, "--format", "json")
    return {r["property"]: r for r in json.loads(session.out)["results"]}


def test_text_that_tells_four_elements_apart_is_looked_at_with_more(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.symbolic_any_size.prove_any_size", lies())
    row = ask(run, tmp_path, ["never"], 4)["never"]
    assert row["verdict"] == "unknown" and "proved for any size, but at Lamp=6: never" in row["reason"]


@pytest.mark.parametrize("limit", [2, 3, 6])
def test_numbers_in_the_text_are_exceeded(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """A count can be compared with them."""
    monkeypatch.setattr("checker.symbolic_any_size.prove_any_size", lies())
    rows = ask(run, tmp_path, ["at_most", "counted"], limit)
    assert rows["at_most"]["verdict"] == "unknown"
    many = 3 if limit == 2 else max(4 + 1 + 1, limit + 1)  # three are tried before; four arguments, one variable
    assert f"proved for any size, but at Lamp={many}: at_most" in rows["at_most"]["reason"]


def test_with_numbers_that_are_too_large_nothing_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.symbolic_any_size.prove_any_size", lies())
    row = ask(run, tmp_path, ["at_most", "counted"], 40)["at_most"]
    assert (row["verdict"], row["scope"], row["experimental"]) == ("holds", "sizes", False)
    out = run("check", "many.py", "--any-size", "--property", "at_most").out
    assert "nothing is said to hold for any number of Lamp" in out
    assert "the text tells 40 elements apart, and at most 8 are looked at" in " ".join(out.split())


def test_a_size_that_the_spec_refuses_is_a_doubt(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A type that is empty from three elements on: what holds because of it says nothing of three."""
    monkeypatch.setattr("checker.symbolic_any_size.prove_any_size", lies())
    (tmp_path / "odd.py").write_text(
        "from typing import Annotated\n"
        + MANY.replace("LIMIT", "2").replace("d: Lamp)", "d: Lamp, n: Annotated[int, Bounds(len(Lamp), 2)] | None)")
    )
    out = run("check", "odd.py", "--any-size", "--property", "never").out
    text = " ".join(out.split())
    assert "nothing is said to hold for any number of Lamp" in text and "hold no integer" in text
    assert "EXPERIMENTAL" not in text
