"""The reachable graph of machines whose graph is written down here: what an edge is, boundaries, faults, limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker import slow_graph
from checker.explicit import c_engine, c_graph, graph_build, graph_of, py_graph
from checker.explicit.state_graph import Instance, Label, Places, StateGraph
from checker.explorations import Limits, Progress
from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, NONE, OptionType
from tests.build import Build
from tests.machine_of_turns import turns_machine
from tests.words import (
    arith,
    bounded,
    choice,
    compare,
    done,
    either,
    eq,
    give,
    inject,
    is_none,
    lit,
    ne,
    none,
    outcome,
    plus,
    project,
    put,
    require,
    var,
    when,
)

Build_ = Callable[..., StateGraph]
BUILDERS: dict[str, Build_] = {
    "evaluate": slow_graph.state_graph,
    "python": py_graph.state_graph,
    "c": c_graph.state_graph,
}


@pytest.fixture(params=sorted(BUILDERS))
def build(request: pytest.FixtureRequest) -> Build_:
    """Every builder that can run here, the twin among them."""
    if request.param == "c" and not c_engine.available():
        pytest.skip("no C compiler")
    return BUILDERS[request.param]


def edges(graph: StateGraph) -> list[list[tuple[int, int]]]:
    """Per state its edges: instance and target."""
    ends = [slice(graph.first[s], graph.first[s + 1]) for s in range(graph.states)]
    return [list(zip(graph.instance[end], graph.target[end], strict=True)) for end in ends]


def test_an_edge_is_a_change_by_an_instance_and_there_is_one_of_each(build: Build_) -> None:
    b = Build("Steps")
    kind = bounded(0, 3)
    n = b.field("n", kind, lit(0))
    refused = b.site("refused", "EBUSY", "busy")
    b.action("stay", {}, done())
    # the tapes 0, 1, 2, 3 lead to 3, 3, 1, 3
    to = arith(choice("c", kind), "%", lit(4))
    b.action(
        "jump",
        {},
        require(eq(n, lit(0))),
        when(eq(to, lit(2)), put("n", lit(1)), other=[put("n", lit(3))]),
        choices={"c": kind},
        kind="kernel",
        returns=NONE,
    )
    b.action(
        "set",
        {"k": bounded(1, 2)},
        when(eq(n, lit(3)), give(outcome(refused))),
        put("n", var("k", bounded(1, 2))),
        done(),
    )
    graph = build(b.ground(), {})
    assert [graph.state(number)["n"] for number in range(graph.states)] == [0, 3, 1, 2]
    assert graph.instances == (Instance(0, ()), Instance(1, ()), Instance(2, (0,)), Instance(2, (1,)))
    # from 0: jump to 3, jump to 1, set(1), set(2); from 3 nothing; from 1 only set(2), from 2 only set(1)
    assert edges(graph) == [[(1, 1), (1, 2), (2, 2), (3, 3)], [], [(3, 3)], [(2, 2)]]
    assert (graph.initial, graph.truncated, graph.edges, len(graph.unexpanded)) == (1, "", 6, 0)


def test_turns(build: Build_) -> None:
    name, premise = "Turns.any_number_ends", "Turns.any_number_ends.premise"
    # the promised function takes the parameter too, and does not read it
    labels = [Label(name, (0,)), *(Label(premise, (code,)) for code in range(3)), Label("Turns.at_rest")]
    graph = build(turns_machine(), {}, labels)
    assert edges(graph) == [[(0, 1)], [(0, 2)], [(0, 0)]]
    assert list(graph.labels.values()) == [b"\1\0\0", b"\1\0\0", b"\0\1\0", b"\0\0\1", b"\1\0\0"]
    assert list(graph.labels) == labels and not graph.faults


def test_a_choice_of_many_leads_to_each_state_once_in_the_order_of_its_tapes(build: Build_) -> None:
    b = Build("Many")
    kind, turn = bounded(0, 99), bounded(0, 3)
    b.field("n", kind, lit(0))
    other = arith(lit(99), "-", arith(choice("c", kind), "//", lit(2)))
    b.action(
        "jump",
        {},
        when(compare(choice("t", turn), ">", lit(3))),
        put("n", other),
        choices={"c": kind, "t": turn},
        kind="kernel",
        returns=NONE,
    )
    graph = build(b.ground(), {})
    # state 0 is n=0; codes 0, 1 give 99, codes 2, 3 give 98, ..., codes 98, 99 give 50
    assert [graph.state(number)["n"] for number in range(graph.states)] == [0, *range(99, 49, -1)]
    for source, found in enumerate(edges(graph)):
        assert found == [(0, target) for target in range(1, 51) if target != source]


def counter(boundary: bool = False, faults: bool = False) -> GroundMachine:
    """n from 0 to 5 by steps of one; a second field holds n only where n is not 3."""
    b = Build("Counter")
    kind = bounded(0, 5)
    n = b.field("n", kind, lit(0))
    maybe = OptionType(kind)
    o = b.field("o", maybe, none(maybe))
    b.action(
        "up",
        {},
        require(compare(n, "<", lit(5))),
        put("n", plus(n, 1)),
        put("o", inject(lit(1), maybe)),
        when(eq(n, lit(3)), put("o", none(maybe))),
        kind="kernel",
        returns=NONE,
    )
    b.promise("invariant", "held", either(eq(n, lit(0)), compare(project(o, kind), ">", lit(0))))
    if boundary:
        b.promise("boundary", "low", ne(n, lit(3)))
        b.promise("invariant", "none", is_none(o))
    return b.ground()


def test_arguments_of_labels_are_told_apart(build: Build_) -> None:
    b = Build("Pairs")
    kind, high, low = bounded(0, 5), bounded(0, 1), bounded(0, 2)
    n = b.field("n", kind, lit(0))
    b.action("up", {}, require(compare(n, "<", lit(5))), put("n", plus(n, 1)), kind="kernel", returns=NONE)
    met = eq(n, arith(arith(var("high", high), "*", lit(3)), "+", var("low", low)))
    b.promise("always_eventually", "met", met, params={"high": high, "low": low})
    labels = [Label("Pairs.met", (one, two)) for one in range(2) for two in range(3)]
    graph = build(b.ground(), {}, labels)
    assert [graph.labels[label] for label in labels] == [bytes(n == at for n in range(6)) for at in range(6)]


def test_a_label_that_faults_counts_as_no_and_is_noted(build: Build_) -> None:
    label = Label("Counter.held")
    graph = build(counter(), {}, [label])
    assert graph.labels == {label: b"\1\1\1\0\1\1"}
    assert graph.faults == {label}, "at n = 3 there is nothing to project"
    assert edges(graph) == [[(0, n + 1)] for n in range(5)] + [[]]


def test_a_state_outside_a_boundary_is_known_and_has_no_edges(build: Build_) -> None:
    graph = build(counter(boundary=True), {}, [Label("Counter.low")])
    assert (graph.states, graph.truncated, set(graph.unexpanded)) == (4, "boundary", {3})
    assert edges(graph) == [[(0, 1)], [(0, 2)], [(0, 3)], []]
    assert graph.labels == {Label("Counter.low"): b"\1\1\1\0"}


def test_limits_of_states_and_depth(build: Build_) -> None:
    for limits, why in ((Limits(states=3), "states"), (Limits(depth=2), "depth")):
        graph = build(counter(), {}, [Label("Counter.held")], limits)
        assert (graph.states, graph.truncated, set(graph.unexpanded)) == (3, why, {2})
        assert edges(graph) == [[(0, 1)], [(0, 2)], []]
        assert graph.labels == {Label("Counter.held"): b"\1\1\1"}


def test_a_limit_that_cut_nothing_off_leaves_the_graph_whole(build: Build_) -> None:
    for limits in (Limits(states=6), Limits(depth=5)):
        graph = build(counter(), {}, [], limits)
        assert (graph.states, graph.truncated, len(graph.unexpanded)) == (6, "", 0)


def test_no_time_leaves_the_initial_states(build: Build_) -> None:
    graph = build(counter(), {}, [], Limits(seconds=0.0))
    assert (graph.states, graph.initial, graph.truncated, set(graph.unexpanded)) == (1, 1, "time", {0})


def wide() -> GroundMachine:
    """Three counters of which one grows at a time, so 31 ** 3 states."""
    b = Build("Wide")
    for name in "xyz":
        field = b.field(name, bounded(0, 30), lit(0))
        b.action(
            f"up_{name}",
            {},
            require(compare(field, "<", lit(30))),
            put(name, plus(field, 1)),
            kind="kernel",
            returns=NONE,
        )
    return b.ground()


@pytest.mark.parametrize("engine", ["python", *(["c"] if c_engine.available() else [])])
def test_many_states_have_a_closed_form(engine: str) -> None:
    graph = graph_of.state_graph(wide(), {}, engine=engine)  # type: ignore[arg-type]
    assert (graph.states, graph.edges, graph.truncated) == (31**3, 3 * 30 * 31**2, "")
    last = graph.states - 1
    assert set(graph.state(last).values()) == {30} and graph.first[last] == graph.first[last + 1]


@pytest.mark.parametrize("engine", ["python", *(["c"] if c_engine.available() else [])])
def test_a_limit_of_memory_is_kept_and_said(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = graph_of.state_graph(wide(), {}, engine=engine)  # type: ignore[arg-type]
    graph = graph_of.state_graph(wide(), {}, limits=Limits(memory=40_000), engine=engine)  # type: ignore[arg-type]
    assert graph.truncated == "memory" and graph.unexpanded and graph.states < whole.states
    searched = c_graph._CStates if engine == "c" else py_graph._PyStates
    monkeypatch.setattr(searched, "memory", lambda _: 100_000_000)
    # a place, a kind and a word for each state, and eight bytes for every second edge
    half = Limits(memory=100_000_000 + 18 * whole.states + 4 * whole.edges)
    monkeypatch.setattr(c_graph, "_MOST_EDGES", 1000)
    graph = graph_of.state_graph(wide(), {}, limits=half, engine=engine)  # type: ignore[arg-type]
    assert (graph.truncated, graph.states) == ("memory", whole.states)
    assert whole.edges // 4 < graph.edges < whole.edges
    assert list(graph.target) == list(whole.target[: graph.edges])
    assert graph.first[graph.states] == graph.edges, "what fits is there"
    assert set(graph.unexpanded) == {s for s in range(graph.states) if graph.first[s] == graph.edges}


# --- interruption -----------------------------------------------------------------------------------------------


class Pressed:
    """Presses Ctrl-C when something has happened so many times."""

    def __init__(self, after: int) -> None:
        self.left = after

    def now(self) -> None:
        """One more time."""
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("what", ["label", "edges"])
def test_ctrl_c_keeps_what_is_known_in_full(monkeypatch: pytest.MonkeyPatch, what: str, after: int) -> None:
    monkeypatch.setattr(graph_build, "LABELLED", 2000)
    pressed, original = Pressed(after), getattr(py_graph._PyStates, what)

    def slowly(self: object, *args: object) -> object:
        found = original(self, *args)
        pressed.now()
        return found

    label = Label("Long.far")
    machine = long()
    whole = py_graph.state_graph(machine, {}, [label])
    monkeypatch.setattr(py_graph._PyStates, what, slowly)
    graph = py_graph.state_graph(machine, {}, [label])
    assert graph.truncated == "interrupt"
    assert graph.states == (whole.states if what == "edges" else 2000 * after)
    assert len(graph.labels[label]) == graph.states
    assert graph.labels[label] == whole.labels[label][: graph.states]
    expanded = 256 * after if what == "edges" else 0
    assert set(graph.unexpanded) == set(range(expanded, graph.states))
    assert edges(graph)[:expanded] == edges(whole)[:expanded]
    assert graph.edges == graph.first[graph.states] == graph.first[expanded]


def long() -> GroundMachine:
    """A counter with 10,000 states in a row."""
    b = Build("Long")
    x = b.field("x", bounded(0, 9_999), lit(0))
    b.action("up", {}, require(compare(x, "<", lit(9_999))), put("x", plus(x, 1)), kind="kernel", returns=NONE)
    b.promise("goal", "far", compare(x, ">", lit(5_000)))
    return b.ground()


def test_ctrl_c_in_the_middle_of_taking_edges_over(monkeypatch: pytest.MonkeyPatch) -> None:
    pressed, original = Pressed(2), py_graph._PyStates.edges

    class Torn:
        """Edges that are taken over, but for where those of each state end."""

        def __init__(self, block: graph_build.Block) -> None:
            self.target, self.instance, self.kinds, self.hidden = block.target, block.instance, block.kinds, block.ends

        @property
        def ends(self) -> object:
            pressed.now()
            return self.hidden

    monkeypatch.setattr(py_graph._PyStates, "edges", lambda self, start: Torn(original(self, start)))
    graph = py_graph.state_graph(long(), {})
    assert (graph.truncated, graph.edges, graph.first[graph.states]) == ("interrupt", 512, 512)
    assert list(graph.target) == list(range(1, 513)) and len(graph.instance) == 512


@pytest.mark.skipif(not c_engine.available(), reason="no C compiler")
def test_ctrl_c_between_two_calls_of_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_graph, "_MOST_EDGES", 1)
    pressed = Pressed(3)

    class Clock:
        """Lets the report be due every time."""

        now = 0.0

        def monotonic(self) -> float:
            self.now += 1.0
            return self.now

    def report(progress: Progress) -> None:
        assert progress.states == 10_000
        if progress.queue < progress.states:
            pressed.now()

    monkeypatch.setattr(graph_build, "time", Clock())
    graph = c_graph.state_graph(long(), {}, [], None, report)
    assert graph.truncated == "interrupt"
    # a call without room for edges takes one batch of 64 states
    assert set(graph.unexpanded) == set(range(4 * 64, 10_000))
    assert edges(graph)[: 4 * 64] == [[(0, n + 1)] for n in range(4 * 64)]


def test_places() -> None:
    places = Places(b"\0\1\2\0")
    assert (list(places), len(places), 1 in places, 3 in places, 9 in places, -1 in places) == (
        [1, 2],
        2,
        True,
        False,
        False,
        False,
    )
    assert places == {1, 2} and not Places(b"\0") and BOOL not in places
