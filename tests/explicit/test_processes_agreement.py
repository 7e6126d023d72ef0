"""Machines from processes: every engine gives what the slow twin gives, and breaks exactly what the hand says."""

from __future__ import annotations

import pytest

from checker import slow
from checker.explorations import Limits
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from tests.explicit.test_agreement import Explore, comparable, engine
from tests.lang.process_files import HERE, Run, runs

__all__ = ["engine"]
LIMITS = (Limits(), Limits(states=60), Limits(depth=3))
MOST_SLOWLY = 6000


def machine_of(run: Run) -> GroundMachine:
    """The spec of a file at the sizes and switches of the run."""
    return ground(load(f"{HERE / run.name}.py:Trap"), run.sizes, run.switches)


@pytest.mark.parametrize("run", runs(), ids=str)
def test_engines_agree_with_the_slow_twin(engine: Explore, run: Run) -> None:
    machine = machine_of(run)
    for limits in LIMITS:
        expected = slow.explore(machine, {}, limits)
        assert comparable(expected) == comparable(engine(machine, {}, limits)), limits


@pytest.mark.parametrize("run", runs(), ids=str)
def test_exactly_what_the_hand_says_is_violated(engine: Explore, run: Run) -> None:
    machine = machine_of(run)
    found = engine(machine, {}, Limits())
    goals = {p.name for p in machine.properties if p.kind == "goal"}
    assert found.complete and found.states < MOST_SLOWLY
    assert (run.violated, goals) == (found.found.keys() - goals, found.found.keys() & goals)
    assert run.counts == {name: getattr(found, name) for name in run.counts}
