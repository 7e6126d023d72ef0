"""A spec with parts is the same system as the one that its author wrote by hand in one class.

Every trap of the corpus whose file has a class `Flat` is such a pair; the twin knows nothing of parts.
"""

from __future__ import annotations

import pytest

from checker.explicit import compile as c_compiler
from checker.explicit.engine import explore
from checker.explorations import Exploration, Limits
from checker.slow import explore as explore_slowly
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from tests.lang.trap_files import HERE, Run, runs

PAIRS = [run for run in runs() if "\nclass Flat(Spec)" in (HERE / f"{run.trap}.py").read_text(encoding="utf-8")]
ENGINES = ["evaluate", "python", *(["c"] if c_compiler.available() else [])]


def machine(run: Run, name: str) -> GroundMachine:
    """A class of the file at the sizes and switches of the run."""
    return ground(load(f"{HERE / run.trap}.py:{name}"), run.sizes, run.switches)


def search(finite: GroundMachine, engine: str) -> Exploration:
    """All states, by the meaning itself or by an engine."""
    return explore_slowly(finite, {}) if engine == "evaluate" else explore(finite, {}, Limits(), engine=engine)


def shape(found: Exploration, finite: GroundMachine) -> tuple[object, ...]:
    """What does not depend on names."""
    kinds = sorted((s.kind, s.errno, s.reason) for i, s in enumerate(finite.machine.sites) if i in found.sites)
    lengths = {name.replace(".", "_"): len(path.steps) for name, path in found.found.items()}
    counts = (found.states, found.transitions, found.refusals, found.depth, found.outside)
    return *counts, found.complete, lengths, sorted(set(kinds))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("run", PAIRS, ids=str)
def test_parts_and_one_class_by_hand_are_the_same_system(run: Run, engine: str) -> None:
    whole, flat = machine(run, "Trap"), machine(run, "Flat")
    assert shape(search(flat, engine), flat) == shape(search(whole, engine), whole)


def test_there_are_pairs_of_every_sort() -> None:
    assert len({run.trap for run in PAIRS}) >= 9
