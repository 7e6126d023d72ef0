"""Pictures of a door and what they are written as: nodes, edges and counts as derived by hand, read back."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest

from checker.explicit.graph_choice import choose
from checker.explicit.graph_networkx import distances, to_graphml
from checker.explicit.graph_picture import Edge, Part, Picture, Subject
from checker.explicit.graph_svg import drawn
from checker.explicit.graph_text import part_lines, to_dot, to_json, to_mermaid
from checker.explicit.graph_variables import named
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine
from tests.cli.conftest import DOOR
from tests.cli.graphs_by_hand import BROKEN, CHANGES, STATES, by_hand, door, drawn_by, read_dot

NODES = {  # by variables: how many states, how many initial ones, and the states themselves
    "now": [("SHUT", 2, 1), ("OPEN", 2, 0), ("LOCKED", 1, 0)],
    "holder": [("None", 2, 1), ("p0", 3, 0)],
    "now,holder": [("SHUT None", 1, 1), ("OPEN None", 1, 0), ("LOCKED p0", 1, 0), ("OPEN p0", 1, 0), ("SHUT p0", 1, 0)],
}
EDGES = {
    "now": {
        (0, 1): {"open": 2},
        (0, 2): {"lock": 2},
        (1, 0): {"shut": 2},
        (2, 1): {"open": 1},
    },
    "holder": {
        (0, 0): {"open": 1, "shut": 1},
        (0, 1): {"lock": 1},
        (1, 1): {"open": 2, "lock": 1, "shut": 1},
    },
    "now,holder": {
        (0, 1): {"open": 1},
        (0, 2): {"lock": 1},
        (1, 0): {"shut": 1},
        (2, 3): {"open": 1},
        (3, 4): {"shut": 1},
        (4, 3): {"open": 1},
        (4, 2): {"lock": 1},
    },
}
FULL_EDGES = {(s, t): ("open(p0)", "lock(p0)", "shut()")[action] for s, t, action in CHANGES}


@pytest.fixture
def finite(tmp_path: Path) -> GroundMachine:
    return door(tmp_path)


@pytest.mark.parametrize("words", NODES)
def test_nodes_and_edges_are_those_derived_by_hand(finite: GroundMachine, words: str) -> None:
    found = drawn_by(finite, by_hand(finite), words)
    shown = [
        (" ".join(line.split(" = ")[1] for line in found.value_lines(n)), n.states, n.initial) for n in found.nodes
    ]
    assert NODES[words] == shown
    assert EDGES[words] == {(e.source, e.target): {p.action: p.changes for p in e.parts} for e in found.edges}
    assert len(found.edges) == len(EDGES[words])


@pytest.mark.parametrize("words", [*NODES, ""])
def test_counts_of_a_picture_add_up_to_those_of_the_graph(finite: GroundMachine, words: str) -> None:
    found = drawn_by(finite, by_hand(finite), words, bytes([0, 0, 1, 1, 0]))
    assert len(STATES) == found.states == sum(n.states for n in found.nodes)
    assert len(CHANGES) == found.changes == sum(e.changes for e in found.edges)
    assert 1 == sum(n.initial for n in found.nodes)
    assert 2 == sum(n.marked for n in found.nodes)


def test_full_shows_every_state_and_arguments(finite: GroundMachine) -> None:
    found = drawn_by(finite, by_hand(finite), "")
    assert FULL_EDGES == {(e.source, e.target): "".join(p.text for p in e.parts) for e in found.edges}
    assert "5 nodes of 5 states, 7 edges of 7 changes" == found.counts
    assert ["now = LOCKED", "holder = p0", "state 2"] == found.node_lines(2)


def test_marks_say_how_many(finite: GroundMachine) -> None:
    graph = by_hand(finite)
    marked = bytes(1 - byte for byte in graph.labels[BROKEN])
    assert "1 breaks the_promise" == drawn_by(finite, graph, "holder", marked).node_lines(1)[-1]
    assert "breaks the_promise" == drawn_by(finite, graph, "", marked).node_lines(2)[-1]
    assert "3 break the_promise" == drawn_by(finite, graph, "holder", bytes([0, 0, 1, 1, 1])).node_lines(1)[-1]
    assert "3 states" == drawn_by(finite, graph, "holder", bytes([1, 1, 0, 0, 0])).node_lines(1)[-1]


# --- formats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [*NODES, ""])
def test_dot_read_back(finite: GroundMachine, words: str) -> None:
    found = drawn_by(finite, by_hand(finite), words)
    nodes, edges = read_dot(to_dot(found))
    assert {f"n{i}": "\n".join(found.node_lines(i)) for i in range(len(found.nodes))} == {
        name: attributes["label"] for name, attributes in nodes.items()
    }
    assert ["n0"] == [name for name, attributes in nodes.items() if "penwidth" in attributes]
    expected = EDGES[words].keys() if words else FULL_EDGES.keys()
    assert {(f"n{a}", f"n{b}") for a, b in expected} == set(edges)
    if words == "now":
        assert "lock x2" == edges["n0", "n2"]["label"] and "open" == edges["n2", "n1"]["label"]


def test_dot_quotes_what_has_a_meaning_there(finite: GroundMachine) -> None:
    found = drawn_by(finite, by_hand(finite), "now")
    odd = 'a "b" \\n c\\'
    subject = Subject(odd, "one", {}, {}, {})
    strange = Picture(subject, finite, found.variables, found.nodes, (Edge(0, 1, (Part(odd, 1),)),), 5, 7, False)
    _, edges = read_dot(to_dot(strange))
    assert {("n0", "n1"): odd} == {pair: attributes["label"] for pair, attributes in edges.items()}


@pytest.mark.parametrize("words", [*NODES, ""])
def test_graphml_read_back(finite: GroundMachine, words: str) -> None:
    found = drawn_by(finite, by_hand(finite), words)
    graph = nx.read_graphml(io.BytesIO(to_graphml(found).encode()))
    about = {"spec": "door", "configuration": "one", "states": 5, "changes": 7}
    assert about.items() <= graph.graph.items()
    assert [n.states for n in found.nodes] == [data["states"] for _, data in graph.nodes(data=True)]
    assert all(isinstance(data["states"], int) for _, data in graph.nodes(data=True))
    assert 7 == sum(data["changes"] for _, _, data in graph.edges(data=True))
    expected = EDGES[words] if words else {pair: {text.split("(")[0]: 1} for pair, text in FULL_EDGES.items()}
    assert {(f"n{a}", f"n{b}"): ",".join(actions) for (a, b), actions in expected.items()} == {
        (a, b): data["actions"] for a, b, data in graph.edges(data=True)
    }


def test_json_has_the_whole_picture(finite: GroundMachine) -> None:
    found = drawn_by(finite, by_hand(finite), "holder", bytes([0, 0, 1, 0, 0]))
    document = json.loads(to_json(found))
    assert "uapicheck.graph/1" == document["schema"]
    assert (5, 7, ["holder"], False) == tuple(document[k] for k in ("states", "changes", "variables", "full"))
    assert ("break the_promise", None) == (document["marked"], document["missing"])
    assert [
        {"id": 0, "states": 2, "initial": 1, "marked": 0, "values": {"holder": {"tag": "None", "value": {"#tup": []}}}},
        {"id": 1, "states": 3, "initial": 0, "marked": 1, "values": {"holder": {"tag": "Some", "value": "p0"}}},
    ] == document["nodes"]
    assert {
        "source": 0,
        "target": 0,
        "changes": 2,
        "actions": [{"action": "open", "changes": 1}, {"action": "shut", "changes": 1}],
    } == document["edges"][0]
    full = json.loads(to_json(drawn_by(finite, by_hand(finite), "")))
    assert {"action": "lock", "changes": 1, "args": {"who": "p0"}} == full["edges"][1]["actions"][0]


def test_mermaid_has_the_whole_picture(finite: GroundMachine) -> None:
    text = to_mermaid(drawn_by(finite, by_hand(finite), "now", bytes([0, 0, 1, 0, 0])))
    assert "flowchart TD" in text.splitlines()
    assert [
        "now = SHUT<br/>2 states",
        "now = OPEN<br/>2 states",
        "now = LOCKED<br/>1 state<br/>1 breaks the_promise",
    ] == (re.findall(r'^  n\d+\["(.*)"\]$', text, re.MULTILINE))
    arrows = re.findall(r'^  n(\d+) -->\|"(.*)"\| n(\d+)$', text, re.MULTILINE)
    assert {("0", "open x2", "1"), ("0", "lock x2", "2"), ("1", "shut x2", "0"), ("2", "open", "1")} == set(arrows)
    assert "  class n0 initial" in text and "  class n2 marked" in text


def test_mermaid_escapes_its_own_signs(finite: GroundMachine) -> None:
    found = drawn_by(finite, by_hand(finite), "now")
    edge = Edge(0, 1, (Part('"x" <b> #1 & `y`', 1),))
    strange = Picture(found.subject, finite, found.variables, found.nodes, (edge,), 5, 7, False)
    line = next(line for line in to_mermaid(strange).splitlines() if "-->" in line)
    assert '  n0 -->|"#quot;x#quot; #lt;b#gt; #35;1 #amp; #96;y#96;"| n1' == line


@pytest.mark.parametrize("write", [to_dot, to_graphml, to_mermaid, to_json, drawn])
def test_the_same_graph_gives_the_same_bytes(finite: GroundMachine, write: Callable[[Picture], str]) -> None:
    for words in ("now", ""):
        first, second = (write(drawn_by(finite, by_hand(finite), words)) for _ in range(2))
        assert first == second and first.endswith("\n")


def test_a_long_label_is_cut_in_drawings_only(finite: GroundMachine) -> None:
    edge = Edge(0, 1, tuple(Part(f"a{i}", 1) for i in range(12)))
    assert [*(f"a{i}" for i in range(7)), "and 5 more"] == part_lines(edge)
    assert [f"a{i}" for i in range(8)] == part_lines(Edge(0, 1, edge.parts[:8]))
    found = drawn_by(finite, by_hand(finite), "now")
    long = Picture(found.subject, finite, found.variables, found.nodes, (edge,), 5, 7, False)
    assert 12 == len(json.loads(to_json(long))["edges"][0]["actions"])
    assert "a11" in ET.tostring(ET.fromstring(drawn(long)), encoding="unicode"), "the whole list is the tooltip"


# --- variables --------------------------------------------------------------------------------------------------


def test_distances_are_steps_from_the_initial_node(finite: GroundMachine) -> None:
    assert [0, 1, 1, 2, 3] == distances(drawn_by(finite, by_hand(finite), "now,holder"))


def test_a_small_graph_is_told_apart_by_everything_that_varies(finite: GroundMachine) -> None:
    assert ["now", "holder"] == [v.name for v in choose(by_hand(finite), finite)]


@pytest.mark.parametrize(("most", "names"), [(4, ["now"]), (3, ["now"]), (2, ["holder"]), (1, [])])
def test_as_many_variables_as_keep_the_picture_small(finite: GroundMachine, most: int, names: list[str]) -> None:
    """`now` makes 3 classes, `holder` 2, both 5."""
    assert names == [v.name for v in choose(by_hand(finite), finite, most)]


def test_maps_are_named_whole_or_by_entry(tmp_path: Path) -> None:
    text = DOOR.replace(
        "    holder: Person", "    keys: Map[tuple[Person, bool], bool] = everywhere(False)\n    holder: Person"
    )
    text = text.replace(
        "        self.holder = who\n", "        self.holder = who\n        self.keys[who, True] = True\n", 1
    )
    finite = door(tmp_path, text)
    assert ["keys[p0, False]", "keys[p0, True]"] == [v.name for v in named(finite, ["keys"])]
    assert ["keys[p0, True]", "now"] == [v.name for v in named(finite, ["keys[p0,True],now"])]
    assert ["now", "holder"] == [v.name for v in named(finite, ["now, holder", "now"])]
    with pytest.raises(RequestError, match=r"keys has no entry 'p0, Tru'; did you mean 'p0, True'"):
        named(finite, ["keys[p0, Tru]"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("nw", "Door has no variable 'nw'; did you mean 'now'?"),
        ("now[p0]", "now is no map"),
        ("now[", "write a variable as name or name\\[key\\]"),
        (" , ", "--by names no variable"),
    ],
)
def test_a_wrong_variable(finite: GroundMachine, words: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        named(finite, [words])


def test_a_variable_that_nothing_changes(tmp_path: Path) -> None:
    finite = door(tmp_path, DOOR.replace("    holder: Person", "    spare: bool = False\n    holder: Person"))
    with pytest.raises(RequestError, match="nothing changes it"):
        named(finite, ["spare"])
