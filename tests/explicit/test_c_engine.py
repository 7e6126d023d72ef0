"""Generated C against the slow walk with `evaluate` and against generated Python: states, order, counts, paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.explicit import c_engine, py_search
from checker.explorations import Limits, RawPath
from spec.lang.ground import GroundMachine
from spec.lang.values import decode_slots
from tests.explicit import c_corpus
from tests.explicit.c_reference import bare, walk
from tests.machines_by_hand import claim_machine, door_machine

pytestmark = pytest.mark.skipif(not c_engine.available(), reason="no C compiler")

QUICK = ("-O0",)
MACHINES: dict[str, Callable[[], GroundMachine]] = {
    **{f"claim{n}": lambda n=n: claim_machine(n) for n in range(1, 5)},  # type: ignore[misc]
    "claim3-without-rollback": lambda: claim_machine(3, rollback=False),
    "door": door_machine,
    **c_corpus.ALL,
}


@pytest.mark.parametrize("name", ["claim1", "claim2", "claim3", "claim4", "claim3-without-rollback", "door", "calls"])
def test_states_steps_and_paths_are_those_of_the_slow_walk(name: str) -> None:
    ground = MACHINES[name]()
    expected = walk(ground, {})
    with c_engine.CSearch(ground, {}, flags=QUICK) as search:
        search.run()
        found = search.stats()
        assert expected.states == [search.state(i) for i in range(found.states)]
        assert (expected.transitions, expected.refusals) == (found.transitions, found.refusals)
        assert expected.paths == [search.path_to(i) for i in range(found.states)]
        assert list(range(found.states)) == [search.index_of(slots) for slots in expected.states]


SMALL = [name for name in MACHINES if name not in ("numbers", "records", "rows", "wide")]
LIMITS = [Limits(depth=3), Limits(depth=0), Limits(states=7), Limits(states=700)]
CASES = [*((name, Limits()) for name in SMALL), *((name, limits) for name in MACHINES for limits in LIMITS)]


@pytest.mark.parametrize("remember", [True, False], ids=["remembered", "direct"])
@pytest.mark.parametrize(("name", "limits"), CASES, ids=str)
def test_whole_results_are_those_of_generated_python(name: str, limits: Limits, remember: bool) -> None:
    ground = MACHINES[name]()
    constants = c_corpus.constants_of(ground)
    expected = py_search.explore(ground, dict(constants), limits)
    with c_engine.CSearch(ground, constants, limits, flags=QUICK, remember=remember) as search:
        search.run()
        assert bare(expected) == bare(search.exploration(0.0, {}))


@pytest.mark.parametrize("name", ["numbers", "records", "rows", "wide"])
def test_steps_of_the_corpus_are_those_of_the_slow_meaning(name: str) -> None:
    """The corpus faults on purpose: what the slow walk finds first must be found first, with the same tapes."""
    ground = MACHINES[name]()
    codes = c_corpus.constants_of(ground)
    constants = {n: decode_slots(codes[n], c.type, ground) for n, c in ground.constants.items()}
    without = replace(ground, properties=())
    expected = walk(without, constants, depth=3)
    with c_engine.CSearch(without, codes, Limits(depth=3), flags=QUICK) as search:
        search.run()
        found = search.exploration(0.0, {})
        assert expected.states == [search.state(i) for i in range(found.states)]
        assert expected.paths == [search.path_to(i) for i in range(found.states)]
    assert (expected.transitions, expected.refusals) == (found.transitions, found.refusals)
    assert expected.first_fault == found.found.get("bounds_are_kept")


def test_the_known_counts_of_the_claim_machine() -> None:
    counts = []
    for members in range(1, 5):
        found = c_engine.explore(claim_machine(members), {}, Limits())
        counts.append((found.states, found.transitions, found.refusals, found.depth))
    assert counts == [(6, 9, 18, 2), (15, 24, 52, 3), (48, 79, 194, 4), (195, 324, 912, 5)]


def test_a_missing_rollback_is_found_with_its_tape() -> None:
    found = c_engine.explore(claim_machine(3, rollback=False), {}, Limits()).found
    steps = found["refused_calls_change_nothing"].steps
    assert [(s.action, s.args, s.tape) for s in steps] == [(0, (0,), ()), (0, (1,), ()), (1, (0,), (0, 1))]


def test_results_repeat() -> None:
    ground = claim_machine(3, rollback=False)
    first, second = (c_engine.explore(ground, {}, Limits()) for _ in range(2))
    assert bare(first) == bare(second)


def test_a_state_that_was_not_reached_has_no_number() -> None:
    ground = door_machine()
    with c_engine.CSearch(ground, {}) as search:
        search.run(None)
        assert search.index_of([2]) is not None
        with pytest.raises(IndexError):
            search.state(3)
    with c_engine.CSearch(ground, {}, Limits(states=1)) as search:
        search.run(None)
        assert search.index_of([2]) is None


def test_no_path_without_steps_is_made_up() -> None:
    found = c_engine.explore(c_corpus.empty(), {}, Limits())
    assert (1, 0, {"no_deadlock": RawPath((), ())}) == (found.states, found.transitions, found.found)
