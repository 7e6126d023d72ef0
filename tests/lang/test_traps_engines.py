"""Every engine finds the numbers worked out by hand for each trap, and violates what the hand says, as early."""

from __future__ import annotations

import pytest

from checker.evaluate import closed_value
from checker.explicit import compile as c_compiler
from checker.explicit.engine import explore
from checker.explorations import Exploration, Limits
from checker.slow import explore as explore_slowly
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.values import encode_slots
from tests.lang.trap_files import HERE, Run, runs


def machine_of(run: Run) -> GroundMachine:
    """The trap at the sizes and switches of the run."""
    return ground(load(f"{HERE / run.trap}.py:Trap"), run.sizes, run.switches)


def codes(machine: GroundMachine) -> dict[str, tuple[int, ...]]:
    """The default constants as engines take them."""
    found = {}
    for name, decl in machine.constants.items():
        assert decl.init is not None
        found[name] = encode_slots(closed_value(machine, decl.init), decl.type, machine)
    return found


def judge(run: Run, found: Exploration) -> None:
    """Compare with the hand."""
    got = (found.states, found.transitions, found.refusals, found.outside)
    assert tuple(run.number(k) for k in ("states", "transitions", "refusals", "outside")) == got
    lengths = {name: len(path.steps) for name, path in found.found.items()}
    assert run.steps_by_name("violated") | run.steps_by_name("goals") == lengths


@pytest.mark.parametrize("run", runs(), ids=str)
def test_generated_python_gives_the_numbers_worked_out_by_hand(run: Run) -> None:
    machine = machine_of(run)
    judge(run, explore(machine, codes(machine), Limits(), engine="python"))


@pytest.mark.parametrize("run", runs(), ids=str)
def test_the_slow_search_gives_the_numbers_worked_out_by_hand(run: Run) -> None:
    machine = machine_of(run)
    judge(run, explore_slowly(machine, codes(machine)))


@pytest.mark.slow
@pytest.mark.skipif(not c_compiler.available(), reason="no C compiler")
@pytest.mark.parametrize("run", runs(), ids=str)
def test_generated_c_gives_the_numbers_worked_out_by_hand(run: Run) -> None:
    machine = machine_of(run)
    judge(run, explore(machine, codes(machine), Limits(), engine="c"))
