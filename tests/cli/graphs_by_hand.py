"""The state graph of the door in `conftest`, written down by hand, and readers of what pictures are written as."""

from __future__ import annotations

import re
import textwrap
from array import array
from pathlib import Path

from checker.explicit.graph_columns import classes, columns, every_state
from checker.explicit.graph_picture import Picture, Subject, picture
from checker.explicit.graph_variables import named, variables
from checker.explicit.state_graph import Instance, Label, StateGraph
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.values import Elem, Member, Value
from tests.cli.conftest import DOOR

SHUT, OPEN, LOCKED = range(3)
OPENS, LOCKS, SHUTS = range(3)

STATES = [(SHUT, None), (OPEN, None), (LOCKED, 0), (OPEN, 0), (SHUT, 0)]
"""`now` and `holder` with one person, breadth first: actions in the order open, lock, shut."""

CHANGES = [(0, 1, OPENS), (0, 2, LOCKS), (1, 0, SHUTS), (2, 3, OPENS), (3, 4, SHUTS), (4, 3, OPENS), (4, 2, LOCKS)]
"""Derived from the text: whoever locks is the holder from then on, and only a shut door can be locked."""

BROKEN = Label("Door.the_first_person_never_locks")


def door(folder: Path, text: str = DOOR) -> GroundMachine:
    """The door with one person."""
    (folder / "door.py").write_text(text)
    machine = load(f"{folder}/door.py:Door")
    return ground(machine, machine.configurations["one"].sizes)


def by_hand(finite: GroundMachine) -> StateGraph:
    """Its state graph, from the two tables above."""
    enum = finite.machine.fields["now"].type.name  # type: ignore[union-attr]
    names = ("SHUT", "OPEN", "LOCKED")

    def state(number: int) -> dict[str, Value]:
        now, holder = STATES[number]
        who = None if holder is None else Elem(next(iter(finite.sizes)), holder)
        return {"now": Member(enum, names[now], now), "holder": who}

    instances = (Instance(OPENS, (0,)), Instance(LOCKS, (0,)), Instance(SHUTS, ()))
    per_state = [sum(1 for source, _, _ in CHANGES if source == n) for n in range(len(STATES))]
    first = array("L", [sum(per_state[:n]) for n in range(len(STATES) + 1)])
    target, instance = (array("L", [change[i] for change in CHANGES]) for i in (1, 2))
    labels = {BROKEN: bytes([1, 1, 0, 1, 1])}
    return StateGraph(len(STATES), 1, instances, first, target, instance, labels, state, "hand")


def drawn_by(finite: GroundMachine, graph: StateGraph, words: str, marked: bytes | None = None) -> Picture:
    """The picture by these variables; by every state for ""."""
    full = not words
    chosen = variables(finite) if full else named(finite, [words])
    found = columns(graph, chosen)
    parted = every_state(graph.states) if full else classes(found, chosen, graph.states)
    subject = Subject("door", "one", finite.sizes, finite.switches, {}, "break" if marked else "", "the_promise")
    return picture(graph, finite, subject, found, chosen, parted, marked, full=full)


TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|->|[\w.#]+|[{}\[\];,=]')


def _tokens(text: str) -> list[str]:
    """The tokens of DOT text; it has nothing else but blanks."""
    assert not TOKEN.sub("", text).strip()
    return TOKEN.findall(text)


def read_dot(text: str) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], dict[str, str]]]:
    """Nodes and edges of DOT text with their attributes: a reader of the statements that are used here."""
    tokens = _tokens(text)
    assert tokens[:3] == ["digraph", "uapicheck", "{"] and tokens[-2:] == [";", "}"]
    nodes: dict[str, dict[str, str]] = {}
    edges: dict[tuple[str, str], dict[str, str]] = {}
    statement: list[str] = []
    for token in tokens[3:-1]:
        if token != ";":
            statement.append(token)
            continue
        head = statement[: statement.index("[")] if "[" in statement else statement
        attributes = _attributes(statement[len(head) :])
        if len(head) == 3 and head[1] == "->":
            assert (head[0], head[2]) not in edges, "one edge for each pair"
            edges[head[0], head[2]] = attributes
        elif len(head) == 1 and head[0] not in ("node", "edge"):
            assert head[0] not in nodes
            nodes[head[0]] = attributes
        statement = []
    return nodes, edges


def _attributes(tokens: list[str]) -> dict[str, str]:
    """`[a = "b", c = d]` with escapes resolved."""
    found: dict[str, str] = {}
    for place, token in enumerate(tokens):
        if token == "=":
            value = tokens[place + 1]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), value[1:-1])
            found[tokens[place - 1]] = value
    return found


COUNTER = textwrap.dedent(
    '''\
    """A counter."""
    from typing import Annotated
    from spec.lang import *


    class Counter(Spec):
        """Counts to three."""
        count: Annotated[int, Bounds(0, 3)] = 0
        odd: bool = False

        @kernel
        def up(self) -> None:
            require(self.count < 3)
            self.count += 1
            self.odd = not self.odd

        @kernel
        def reset(self) -> None:
            require(self.count > 0)
            self.count = 0
            self.odd = False
    '''
)
