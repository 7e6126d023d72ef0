"""The reachable graph: generated C and generated Python give that of the slow twin, byte for byte."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings

from checker import slow, slow_graph
from checker.constants import as_slots, constant_choices
from checker.explicit import c_engine, c_graph, graph_of, py_graph
from checker.explicit.engine import Engine
from checker.explicit.state_graph import Label, StateGraph
from checker.explorations import Limits
from spec.lang.errors import EngineError
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.types import OutcomeType
from spec.lang.values import cardinality
from tests.explicit import c_corpus
from tests.explicit.family import family
from tests.machines_by_hand import ALL
from tests.random_machines import case_of, cases, raw_machine

Constants = Mapping[str, Sequence[int]]
ENGINES: tuple[Engine, ...] = ("c", "python") if c_engine.available() else ("python",)
TINY = ("-O0", "-DREVIEW=8", "-DREGROUP_FROM=32", "-DSETTLED=0", "-DBATCH=4", "-DPENDING=4")
"""Everything that a search does only for many states happens here for a few dozen."""
STATE_KINDS = ("invariant", "goal", "boundary", "final", "leads_to", "always_eventually")


@pytest.fixture(autouse=True, scope="module")
def compiled_quickly() -> Iterator[None]:
    """Many small programs are compiled here, and each runs for a moment only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UAPICHECK_CFLAGS", "-O0")
        yield


def labels_of(machine: GroundMachine) -> list[Label]:
    """The functions and premises of all properties of states and of whole runs, with all arguments."""
    labels: dict[Label, None] = {}
    for prop in machine.properties:
        for name in (prop.function, prop.premise) if prop.kind in STATE_KINDS else ():
            if name is not None:
                ranges = [range(cardinality(p.type, machine)) for p in machine.functions[name].params]
                labels |= dict.fromkeys(Label(name, codes) for codes in itertools.product(*ranges))
    return list(labels)


def content(graph: StateGraph) -> dict[str, object]:
    """Everything that must be equal."""
    return {
        "states": [graph.state(number) for number in range(graph.states)],
        "initial": graph.initial,
        "instances": graph.instances,
        "first": (graph.first.typecode, graph.first.tobytes()),
        "target": (graph.target.typecode, graph.target.tobytes()),
        "instance": (graph.instance.typecode, graph.instance.tobytes()),
        "labels": graph.labels,
        "faults": graph.faults,
        "truncated": graph.truncated,
        "unexpanded": set(graph.unexpanded),
    }


def compared(machine: GroundMachine, constants: Constants, limits: Limits | None = None) -> StateGraph:
    """The graph of the twin, after generated C (with and without what it remembers) and Python gave the same."""
    labels = labels_of(machine)
    twin = slow_graph.state_graph(machine, constants, labels, limits)
    expected = content(twin)
    assert expected == content(py_graph.state_graph(machine, constants, labels, limits))
    for remember in (True, False) if c_engine.available() else ():
        found = c_graph.state_graph(machine, constants, labels, limits, flags=TINY, remember=remember)
        assert expected == content(found), remember
    return twin


def by_hand() -> dict[str, tuple[GroundMachine, Constants]]:
    """Machines written by hand, each at two choices of its constants where it has as many."""
    found = {f"{name}-choice{place}": case_of(build(), place) for name, build in ALL.items() for place in (0, 1)}
    corpus = {name: build(0) for name, build in c_corpus.ALL.items()}
    return found | {name: (machine, c_corpus.constants_of(machine)) for name, machine in corpus.items()}


@pytest.mark.parametrize("name", sorted(by_hand()))
def test_machines_by_hand(name: str) -> None:
    machine, constants = by_hand()[name]
    for limits in (Limits(states=40), Limits(depth=1), Limits(depth=3, states=20)):
        compared(machine, constants, limits)
    if name not in c_corpus.ALL:
        graph, counts = compared(machine, constants), slow.explore(machine, constants)
        assert (graph.states, True) == (counts.states, graph.edges <= counts.transitions)


