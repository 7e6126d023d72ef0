"""Pending outcomes are steps of an ordinary search, and promises about whole runs are none of its business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from checker import slow
from checker.eval_scalar import ask
from checker.explicit import c_engine, compile, py_search
from checker.explicit.py_expr import answers
from checker.explorations import Exploration, Limits
from spec.lang.ground import GroundMachine
from spec.lang.machine import Site
from spec.lang.spans import BUILTIN
from tests.machine_of_turns import turns_machine

Explore = Callable[[GroundMachine, Mapping[str, Sequence[int]], Limits], Exploration]
ENGINES: dict[str, Explore] = {"evaluate": slow.explore, "python": py_search.explore, "c": c_engine.explore}


@pytest.fixture(params=sorted(ENGINES))
def explore(request: pytest.FixtureRequest) -> Explore:
    """Each engine that can run here, the twin among them."""
    if request.param == "c" and not compile.available():
        pytest.skip("no C compiler")
    return ENGINES[request.param]


def test_a_pending_outcome_is_a_step_and_neither_done_nor_refused(explore: Explore) -> None:
    found = explore(turns_machine(), {}, Limits())
    assert (found.states, found.transitions, found.refusals, found.depth) == (3, 6, 0, 2)
    assert found.done_actions == {"work"}, "only the third turn of work is done, and wait never is"
    assert found.sites == {0, 1}
    assert found.premises == {"done_at_the_beginning"}
    assert found.found == {}, "a pending outcome may change anything, and nobody takes it for another one"


def test_promises_about_whole_runs_are_left_alone(explore: Explore) -> None:
    both = [explore(turns_machine(promises), {}, Limits()) for promises in (True, False)]
    with_them, without = (replace(found, seconds=0.0, extra={}) for found in both)
    assert with_them == without


@pytest.mark.parametrize("aspect", ["refused", "done", "blocked", "partial", "errno", "reason"])
def test_every_question_to_a_pending_outcome_is_answered_no(aspect: str) -> None:
    site = Site("pending", "EAGAIN", "later", BUILTIN)
    value = {"errno": "EAGAIN", "reason": "later"}.get(aspect, "")
    assert not ask(site, aspect, value)  # type: ignore[arg-type]
    assert not answers(site, aspect, value)
