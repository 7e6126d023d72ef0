"""`uapicheck graph`: the reachable states of one configuration as a picture, whole or folded by chosen variables."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from checker import slow_graph
from checker.check import ExplicitName
from checker.cli_output import Output
from checker.constants import as_slots, constant_choices
from checker.explicit import graph_of
from checker.explicit.graph_choice import choose
from checker.explicit.graph_columns import classes, columns, every_state
from checker.explicit.graph_networkx import to_graphml
from checker.explicit.graph_picture import Picture, Subject, counted, picture
from checker.explicit.graph_svg import to_svg
from checker.explicit.graph_text import to_dot, to_json, to_mermaid
from checker.explicit.graph_variables import Variable, named, variables
from checker.explicit.state_graph import Label, StateGraph
from checker.explorations import Limits, Report
from checker.request import Settings, instances
from checker.verdict import HOLDS_EXIT, INCONCLUSIVE_EXIT, INTERRUPTED_EXIT
from spec.lang.catalogue import short_name
from spec.lang.errors import RequestError, nearest
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.values import Value, show_value

GraphFormat = Literal["dot", "graphml", "svg", "mermaid", "json"]
FORMATS: tuple[GraphFormat, ...] = get_args(GraphFormat)
SUFFIXES: dict[str, GraphFormat] = {
    ".dot": "dot",
    ".gv": "dot",
    ".graphml": "graphml",
    ".svg": "svg",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".json": "json",
}
WRITERS: dict[GraphFormat, Callable[[Picture], str]] = {
    "dot": to_dot,
    "graphml": to_graphml,
    "svg": to_svg,
    "mermaid": to_mermaid,
    "json": to_json,
}
DRAWN: tuple[GraphFormat, ...] = ("dot", "svg", "mermaid")
MOST_DRAWN = 400
"""The most nodes of a picture for people, unless `--max-nodes` says otherwise; data for programs has no limit."""

MISSING = {
    "time": "not all states: the time limit was reached",
    "memory": "not all states: the memory limit was reached",
    "states": "not all states: the limit on states was reached",
    "depth": "not all states: the limit on depth was reached",
    "interrupt": "not all states: interrupted",
    "boundary": "states outside the boundary are not followed",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is wanted of the picture: variables, all states, format and file as typed, the most nodes."""

    by: tuple[str, ...] = ()
    full: bool = False
    output_format: str | None = None
    out: str | None = None
    max_nodes: int | None = None


def run_graph(
    target: str, settings: Settings, drawing: Drawing, engine: ExplicitName, limits: Limits, output: Output
) -> int:
    """Searches the first configuration (or the one named) at the first choice of its constants, and writes it.

    3 if a budget ended the search, so that states are missing; 130 if the user did.
    """
    if drawing.full and drawing.by:
        raise RequestError("--full shows every state, --by folds them: choose one")
    chosen_format = graph_format(drawing.output_format, drawing.out)
    _check_place(drawing.out)
    machine = load(target)
    instance = instances(machine, settings)[0]
    finite = ground(machine, instance.sizes, instance.switches)
    by = named(finite, drawing.by) if drawing.by else []
    mark = _mark(finite, settings.properties)
    choices = constant_choices(finite, instance.constants)
    if not choices:
        raise RequestError(f"{machine.name}: the assumptions rule out every choice of the constants")
    output.progress.start(f"{machine.name} {instance.configuration}")
    graph = search(finite, choices[0], mark, engine, limits, output.progress)
    subject = _subject(finite, instance.configuration, choices[0], graph, mark)
    result = fold(graph, finite, subject, by, mark, drawing, chosen_format)
    _tell(output, result, drawing, graph, len(choices))
    _write(WRITERS[chosen_format](result), drawing.out)
    if graph.truncated == "interrupt":
        return INTERRUPTED_EXIT
    return INCONCLUSIVE_EXIT if graph.truncated not in ("", "boundary") else HOLDS_EXIT


def graph_format(word: str | None, out: str | None) -> GraphFormat:
    """The format asked for, else the one that the suffix of the file stands for, else DOT."""
    if word is not None:
        for known in FORMATS:
            if word == known:
                return known
        raise RequestError(f"--format {word}: there is no such format; {nearest(word, FORMATS)}")
    if out is None:
        return "dot"
    suffix = Path(out).suffix.lower()
    if suffix not in SUFFIXES:
        known_suffixes = ", ".join(SUFFIXES)
        raise RequestError(f"--out {out}: the suffix '{suffix}' stands for no format; say --format ({known_suffixes})")
    return SUFFIXES[suffix]


def search(
    finite: GroundMachine,
    choice: Mapping[str, Value],
    mark: _Mark | None,
    engine: ExplicitName,
    limits: Limits,
    report: Report,
) -> StateGraph:
    """The state graph at one choice of constants, by the engine of this name."""
    codes: dict[str, Sequence[int]] = {**as_slots(finite, choice)}
    labels = [mark.label] if mark is not None else []
    if engine == "evaluate":
        return slow_graph.state_graph(finite, codes, labels, limits)
    return graph_of.state_graph(finite, codes, labels, limits, engine=engine, report=report)


