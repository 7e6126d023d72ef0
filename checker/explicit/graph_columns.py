"""`Columns`: the values of some variables in every state of a graph, and the classes of states that they make."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from checker.explicit.graph_variables import Variable
from checker.explicit.state_graph import StateGraph
from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Columns:
    """For each variable a code per state, counted in order of first appearance, and the values of the codes."""

    codes: dict[Variable, array[int]]
    values: dict[Variable, list[Value]]

    def value(self, variable: Variable, state: int) -> Value:
        """The value of a variable in a state."""
        return self.values[variable][self.codes[variable][state]]

    def varies(self, variable: Variable) -> bool:
        """True if two states differ in the variable."""
        return len(self.values[variable]) > 1


def columns(graph: StateGraph, chosen: Sequence[Variable]) -> Columns:
    """Reads the variables in all states; every state is unpacked once."""
    codes = {variable: array("L", bytes(0)) for variable in chosen}
    known: dict[Variable, dict[Value, int]] = {variable: {} for variable in chosen}
    for number in range(graph.states):
        state = graph.state(number)
        for variable in chosen:
            seen = known[variable]
            codes[variable].append(seen.setdefault(variable.of(state), len(seen)))
    return Columns(codes, {variable: list(seen) for variable, seen in known.items()})


@dataclass(frozen=True, slots=True)
class Classes:
    """A partition of the states: the class of each, classes counted in order of their first state."""

    of: array[int]
    count: int

    def refined(self, codes: Sequence[int], most: int | None = None) -> Classes | None:
        """The classes of states that are equal here and in one more column; None as soon as there are over `most`."""
        seen: dict[tuple[int, int], int] = {}
        finer = array("L", bytes(0))
        for here, code in zip(self.of, codes, strict=True):
            finer.append(seen.setdefault((here, code), len(seen)))
            if most is not None and len(seen) > most:
                return None
        return Classes(finer, len(seen))


def one_class(states: int) -> Classes:
    """All states together."""
    return Classes(array("L", [0]) * states, min(states, 1))


def every_state(states: int) -> Classes:
    """Every state by itself."""
    return Classes(array("L", range(states)), states)


def classes(found: Columns, chosen: Sequence[Variable], states: int) -> Classes:
    """The classes of states with equal values of the chosen variables."""
    result = one_class(states)
    for variable in chosen:
        finer = result.refined(found.codes[variable])
        assert finer is not None
        result = finer
    return result
