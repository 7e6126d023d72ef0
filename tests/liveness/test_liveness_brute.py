"""The search for lassos against the definition, on graphs that are small enough to try everything."""

from __future__ import annotations

from hypothesis import given, settings

from checker.liveness import Lasso, Runs
from checker.liveness_fair import fair_instances
from tests.liveness.brute import enabled, shortest_stem
from tests.liveness.drawn_graphs import Drawn, drawn


def lasso_of(given_: Drawn, premise: bytes | None) -> Lasso | None:
    return Runs(given_.graph, fair_instances(given_.graph, given_.fairness)).lasso(premise, given_.awaited)


def is_lasso(given_: Drawn, lasso: Lasso, premise: bytes | None) -> bool:
    """The definition: a path of the graph, closed, unfulfilled from a trigger on, and fair by itself."""
    graph, states, edges = given_.graph, lasso.states, lasso.edges
    assert states[0] < graph.initial
    assert len(states) == len(edges) + 1
    for source, edge, goal in zip(states, edges, states[1:], strict=False):
        assert graph.first[source] <= edge < graph.first[source + 1]
        assert goal == graph.target[edge]
    assert states[-1] == states[lasso.loop]
    assert lasso.trigger <= lasso.loop
    assert premise is None or premise[states[lasso.trigger]]
    assert not any(given_.awaited[s] for s in states[lasso.trigger :])
    visited = set(states[lasso.loop :])
    taken = {graph.instance[e] for e in edges[lasso.loop :]}
    for instance, fair in given_.fairness.items():
        where = [enabled(given_, instance, s) for s in visited]
        assert not (fair == "weak" and all(where) and instance not in taken)
        assert not (fair == "strong" and any(where) and instance not in taken)
    return True


@settings(max_examples=400, deadline=None)
@given(drawn())
def test_leads_to_is_decided_as_the_definition_says(given_: Drawn) -> None:
    wanted = shortest_stem(given_, given_.premise)
    lasso = lasso_of(given_, given_.premise)
    assert wanted == (None if lasso is None else lasso.loop)
    assert lasso is None or is_lasso(given_, lasso, given_.premise)


@settings(max_examples=200, deadline=None)
@given(drawn())
def test_always_eventually_is_decided_as_the_definition_says(given_: Drawn) -> None:
    wanted = shortest_stem(given_, None)
    lasso = lasso_of(given_, None)
    assert wanted == (None if lasso is None else lasso.loop)
    assert lasso is None or is_lasso(given_, lasso, None)


@settings(max_examples=100, deadline=None)
@given(drawn())
def test_the_same_question_has_the_same_answer(given_: Drawn) -> None:
    runs = Runs(given_.graph, fair_instances(given_.graph, given_.fairness))
    assert runs.lasso(given_.premise, given_.awaited) == runs.lasso(given_.premise, given_.awaited)
    assert runs.lasso(given_.premise, given_.awaited) == lasso_of(given_, given_.premise)