def fold(
    graph: StateGraph,
    finite: GroundMachine,
    subject: Subject,
    by: list[Variable],
    mark: _Mark | None,
    drawing: Drawing,
    chosen_format: GraphFormat,
) -> Picture:
    """The picture of the graph; RequestError if it would have more nodes than is wanted."""
    wanted = variables(finite) if drawing.full else by or choose(graph, finite)
    found = columns(graph, wanted)
    if drawing.full:
        wanted = [v for v in wanted if found.varies(v) or chosen_format not in DRAWN]
    parted = every_state(graph.states) if drawing.full else classes(found, wanted, graph.states)
    most = drawing.max_nodes if drawing.max_nodes is not None else MOST_DRAWN if chosen_format in DRAWN else None
    if most is not None and parted.count > most:
        hint = "choose variables with --by, take --format json or graphml" if drawing.full else "choose fewer with --by"
        message = f"the picture would have {parted.count:,} nodes, more than {most:,}"
        raise RequestError(f"{message}\n  hint: {hint}, or say --max-nodes {parted.count}")
    marked = mark.marked(graph) if mark is not None else None
    return picture(graph, finite, subject, found, wanted, parted, marked, full=drawing.full)


# --- marks ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mark:
    """Which states to mark: those where a label has a value; `verb` is what they do to the property."""

    name: str
    label: Label
    wanted: int
    verb: str

    def marked(self, graph: StateGraph) -> bytes:
        """A 1 for every state that is marked."""
        return bytes(byte == self.wanted for byte in graph.labels[self.label])


def _mark(finite: GroundMachine, names: Sequence[str]) -> _Mark | None:
    if not names:
        return None
    if len(names) > 1:
        raise RequestError("--property can be given once: a picture marks the states of one property")
    name, machine = names[0], finite.machine
    states = {p.name: p for p in finite.properties if p.kind in ("invariant", "goal")}
    if name not in machine.properties:
        raise RequestError(f"{machine.name} has no property '{name}' about states; {nearest(name, states)}")
    if machine.properties[name].kind not in ("invariant", "goal"):
        raise RequestError(f"--property {name}: it is not about single states; name an invariant or a goal")
    if name not in states:
        raise RequestError(f"--property {name}: it does not exist at these switches")
    prop = states[name]
    is_goal = prop.kind == "goal"
    return _Mark(name, Label(prop.function), int(is_goal), "reach" if is_goal else "break")


# --- what is told and written -----------------------------------------------------------------------------------


def _subject(
    finite: GroundMachine, configuration: str, choice: Mapping[str, Value], graph: StateGraph, mark: _Mark | None
) -> Subject:
    machine = finite.machine
    subject = Subject(
        spec=short_name(machine.module, machine.name),
        configuration=configuration,
        sizes=finite.sizes,
        switches=finite.switches,
        constants={name: show_value(value, finite, finite.constants[name].type) for name, value in choice.items()},
        note=MISSING.get(graph.truncated, graph.truncated),
    )
    return subject if mark is None else replace(subject, mark=mark.verb, promise=mark.name)


def _tell(output: Output, result: Picture, drawing: Drawing, graph: StateGraph, choices: int) -> None:
    """Says on stderr what the picture shows."""
    if output.quiet:
        return
    output.note(f"{result.title} ({graph.engine})")
    if choices > 1:
        output.note(f"the first of {choices} choices of the constants; --set, --size and --constant make it another")
    if not drawing.full:
        names = ", ".join(v.name for v in result.variables) or "nothing: all states are one node"
        how = "" if drawing.by else " (chosen to be readable; --by NAME,... takes others, --full shows every state)"
        output.note(f"by {names}{how}")
    output.note(result.caption)
    if result.subject.mark:
        nodes, states = sum(1 for n in result.nodes if n.marked), sum(n.marked for n in result.nodes)
        verb = result.subject.mark + ("s" if states == 1 else "")
        output.note(f"{counted(states, 'state')} in {counted(nodes, 'node')} {verb} {result.subject.promise}")


def _check_place(out: str | None) -> None:
    """Refuses a file that cannot be written before the search, not after it."""
    if out is None:
        return
    path = Path(out)
    if path.is_dir():
        raise RequestError(f"--out {out}: it is a folder")
    if not path.parent.is_dir():
        raise RequestError(f"--out {out}: the folder {path.parent} does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise RequestError(f"--out {out}: it cannot be written")


def _write(text: str, out: str | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        Path(out).write_bytes(text.encode())
    except OSError as error:
        raise RequestError(f"--out {out}: it cannot be written: {error.strerror}") from None