def test_a_family_with_many_states() -> None:
    compared(*family(4, 2, 2, 1))


def small_enough(machine: GroundMachine, constants: Constants, limits: Limits) -> bool:
    """True if the twin is done soon: it takes the steps of all states that a limited search found."""
    found = slow.explore(machine, constants, limits)
    return found.states <= 150 and found.transitions + found.refusals <= 10_000


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_random_machines(case: tuple[GroundMachine, Constants]) -> None:
    for limits in (Limits(states=40), Limits(depth=1)):
        if small_enough(*case, limits):
            compared(*case, limits)


def test_random_machines_are_worth_comparing() -> None:
    seen: dict[str, int] = {}
    draw = random.Random(1)
    for _ in range(60):
        seed = draw.randrange(2**32)
        machine, constants = case_of(ground(raw_machine(seed, 1 + seed % 3)), seed // 4)
        if not small_enough(machine, constants, Limits(states=40)):
            continue
        labels = labels_of(machine)
        graph = slow_graph.state_graph(machine, constants, labels, Limits(states=40))
        pairs = list(zip(graph.instance, graph.target, strict=True))
        kinds = {
            "edges": graph.edges > 1,
            "two instances lead to one state": len({target for _, target in pairs}) < len(pairs),
            "an instance leads to two states": any(
                graph.instance[e] == graph.instance[e + 1]
                for s in range(graph.states)
                for e in range(graph.first[s], graph.first[s + 1] - 1)
            ),
            "outside": graph.truncated == "boundary",
            "labels differ": any(len(set(found)) == 2 for found in graph.labels.values()),
            "labels with arguments": any(label.args for label in labels),
            "a label faults": bool(graph.faults),
            "pending": any(s.kind == "pending" for n, s in enumerate(machine.machine.sites) if n in machine.live_sites),
            "asks an outcome": any(
                isinstance(p.type, OutcomeType) for f in machine.functions.values() for p in f.params
            ),
        }
        for name, holds in kinds.items():
            seen[name] = seen.get(name, 0) + holds
    assert all(count >= 2 for count in seen.values()), seen


def shipped() -> tuple[GroundMachine, Constants]:
    machine = ground(load("spec.uapi.dma_ownership_enum:OwnershipV3"), {"Device": 2, "Owner": 1})
    return machine, as_slots(machine, constant_choices(machine)[0])


def test_a_shipped_configuration() -> None:
    graph = compared(*shipped())
    assert graph.states > 20 and graph.edges > graph.states and not graph.truncated
    for limits in (Limits(states=20), Limits(depth=2)):
        part = compared(*shipped(), limits)
        assert part.truncated and part.unexpanded and part.states < graph.states


@pytest.mark.parametrize("engine", ENGINES)
def test_functions_that_no_property_names_can_be_labels(engine: Engine) -> None:
    machine, _ = shipped()
    constants = as_slots(machine, constant_choices(machine)[-1])
    name = next(n for n in machine.functions if n.endswith(".counts"))
    (param,) = machine.functions[name].params
    labels = [Label(name, (code,)) for code in range(cardinality(param.type, machine))]
    graph = graph_of.state_graph(machine, constants, labels, engine=engine)
    assert graph.labels == slow_graph.state_graph(machine, constants, labels).labels
    assert len({bytes(found) for found in graph.labels.values()}) == 2, "the two devices differ somewhere"


def test_the_engine_is_chosen_by_name() -> None:
    machine, constants = by_hand()["door-choice0"]
    assert graph_of.state_graph(machine, constants, engine="python").engine == "python"
    assert graph_of.state_graph(machine, constants).engine == ENGINES[0]
    with pytest.raises(EngineError, match="no engine 'fast'"):
        graph_of.state_graph(machine, constants, engine="fast")  # type: ignore[arg-type]
