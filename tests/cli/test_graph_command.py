"""`uapicheck graph`: pictures of small machines end to end, formats and files, and what is refused."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from checker import cli_graph
from checker.explicit.compile import available
from tests.cli.conftest import DOOR
from tests.cli.graphs_by_hand import COUNTER, read_dot
from tests.cli.test_graph_pictures import EDGES, FULL_EDGES, NODES
from tests.sessions import Run, Session

DOOR_ONE = ("graph", "door.py:Door", "--config", "one")
ENGINES = ["evaluate", "python", *(["c"] if available() else [])]


@pytest.fixture(autouse=True)
def no_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.explicit.graph_svg.shutil.which", lambda _: None)


def edges(document: Any) -> dict[tuple[int, int], dict[str, int]]:
    return {(e["source"], e["target"]): {p["action"]: p["changes"] for p in e["actions"]} for e in document["edges"]}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", NODES)
def test_the_door_is_as_derived_by_hand(run: Run, by: str, engine: str) -> None:
    session = run(*DOOR_ONE, "--by", by, "--format", "json", "--engine", engine)
    assert 0 == session.code, session
    assert EDGES[by] == edges(session.json)
    assert [n[1:] for n in NODES[by]] == [(n["states"], n["initial"]) for n in session.json["nodes"]]
    assert f"{len(NODES[by])} nodes of 5 states, {len(EDGES[by])} edges of 7 changes\n" in session.err


@pytest.mark.parametrize("engine", ENGINES)
def test_full_is_every_state(run: Run, engine: str) -> None:
    session = run(*DOOR_ONE, "--full", "--engine", engine)
    assert 0 == session.code, session
    assert {(f"n{a}", f"n{b}"): text for (a, b), text in FULL_EDGES.items()} == {
        pair: attributes["label"] for pair, attributes in read_dot(session.out)[1].items()
    }


def test_a_counter(run: Run, tmp_path: Path) -> None:
    """Up 0-1-2-3 and from each back to 0; by parity it has two nodes."""
    (tmp_path / "counter.py").write_text(COUNTER)
    full = run("graph", "counter.py", "--format", "json", "--full").json
    assert {
        (0, 1): {"up": 1},
        (1, 2): {"up": 1},
        (2, 3): {"up": 1},
        (1, 0): {"reset": 1},
        (2, 0): {"reset": 1},
        (3, 0): {"reset": 1},
    } == edges(full)
    odd = run("graph", "counter.py", "--format", "json", "--by", "odd").json
    assert {
        (0, 0): {"reset": 1},
        (0, 1): {"up": 2},
        (1, 0): {"up": 1, "reset": 2},
    } == edges(odd)
    by_itself = run("graph", "counter.py", "--format", "graphml")
    assert "by count, odd (chosen" in by_itself.err
    graph = nx.read_graphml(io.BytesIO(by_itself.out.encode()))
    assert [0, 1, 2, 3] == [data["value.count"] for _, data in graph.nodes(data=True)]
    assert [False, True, False, True] == [data["value.odd"] for _, data in graph.nodes(data=True)]


def test_states_that_break_a_promise_are_marked(run: Run) -> None:
    """Of the five states only LOCKED by the first person breaks it; two are open."""
    session = run(*DOOR_ONE, "--by", "now", "--format", "json", "--property", "the_first_person_never_locks")
    assert [0, 0, 1] == [n["marked"] for n in session.json["nodes"]]
    assert "1 state in 1 node breaks the_first_person_never_locks\n" in session.err
    reached = run(*DOOR_ONE, "--by", "now", "--format", "json", "--property", "it_opens")
    assert [0, 2, 0] == [n["marked"] for n in reached.json["nodes"]]
    assert "reach it_opens" == reached.json["marked"]
    kept = run(*DOOR_ONE, "--by", "now", "--format", "json", "--property", "a_locked_door_has_a_holder")
    assert [0, 0, 0] == [n["marked"] for n in kept.json["nodes"]]


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.dot", "digraph"), ("a.gv", "digraph"), ("a.SVG", "<?xml"), ("a.graphml", "<graphml"), ("a.mmd", "---"),
     ("a.mermaid", "---"), ("a.json", "{")],
)  # fmt: skip
def test_the_suffix_says_the_format(run: Run, tmp_path: Path, name: str, start: str) -> None:
    session = run(*DOOR_ONE, "--out", name)
    assert (0, "") == (session.code, session.out)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.lstrip().startswith(start) or f"\n{start}" in text[:200]
    assert run(*DOOR_ONE, "--format", cli_graph.graph_format(None, name)).out == text


def test_the_format_wins_over_the_suffix(run: Run, tmp_path: Path) -> None:
    assert 0 == run(*DOOR_ONE, "--out", "a.png", "--format", "svg", "-q").code
    assert ET.parse(tmp_path / "a.png").getroot().tag.endswith("svg")


def test_quiet_says_nothing(run: Run) -> None:
    assert "" == run(*DOOR_ONE, "-q").err


def test_the_first_choice_of_the_constants_is_shown_and_said(run: Run) -> None:
    session = run("graph", "door.py:Door", "--config", "two", "--format", "json")
    assert "the first of 3 choices of the constants" in session.err, "both weak, one strong, both strong"
    assert {"strong": "{p0: False, p1: False}"} == session.json["constants"]


def test_every_engine_gives_the_same_bytes(run: Run) -> None:
    for form in ("json", "svg"):
        texts = [run("graph", "door.py:Door", "--config", "two", "--format", form, "--engine", e).out for e in ENGINES]
        assert 1 == len(set(texts)) and texts[0]


# --- what is missing --------------------------------------------------------------------------------------------


def test_a_budget_that_ends_the_search_is_said_everywhere(run: Run) -> None:
    session = run(*DOOR_ONE, "--max-depth", "1", "--full", "--format", "json", "--engine", "evaluate")
    assert 3 == session.code
    assert "not all states: the limit on depth was reached" == session.json["missing"]
    assert "; not all states: the limit on depth was reached\n" in session.err
    assert 3 == len(session.json["nodes"])
    for form in ("dot", "svg", "mermaid", "graphml"):
        text = run(*DOOR_ONE, "--max-depth", "1", "--full", "--format", form, "--engine", "evaluate").out
        assert "not all states: the limit on depth was reached" in text


def test_a_boundary_is_said_but_is_no_failure(run: Run, tmp_path: Path) -> None:
    edge = (
        "    @boundary\n    def nobody_locks(self) -> bool:\n        return self.now is not State.LOCKED\n\n    @goal"
    )
    (tmp_path / "door.py").write_text(DOOR.replace("    @goal", edge))
    session = run(*DOOR_ONE, "--by", "now", "--format", "json", "--engine", "evaluate")
    assert (0, "states outside the boundary are not followed") == (session.code, session.json["missing"])
    assert {(0, 1): {"open": 1}, (0, 2): {"lock": 1}, (1, 0): {"shut": 1}} == edges(session.json)


# --- what is refused --------------------------------------------------------------------------------------------

REQUESTS = {
    "unknown spec": (("nosuchspec",), "there is no spec 'nosuchspec'"),
    "configuration": (("--config", "tow"), "no configuration 'tow'; did you mean 'two'?"),
    "variable": (("--by", "holdr"), "Door has no variable 'holdr'; did you mean 'holder'?"),
    "entry": (("--by", "now[p0]"), "now is no map"),
    "format": (("--format", "dott"), "--format dott: there is no such format; did you mean 'dot'?"),
    "suffix": (("--out", "a.png"), "the suffix '.png' stands for no format"),
    "no suffix": (("--out", "a"), "the suffix '' stands for no format"),
    "folder": (("--out", ".", "--format", "dot"), "--out .: it is a folder"),
    "no folder": (("--out", "nowhere/a.dot"), "--out nowhere/a.dot: the folder nowhere does not exist"),
    "both": (("--full", "--by", "now"), "--full shows every state, --by folds them"),
    "too many": (("--full", "--max-nodes", "4"), "the picture would have 5 nodes, more than 4"),
    "too many folded": (("--by", "now", "--max-nodes", "2"), "--by, or say --max-nodes 3"),
    "property": (("--property", "it_open"), "no property 'it_open' about states; did you mean 'it_opens'?"),
    "always": (("--property", "no_deadlock"), "no property 'no_deadlock' about states"),
    "two properties": (("--property", "it_opens", "--property", "it_opens"), "--property can be given once"),
    "engine": (("--engine", "cc"), "there is no such engine"),
    "size": (("--size", "Person=0"), "must be a number from 1 to 64"),
}


def is_one_clear_error(session: Session, message: str) -> None:
    assert 2 == session.code, session
    assert message in session.err and "Traceback" not in session.err
    assert "" == session.out and 1 == session.err.count("error")


@pytest.mark.parametrize("case", REQUESTS)
def test_request(run: Run, case: str) -> None:
    words, message = REQUESTS[case]
    target = () if case == "unknown spec" else ("door.py:Door",)
    config = () if "--config" in words or not target else ("--config", "one")
    is_one_clear_error(run("graph", *target, *config, *words), message)


def test_a_property_of_steps_marks_no_state(run: Run, tmp_path: Path) -> None:
    step = "    @action_property\n    def it_ends(self, outcome: Outcome) -> bool:\n        return True\n\n    @goal"
    (tmp_path / "door.py").write_text(DOOR.replace("    @goal", step))
    is_one_clear_error(run(*DOOR_ONE, "--property", "it_ends"), "it is not about single states")


def test_a_file_that_cannot_be_written(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    session = run(*DOOR_ONE, "--out", "a.dot", "-q")
    is_one_clear_error(session, "--out a.dot: it cannot be written: Permission denied")


def test_pictures_have_a_limit_and_data_has_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_graph, "MOST_DRAWN", 4)
    for form in ("dot", "svg", "mermaid"):
        is_one_clear_error(run(*DOOR_ONE, "--full", "--format", form), "more than 4")
        assert 0 == run(*DOOR_ONE, "--full", "--format", form, "--max-nodes", "5").code
    for form in ("json", "graphml"):
        assert 0 == run(*DOOR_ONE, "--full", "--format", form).code


def test_help_names_the_formats(run: Run) -> None:
    text = re.sub(r"\s+", " ", run("graph", "--help").out)
    assert all(word in text for word in cli_graph.FORMATS)
    assert json.dumps(sorted(set(cli_graph.SUFFIXES.values()))) == json.dumps(sorted(cli_graph.FORMATS))
