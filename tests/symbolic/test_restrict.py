"""A system cut down to one action does what the whole one does under its selector."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.symbolic.circuit import FALSE, TRUE
from checker.symbolic.restrict import can_split, only_single_actions, restricted, selectors
from checker.symbolic.solver import Deadline
from checker.symbolic.system import Ask, System
from tests.symbolic import systems_by_hand
from tests.symbolic.brute_systems import Twin
from tests.symbolic.random_systems import random_system


@pytest.mark.parametrize("seed", range(40))
def test_the_parts_are_the_whole(seed: int) -> None:
    system = random_system(seed)
    assert can_split(system, Deadline()) == (len(system.cases) > 1)
    if len(system.cases) == 1:
        return
    whole = Twin(system)
    for case in system.cases:
        chosen, part = selectors(system, case), Twin(restricted(system, case))
        assert chosen[case.selector] and sum(chosen.values()) == 1
        for state, moves in whole.moves.items():
            for one, other in zip(moves, part.moves[state], strict=True):
                if all(one.inputs[lit] == value for lit, value in chosen.items()):
                    assert (one.valid, one.breaks) == (other.valid, other.breaks)
                    assert not one.valid or one.after == other.after


def without_selectors(system: System) -> System:
    """The same, but a step with no selector or with several is valid too."""
    return replace(system, valid=TRUE)


def test_a_system_that_may_step_without_one_selector_is_not_split() -> None:
    system = systems_by_hand.actions(3)
    deadline = Deadline()
    assert can_split(system, deadline) and only_single_actions(system, deadline)
    assert not can_split(without_selectors(system), deadline)
    fault = Ask("fault", "always", FALSE, system.state[0])
    assert not can_split(replace(system, asks=(*system.asks, fault)), deadline)
    first = system.cases[0]
    assert not can_split(replace(system, cases=(first, replace(first, action=1))), deadline)
    assert not can_split(replace(system, cases=(first,)), deadline)
    gate = replace(first, selector=system.circuit.both(first.selector, system.state[0]))
    assert not can_split(replace(system, cases=(gate, *system.cases[1:])), deadline)


def test_gates_that_are_no_ands_are_looked_at_where_it_takes_them() -> None:
    """Exactly one of two selectors, written as an XOR."""
    system = systems_by_hand.actions(2)
    one = system.circuit.xor(system.cases[0].selector, system.cases[1].selector)
    assert can_split(replace(system, valid=one, asks=()), Deadline())
    assert not can_split(replace(system, valid=one ^ 1, asks=()), Deadline())
