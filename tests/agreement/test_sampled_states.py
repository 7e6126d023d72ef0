"""10,000 states of full size, spread over the whole search: all steps of each, by all four ways of taking them.

The states come from a complete search by generated C, numbered in the order of their discovery, hence level by level.
The first and the last ones are all taken (the levels there are small); between them one from each of many equal
stretches, by a seeded generator. `evaluate` and the direct run take all steps of every one of the 10,000, generated
Python and generated C too; by C after the search, in the same memory, with the functions that the search ran.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from checker import evaluate
from checker.explicit import compile
from tests.agreement.cases import MAIN, Case, cases, instance_of
from tests.agreement.observed_c import ObservedSearch
from tests.agreement.taken import Direct, Python, by_evaluate, same, told

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not compile.available(), reason="no C compiler")]

SEED = 20_220_418
SLICE = 500
"""States of one test, so that tests can run beside each other."""

SAMPLES = {"everything": 4000, "private": 1500, "members": 1500, "boot": 1500, "reset": 1500}
SLICES = [(name, part) for name, count in SAMPLES.items() for part in range(count // SLICE)]


def sample(states: int, wanted: int) -> list[int]:
    """Numbers of states: a twentieth of them from each end, the others one from each of equal stretches between."""
    if wanted >= states:
        return list(range(states))
    ends = wanted // 20
    first, last, strata = ends, states - ends, wanted - 2 * ends
    draw = random.Random(SEED)
    marks = [first + (last - first) * place // strata for place in range(strata + 1)]
    inner = [draw.randrange(low, high) for low, high in itertools.pairwise(marks)]
    return [*range(first), *inner, *range(last, states)]


def compare(case: Case, part: int, wanted: int, every: int) -> Counter[str]:
    """The part of a sample whose place leaves this rest when divided by `every`; how often each action had a step."""
    direct, python = Direct(case), Python(case)
    actions: Counter[str] = Counter()
    with ObservedSearch(case.ground, case.slots) as search:
        search.run()
        numbers = sample(search.stats().states, wanted)[part::every]
        for number in numbers:
            slots = search.state(number)
            state = case.layout.decode(slots)
            expected = by_evaluate(case, evaluate.steps(case.ground, case.constants, state))
            taken, _ = python.steps(slots)
            where = (case.name, number)
            same(where, told(case, expected), direct.steps(state), "by direct run")
            same(where, expected, taken, "by generated Python")
            same(where, expected, search.steps(slots), "by generated C")
            actions.update(case.ground.actions[step.action].name for step in expected)
            actions["states"] += 1
    return actions


@pytest.mark.parametrize(("configuration", "part"), SLICES)
def test_steps_of_sampled_states_are_the_same_to_all(configuration: str, part: int) -> None:
    (case,) = cases(MAIN, instance_of(MAIN, configuration))
    wanted = SAMPLES[configuration]
    seen = compare(case, part, wanted, wanted // SLICE)
    assert seen.pop("states") == SLICE
    assert len(seen) > len(case.ground.actions) * 3 // 4, "the sample is too much alike"


def test_the_sample_is_ten_thousand_states_without_repetition() -> None:
    assert sum(SAMPLES.values()) == 10_000 == SLICE * len(SLICES)
    for wanted in SAMPLES.values():
        numbers = sample(2_971_215, wanted)
        assert len(set(numbers)) == wanted and numbers == sorted(numbers)
        assert (0, 2_971_214) == (numbers[0], numbers[-1])
        assert max(b - a for a, b in itertools.pairwise(numbers)) < 2_971_215 * 3 // wanted
