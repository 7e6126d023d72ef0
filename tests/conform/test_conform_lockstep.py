"""Exhaustive lock-step finds what a slow twin finds, pair by pair; every seeded fault, after the fewest calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.conform.budget import Budget
from checker.conform.differences import Found
from checker.conform.explored import explore
from checker.conform.lockstep import Lockstep
from tests.conform.conforming import held, named, shelf, sides, slow

BUGS = {
    "wrong errno": (1, "errno", "put"),
    "no check": (2, "kind", "put"),
    "wrong output": (2, "outputs", "put"),
    "wrong field": (2, "last", "put"),
    "no warning": (3, "warned", "take"),
    "forgotten choice": (1, "kind", "put"),
    "leak": (1, "leak", "put"),
    "no rollback": (2, "on", "swap"),
    "extra state": (3, "lamp", "burn_out"),
    "raises": (5, "raised", "new_bulb"),
    "tired lamp": (3, "kind", "burn_out"),
}
"""By hand: the fewest calls that show each bug of the shelf, one thing that differs then, and the last call.

The lamp is lit in one of the two initial states. Extra state: put, take, then the dark shows it.
"""


def test_a_model_that_does_what_its_spec_says() -> None:
    explored, walked, found = held(shelf())
    assert found.total == 0
    assert [w.covered for w in walked] == [e.pairs for e in explored]
    assert [w.stopped for w in walked] == ["", "", ""]


@pytest.mark.parametrize("case", [pytest.param("two", marks=pytest.mark.slow), "lax"])
def test_the_twin_counts_the_same_pairs(case: str) -> None:
    explored, walked, _ = held(shelf(), case)
    twin = slow(shelf(), case)
    assert [(e.pairs, len(e.targets)) for e in explored] == [(s.pairs, s.states) for s in twin]
    assert [w.covered for w in walked] == [s.compared for s in twin]
    assert not any(s.differing for s in twin)


@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_is_found_after_the_fewest_calls(bug: str) -> None:
    length, what, action = BUGS[bug]
    _, _, found = held(shelf(bug), keep=1)
    first = found.kept[0]
    assert first.call is not None
    assert (first.length, first.call.action) == (length, action)
    assert what in {w for one in found.kept if one.length == length for w in one.sort[2:]}
    assert [one.length for one in found.kept] == sorted(one.length for one in found.kept)


SAME = [bug for bug in BUGS if bug not in ("extra state", "leak")]
"""Bugs that depend on more than the state of the spec, or stay in the model, show on other paths elsewhere."""


@pytest.mark.parametrize(
    ("case", "bug"), [("lax", bug) for bug in SAME] + [pytest.param("two", b, marks=pytest.mark.slow) for b in SAME]
)
def test_the_twin_finds_the_same_differences(case: str, bug: str) -> None:
    _, walked, found = held(shelf(bug), case)
    twin = slow(shelf(bug), case)
    differing: dict[object, int] = {}
    for one in twin:
        differing.update(one.differing)
    assert set(named(found)) == set(differing)
    assert min(named(found).values(), default=0) == min(differing.values(), default=0)
    assert [w.covered for w in walked] == [s.compared for s in twin]
    assert [w.states for w in walked] == [s.states for s in twin]


def test_what_lies_behind_a_differing_step_is_reached_another_way() -> None:
    """An empty shelf in the dark: the first way goes through the tired lamp, another one takes things in the dark."""
    explored, walked, found = held(shelf("tired lamp"))
    assert {one.sort[1] for one in found.kept} == {"burn_out"}
    assert [(w.covered, w.states) for w in walked] == [(e.pairs, len(e.targets)) for e in explored]
    assert not any(call.action == "burn_out" and d.call is call for d in found.kept for call in d.path)


def test_a_model_that_starts_elsewhere_covers_what_the_other_start_leads_to() -> None:
    model = shelf("starts lit")
    explored, walked, found = held(model)
    assert {one.call for one in found.kept} == {None}
    assert all(w.stopped == "" for w in walked)
    assert all(0 < w.covered <= e.pairs for w, e in zip(walked, explored, strict=True))


def test_a_write_that_is_not_on_record_is_told_by_the_call_that_made_it() -> None:
    explored, walked, found = held(shelf("unrecorded"))
    assert {one.sort[1:] for one in found.kept} == {("put", "restored")}
    assert all(w.covered < e.pairs for w, e in zip(walked, explored, strict=True))


def test_a_limit_leaves_a_true_part() -> None:
    model = shelf()
    side = next(sides(model))
    explored = explore(side, Budget())
    walked = Lockstep(model, side, explored, Budget(seconds=0), Found()).run()
    assert (walked.stopped, walked.covered) == ("time", 0)
    assert explore(side, Budget(memory=1)).stopped == "memory"


def test_interrupted_in_the_middle() -> None:
    class Impatient(type(shelf())):  # type: ignore[misc]
        """Ctrl-C at the hundredth call."""

        def start(self, setting: object, choices: object) -> object:
            running = super().start(setting, choices)
            perform, count = running.perform, [0]

            def pressed(*args: object) -> object:
                count[0] += 1
                if count[0] == 100:
                    raise KeyboardInterrupt
                return perform(*args)

            object.__setattr__(running, "perform", pressed)
            return running

    good = shelf()
    model = Impatient(good.spec, "", good.cases, good.choice_of)  # type: ignore[attr-defined]
    side = next(sides(good))
    walked = Lockstep(model, side, explore(side, Budget()), Budget(), Found()).run()
    assert walked.stopped == "interrupt"
    assert 0 < walked.covered < 100


def test_a_choice_declared_impossible_is_set_apart() -> None:
    """The shelf that forgets that hooks break says so: the pair must then equal the step without."""
    declared = {("put", "hang.breaks"): "this shelf has no hooks"}
    _, walked, found = held(replace(shelf("no hooks"), beyond=declared))  # type: ignore[type-var, call-arg]
    assert found.total == 0
    assert sum(w.beyond["put", "hang.breaks"] for w in walked) > 0
    _, _, found = held(shelf("no hooks"))
    assert found.total > 0
