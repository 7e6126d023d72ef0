"""Labelled graphs with a few states, drawn at random or by Hypothesis, in the form that searches give."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from checker.explicit.state_graph import Instance, StateGraph
from spec.lang.machine import Fairness

Edge = tuple[int, int, int]
"""Source, number of the instance, target."""


@dataclass(frozen=True)
class Drawn:
    """A graph, which of its instances are fair, and where premise and awaited are true."""

    graph: StateGraph
    edges: tuple[Edge, ...]
    fairness: Mapping[int, Fairness]
    premise: bytes
    awaited: bytes


def state_graph(states: int, initial: int, instances: int, edges: Iterable[Edge]) -> StateGraph:
    """The graph with these edges; every instance is an action of its own without arguments."""
    rows: list[dict[tuple[int, int], None]] = [{} for _ in range(states)]
    for source, number, goal in edges:
        if source != goal:
            rows[source][number, goal] = None
    first, target, instance = array("Q", [0]), array("I"), array("I")
    for row in rows:
        for number, goal in row:
            instance.append(number)
            target.append(goal)
        first.append(len(target))
    made = tuple(Instance(n, ()) for n in range(instances))
    return StateGraph(states, initial, made, first, target, instance, {}, lambda number: {}, "drawn")


def in_search_order(states: int, initial: Iterable[int], edges: Iterable[Edge]) -> tuple[int, int, list[Edge]]:
    """States that are reached, numbered as a breadth-first search finds them, and the edges between them."""
    by_source: dict[int, list[Edge]] = {}
    for edge in sorted(edges, key=lambda e: e[1:]):
        by_source.setdefault(edge[0], []).append(edge)
    order = list(dict.fromkeys(initial))
    begin = len(order)
    for state in order:
        order += [e[2] for e in dict.fromkeys(by_source.get(state, [])) if e[2] not in order]
        order[:] = list(dict.fromkeys(order))
    place = {state: number for number, state in enumerate(order)}
    kept = [(place[s], i, place[t]) for state in order for s, i, t in by_source.get(state, [])]
    return len(order), begin, kept


@st.composite
def drawn(draw: st.DrawFn, most: int = 8) -> Drawn:
    """A graph of at most so many states, all reachable, with up to five instances."""
    states = draw(st.integers(1, most))
    instances = draw(st.integers(1, 5))
    place, number = st.integers(0, states - 1), st.integers(0, instances - 1)
    edges = draw(st.lists(st.tuples(place, number, place), max_size=3 * states))
    initial = draw(st.lists(place, min_size=1, max_size=2, unique=True))
    states, begin, kept = in_search_order(states, initial, edges)
    fair: st.SearchStrategy[Fairness] = st.sampled_from(("", "weak", "strong"))
    flags = st.lists(st.sampled_from((0, 0, 1)), min_size=states, max_size=states)
    graph = state_graph(states, begin, instances, kept)
    edges_kept = tuple(
        (s, graph.instance[e], graph.target[e])
        for s in range(graph.states)
        for e in range(graph.first[s], graph.first[s + 1])
    )
    return Drawn(
        graph,
        edges_kept,
        {n: draw(fair) for n in range(instances)},
        bytes(draw(flags)),
        bytes(draw(flags)),
    )
