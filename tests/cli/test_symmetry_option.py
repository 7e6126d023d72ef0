"""`--symmetry on|off` as its user sees it: the same report but for one line and one field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sessions import Run

PYTHON = ("--engine", "python")
CALM = '''\
"""People in a house."""
from spec.lang import *

class Person(Sort, size=3): "Somebody."

class House(Spec):
    """Who is at home, and who has the key."""
    home: Map[Person, bool] = everywhere(False)
    key: Person | None = None
    LOOP

    @ioctl
    def enter(self, who: Person) -> Outcome:
        if self.home[who]:
            return refuse(EBUSY, "at-home")
        self.home[who] = True
        return DONE

    @ioctl
    def take(self, who: Person) -> Outcome:
        if not self.home[who]:
            return refuse(ENOENT, "not-here")
        self.key = who
        return DONE

    @invariant
    def nobody_is_alone_with_the_key(self) -> bool:
        return self.key is None or sum(1 for p in Person if self.home[p]) != 1

    @final
    def all_there(self) -> bool:
        return all(self.home[p] for p in Person)
'''
LINE = "  default: 20 states (7 representatives under symmetry of Person)"


@pytest.fixture
def house(run: Run) -> Run:
    Path("house.py").write_text(CALM.replace("    LOOP\n", ""), encoding="utf-8")
    return run


def test_states_are_counted_in_full(house: Run) -> None:
    """By hand: k of three people at home, with the key at one of these or nobody: 1 + 3*2 + 3*3 + 1*4."""
    found = house("check", "house.py", *PYTHON)
    assert LINE in found.out.splitlines()
    assert found.code == 1
    off = house("check", "house.py", *PYTHON, "--symmetry", "off")
    assert "representatives" not in off.out and "20" in off.out
    start = "VIOLATED nobody"
    assert found.out[found.out.index(start) :] == off.out[off.out.index(start) :]


def test_json_has_both_numbers(house: Run) -> None:
    for option, stored in (("on", 7), ("off", 20)):
        rows = house("check", "house.py", *PYTHON, "--symmetry", option, "--format", "json").json["results"]
        assert {(r["states"], r["representatives"]) for r in rows} == {(20, stored)}


def test_the_limit_counts_what_is_stored(house: Run) -> None:
    assert "UNKNOWN" not in house("check", "house.py", *PYTHON, "--max-states", "8").out
    limited = house("check", "house.py", *PYTHON, "--max-states", "8", "--symmetry", "off")
    assert "HOLDS WITHIN" in limited.out and "states limit" in limited.out


def test_a_loop_orders_the_sort(run: Run) -> None:
    loop = "@kernel\n    def leave(self) -> None:\n        for p in Person:\n            self.home[p] = False\n"
    Path("house.py").write_text(CALM.replace("LOOP", loop), encoding="utf-8")
    assert "representatives" not in run("check", "house.py", *PYTHON).out


def test_another_word_is_a_mistake(house: Run) -> None:
    found = house("check", "house.py", "--symmetry", "maybe")
    assert found.code == 2
    assert "the value is 'on' or 'off'" in found.err
