"""Steps that happen are models of the facts for any size, and promises are read as `evaluate` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest

from checker.constants import constant_choices
from checker.evaluate import Occasion, State, Step, holds, initial_runs, initial_states, steps
from checker.symbolic.unsized_terms import Outside
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.ir import Expr
from spec.lang.values import Value
from tests.symbolic.unsized_models import Models, random_state, setting_of

ONE = {"Device": 2, "Group": 1, "Owner": 1}
TWO = {"Device": 2, "Group": 2, "Owner": 1}
THREE = {"Device": 3, "Group": 1, "Owner": 1}
CONFIGURATIONS = [
    ("core", {**ONE, "TableId": 1}),
    ("core", {"Device": 3, "Group": 2, "Owner": 2, "TableId": 1}),
    ("members", ONE),
    ("members", {"Device": 3, "Group": 2, "Owner": 2}),
    ("groups", {**TWO, "TableId": 1}),
    ("private", THREE),
    ("pasid", {**TWO, "TableId": 1}),
]
OUTSIDE = {"boot": "`continue`", "reset": "`continue`", "firmware": "out of a loop", "vfio": "`first`"}


def configured(name: str, sizes: dict[str, int], spec: str = "dma_ownership") -> GroundMachine:
    machine = load(spec)
    found = machine.configurations[name]
    return ground(machine, {**found.sizes, **sizes}, found.switches)


def given(name: str) -> Mapping[str, Expr | None]:
    """The constants that a configuration gives; the others are as declared."""
    return load("dma_ownership").configurations[name].constants


class Walk:
    """Random steps from the initial states of one choice of constants, checked one by one."""

    def __init__(self, name: str, sizes: dict[str, int], seed: int) -> None:
        self.ground = configured(name, sizes)
        self.setting = setting_of(self.ground, given(name))
        self.random = Random(seed)
        self.constants: dict[str, Value] = self.random.choice(constant_choices(self.ground, given(name)))
        self.models: dict[str, Models] = {}
        self.states: list[State] = []

    def start(self) -> None:
        models = Models(self.ground, self.setting, None)
        for found in initial_runs(self.ground, self.constants):
            if found.kind == "step":
                assert models.allows_start(self.constants, found.after)
                self.states.append(found.after)

    def check(self, step: Step) -> None:
        name = step.action.name
        if name not in self.models:
            self.models[name] = Models(self.ground, self.setting, step.action)
        assert self.models[name].allows_step(self.constants, step), (name, step.args, step.run.tape)
        self.states.append(step.run.after)

    def wander(self, count: int) -> None:
        """Rarely seen actions first, so that a short walk meets many."""
        self.start()
        seen: dict[str, int] = {}
        for _ in range(count):
            found = [
                s for s in steps(self.ground, self.constants, self.random.choice(self.states)) if s.run.kind == "step"
            ]
            if not found:
                continue
            least = min(seen.get(s.action.name, 0) for s in found)
            chosen = self.random.choice([s for s in found if seen.get(s.action.name, 0) == least])
            seen[chosen.action.name] = least + 1
            self.check(chosen)


@pytest.mark.z3
@pytest.mark.parametrize("name, sizes", CONFIGURATIONS[:3])
def test_steps_are_models(name: str, sizes: dict[str, int]) -> None:
    Walk(name, sizes, 1).wander(12)


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name, sizes", CONFIGURATIONS)
def test_many_steps_are_models(name: str, sizes: dict[str, int], seed: int) -> None:
    Walk(name, sizes, seed).wander(60)


@pytest.mark.z3
@pytest.mark.slow
def test_all_steps_of_the_smallest_instance_are_models() -> None:
    walk = Walk("members", ONE, 0)
    walk.start()
    seen: set[str] = set()
    checked = 0
    while walk.states:
        state = walk.states.pop()
        if str(state) in seen:
            continue
        seen.add(str(state))
        for step in steps(walk.ground, walk.constants, state):
            if step.run.kind == "step":
                walk.check(step)
                checked += 1
    assert checked > 1000


def other_state(step: Step, random: Random, grounded: GroundMachine) -> State:
    """The state after a step with one field exchanged for another value."""
    after = dict(step.run.after)
    name = random.choice([n for n in after if n not in ("members", "alive")])
    while after[name] == step.run.after[name]:
        after[name] = random_state(grounded, random)[name]
    return after


@pytest.mark.z3
def test_most_states_that_a_step_does_not_lead_to_are_excluded() -> None:
    """The facts say something: this is no matter of soundness, but without it the other tests would say nothing."""
    walk = Walk("members", ONE, 2)
    grounded = walk.ground
    walk.wander(8)
    excluded = total = 0
    for _ in range(12):
        found = [s for s in steps(grounded, walk.constants, walk.random.choice(walk.states)) if s.run.kind == "step"]
        step = walk.random.choice([s for s in found if s.action.name in walk.models])
        wrong = replace(step, run=replace(step.run, after=other_state(step, walk.random, grounded)))
        total += 1
        excluded += not walk.models[step.action.name].allows_step(walk.constants, wrong)
    assert excluded >= total - 2


def read(name: str, sizes: dict[str, int], count: int, seed: int) -> int:
    """Compares promises of random states; how many of them were lost."""
    random = Random(seed)
    grounded = configured(name, sizes)
    setting = setting_of(grounded, given(name))
    models = Models(grounded, setting, None, steps=False)
    constants = constant_choices(grounded, given(name))
    asked = {p.name: p for p in grounded.properties if p.kind in ("invariant", "lemma")}
    lost = 0
    for _ in range(count):
        chosen = random.choice(constants)
        first = initial_states(grounded, chosen)[0][1]
        state = random_state(grounded, random, first, setting.fixed)
        promise = random.choice(list(asked))
        kept = holds(grounded, chosen, asked[promise], Occasion(state)).value
        lost += not kept
        try:
            assert models.reads_as(chosen, state, {promise: kept}), (promise, kept)
        except Outside:
            continue
    return lost


@pytest.mark.z3
def test_promises_are_read_as_evaluate_reads_them() -> None:
    assert read("core", {**TWO, "TableId": 1}, 60, 3) > 10


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("name, sizes", CONFIGURATIONS)
def test_more_promises_are_read_as_evaluate_reads_them(name: str, sizes: dict[str, int]) -> None:
    assert read(name, sizes, 300, 4) > 30


@pytest.mark.z3
@pytest.mark.parametrize("name", OUTSIDE)
def test_the_other_configurations_are_outside_the_fragment(name: str) -> None:
    with pytest.raises(Outside, match=OUTSIDE[name]):
        setting_of(configured(name, {}), given(name))
