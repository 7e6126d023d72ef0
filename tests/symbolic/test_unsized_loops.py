"""Loops of random specs: every step that happens is a model of the facts, and nearly nothing else is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from checker.constants import constant_choices
from checker.evaluate import Occasion, State, holds, initial_states, steps
from checker.symbolic.unsized_terms import Outside
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.values import MapValue
from tests.symbolic.unsized_loops import Text
from tests.symbolic.unsized_models import Models, random_state, setting_of


def without_repetition(state: State) -> State:
    """A loop is summarised only where nothing stands twice in its sequence; that is proved apart."""
    members = state["members"]
    assert isinstance(members, MapValue)
    rows = [tuple(dict.fromkeys(row)) for row in members.entries if isinstance(row, tuple)]
    return {**state, "members": MapValue(tuple(rows))}


def compare(seed: int, path: Path, count: int) -> Counter[str]:
    """Checks random steps from random states of one random spec; what was met."""
    path.write_text(Text(seed).spec())
    grounded = ground(load(str(path)))
    random, met = Random(seed), Counter[str]()
    constants = random.choice(constant_choices(grounded))
    try:
        setting = setting_of(grounded)
    except Outside:
        return Counter({"outside": 1})
    first = initial_states(grounded, constants)[0][1]
    models: dict[str, Models] = {}
    for _ in range(count):
        state = without_repetition(random_state(grounded, random, first, setting.fixed))
        action = random.choice(grounded.actions)
        found = [s for s in steps(grounded, constants, state) if s.run.kind == "step" and s.action is action]
        if not found:
            continue
        step = random.choice(found)
        name = action.name
        models[name] = models.get(name) or Models(grounded, setting, action)
        assert models[name].allows_step(constants, step), (seed, name, step.args, step.run.tape)
        met["steps"] += 1
        other = dict(step.run.after)
        changed = random.choice([n for n in ("a", "b", "x", "c", "y") if n in other])
        other[changed] = random_state(grounded, random)[changed]
        if other != step.run.after:
            met["wrong"] += 1
            wrong = replace(step, run=replace(step.run, after=other))
            met["excluded"] += not models[name].allows_step(constants, wrong)
    asked = {p.name: p for p in grounded.properties if p.kind == "invariant"}
    promises = Models(grounded, setting, None, steps=False)
    for _ in range(count // 2):
        state = random_state(grounded, random, first, setting.fixed)
        name = random.choice(list(asked))
        kept = holds(grounded, constants, asked[name], Occasion(state)).value
        assert promises.reads_as(constants, state, {name: kept}), (seed, name, kept)
        met["read"] += 1
    return met


@pytest.mark.z3
def test_steps_of_loops_are_models(tmp_path: Path) -> None:
    met = sum((compare(seed, tmp_path / f"loops_{seed}.py", 6) for seed in range(4)), Counter[str]())
    assert met["steps"] > 10 and met["excluded"] >= met["wrong"] - 1


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_many_steps_of_loops_are_models(block: int, tmp_path: Path) -> None:
    seeds = range(1000 + 10 * block, 1010 + 10 * block)
    met = sum((compare(seed, tmp_path / f"loops_{seed}.py", 10) for seed in seeds), Counter[str]())
    assert met["steps"] > 50 and met["outside"] < 6 and met["excluded"] >= met["wrong"] - 3
