"""The corpus of processes under both meanings: the parsed machine, and Python running its generators."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.lang.lock_step import lock_step
from tests.lang.process_files import Run, runs, trap_class

WALKS, LENGTH = 25, 30


@pytest.mark.parametrize("run", runs(), ids=str)
def test_random_walks_agree(run: Run) -> None:
    both = lock_step(trap_class(run.name), run.sizes, run.switches)
    seen: Counter[str] = Counter()
    for seed in range(WALKS):
        both.walk(seed, LENGTH, seen)
    taken = {key.split(":")[0] for key, count in seen.items() if ":step:" in key and count}
    assert {a.name for a in both.ground.actions} - run.never == taken
