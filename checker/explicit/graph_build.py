"""From a finished search to its `StateGraph`, whichever engine searched: labels, edges, limits and interruption."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from checker.explicit.layout import Layout
from checker.explicit.py_steps import instances
from checker.explicit.state_graph import Instance, Label, Places, StateGraph
from checker.explorations import Limits, Progress, Report
from spec.lang.ground import GroundMachine
from spec.lang.values import Value

Constants = Mapping[str, Sequence[int]]

LABELLED = 1 << 16
"""States between two looks at the clock while labels are asked."""

KNOWN, OUTSIDE, UNKNOWN = 0, 1, 2
"""What a state is: expanded, outside a boundary, or with a change that leads to none of the states."""

_EDGE_BYTES = 8
_STATE_BYTES = 10


@dataclass(frozen=True, slots=True)
class Block:
    """The edges of some states in a row: targets and places of instances one after the other.

    `ends` counts the edges of all states up to and with each of these; `kinds` says KNOWN, OUTSIDE or UNKNOWN of each.
    """

    target: array[int]
    instance: array[int]
    ends: array[int]
    kinds: bytes


class Searched(Protocol):
    """A search that has ended; its states are asked in their order."""

    name: str
    states: int
    initial: int
    depth: int
    stopped: str
    layout: Layout

    def memory(self) -> int:
        """Bytes in use, without what was handed out in blocks."""

    def label(self, label: Label, start: int, stop: int) -> tuple[bytes, bool]:
        """The values of a label at the states from `start` to before `stop`, and whether it faulted at one."""

    def edges(self, start: int) -> Block:
        """The edges of the next states, which begin at `start`; MemoryError for want of memory."""

    def packed(self) -> Callable[[int], int]:
        """Gives a state by its number, packed; it must not need the search any more."""


def for_search(limits: Limits) -> Limits:
    """The limits of a search before its edges are taken: half of the time and of the memory."""
    seconds = None if limits.seconds is None else limits.seconds / 2
    return replace(limits, seconds=seconds, memory=None if limits.memory is None else limits.memory // 2)


class Builder:
    """Builds one graph; `result` is truthful whenever `run` ended."""

    def __init__(
        self,
        ground: GroundMachine,
        searched: Searched,
        labels: Sequence[Label],
        limits: Limits,
        began: float,
        report: Report | None,
    ) -> None:
        self.ground, self.searched, self.limits, self.began, self.report = ground, searched, limits, began, report
        self.marks = {label: bytearray() for label in labels}
        self.faults: set[Label] = set()
        self.states = searched.states
        self.first: array[int] = array("Q", [0])
        self.target: array[int] = array("I")
        self.instance: array[int] = array("I")
        self.kinds = bytearray()
        self.halted = ""

    def graph(self) -> StateGraph:
        """Takes labels, then edges. Ctrl-C and a limit end that early, and what is missing is missing in the graph."""
        try:
            self._take_labels()
            if self.searched.stopped != "interrupt":
                self._take_edges()
        except KeyboardInterrupt:
            self.halted = "interrupt"
        except MemoryError:
            self.halted = "memory"
        return self._result()

    # --- the passes ---------------------------------------------------------------------------------------------

    def _take_labels(self) -> None:
        for start in range(0, self.states if self.marks else 0, LABELLED):
            stop = min(self.states, start + LABELLED)
            for label, known in self.marks.items():
                values, faulted = self.searched.label(label, start, stop)
                known += values
                if faulted:
                    self.faults.add(label)
            if self._must_halt():
                return

    def _take_edges(self) -> None:
        told = time.monotonic()
        while len(self.kinds) < self.states and not self._must_halt():
            block = self.searched.edges(len(self.kinds))
            self.target += block.target
            self.instance += block.instance
            self.first += block.ends
            self.kinds += block.kinds
            now = time.monotonic()
            if self.report is not None and now - told >= 0.1:
                told = now
                self.report(self._progress(now))

    def _progress(self, now: float) -> Progress:
        left = self.states - len(self.kinds)
        return Progress(self.searched.depth, self.states, left, len(self.target), now - self.began)

    def _must_halt(self) -> bool:
        limits = self.limits
        if limits.seconds is not None and time.monotonic() - self.began >= limits.seconds:
            self.halted = "time"
        elif limits.memory is not None and self._memory() > limits.memory:
            self.halted = "memory"
        return bool(self.halted)

    def _memory(self) -> int:
        """Bytes of the search, of the edges so far, and of what the graph keeps for each state."""
        each = _STATE_BYTES + 8 * self.searched.layout.words + len(self.marks)
        return self.searched.memory() + self.states * each + _EDGE_BYTES * len(self.target)

    # --- the result ---------------------------------------------------------------------------------------------

    def _result(self) -> StateGraph:
        """An interruption may have come between any two lines: only what is there in full counts."""
        states = min([self.states, *map(len, self.marks.values())])
        edges_of = min(len(self.kinds), len(self.first) - 1) if states == self.states else 0
        del self.first[edges_of + 1 :], self.kinds[edges_of:]
        del self.target[self.first[-1] :], self.instance[self.first[-1] :]
        self.first += array("Q", [self.first[-1]]) * (states - edges_of)
        self.kinds += bytes([UNKNOWN]) * (states - edges_of)
        packed, layout = self.searched.packed(), self.searched.layout
        return StateGraph(
            states=states,
            initial=min(states, self.searched.initial),
            instances=tuple(Instance(one.action, one.args) for one in instances(self.ground)),
            first=self.first,
            target=self.target,
            instance=self.instance,
            labels={label: bytes(known[:states]) for label, known in self.marks.items()},
            state=lambda number: _values(layout, packed(number)),
            engine=self.searched.name,
            truncated=self._truncated(),
            faults=frozenset(self.faults),
            unexpanded=Places(bytes(self.kinds)),
        )

    def _truncated(self) -> str:
        stopped = self.searched.stopped
        if self.halted == "interrupt" or (self.halted and not stopped):
            return self.halted
        if stopped in ("states", "depth") and not self.halted and UNKNOWN not in self.kinds:
            stopped = ""
        return stopped or ("boundary" if OUTSIDE in self.kinds else "")


def _values(layout: Layout, packed: int) -> dict[str, Value]:
    return layout.decode(layout.unpack(packed))
