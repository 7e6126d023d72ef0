"""The reachable graph by generated C: a search, then every state's changes and labels taken from its states."""

from __future__ import annotations

import ctypes
import time
from array import array
from collections.abc import Callable, Sequence

from checker.explicit.c_engine import NAME, CSearch
from checker.explicit.c_model import argument_count
from checker.explicit.graph_build import Block, Builder, Constants, for_search
from checker.explicit.state_graph import Label, StateGraph
from checker.explorations import Limits, Report
from spec.lang.ground import GroundMachine
from spec.lang.values import cardinality

_MOST_EDGES = 1 << 18
_SECONDS = 0.05
"""One call of C takes no more edges and not much longer, so that Ctrl-C is seen between two calls."""

_TARGET, _TURN, _ENDS, _KINDS = range(4)


def state_graph(
    ground: GroundMachine,
    constants: Constants,
    labels: Sequence[Label] = (),
    limits: Limits | None = None,
    report: Report | None = None,
    *,
    flags: Sequence[str] | None = None,
    remember: bool = True,
) -> StateGraph:
    """Every reachable state with its changes, at one choice of constants; Ctrl-C and limits give a truncated graph.

    The search gets half of the time and of the memory. EngineError when no compiler works, or when an integer grew
    past what generated C computes exactly.
    """
    limits = limits or Limits()
    began = time.monotonic()
    asked = tuple(dict.fromkeys(label.function for label in labels))
    with CSearch(ground, constants, for_search(limits), flags=flags, remember=remember, labels=asked) as search:
        search.run(report)
        try:
            graph = Builder(ground, _CStates(ground, search), labels, limits, began, report).graph()
        finally:
            search.library.uapicheck_edges_free(search.handle)
        search.refuse_overflow()
        return graph


class _CStates:
    """The states of a search in generated C, see `graph_build.Searched`."""

    def __init__(self, ground: GroundMachine, search: CSearch) -> None:
        self.ground, self.search = ground, search
        self.library, self.handle = search.library, search.handle
        self.name = NAME
        self.layout = search.program.layout
        stats = search.stats()
        self.states, self.depth = stats.states, stats.depth
        self.initial = search.initial_states()
        self.stopped = search.stopped(stats)

    def memory(self) -> int:
        """Bytes of the visited set, of remembered steps, and of four bytes for each state while edges are taken."""
        stats = self.search.stats()
        return stats.visited_bytes + stats.memo_bytes + 4 * self.states

    def label(self, label: Label, start: int, stop: int) -> tuple[bytes, bool]:
        """The values of a label at some states, and whether it faulted at one."""
        which = self.search.program.labels.index(label.function)
        out = (ctypes.c_uint8 * (stop - start))()
        faults = self.library.uapicheck_label(self.handle, which, self._instance(label), start, stop, out)
        return bytes(out), faults > 0

    def edges(self, start: int) -> Block:
        """The edges of the next states."""
        if self.library.uapicheck_edges(self.handle, start, _MOST_EDGES, _SECONDS) < 0:
            raise MemoryError
        kinds = self._part(_KINDS, "B").tobytes()
        return Block(self._part(_TARGET, "I"), self._part(_TURN, "I"), self._part(_ENDS, "Q"), kinds)

    def packed(self) -> Callable[[int], int]:
        """A copy of all states."""
        words = self.layout.words
        copied = _copied(self.library.uapicheck_state(self.handle, 0), "Q", words * self.states)
        return lambda number: sum(copied[number * words + place] << 64 * place for place in range(words))

    def _part(self, which: int, code: str) -> array[int]:
        place = ctypes.c_void_p()
        count = self.library.uapicheck_edges_part(self.handle, which, ctypes.byref(place))
        return _copied(place.value, code, count)

    def _instance(self, label: Label) -> int:
        number = 0
        for code, param in zip(label.args, self.ground.functions[label.function].params, strict=True):
            number = number * cardinality(param.type, self.ground) + code
        assert number < argument_count(self.ground, label.function)
        return number


def _copied(place: int | None, code: str, count: int) -> array[int]:
    """An array of that many numbers from where they lie in memory."""
    found = array(code)
    if count:
        assert place
        found.frombytes((ctypes.c_uint8 * (count * found.itemsize)).from_address(place))
    return found
