"""Every shipped spec means the same to the parser and to Python, on the first states at small sizes."""

from __future__ import annotations

import importlib
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import spec.uapi as uapi
from spec.lang import Spec, direct
from spec.lang.direct_constants import constant_choices
from spec.lang.direct_explore import explore_direct
from spec.lang.errors import RequestError
from spec.lang.frontend import load
from tests.lang import sample_spec as sample
from tests.lang.lock_step import lock_step
from tests.lang.open_constant_spec import Flags
from tests.lang.two_meanings import Pair

ROOT = Path(next(iter(uapi.__path__)))
MODULES = sorted(".".join(("spec.uapi", *p.relative_to(ROOT).with_suffix("").parts)) for p in ROOT.rglob("*.py"))


def spec_classes(module: str) -> list[Any]:
    """The spec classes that a module declares."""
    found = vars(importlib.import_module(module)).values()
    return [c for c in found if isinstance(c, type) and issubclass(c, Spec) and c.__module__ == module]


def compare(cls: Any, states: int) -> None:
    """Both meanings on the first states, for the first, a middle and the last choice of the constants."""
    machine = load(f"{Pair.file(cls)}:{cls.__name__}")
    sizes = {name: min(decl.size or 1, 2) for name, decl in machine.sorts.items()}
    with direct.universe(**sizes):
        choices = list(itertools.islice(constant_choices(cls), 400))
    if any(action.process for action in machine.actions.values()):
        # the direct run of a process goes forward only
        both, seen = lock_step(cls, sizes, {}, choices[0]), Counter[str]()
        for seed in range(states):
            both.walk(seed, 40, seen)
        assert any(":step:" in what for what in seen)
        return
    for chosen in (choices[0], choices[len(choices) // 2], choices[-1]):
        assert Pair(cls, sizes, {}, chosen).check(states) > 0


def test_dma_ownership_means_the_same_to_both() -> None:
    (cls,) = spec_classes("spec.uapi.dma_ownership")
    compare(cls, 15)


@pytest.mark.slow
@pytest.mark.parametrize("module", [m for m in MODULES if not m.endswith("__init__")])
def test_every_shipped_spec_means_the_same_to_both(module: str) -> None:
    for cls in spec_classes(module):
        compare(cls, 6)


def test_choices_of_constants_need_a_universe_and_are_one_where_all_is_fixed() -> None:
    with pytest.raises(RequestError, match="universe"):
        list(constant_choices(sample.Base))
    with direct.universe(User=1):
        assert [{}] == list(constant_choices(sample.Base))


def test_an_open_constant_has_every_value_that_the_assumptions_allow() -> None:
    with direct.universe(Device=2):
        choices = list(constant_choices(Flags))
    assert [(False, True), (True, False), (True, True)] == [tuple(c["flags"].entries().values()) for c in choices]
    assert [2, 2, 4] == [Pair(Flags, {"Device": 2}, {}, c).check() for c in choices]
    assert [2, 2, 4] == [explore_direct(Flags, {"Device": 2}, constants=c).states for c in choices]
