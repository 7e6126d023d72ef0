"""Every reachable state by direct run: slow, for small sizes, to compare engines with."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spec.lang.direct import DirectStep, holds, initial_states, methods_of, restore, steps, universe
from spec.lang.direct_parts import is_final
from spec.lang.errors import RequestError
from spec.lang.values import Value

Frozen = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class DirectExploration:
    """What a search by direct run found; counts mean what they mean in `checker.explorations.Exploration`.

    `levels` has the distance of every state. `violated` maps each violated property, those that are always on among
    them, to the number of steps of a shortest path that shows it. `goals` are the goals reached, with their distance.
    """

    levels: dict[Frozen, int]
    transitions: int
    refusals: int
    outside: int
    violated: dict[str, int]
    goals: dict[str, int]

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.levels)

    @property
    def depth(self) -> int:
        """Greatest distance of a state."""
        return max(self.levels.values())


class _Search:
    def __init__(self, cls: type, limit: int) -> None:
        self.cls, self.limit = cls, limit
        self.levels: dict[Frozen, int] = {}
        self.queue: deque[Frozen] = deque()
        self.transitions = self.refusals = self.outside = 0
        self.violated: dict[str, int] = {}
        self.goals: dict[str, int] = {}

    def run(self) -> DirectExploration:
        for start in initial_states(self.cls):
            self.add(start, 0)
        instance = self.cls()
        while self.queue:
            state = self.queue.popleft()
            restore(instance, dict(state))
            self.expand(instance, self.levels[state])
        return DirectExploration(
            self.levels, self.transitions, self.refusals, self.outside, self.violated, self.goals
        )

    def add(self, state: Mapping[str, Value], level: int) -> None:
        key = tuple(state.items())
        if key not in self.levels:
            if len(self.levels) >= self.limit:
                raise RequestError(f"more than {self.limit} states")
            self.levels[key] = level
            self.queue.append(key)

    def blame(self, name: str, length: int) -> None:
        self.violated.setdefault(name, length)

    def expand(self, instance: Any, level: int) -> None:
        for method in methods_of(instance, "invariant"):
            if not holds(instance, method.name):
                self.blame(method.name, level)
        for method in methods_of(instance, "goal"):
            if holds(instance, method.name):
                self.goals.setdefault(method.name, level)
        if not all(holds(instance, m.name) for m in methods_of(instance, "boundary")):
            self.outside += 1
            return
        found = list(steps(instance))
        for step in found:
            self.follow(step, level + 1)
        moves = any(step.run.changed for step in found)
        if not moves and not is_final(instance):
            self.blame("no_deadlock", level)

    def follow(self, step: DirectStep, level: int) -> None:
        run = step.run
        if run.kind == "disabled":
            return
        if run.warnings:
            self.blame("no_warnings", level)
        for name in run.broken:
            self.blame(name, level)
        if run.kind == "fault":
            self.blame("bounds_are_kept", level)
        if run.kind != "step":
            return
        if run.outcome in ("refused", "blocked") and not run.changed:
            self.refusals += 1
            return
        if run.outcome in ("refused", "blocked"):
            self.blame("refused_calls_change_nothing", level)
        self.transitions += 1
        self.add(step.after, level)


def explore_direct(
    cls: type,
    sizes: Mapping[str, int] | None = None,
    switches: Mapping[str, object] | None = None,
    constants: Mapping[str, object] | None = None,
    limit: int = 100_000,
) -> DirectExploration:
    """Search all reachable states at one choice of sizes, switches and constants.

    Raises RequestError past `limit` states. A fault in a goal or a `@final` counts as False and is not reported.
    """
    with universe(switches=switches, constants=constants, **dict(sizes or {})):
        return _Search(cls, limit).run()
