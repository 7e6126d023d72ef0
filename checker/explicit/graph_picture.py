"""`Picture`: the nodes and edges that are drawn or written, whole states or classes of states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.explicit.graph_columns import Classes, Columns
from checker.explicit.graph_variables import Variable
from checker.explicit.state_graph import Instance, StateGraph
from spec.lang.ground import GroundMachine
from spec.lang.values import Value, decode, show_value


@dataclass(frozen=True, slots=True)
class Node:
    """A class of states: how many there are, how many of them are initial and marked, and their common values."""

    states: int
    initial: int
    marked: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The changes of one edge by one action; `args` only where every state is shown."""

    action: str
    changes: int
    args: tuple[tuple[str, str], ...] | None = None

    @property
    def text(self) -> str:
        """`claim(g0, o0)` or `claim x12`, the count only where it is not 1."""
        if self.args is not None:
            return f"{self.action}({', '.join(value for _, value in self.args)})"
        return self.action if self.changes == 1 else f"{self.action} x{self.changes:,}"


@dataclass(frozen=True, slots=True)
class Edge:
    """All changes from one node to another, or inside one; by action, in declared order."""

    source: int
    target: int
    parts: tuple[Part, ...]

    @property
    def changes(self) -> int:
        """How many edges of the state graph this is."""
        return sum(part.changes for part in self.parts)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the picture is of. `note` says that states are missing, "" if none are.

    `mark` is what marked states do, in the infinitive ("break", "reach"), to the property `promise`.
    """

    spec: str
    configuration: str
    sizes: Mapping[str, int]
    switches: Mapping[str, bool | int | str]
    constants: Mapping[str, str]
    mark: str = ""
    promise: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes count from 0 in order of discovery, edges are sorted by source and target.

    `full` if every node is one state. `states` and `changes` are those of the state graph.
    """

    subject: Subject
    ground: GroundMachine
    variables: tuple[Variable, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    states: int
    changes: int
    full: bool

    def value_lines(self, node: Node) -> list[str]:
        """`owner[g0] = o0` for every variable."""
        return [
            f"{variable.name} = {show_value(value, self.ground, variable.type, brief=True)}"
            for variable, value in zip(self.variables, node.values, strict=True)
        ]

    def node_lines(self, number: int) -> list[str]:
        """What a node says: its values, how many states it stands for, and how many of them are marked."""
        node = self.nodes[number]
        lines = self.value_lines(node)
        if self.full:
            lines.append(f"state {number}")
        else:
            lines.append("1 state" if node.states == 1 else f"{node.states:,} states")
        if node.marked:
            verb = self.subject.mark + ("s" if node.marked == 1 else "")
            who = "" if self.full else f"{node.marked:,} "
            lines.append(f"{who}{verb} {self.subject.promise}")
        return lines

    @property
    def title(self) -> str:
        """The spec, its configuration and its sizes."""
        sizes = " ".join(f"{name}={size}" for name, size in self.subject.sizes.items())
        return f"{self.subject.spec} {self.subject.configuration}" + (f": {sizes}" if sizes else "")

    @property
    def counts(self) -> str:
        """`12 nodes of 813 states, 40 edges of 5,113 changes`."""
        return (
            f"{counted(len(self.nodes), 'node')} of {counted(self.states, 'state')}, "
            f"{counted(len(self.edges), 'edge')} of {counted(self.changes, 'change')}"
        )

    @property
    def caption(self) -> str:
        """One line under the title: counts, and that something is missing."""
        return self.counts + (f"; {self.subject.note}" if self.subject.note else "")


def counted(number: int, what: str) -> str:
    """`1 node`, `1,234 nodes`."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def picture(
    graph: StateGraph,
    ground: GroundMachine,
    subject: Subject,
    found: Columns,
    chosen: Sequence[Variable],
    parted: Classes,
    marked: bytes | None,
    *,
    full: bool,
) -> Picture:
    """The picture of a graph whose states are put into classes; `marked` has a 1 for every state to be marked."""
    states = Counter(parted.of)
    initial = Counter(parted.of[: graph.initial])
    marks = Counter(here for here, mark in zip(parted.of, marked or (), strict=False) if mark)
    first: dict[int, int] = {}
    for state, here in enumerate(parted.of):
        first.setdefault(here, state)
    nodes = tuple(
        Node(states[n], initial[n], marks[n], tuple(found.value(v, first[n]) for v in chosen))
        for n in range(parted.count)
    )
    edges = tuple(_edges(graph, ground, parted, full=full))
    return Picture(subject, ground, tuple(chosen), nodes, edges, graph.states, graph.edges, full)


def _edges(graph: StateGraph, ground: GroundMachine, parted: Classes, *, full: bool) -> Iterator[Edge]:
    ordered = sorted(set(graph.instances), key=lambda i: (i.action, i.args))
    rank = {instance: place for place, instance in enumerate(ordered)}
    kinds = [rank[i] if full else i.action for i in graph.instances]
    counts: Counter[tuple[int, int, int]] = Counter()
    for state in range(graph.states):
        here = parted.of[state]
        for place in range(graph.first[state], graph.first[state + 1]):
            counts[here, parted.of[graph.target[place]], kinds[graph.instance[place]]] += 1
    parts: dict[tuple[int, int], list[Part]] = {}
    for source, target, kind in sorted(counts):
        number = counts[source, target, kind]
        part = _instance_part(ground, ordered[kind], number) if full else _part(ground, kind, number)
        parts.setdefault((source, target), []).append(part)
    for (source, target), several in parts.items():
        yield Edge(source, target, tuple(several))


def _part(ground: GroundMachine, action: int, number: int) -> Part:
    return Part(ground.actions[action].name, number)


def _instance_part(ground: GroundMachine, instance: Instance, number: int) -> Part:
    action = ground.actions[instance.action]
    params = ground.functions[action.function].params
    args = tuple(
        (p.name, show_value(decode(code, p.type, ground), ground, p.type, brief=True))
        for p, code in zip(params, instance.args, strict=True)
    )
    return Part(action.name, number, args)
