"""Lock-step once more, slow and obvious: by the meaning of the spec, every state reached from the start each time.

Shares nothing with `checker.conform.lockstep` but the words of a binding: no tour, no marks, no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checker.conform.implementation import Model, Plain, Running, Setting
from checker.evaluate import Run, Step, initial_runs, steps
from spec.lang.ground import GroundMachine
from spec.lang.values import Elem, MapValue, Member, Rec, Value

Differing = tuple[Any, str, tuple[Plain, ...], tuple[tuple[str, Plain], ...]]
"""The whole state of the spec before the call, with ghosts; the call with its choices."""


def words(value: Value) -> Plain:
    """A value as a binding shows it."""
    match value:
        case Elem(_, index):
            return index
        case Member(_, name, _):
            return name
        case Rec(name, items):
            return (name, tuple(map(words, items)))
        case MapValue(items):
            return tuple(map(words, items))
        case tuple():
            return tuple(map(words, value))
        case frozenset():
            return frozenset(map(words, value))
        case _:
            assert not hasattr(value, "site")
            return value  # type: ignore[return-value]


@dataclass
class Slow:
    """What was found: the number of pairs, and every pair that differs with the length of a shortest path to it."""

    pairs: int = 0
    compared: int = 0
    states: int = 0
    differing: dict[Differing, int] = field(default_factory=dict)


def slow_lockstep(model: Model, ground: GroundMachine, constants: Mapping[str, Value]) -> Slow:
    """All of it."""
    return _Slow(model, ground, constants).run()


class _Slow:
    def __init__(self, model: Model, ground: GroundMachine, constants: Mapping[str, Value]) -> None:
        self.model, self.ground, self.constants = model, ground, constants
        self.fields = tuple(f for f in ground.fields if not ground.machine.fields[f].ghost)
        shown = {name: words(value) for name, value in constants.items()}
        self.setting = Setting(dict(ground.sizes), dict(ground.switches), shown, self.fields)
        self.found = Slow()

    def run(self) -> Slow:
        """Breadth first over agreeing steps; all pairs are counted over all steps of the spec."""
        boots = {self.key(r.after): (r, ()) for r in reversed(list(initial_runs(self.ground, self.constants)))}
        queue: list[tuple[Run, tuple[Step, ...]]] = list(boots.values())
        seen = set(boots)
        for boot, path in queue:
            state = path[-1].run.after if path else boot.after
            self.found.states += 1
            for step in steps(self.ground, self.constants, state):
                self.found.compared += 1
                if self.differs(boot, path, step):
                    self.found.differing[self.name(state, step)] = len(path) + 1
                elif self.key(step.run.after) not in seen:
                    seen.add(self.key(step.run.after))
                    queue.append((boot, (*path, step)))
        self.found.pairs = sum(1 for state in self.every(boots) for _ in steps(self.ground, self.constants, state))
        return self.found

    def every(self, boots: dict[Any, tuple[Run, tuple[Step, ...]]]) -> Iterator[Any]:
        queue = [boot.after for boot, _ in boots.values()]
        seen = set(boots)
        for state in queue:
            yield state
            for step in steps(self.ground, self.constants, state):
                if self.key(step.run.after) not in seen:
                    seen.add(self.key(step.run.after))
                    queue.append(step.run.after)

    def differs(self, boot: Run, path: tuple[Step, ...], step: Step) -> bool:
        running = self.model.start(self.setting, self.choices(boot))
        for before in path:
            self.perform(running, before)
        lost = running.leaks()
        try:
            answer = self.perform(running, step)
        except Exception:
            return True
        outcome = step.run.outcome
        assert outcome is not None
        site = self.ground.machine.sites[outcome.site]
        refused = site.kind in ("refused", "partial")
        wanted = (
            "refused" if refused else site.kind,
            site.errno if refused else "",
            {name: words(value) for name, value in outcome.outputs},
            bool(step.run.warnings),
            tuple(words(step.run.after[f]) for f in self.fields),
        )
        got = (answer.kind, answer.errno, dict(answer.outputs), answer.warned, running.state())
        return wanted != got or running.leaks() != lost

    def perform(self, running: Running, step: Step) -> Any:
        return running.perform(step.action.name, tuple(map(words, step.args)), self.choices(step.run))

    def choices(self, run: Run) -> tuple[tuple[str, Plain], ...]:
        return tuple((f"{c.function.split('.')[-1]}.{c.name}", words(c.value)) for c in run.tape)

    def key(self, state: Any) -> Any:
        return tuple(words(state[f]) for f in self.ground.fields)

    def name(self, state: Any, step: Step) -> Differing:
        return (self.key(state), step.action.name, tuple(map(words, step.args)), self.choices(step.run))
