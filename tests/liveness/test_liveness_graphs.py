"""Lassos of graphs that are drawn by hand, so that the whole answer can be derived on paper."""

from __future__ import annotations

import pytest

from checker.explicit.state_graph import StateGraph
from checker.liveness import Lasso, Runs
from checker.liveness_fair import fair_instances
from spec.lang.machine import Fairness
from tests.liveness.drawn_graphs import state_graph


def lasso(graph: StateGraph, awaited: set[int], fairness: dict[int, Fairness]) -> Lasso | None:
    marks = bytes(state in awaited for state in range(graph.states))
    return Runs(graph, fair_instances(graph, fairness)).lasso(None, marks)


def shape(found: Lasso | None) -> tuple[tuple[int, ...], int] | None:
    return None if found is None else (found.states, found.loop)


# 0 and 1 lead to each other (instance 0), 1 and 2 as well (instance 1); instance 2 leaves 0 and 1 for 3, where all is
# well. In 2 that way out is closed.
CORRIDOR = state_graph(4, 1, 3, [(0, 0, 1), (0, 2, 3), (1, 0, 0), (1, 1, 2), (1, 2, 3), (2, 1, 1)])


@pytest.mark.parametrize(
    ("fairness", "wanted"),
    [
        ({}, ((0,), 0)),
        ({2: "weak"}, ((0, 1, 2, 1, 0), 0)),
        ({2: "strong"}, ((0, 1, 2), 2)),
        ({1: "weak", 2: "strong"}, None),
        ({0: "strong", 2: "weak"}, ((0, 1, 2, 1, 0), 0)),
        ({0: "weak", 1: "weak"}, ((0, 1, 0), 0)),
    ],
)
def test_a_way_out_that_is_open_now_and_then(
    fairness: dict[int, Fairness], wanted: tuple[tuple[int, ...], int] | None
) -> None:
    """Weak fairness of the way out leaves the walk to 2 and back, strong only 2 itself if nobody must leave it."""
    assert wanted == shape(lasso(CORRIDOR, {3}, fairness))


def test_states_that_were_not_expanded_are_no_end() -> None:
    graph = state_graph(2, 1, 1, [(0, 0, 1)])
    fair = fair_instances(graph, {0: "weak"})
    assert ((0, 1), 1) == shape(Runs(graph, fair).lasso(None, bytes(2)))
    assert None is Runs(graph, fair, lambda _: False).lasso(None, bytes(2))
    assert ((0,), 0) == shape(Runs(graph, fair_instances(graph, {}), lambda _: False).lasso(None, bytes(2)))


def test_the_trigger_is_where_the_wait_begins() -> None:
    graph = state_graph(4, 1, 1, [(0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 0, 2)])
    found = Runs(graph, fair_instances(graph, {0: "weak"})).lasso(bytes([0, 1, 0, 0]), bytes(4))
    assert found is not None
    assert ((0, 1, 2, 3, 2), 2, 1) == (found.states, found.loop, found.trigger)
