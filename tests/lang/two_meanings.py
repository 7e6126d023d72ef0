"""Compares the parsed meaning of a spec (read, ground, evaluate) with the direct run, state by state, step by step."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.evaluate import Occasion, Run, Step, closed_value, holds, initial_states, steps
from spec.lang import direct, direct_universe
from spec.lang.direct_convert import to_value
from spec.lang.direct_parts import is_final, tree
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.values import Answer, Value

State = dict[str, Value]


def outcome_of(machine: GroundMachine, answer: Answer | None) -> tuple[str, str, str]:
    """Kind, errno and reason of an outcome."""
    if answer is None:
        return "", "", ""
    site = machine.machine.sites[answer.site]
    return site.kind, site.errno, site.reason


class Pair:
    """One instance under both meanings; `constants` holds a value for every constant, defaults where not given."""

    def __init__(
        self,
        cls: Any,
        sizes: Mapping[str, int],
        switches: Mapping[str, Any],
        constants: Mapping[str, Any] | None = None,
    ) -> None:
        target = f"{Path(self.file(cls))}:{cls.__name__}"
        self.ground = ground(load(target), dict(sizes), dict(switches))
        self.cls = cls
        with direct.universe(switches=switches, constants=constants, **dict(sizes)):
            self.instance = cls()
            self.direct_initial = direct.initial_states(cls)
        self.rest = direct.snapshot(self.instance)
        given = constants or {}
        self.constants: dict[str, Value] = {
            name: closed_value(self.ground, decl.init)
            for name, decl in self.ground.constants.items()
            if name not in given and decl.init is not None
        }
        self.constants |= {n: self.rigid(n) for n in given if n in self.ground.constants}

    @staticmethod
    def file(cls: Any) -> str:
        """The file of a class."""
        found = sys.modules[cls.__module__].__file__
        assert found is not None
        return found

    def rigid(self, name: str) -> Value:
        """The value of a constant of the direct run."""
        return to_value(next(w.rigid[name] for w in tree(self.instance._world) if name in w.rigid))

    def whole(self, state: State) -> State:
        """A state with the fields that grounding folded away."""
        return {name: state.get(name, value) for name, value in self.rest.items()}

    def check(self, limit: int = 2000) -> int:
        """Compare everything reachable; the number of states. AssertionError at the first difference."""
        parsed = [self.whole(state) for _, state in initial_states(self.ground, self.constants)]
        assert parsed == self.direct_initial
        seen: list[State] = []
        index: set[Any] = set()
        queue = deque(state for _, state in initial_states(self.ground, self.constants))
        while queue:
            state = queue.popleft()
            key = tuple(state.items())
            if key in index:
                continue
            index.add(key)
            seen.append(state)
            if len(seen) > limit:
                return len(seen)
            queue.extend(self.check_state(state))
        return len(seen)

    def check_state(self, state: State) -> list[State]:
        """Compare the properties and all steps of one state; the states after it."""
        direct.restore(self.instance, self.whole(state))
        outside = False
        for prop in self.ground.properties:
            if prop.kind in ("invariant", "goal", "boundary", "assume"):
                value = holds(self.ground, self.constants, prop, Occasion(state)).value
                assert value == direct.holds(self.instance, prop.name), (prop.name, state)
                outside = outside or (prop.kind == "boundary" and not value)
        finals = [p for p in self.ground.properties if p.kind == "final"]
        over = any(holds(self.ground, self.constants, p, Occasion(state)).value for p in finals)
        with direct_universe.inside(self.instance._world.universe):
            assert (over if finals else None) == is_final(self.instance), state
        if outside:
            return []
        parsed = [(self.shown(s), s) for s in steps(self.ground, self.constants, state)]
        ran = [self.shown_direct(s) for s in direct.steps(self.instance) if s.run.kind != "disabled"]
        assert [p for p, _ in parsed] == ran, state
        return [s.run.after for _, s in parsed if s.run.kind == "step"]

    def shown(self, step: Step) -> tuple[Any, ...]:
        """A parsed step as plain data."""
        run = step.run
        messages = tuple(self.ground.machine.warnings[w].message for w in run.warnings)
        broken = list(run.during)
        if run.kind == "step":
            broken += [p.name for p in self.ground.properties if self.breaks(step, p)]
        return (
            step.action.name, step.args, run.kind, outcome_of(self.ground, run.outcome), run.codes, messages,
            tuple(broken), self.whole(run.after),
        )  # fmt: skip

    def breaks(self, step: Step, prop: Any) -> bool:
        """True if the step violates the action property."""
        if prop.kind != "action" or (prop.on and step.action.name not in prop.on):
            return False
        run: Run = step.run
        params = self.ground.functions[step.action.function].params
        args = {p.name: v for p, v in zip(params, step.args, strict=True)}
        return not holds(self.ground, self.constants, prop, Occasion(run.after, run.before, run.outcome, args)).value

    def shown_direct(self, step: direct.DirectStep) -> tuple[Any, ...]:
        """A step of the direct run as the same plain data."""
        run = step.run
        outcome = (run.outcome, run.errno, run.reason)
        return (step.action, step.args, run.kind, outcome, run.tape, run.warnings, run.broken, step.after)
