"""A short loop through one state of a fair component that keeps every fairness by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection

from checker.explicit.state_graph import StateGraph
from checker.liveness_fair import Fair

Goal = Callable[[int, int], bool]
"""True where a walk may end: the edge just taken and the state it leads to."""


def fair_loop(graph: StateGraph, fair: Fair, component: Collection[int], entry: int) -> list[int]:
    """The edges of a fair loop from `entry` back to it, all inside a component in which a fair run can stay.

    No edge where the state itself may be repeated for ever; else a shortest cycle if that is fair; else a walk that
    goes to the nearest state or edge that settles something, until nothing is left, and back.
    """
    walk = _Walk(graph, fair, frozenset(component), entry)
    if not walk.missing():
        return []
    cycle = walk.nearest(lambda _, state: state == entry)
    if cycle:
        walk.go(cycle)
        if not walk.missing():
            return walk.edges
    walk = _Walk(graph, fair, walk.inside, entry)
    while True:
        missing = walk.missing()
        if missing:
            walk.go(walk.nearest(lambda edge, state, m=missing: walk.settles(edge, state, m)))  # type: ignore[misc]
        elif walk.at != entry:
            walk.go(walk.nearest(lambda _, state: state == entry))
        else:
            return walk.edges


class _Walk:
    """A walk inside a component, and what it has settled so far."""

    def __init__(self, graph: StateGraph, fair: Fair, inside: frozenset[int], entry: int) -> None:
        self.graph = graph
        self.fair = fair
        self.inside = inside
        self.at = entry
        self.edges: list[int] = []
        self.taken = 0
        self.always = self.ever = fair.enabled[entry]

    def missing(self) -> int:
        """The fair instances that a loop of this walk would not be fair to."""
        return ((self.always & self.fair.weak) | (self.ever & self.fair.strong)) & ~self.taken

    def settles(self, edge: int, state: int, missing: int) -> bool:
        """True if an edge takes something that is missing, or leads where a weakly fair part of it is disabled."""
        taken = self.fair.bit[self.graph.instance[edge]] & missing
        return bool(taken or missing & self.fair.weak & ~self.fair.enabled[state])

    def go(self, edges: list[int]) -> None:
        assert edges, "every state of a fair component leads to all it needs"
        for edge in edges:
            self.at = self.graph.target[edge]
            self.edges.append(edge)
            self.taken |= self.fair.bit[self.graph.instance[edge]]
            self.always &= self.fair.enabled[self.at]
            self.ever |= self.fair.enabled[self.at]

    def nearest(self, goal: Goal) -> list[int]:
        """The edges of a shortest way to a goal, the first in search order, at least one; none if there is no way."""
        first, target = self.graph.first, self.graph.target
        came: dict[int, tuple[int, int]] = {}
        level = [self.at]
        while level:
            following: list[int] = []
            for state in level:
                for edge in range(first[state], first[state + 1]):
                    to = target[edge]
                    if to not in self.inside:
                        continue
                    if goal(edge, to):
                        return self._way(came, state, edge)
                    if to not in came and to != self.at:
                        came[to] = (state, edge)
                        following.append(to)
            level = following
        return []

    def _way(self, came: dict[int, tuple[int, int]], state: int, last: int) -> list[int]:
        edges = [last]
        while state != self.at:
            state, edge = came[state]
            edges.append(edge)
        return edges[::-1]
