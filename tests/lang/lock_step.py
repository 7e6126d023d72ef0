"""Runs a spec with processes under both meanings side by side: the same random calls, compared after every step."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from checker import evaluate
from checker.evaluate import Occasion, Run, Step, holds
from spec.lang import direct
from spec.lang.machine import Action
from spec.lang.values import Value, values
from tests.lang.two_meanings import Pair, State, outcome_of

ASKED = ("invariant", "goal", "final", "boundary")


class LockStep(Pair):
    """One instance under both meanings, which goes forward only. `seen` counts what happened by action and outcome."""

    def walk(self, seed: int, length: int, seen: Counter[str]) -> None:
        """One random walk from an initial state; AssertionError at the first difference."""
        rng = random.Random(seed)
        with direct.universe(switches=self.switches, constants=self.chosen, **self.sizes):
            self.instance = self.cls()
        state = evaluate.initial_states(self.ground, self.constants)[0][1]
        assert self.whole(state) == self.visible(direct.snapshot(self.instance))
        for _ in range(length):
            self.compare_properties(state)
            step = self.choose(rng, state)
            seen[f"{step.action.name}:{step.run.kind}:{outcome_of(self.ground, step.run.outcome)[0]}"] += 1
            self.compare(step)
            if step.run.kind == "fault":
                return
            state = step.run.after

    def visible(self, state: State) -> State:
        """The fields that the text names."""
        return {name: value for name, value in state.items() if not self.ground.machine.fields[name].hidden}

    def whole(self, state: State) -> State:
        return self.visible(super().whole(self.visible(state)))

    def choose(self, rng: random.Random, state: State) -> Step:
        """Any call, most often one that can happen; its choices at random."""
        calls = [(i, a, v) for i, a in enumerate(self.ground.actions) for v in self.arguments(a)]
        rng.shuffle(calls)
        patient = rng.random() < 0.8
        found: Step | None = None
        for index, action, args in calls:
            tried = [
                r
                for r in evaluate.tapes(self.ground, lambda t, a=action, v=args: self.run(state, a, v, t))  # type: ignore[misc]
            ]
            found = Step(index, action, args, rng.choice(tried))
            if not patient or found.run.kind != "disabled":
                return found
        assert found is not None, "a spec has actions"
        return found

    def run(self, state: State, action: Action, args: tuple[Value, ...], tape: tuple[int, ...]) -> Run:
        return evaluate.run(self.ground, self.constants, state, action, args, tape)

    def arguments(self, action: Action) -> list[tuple[Value, ...]]:
        """All arguments of an action."""
        found: list[tuple[Value, ...]] = [()]
        for param in self.ground.functions[action.function].params:
            found = [(*before, value) for before in found for value in values(param.type, self.ground)]
        return found

    def compare(self, step: Step) -> None:
        """Take the same step by direct run."""
        run = step.run
        tape = run.codes if run.kind != "disabled" else ()
        ran = direct.perform(self.instance, step.action.name, step.args, tape)
        assert run.kind == ran.kind, (step, ran)
        if run.kind == "disabled":
            return
        messages = tuple(self.ground.machine.warnings[w].message for w in run.warnings)
        broken = set(run.during)
        if run.kind == "step":
            broken |= {p.name for p in self.ground.properties if self.breaks(step, p)}
        expected = (outcome_of(self.ground, run.outcome), run.codes, messages, broken)
        assert expected == ((ran.outcome, ran.errno, ran.reason), ran.tape, ran.warnings, set(ran.broken)), step
        assert self.whole(run.after) == self.visible(direct.snapshot(self.instance)), step

    def compare_properties(self, state: State) -> None:
        """Ask both meanings every question about the present state."""
        for prop in self.ground.properties:
            if prop.kind in ASKED:
                value = holds(self.ground, self.constants, prop, Occasion(state)).value
                assert value == direct.holds(self.instance, prop.name), (prop.name, state)


def lock_step(
    cls: Any, sizes: dict[str, int], switches: dict[str, Any], chosen: dict[str, Any] | None = None
) -> LockStep:
    """Both meanings of a class, at `chosen` values of its constants."""
    made = LockStep(cls, sizes, switches, chosen)
    made.sizes, made.switches, made.chosen = sizes, switches, chosen
    return made
