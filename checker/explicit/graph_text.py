"""Pictures as text for other programs: DOT for Graphviz, Mermaid for Markdown, JSON for everything else."""

from __future__ import annotations

import json
from collections.abc import Iterable

from checker.explicit.graph_picture import Edge, Node, Part, Picture
from checker.trace_values import Json, to_itf

GRAPH_SCHEMA = "uapicheck.graph/1"
MOST_PARTS = 8
"""Actions that one edge of a drawing names; the rest is counted."""

INITIAL_NOTE = "bold: has initial states"


def part_lines(edge: Edge) -> list[str]:
    """The label of an edge of a drawing, one action a line."""
    lines = [part.text for part in edge.parts]
    if len(lines) <= MOST_PARTS:
        return lines
    return [*lines[: MOST_PARTS - 1], f"and {len(lines) - MOST_PARTS + 1} more"]


# --- DOT --------------------------------------------------------------------------------------------------------


def to_dot(picture: Picture) -> str:
    """The picture in the DOT language of Graphviz; nodes are `n0`, `n1`, ... as in all formats."""
    lines = [
        "digraph uapicheck {",
        f"  label={_quoted([picture.title, picture.caption])};",
        '  labelloc="t";',
        '  fontname="monospace";',
        '  node [shape=box, fontname="monospace", fontsize=11, style="filled,rounded", fillcolor="#f4f6f8"];',
        '  edge [fontname="monospace", fontsize=9];',
    ]
    for number, node in enumerate(picture.nodes):
        extra = ", penwidth=2.5" if node.initial else ""
        extra += ', fillcolor="#f8d0cc"' if node.marked else ""
        lines.append(f"  n{number} [label={_quoted(picture.node_lines(number))}{extra}];")
    lines += [f"  n{e.source} -> n{e.target} [label={_quoted(part_lines(e))}];" for e in picture.edges]
    return "\n".join([*lines, "}", ""])


def _quoted(lines: Iterable[str]) -> str:
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return '"' + "\\n".join(escaped) + '"'


# --- Mermaid ----------------------------------------------------------------------------------------------------


def to_mermaid(picture: Picture) -> str:
    """The picture as a Mermaid flowchart, for Markdown that draws it."""
    lines = ["---", f"title: {json.dumps(picture.title, ensure_ascii=False)}", "---", "flowchart TD"]
    lines.append(f"  %% {picture.caption}; {INITIAL_NOTE}")
    for number in range(len(picture.nodes)):
        lines.append(f'  n{number}["{_mermaid_lines(picture.node_lines(number))}"]')
    lines += [f'  n{e.source} -->|"{_mermaid_lines(part_lines(e))}"| n{e.target}' for e in picture.edges]
    for style, name, numbers in (
        ("stroke-width:3px", "initial", [i for i, n in enumerate(picture.nodes) if n.initial]),
        ("fill:#f8d0cc", "marked", [i for i, n in enumerate(picture.nodes) if n.marked]),
    ):
        if numbers:
            lines.append(f"  classDef {name} {style}")
            lines.append(f"  class {','.join(f'n{i}' for i in numbers)} {name}")
    return "\n".join([*lines, ""])


def _mermaid_lines(lines: Iterable[str]) -> str:
    return "<br/>".join(_mermaid(line) for line in lines)


def _mermaid(text: str) -> str:
    """Entities that Mermaid knows in place of what it would read as its own syntax or as HTML."""
    found = text.replace("#", "#35;")
    for sign, entity in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot"), ("`", "96")):
        found = found.replace(sign, f"#{entity};")
    return found


# --- JSON -------------------------------------------------------------------------------------------------------


def to_json(picture: Picture) -> str:
    """The picture as one JSON document, a node or an edge per line; values as in traces."""
    subject = picture.subject
    head: dict[str, Json] = {
        "schema": GRAPH_SCHEMA,
        "spec": subject.spec,
        "configuration": subject.configuration,
        "sizes": dict(subject.sizes),
        "switches": dict(subject.switches),
        "constants": dict(subject.constants),
        "variables": [v.name for v in picture.variables],
        "full": picture.full,
        "states": picture.states,
        "changes": picture.changes,
        "marked": f"{subject.mark} {subject.promise}" if subject.mark else None,
        "missing": subject.note or None,
    }
    start = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    nodes = _rows(_json_node(picture, number, node) for number, node in enumerate(picture.nodes))
    edges = _rows(_json_edge(edge) for edge in picture.edges)
    return f'{start},\n "nodes": {nodes},\n "edges": {edges}\n}}\n'


def _rows(rows: Iterable[Json]) -> str:
    text = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n  {text}\n ]" if text else "[]"


def _json_node(picture: Picture, number: int, node: Node) -> Json:
    values: dict[str, Json] = {
        variable.name: to_itf(value, variable.type, picture.ground)
        for variable, value in zip(picture.variables, node.values, strict=True)
    }
    return {
        "id": number,
        "states": node.states,
        "initial": node.initial,
        "marked": node.marked,
        "values": values,
    }


def _json_edge(edge: Edge) -> Json:
    return {
        "source": edge.source,
        "target": edge.target,
        "changes": edge.changes,
        "actions": [_json_part(part) for part in edge.parts],
    }


def _json_part(part: Part) -> Json:
    row: dict[str, Json] = {"action": part.action, "changes": part.changes}
    if part.args is not None:
        row["args"] = dict(part.args)
    return row
