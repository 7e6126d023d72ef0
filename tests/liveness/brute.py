"""The question of liveness decided from its definition, for graphs of a few states: the twin of `checker.liveness`.

Every set of states is tried as the set that a run visits infinitely often.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.liveness.drawn_graphs import Drawn


def enabled(drawn: Drawn, instance: int, state: int) -> bool:
    return any(e[0] == state and e[1] == instance for e in drawn.edges)


def fair_set(drawn: Drawn, visited: frozenset[int]) -> bool:
    """True if some fair run visits exactly these states infinitely often: it may take every edge among them."""
    inner = [e for e in drawn.edges if e[0] in visited and e[2] in visited]
    for instance, fair in drawn.fairness.items():
        where = [enabled(drawn, instance, state) for state in visited]
        taken = any(e[1] == instance for e in inner)
        if fair == "weak" and all(where) and not taken:
            return False
        if fair == "strong" and any(where) and not taken:
            return False
    return all(visited <= reached_within(drawn, visited, state) for state in visited)


def reached_within(drawn: Drawn, inside: frozenset[int], start: int) -> frozenset[int]:
    found = {start}
    while True:
        more = {e[2] for e in drawn.edges if e[0] in found and e[2] in inside} - found
        if not more:
            return frozenset(found)
        found |= more


def subsets(states: int) -> Iterator[frozenset[int]]:
    for mask in range(1, 1 << states):
        yield frozenset(state for state in range(states) if mask >> state & 1)


def homes(drawn: Drawn) -> frozenset[int]:
    """The states that some fair run can visit infinitely often while what must come never comes."""
    found: set[int] = set()
    for visited in subsets(drawn.graph.states):
        if not any(drawn.awaited[s] for s in visited) and fair_set(drawn, visited):
            found |= visited
    return frozenset(found)


def shortest_stem(drawn: Drawn, premise: bytes | None) -> int | None:
    """The least number of steps after which a run can be where it stays unfulfilled for ever; None if it never can."""
    there = homes(drawn)
    before = set(range(drawn.graph.initial))
    waiting: set[int] = set()
    for length in range(2 * drawn.graph.states + 1):
        waiting |= {s for s in before if (premise is None or premise[s]) and not drawn.awaited[s]}
        if waiting & there:
            return length
        before = {e[2] for e in drawn.edges if e[0] in before}
        waiting = {e[2] for e in drawn.edges if e[0] in waiting and not drawn.awaited[e[2]]}
    return None
