"""C3 against Python's own method order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from spec.lang.linearize import InconsistentOrder, linearize

Graph = list[list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Each class with bases among the earlier ones, in any order."""
    size = draw(st.integers(1, 7))
    return [draw(st.lists(st.integers(0, n - 1), unique=True, max_size=3)) if n else [] for n in range(size)]


def python_order(graph: Graph) -> list[int] | None:
    """The method order that Python gives to the last class; None when Python refuses any of the classes it needs."""
    classes: list[type] = []
    for number, bases in enumerate(graph):
        try:
            classes.append(type(f"C{number}", tuple(classes[b] for b in bases), {}))
        except TypeError:
            return None
    return [classes.index(c) for c in classes[-1].__mro__[:-1]]


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_the_order_is_pythons(graph: Graph) -> None:
    expected = python_order(graph)
    if expected is None:
        return
    assert expected == list(linearize(len(graph) - 1, lambda n: graph[n]))


def test_a_diamond() -> None:
    bases = {"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": []}
    assert linearize("d", lambda n: bases[n]) == ("d", "b", "c", "a")


def test_no_order_for_a_base_before_what_extends_it() -> None:
    bases = {"c": ["a", "b"], "b": ["a"], "a": []}
    try:
        order = linearize("c", lambda n: bases[n])
    except InconsistentOrder:
        return
    raise AssertionError(order)
