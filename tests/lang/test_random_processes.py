"""Random processes: both meanings walk in step, and every engine gives what the slow twin gives."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from checker import slow
from checker.explorations import Limits
from spec.lang.errors import SpecError
from spec.lang.frontend import load
from spec.lang.ground import ground
from tests.explicit.test_agreement import Explore, comparable, engine
from tests.lang.lock_step import lock_step
from tests.lang.random_processes import text

__all__ = ["engine"]
SEEDS = range(30)
REFUSED = {"write-before-refusal", "choice-in-two-blocks"}
"""What is wrong with a few of the random texts."""


def path_of(tmp_path: Path, seed: int) -> Path:
    """The text of a seed as a file."""
    path = tmp_path / f"random_process_{seed}.py"
    path.write_text(text(seed), encoding="utf-8")
    return path


def refused(path: Path) -> bool:
    """True if the text has one of the mistakes that random texts have; no other is expected."""
    try:
        load(f"{path}:Case")
    except SpecError as error:
        assert {p.code for p in error.problems} <= REFUSED, error
        return True
    return False


def imported(path: Path) -> Any:
    """The class, as Python imports it."""
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return module.Case


@pytest.mark.parametrize("seed", SEEDS)
def test_both_meanings_walk_in_step(tmp_path: Path, seed: int) -> None:
    path = path_of(tmp_path, seed)
    if refused(path):
        pytest.skip("the text is refused")
    both = lock_step(imported(path), {"Thread": 2}, {})
    for walk in range(8):
        both.walk(walk, 25, Counter())


@pytest.mark.parametrize("seed", SEEDS)
def test_engines_agree(tmp_path: Path, engine: Explore, seed: int) -> None:
    path = path_of(tmp_path, seed)
    if refused(path):
        pytest.skip("the text is refused")
    machine = ground(load(f"{path}:Case"), {"Thread": 2 if seed % 2 else 1, "Item": 1})
    limits = Limits(states=120)
    assert comparable(slow.explore(machine, {}, limits)) == comparable(engine(machine, {}, limits))


def test_most_texts_are_accepted(tmp_path: Path) -> None:
    assert sum(not refused(path_of(tmp_path, seed)) for seed in SEEDS) > len(SEEDS) // 2
