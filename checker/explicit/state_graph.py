"""`StateGraph`: every reachable state of one search with its changes and labels, for questions about whole runs.

NOTE(unreduced): states are those of the unreduced search, in its order of discovery, whatever symmetry would merge.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field

from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Instance:
    """An action with given arguments: its place in `GroundMachine.actions` and the codes of its arguments."""

    action: int
    args: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A question to single states: a function of the machine that gives a bool, at given codes of its parameters."""

    function: str
    args: tuple[int, ...] = ()


class Places(Set[int]):
    """The places of a string of bytes where there is no 0: a set of numbers that takes one byte for each candidate."""

    __slots__ = ("_marks",)

    def __init__(self, marks: bytes) -> None:
        self._marks = marks

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and 0 <= number < len(self._marks) and self._marks[number] != 0

    def __iter__(self) -> Iterator[int]:
        return (number for number, mark in enumerate(self._marks) if mark)

    def __len__(self) -> int:
        return len(self._marks) - self._marks.count(0)


@dataclass(frozen=True, slots=True)
class StateGraph:
    """The reachable graph. States count from 0 in order of discovery; `initial` of them are initial, the first ones.

    Edges lead to other states only: `target[first[s]:first[s + 1]]` are the targets of state `s` and `instance` says,
    at the same places, which of `instances` leads there. Of edges with equal source, instance and target there is one.
    Per source they are ordered as the search takes its steps. `labels` has one byte (0 or 1) per state. A fault while a
    label is evaluated counts as 0 and is noted in `faults`. `truncated` is why the graph is not whole ("" if it is),
    in the words of `Exploration.stopped`, or "boundary" where states outside a boundary were not expanded.
    `unexpanded` are the states whose changes are not all known: they have no edges here, whatever they could do. They
    are the states outside a boundary, those with a change that leads to none of these states, and those that were not
    looked at for lack of time or memory. A search that a limit of states or depth ended may have missed nothing;
    if so, the graph is whole.
    `state` gives a state by its number, as `evaluate` writes it.
    """

    states: int
    initial: int
    instances: tuple[Instance, ...]
    first: array[int]
    target: array[int]
    instance: array[int]
    labels: dict[Label, bytes]
    state: Callable[[int], dict[str, Value]]
    engine: str
    truncated: str = ""
    faults: frozenset[Label] = field(default_factory=frozenset)
    unexpanded: Set[int] = field(default_factory=frozenset)

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return len(self.target)
