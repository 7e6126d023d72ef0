"""The reachable graph built on `evaluate` and dictionaries only: the twin of the graphs that engines build."""

from __future__ import annotations

import time
from array import array
from collections.abc import Mapping, Sequence

from checker.constants import from_slots
from checker.eval_body import call_function
from checker.eval_world import Fault, World
from checker.evaluate import Occasion, State, holds, initial_states, steps
from checker.explicit.state_graph import Instance, Label, StateGraph
from checker.explorations import Limits
from checker.slow import Key, state_key
from spec.lang.ground import GroundMachine
from spec.lang.values import Value, cardinality, decode

ENGINE = "evaluate"


def state_graph(
    ground: GroundMachine,
    constants: Mapping[str, Sequence[int]],
    labels: Sequence[Label] = (),
    limits: Limits | None = None,
) -> StateGraph:
    """Every reachable state with its changes, at one choice of constants (codes as `constants.as_slots` gives).

    Limits of time, states and depth give a truncated graph, and so does Ctrl-C; memory is not counted. Time is looked
    at between two states that the search expands.
    """
    build = _Build(ground, from_slots(ground, constants), labels, limits or Limits())
    try:
        build.run()
    except KeyboardInterrupt:
        build.truncated = "interrupt"
    return build.result()


def instances(ground: GroundMachine) -> tuple[Instance, ...]:
    """All actions with all their arguments, in the order in which searches take them."""
    found: list[Instance] = []
    for index, action in enumerate(ground.actions):
        rows: list[tuple[int, ...]] = [()]
        for param in ground.functions[action.function].params:
            rows = [(*row, code) for row in rows for code in range(cardinality(param.type, ground))]
        found += [Instance(index, row) for row in rows]
    return tuple(found)


class _Build:
    def __init__(
        self, ground: GroundMachine, constants: dict[str, Value], labels: Sequence[Label], limits: Limits
    ) -> None:
        self.ground = ground
        self.constants = constants
        self.limits = limits
        self.began = time.monotonic()
        self.instances = instances(ground)
        self.numbers = {(i.action, i.args): number for number, i in enumerate(self.instances)}
        self.known: dict[Key, int] = {}
        self.states: list[State] = []
        self.depths: list[int] = []
        self.initial = 0
        self.changes: list[list[tuple[int, Key]]] = []
        self.labels = tuple(labels)
        self.outside: set[int] = set()
        self.faults: set[Label] = set()
        self.truncated = ""

    def run(self) -> None:
        """Breadth first, all states in order of discovery."""
        for _, state in initial_states(self.ground, self.constants):
            self._add(state, 0)
        self.initial = len(self.states)
        while len(self.changes) < len(self.states) and not self._stopped():
            self.changes.append(self._changes_of(len(self.changes), adds=True))
        if self.truncated in ("states", "depth"):
            # what else happens counts too, as long as it leads to states that were found
            for source in range(len(self.changes), len(self.states)):
                self.changes.append(self._changes_of(source, adds=False))

    def result(self) -> StateGraph:
        """The graph so far; a state with a change that leads to no state found has no edges."""
        first, target, instance = array("Q", [0]), array("I"), array("I")
        unknown = set(range(len(self.changes), len(self.states)))
        for source in range(len(self.states)):
            row = self.changes[source] if source not in unknown else []
            if all(key in self.known for _, key in row):
                target.extend(self.known[key] for _, key in row)
                instance.extend(number for number, _ in row)
            else:
                unknown.add(source)
            first.append(len(target))
        if self.truncated in ("states", "depth") and not unknown:
            self.truncated = ""
        return StateGraph(
            states=len(self.states),
            initial=self.initial,
            instances=self.instances,
            first=first,
            target=target,
            instance=instance,
            labels={label: bytes(self._asked(label, state) for state in self.states) for label in self.labels},
            state=lambda number: dict(self.states[number]),
            engine=ENGINE,
            truncated=self.truncated or ("boundary" if self.outside else ""),
            faults=frozenset(self.faults),
            unexpanded=frozenset(self.outside | unknown),
        )

    def _add(self, state: State, depth: int) -> None:
        key = state_key(self.ground, state)
        if key not in self.known:
            self.known[key] = len(self.states)
            self.states.append(state)
            self.depths.append(depth)

    def _changes_of(self, source: int, *, adds: bool) -> list[tuple[int, Key]]:
        """What leads from a state to which others, each once; nothing outside a boundary."""
        state = self.states[source]
        if not self._inside(state):
            self.outside.add(source)
            return []
        found: dict[tuple[int, Key], None] = {}
        for step in steps(self.ground, self.constants, state):
            if step.run.kind == "step" and step.run.after != state:
                if adds:
                    self._add(step.run.after, self.depths[source] + 1)
                number = self.numbers[step.index, step.codes(self.ground)]
                found[number, state_key(self.ground, step.run.after)] = None
        return list(found)

    def _inside(self, state: State) -> bool:
        bounds = (p for p in self.ground.properties if p.kind == "boundary")
        return all(holds(self.ground, self.constants, p, Occasion(state)).value for p in bounds)

    def _asked(self, label: Label, state: State) -> bool:
        function = self.ground.functions[label.function]
        args = {p.name: decode(code, p.type, self.ground) for p, code in zip(function.params, label.args, strict=True)}
        try:
            value = call_function(World(self.ground, self.constants, state), function, args, {})
        except Fault:
            self.faults.add(label)
            return False
        assert isinstance(value, bool), f"{label.function} is no predicate"
        return value

    def _stopped(self) -> bool:
        limits, here = self.limits, len(self.changes)
        if limits.seconds is not None and time.monotonic() - self.began >= limits.seconds:
            self.truncated = "time"
        elif limits.depth is not None and self.depths[here] >= limits.depth:
            self.truncated = "depth"
        elif limits.states is not None and len(self.states) >= limits.states:
            self.truncated = "states"
        return bool(self.truncated)
