"""The way through all states: a tree of shortest paths, walked depth first, and laid anew where steps turn out bad."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import networkx as nx

START = -1
"""The node before all initial states."""

Tree = dict[int, list[int]]
"""The children of every node that has some."""


class TourGraph:
    """The graph of the steps of a spec, by packed states; bad steps are taken out as they are found."""

    def __init__(self, initial: Sequence[int], targets: Mapping[int, Iterable[int]]) -> None:
        self._graph = nx.DiGraph()
        self._graph.add_edges_from((START, state) for state in initial)
        for state, after in targets.items():
            self._graph.add_edges_from((state, target) for target in after)

    def drop(self, source: int, target: int) -> None:
        """No step leads from the one state to the other, as far as the model goes."""
        if self._graph.has_edge(source, target):
            self._graph.remove_edge(source, target)

    def leave_out(self, state: int) -> None:
        """The state is not gone to any more."""
        if state in self._graph:
            self._graph.remove_node(state)

    def tree(self, wanted: Collection[int]) -> Tree:
        """A tree of shortest paths from the start to every wanted state that can still be reached, and no further."""
        parents = dict(nx.bfs_predecessors(self._graph, START))
        needed: dict[int, None] = {}
        for state in wanted:
            way = []
            while state in parents and state not in needed:
                way.append(state)
                state = parents[state]
            if state == START or state in needed:
                needed.update(dict.fromkeys(way))
        children: Tree = {}
        for state in parents:
            if state in needed:
                children.setdefault(parents[state], []).append(state)
        return children
