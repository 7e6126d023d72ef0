"""Chooses the variables of a picture nobody chose them for: where the machine stands, small enough to be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.explicit.graph_columns import Classes, Columns, columns, one_class
from checker.explicit.graph_variables import Variable, entries, is_control, variables
from checker.explicit.state_graph import StateGraph
from spec.lang.ground import GroundMachine

READABLE = 30
"""The most nodes of a picture that is chosen automatically."""


def choose(graph: StateGraph, ground: GroundMachine, most: int = READABLE) -> list[Variable]:
    """Variables whose values make at most `most` classes of states, in declared order.

    A graph that is small enough as it is is told apart by everything that varies. Otherwise fields are taken in turn
    as long as there is room: first control fields (`is_control`), ghosts after the others, then, if none of those
    fits, single entries of theirs, and at last data. What would add no class is left out, so that labels stay short.
    """
    found = columns(graph, variables(ground))
    if graph.states <= most:
        return [v for v in variables(ground) if found.varies(v)]
    ghosts = [name for name in ground.fields if ground.machine.fields[name].ghost]
    order = [name for name in ground.fields if name not in ghosts] + ghosts
    control = [entries(ground, name) for name in order if is_control(ground, name)]
    data = [entries(ground, name) for name in order if not is_control(ground, name)]
    for groups in (control, _singly(control), data, _singly(data)):
        taken = _take(found, groups, graph.states, most)
        if taken:
            place = {v: i for i, v in enumerate(variables(ground))}
            return sorted(taken, key=place.__getitem__)
    return []


def _singly(groups: Iterable[Sequence[Variable]]) -> list[list[Variable]]:
    return [[variable] for group in groups for variable in group]


def _take(found: Columns, groups: Iterable[Sequence[Variable]], states: int, most: int) -> list[Variable]:
    taken: list[Variable] = []
    current = one_class(states)
    for group in groups:
        finer = _refined(found, current, group, most)
        if finer is not None and finer.count > current.count:
            taken += group
            current = finer
    return taken


def _refined(found: Columns, start: Classes, group: Sequence[Variable], most: int) -> Classes | None:
    result: Classes | None = start
    for variable in group:
        if result is None:
            return None
        result = result.refined(found.codes[variable], most)
    return result
