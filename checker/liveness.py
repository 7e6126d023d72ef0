"""Whether something comes in every fair run of a graph, and the shortest lasso in which it does not.

A lasso is a path from an initial state (the stem) into a loop that can be repeated for ever. It breaks "p leads to q"
if p is true at some state of the stem (the trigger), q is false from there on, and the loop is fair. Every state may be
repeated for ever, so a loop may be a single state without a step. "Always eventually q" is broken by a fair loop in
which q is false. See `liveness_fair` for what fair means.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass

from checker.explicit.state_graph import StateGraph
from checker.liveness_fair import Components, Fair
from checker.liveness_loop import fair_loop

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Lasso:
    """Places in a graph: the states passed, the edges between them, and where in `states` the loop begins.

    The last state is the first of the loop again, unless the loop is a single state that is repeated (then it is the
    last one). `trigger` is the place of the first state from which what must come is false for ever, and to which it
    should have answered.
    """

    states: tuple[int, ...]
    edges: tuple[int, ...]
    loop: int
    trigger: int


class Runs:
    """The runs of one graph under one assumption of fairness; made once, asked for many properties.

    `is_end` tells of states without edges whether no run really goes on from there; they may be states that were never
    expanded.
    """

    def __init__(self, graph: StateGraph, fair: Fair, is_end: Callable[[int], bool] = lambda _: True) -> None:
        self.graph = graph
        self.fair = fair
        self.is_end = is_end
        self.components = Components(graph, fair)
        self._stems = _Tree(graph)

    def lasso(self, premise: bytes | None, awaited: bytes) -> Lasso | None:
        """A fair lasso with the shortest stem in which `awaited` does not come; None if there is none.

        Both say 1 or 0 for every state. Without `premise` every state is a trigger.
        """
        region = _Region(self.graph, self._stems.depth, premise, awaited)
        best: tuple[int, int] | None = None
        home: list[int] = []
        for component in self.components.fair_ones(region.order):
            if len(component) == 1 and not self._goes_on(component[0]):
                continue
            nearest = min((region.depth[state], state) for state in component)
            if best is None or nearest < best:
                best, home = nearest, component
        if best is None:
            return None
        entry = best[1]
        trigger, after = region.way(entry)
        start, before = self._stems.way(trigger)
        loop = fair_loop(self.graph, self.fair, home, entry)
        return self._along(start, [*before, *after, *loop], len(before) + len(after), len(before))

    def path(self, state: int) -> Lasso:
        """A shortest path to a state, as a lasso that stays there."""
        start, edges = self._stems.way(state)
        return self._along(start, edges, len(edges), len(edges))

    def _goes_on(self, state: int) -> bool:
        """True if what happens in a state is known."""
        return self.graph.first[state] < self.graph.first[state + 1] or self.is_end(state)

    def _along(self, start: int, edges: list[int], loop: int, trigger: int) -> Lasso:
        states = (start, *(self.graph.target[edge] for edge in edges))
        return Lasso(states, tuple(edges), loop, trigger)


class _Reached:
    """How each state was first reached, and after how many steps; NOWHERE for what does not apply."""

    def __init__(self, states: int) -> None:
        self.depth = array("q", [NOWHERE]) * states
        self.parent = array("q", [NOWHERE]) * states
        self.by = array("q", [NOWHERE]) * states

    def way(self, state: int) -> tuple[int, list[int]]:
        """Where the shortest way to a state begins, and its edges."""
        edges: list[int] = []
        while self.by[state] != NOWHERE:
            edges.append(self.by[state])
            state = self.parent[state]
        return state, edges[::-1]


class _Tree(_Reached):
    """All states, from the initial ones."""

    def __init__(self, graph: StateGraph) -> None:
        super().__init__(graph.states)
        for state in range(graph.initial):
            self.depth[state] = 0
        depth, target = self.depth, graph.target
        level = list(range(graph.initial))
        while level:
            following: list[int] = []
            for state in level:
                for edge in range(graph.first[state], graph.first[state + 1]):
                    to = target[edge]
                    if depth[to] == NOWHERE:
                        depth[to] = depth[state] + 1
                        self.parent[to], self.by[to] = state, edge
                        following.append(to)
            level = following


class _Region(_Reached):
    """The states that a run can be in after a trigger, as long as what must come has not come.

    `order` has them, nearest first. `depth` is the length of a shortest path from an initial state through a trigger; a
    way begins at the trigger.
    """

    def __init__(self, graph: StateGraph, plain: array[int], premise: bytes | None, awaited: bytes) -> None:
        super().__init__(graph.states)
        self.order: list[int] = []
        starts = [s for s in range(graph.states) if not awaited[s] and (premise is None or premise[s])]
        starts.sort(key=plain.__getitem__)
        first, target, reached = graph.first, graph.target, self.depth
        level: list[int] = []
        place = depth = 0
        while level or place < len(starts):
            while place < len(starts) and plain[starts[place]] == depth:
                if reached[starts[place]] == NOWHERE:
                    reached[starts[place]] = depth
                    level.append(starts[place])
                place += 1
            self.order += level
            following: list[int] = []
            for state in level:
                for edge in range(first[state], first[state + 1]):
                    to = target[edge]
                    if reached[to] == NOWHERE and not awaited[to]:
                        reached[to] = depth + 1
                        self.parent[to], self.by[to] = state, edge
                        following.append(to)
            level = following
            depth += 1

    def states(self) -> list[int]:
        """The states, nearest first."""
        return self.order

    def way(self, state: int) -> tuple[int, list[int]]:
        """The trigger from which a state is reached by the shortest way, and the edges from there."""
        edges: list[int] = []
        while self.by[state] != NOWHERE:
            edges.append(self.by[state])
            state = self.parent[state]
        return state, edges[::-1]
