"""Whether the state of a counterexample to induction can be reached: looked up in a small exhaustive search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from checker.constants import as_slots
from checker.evaluate import State
from checker.explicit import graph_of
from checker.explicit.state_graph import StateGraph
from checker.explorations import Limits
from checker.slow import Key, state_key
from spec.lang.ground import GroundMachine
from spec.lang.values import Value

SMALL = Limits(states=20_000, seconds=5.0)
"""How far to look, per choice of the constants."""

MOST_GRAPHS = 8
"""For so many choices of the constants."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a state can be reached, and then in how many steps."""

    word: Literal["yes", "no", "not known"]
    steps: int = -1


class Reachable:
    """The reachable states of one machine, searched when they are first asked for."""

    def __init__(self, ground: GroundMachine, limits: Limits = SMALL) -> None:
        self.ground = ground
        self.limits = limits
        self._known: dict[Key, tuple[dict[Key, int], bool]] = {}

    def of(self, state: State, constants: Mapping[str, Value]) -> Reach:
        """Looks up one state."""
        slots = as_slots(self.ground, constants)
        chosen = tuple(code for codes in slots.values() for code in codes)
        if chosen not in self._known:
            if len(self._known) == MOST_GRAPHS:
                return Reach("not known")
            codes: dict[str, Sequence[int]] = {**slots}
            self._known[chosen] = self._searched(graph_of.state_graph(self.ground, codes, (), self.limits))
        depths, whole = self._known[chosen]
        depth = depths.get(state_key(self.ground, state))
        if depth is not None:
            return Reach("yes", depth)
        return Reach("no" if whole else "not known")

    def _searched(self, graph: StateGraph) -> tuple[dict[Key, int], bool]:
        """The distance of every state that was found, and whether these are all."""
        if graph.truncated == "interrupt":
            raise KeyboardInterrupt
        depths = distances(graph)
        known = {state_key(self.ground, graph.state(n)): depth for n, depth in enumerate(depths) if depth >= 0}
        return known, graph.truncated in ("", "boundary")


def distances(graph: StateGraph) -> list[int]:
    """The fewest steps from an initial state to each state; -1 where the edges of the graph do not lead."""
    depths = [-1] * graph.states
    row = list(range(graph.initial))
    depth = 0
    while row:
        for state in row:
            depths[state] = depth
        after = {t for s in row for t in graph.target[graph.first[s] : graph.first[s + 1]] if depths[t] < 0}
        row, depth = sorted(after), depth + 1
    return depths
