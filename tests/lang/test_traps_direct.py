"""The direct run does what each trap's author worked out by hand."""

from __future__ import annotations

import pytest

from spec.lang.direct import initial_states, restore, steps, universe
from spec.lang.direct_explore import explore_direct
from tests.lang.trap_files import Run, runs, trap_class


@pytest.mark.parametrize("run", runs(), ids=str)
def test_direct_run_gives_the_numbers_worked_out_by_hand(run: Run) -> None:
    found = explore_direct(trap_class(run.trap), run.sizes, run.switches, limit=1000)
    got = (found.states, found.transitions, found.refusals, found.outside)
    assert tuple(run.number(k) for k in ("states", "transitions", "refusals", "outside")) == got
    assert run.steps_by_name("violated") == found.violated
    assert run.steps_by_name("goals") == found.goals


@pytest.mark.parametrize("run", [r for r in runs() if "faults" in r.expected], ids=str)
def test_faulting_runs_are_as_many_as_worked_out_by_hand(run: Run) -> None:
    found = explore_direct(trap_class(run.trap), run.sizes, run.switches)
    faults: dict[str, int] = {}
    with universe(switches=run.switches, **run.sizes):
        instance = trap_class(run.trap)()
    for state in found.levels:
        restore(instance, dict(state))
        for step in steps(instance):
            if step.run.kind == "fault":
                faults[step.action] = faults.get(step.action, 0) + 1
    assert run.steps_by_name("faults") == faults


@pytest.mark.parametrize("run", [r for r in runs() if "tapes" in r.expected], ids=str)
def test_choices_are_read_in_the_order_worked_out_by_hand(run: Run) -> None:
    action, widths = run.expected["tapes"].split(":")
    with universe(switches=run.switches, **run.sizes):
        instance = trap_class(run.trap)()
        assert initial_states(trap_class(run.trap))
    tapes = [s.run.tape for s in steps(instance) if s.action == action]
    longest = max(len(t) for t in tapes)
    seen = [1 + max(t[i] for t in tapes if len(t) > i) for i in range(longest)]
    assert [int(w) for w in widths.split(",") if w] == seen
