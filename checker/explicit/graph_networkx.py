"""Pictures through networkx: GraphML with typed attributes, and the distance of every node from the initial ones."""

from __future__ import annotations

from typing import Any

import networkx as nx

from checker.explicit.graph_picture import Picture
from spec.lang.types import BoolType, IntType, Type
from spec.lang.values import Value, show_value


def to_networkx(picture: Picture) -> Any:
    """The picture as a `networkx.DiGraph` with nodes `n0`, `n1`, ...

    Attributes of nodes: label, states, initial, marked, and `value.NAME` for every variable, a bool or an integer
    where it is one and text elsewhere. Of edges: label, actions (names, by comma) and changes. Of the graph: spec,
    configuration, states, changes, and `missing` where states are.
    """
    graph = nx.DiGraph(
        spec=picture.subject.spec,
        configuration=picture.subject.configuration,
        states=picture.states,
        changes=picture.changes,
        **({"missing": picture.subject.note} if picture.subject.note else {}),
    )
    for number, node in enumerate(picture.nodes):
        values = {
            f"value.{variable.name}": _typed(value, variable.type, picture)
            for variable, value in zip(picture.variables, node.values, strict=True)
        }
        label = "\n".join(picture.node_lines(number))
        own = {"label": label, "states": node.states, "initial": node.initial, "marked": node.marked}
        graph.add_node(f"n{number}", **own, **values)
    for edge in picture.edges:
        graph.add_edge(
            f"n{edge.source}",
            f"n{edge.target}",
            label="\n".join(part.text for part in edge.parts),
            actions=",".join(dict.fromkeys(part.action for part in edge.parts)),
            changes=edge.changes,
        )
    return graph


def _typed(value: Value, kind: Type, picture: Picture) -> bool | int | str:
    """By the type of the variable: GraphML gives an attribute one type in all nodes."""
    if isinstance(kind, BoolType | IntType) and isinstance(value, bool | int):
        return value
    return show_value(value, picture.ground, kind, brief=True)


def to_graphml(picture: Picture) -> str:
    """The picture in GraphML."""
    return "\n".join(nx.generate_graphml(to_networkx(picture), named_key_ids=True)) + "\n"


def distances(picture: Picture) -> list[int]:
    """The number of edges from the nearest node with an initial state; 0 for a node that none of them reaches."""
    graph = nx.DiGraph((e.source, e.target) for e in picture.edges)
    starts = [number for number, node in enumerate(picture.nodes) if node.initial]
    graph.add_nodes_from(range(len(picture.nodes)))
    result = [0] * len(picture.nodes)
    for distance, layer in enumerate(nx.bfs_layers(graph, starts)):
        for number in layer:
            result[number] = distance
    return result
