"""DMA ownership at small sizes: every state and every step is the same by evaluation, direct run and both engines.

The slow search and the search by direct run are watched while they run, so that what is compared per state is what
they searched with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from checker import evaluate, slow
from checker.evaluate import Step
from checker.explicit import compile, py_search
from checker.explorations import Exploration, Limits
from checker.request import Instance, Settings, instances
from spec.lang import direct, direct_explore
from spec.lang.direct import DirectStep
from spec.lang.direct_explore import DirectExploration
from spec.lang.ground import GroundMachine
from tests.agreement.cases import MAIN, Case, Slots, cases, instance_of, machine_of, small_sizes
from tests.agreement.observed_c import ObservedSearch
from tests.agreement.taken import Direct, Python, Taken, Told, by_evaluate, same, told
from tests.explicit.c_reference import agree

FIRST_CHOICES = 3
CONFIGURATIONS = [i.configuration for i in instances(machine_of(MAIN), Settings())]

OLD = {
    "6.1.y": instance_of(MAIN, "core", kernel="6.1.y"),
    "reattach-fails": instance_of(MAIN, "core", "reattach_succeeds=false"),
    "no-cookies": instance_of(MAIN, "core", "cookies_are_real=false"),
    "members-6.1.y": instance_of(MAIN, "members", kernel="6.1.y"),
    "reset-drivers-untrusted": instance_of(MAIN, "reset", "trusted_drivers=false"),
}
"""Settings under which promises break, so that violations of every kind are compared and not only their absence."""


def small(instance: Instance, most: int = FIRST_CHOICES) -> Iterator[Case]:
    return cases(MAIN, instance, small_sizes(MAIN, instance), most)


def watched_evaluate(case: Case) -> tuple[Exploration, dict[Slots, list[Taken]]]:
    """The slow search, and the steps that it took in every state."""
    rows: dict[Slots, list[Taken]] = {}

    def steps(ground: GroundMachine, constants: evaluate.Constants, state: evaluate.State) -> list[Step]:
        found = list(evaluate.steps(ground, constants, state))
        rows[case.layout.encode(state)] = by_evaluate(case, found)
        return found

    with patch.object(slow, "steps", steps):
        return slow.explore(case.ground, case.slots, Limits()), rows


def watched_direct(case: Case) -> tuple[DirectExploration, dict[Slots, tuple[list[Told], list[frozenset[str]]]]]:
    """The search by direct run; the steps that it took in every state, and the promises that each broke."""
    rows: dict[Slots, tuple[list[Told], list[frozenset[str]]]] = {}
    meaning = Direct(case)

    def steps(instance: Any) -> list[DirectStep]:
        found = list(direct.steps(instance))
        broken = [frozenset(s.run.broken) for s in found if s.run.kind != "disabled"]
        rows[case.layout.encode(direct.snapshot(instance))] = meaning.told(found), broken
        return found

    with patch.object(direct_explore, "steps", steps):
        return case.explore_direct(), rows


def compare_searches(case: Case, meaning: Exploration, ran: DirectExploration) -> None:
    """What a search by direct run can tell is what the slow search says."""
    goals = {p.name for p in case.ground.properties if p.kind == "goal"}
    lengths = {name: len(path.steps) for name, path in meaning.found.items()}
    assert (meaning.states, meaning.depth) == (ran.states, ran.depth)
    assert (meaning.transitions, meaning.refusals, meaning.outside) == (ran.transitions, ran.refusals, ran.outside)
    assert {n: k for n, k in lengths.items() if n not in goals} == ran.violated
    assert {n: k for n, k in lengths.items() if n in goals} == ran.goals


def compare(case: Case) -> Exploration:
    """Everything about one case, four ways; what the slow search found."""
    meaning, evaluated = watched_evaluate(case)
    ran, told_rows = watched_direct(case)
    compare_searches(case, meaning, ran)
    assert evaluated.keys() == told_rows.keys()
    agree(meaning, py_search.explore(case.ground, case.slots, Limits()))
    python = Python(case)
    for slots, expected in evaluated.items():
        words, broken = told_rows[slots]
        same(slots, told(case, expected), words, "by direct run")
        taken, breaks = python.steps(slots)
        same(slots, expected, taken, "by generated Python")
        same(slots, broken, breaks, "judged by generated Python")
    if compile.available():
        with ObservedSearch(case.ground, case.slots, fast=False) as search:
            search.run()
            agree(meaning, search.exploration(0.0, {}))
            assert set(evaluated) <= {search.state(number) for number in range(meaning.states)}
            for slots, expected in evaluated.items():
                same(slots, expected, search.steps(slots), "by generated C")
    return meaning


def test_claims_and_drivers_are_the_same_to_all() -> None:
    (case,) = small(instance_of(MAIN, "core"))
    found = compare(case)
    assert found.complete and found.states > 50 and found.refusals > 0


def test_two_groups_are_the_same_to_all() -> None:
    case = list(small(instance_of(MAIN, "groups")))[-1]
    found = compare(case)
    assert found.complete and found.states > 20


def test_promises_that_break_are_the_same_to_all() -> None:
    (case,) = small(OLD["6.1.y"])
    found = compare(case)
    assert {"refused_calls_change_nothing", "hardware_uses_living_domains"} <= found.found.keys()


@pytest.mark.slow
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_every_configuration_is_the_same_to_all(configuration: str) -> None:
    searched = [compare(case) for case in small(instance_of(MAIN, configuration))]
    assert searched and all(found.complete for found in searched)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OLD))
def test_every_kind_of_violation_is_the_same_to_all(name: str) -> None:
    (case,) = small(OLD[name])
    assert compare(case).found.keys() - {p.name for p in case.ground.properties if p.kind == "goal"}
