"""`simulate`: a random walk through a spec, run by its meaning and asked for every promise at every step."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from checker import evaluate
from checker.confirm import Finding, confirm
from checker.evaluate import Run, State
from checker.explorations import ALWAYS_ON, NO_DEADLOCK
from checker.trace import Trace
from checker.trace_build import Played, build_trace
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action
from spec.lang.values import Value, cardinality, decode

ATTEMPTS = 400
"""So many calls are tried at random before all of them are looked at in turn."""

Taken = tuple[Action, dict[str, Value], Run]


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk, why it stopped early ("" if it did not), and the promise that its last step broke, if any."""

    trace: Trace
    stopped: str
    broken: tuple[str, Finding] | None


def simulate(
    ground: GroundMachine,
    constants: Mapping[str, Value],
    *,
    steps: int,
    seed: int,
    configuration: str,
    refusals: bool = False,
) -> Walk:
    """Takes up to so many random steps; the same seed gives the same walk. Stops where a promise breaks.

    Refused calls that change nothing are skipped unless `refusals`.
    """
    walker = _Walker(ground, dict(constants), random.Random(seed), refusals)
    return walker.walk(steps, configuration)


class _Walker:
    def __init__(self, ground: GroundMachine, constants: dict[str, Value], dice: random.Random, refusals: bool) -> None:
        self.ground = ground
        self.constants = constants
        self.dice = dice
        self.refusals = refusals
        kinds = ("invariant", "action", "during")
        self.promises = [p.name for p in ground.properties if p.kind in kinds]
        self.promises += [name for name in ALWAYS_ON if name != NO_DEADLOCK]

    def walk(self, steps: int, configuration: str) -> Walk:
        boot = self.dice.choice([r for r in evaluate.initial_runs(self.ground, self.constants) if r.kind == "step"])
        taken: list[Taken] = []
        broken, stopped = self.broken(Played(self.ground, self.constants, boot, ())), ""
        while broken is None and len(taken) < steps:
            step = self.step(taken[-1][2].after if taken else boot.after)
            if step is None:
                stopped = "nothing can happen any more"
                break
            taken.append(step)
            broken = self.broken(Played(self.ground, self.constants, boot, (step,)))
        played = Played(self.ground, self.constants, boot, tuple(taken))
        name = broken[0] if broken is not None else ""
        trace = build_trace(played, name=name, kind="simulation", configuration=configuration)
        return Walk(trace, f"{broken[0]} is broken" if broken is not None else stopped, broken)

    def broken(self, played: Played) -> tuple[str, Finding] | None:
        for name in self.promises:
            finding = confirm(played, name)
            if finding is not None:
                return name, finding
        return None

    def step(self, state: State) -> Taken | None:
        for _ in range(ATTEMPTS):
            step = self.attempt(state)
            if self.counts(step[2]):
                return step
        every = [s for s in evaluate.steps(self.ground, self.constants, state) if self.counts(s.run)]
        if not every:
            return None
        found = self.dice.choice(every)
        params = self.ground.functions[found.action.function].params
        return found.action, {p.name: v for p, v in zip(params, found.args, strict=True)}, found.run

    def counts(self, run: Run) -> bool:
        if run.kind == "disabled":
            return False
        if self.refusals or run.outcome is None or run.after != run.before:
            return True
        return self.ground.machine.sites[run.outcome.site].kind not in ("refused", "blocked")

    def attempt(self, state: State) -> Taken:
        action = self.dice.choice(self.ground.actions)
        args: dict[str, Value] = {}
        for param in self.ground.functions[action.function].params:
            code = self.dice.randrange(cardinality(param.type, self.ground))
            args[param.name] = decode(code, param.type, self.ground)
        tape: tuple[int, ...] = ()
        while True:
            run = evaluate.run(self.ground, self.constants, state, action, tuple(args.values()), tape)
            if len(run.tape) <= len(tape):
                return action, args, run
            # One more choice was read than was thrown for: throw for it, and see what is read then.
            tape = (*tape, self.dice.randrange(cardinality(run.tape[len(tape)].type, self.ground)))
