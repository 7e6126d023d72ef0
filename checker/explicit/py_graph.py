"""The reachable graph by generated Python: a search, then every state's changes and labels taken from its states."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from checker.explicit.graph_build import KNOWN, OUTSIDE, UNKNOWN, Block, Builder, Constants, for_search
from checker.explicit.py_masks import Reach
from checker.explicit.py_memo import Group, Slots, StepClass
from checker.explicit.py_runtime import Fault, Run, decoder
from checker.explicit.py_search import PySearch
from checker.explicit.py_steps import Instance, Steps
from checker.explicit.state_graph import Label, StateGraph
from checker.explorations import Limits, Report
from spec.lang.ground import GroundMachine

NAME = "python"

_STATES = 256
"""States between two looks at the clock."""

_REMEMBERED = 200_000
"""Entries from which on a memo begins anew."""

Changes = tuple[tuple[int, int], ...]
"""Places of instances, and the bits that they change; in the order of turns, of one turn each change once."""


def state_graph(
    ground: GroundMachine,
    constants: Constants,
    labels: Sequence[Label] = (),
    limits: Limits | None = None,
    report: Report | None = None,
) -> StateGraph:
    """Every reachable state with its changes, at one choice of constants; Ctrl-C and limits give a truncated graph.

    The search gets half of the time and of the memory.
    """
    limits = limits or Limits()
    search = PySearch(ground, constants, for_search(limits), report)
    search.run()
    states = _PyStates(ground, constants, search)
    return Builder(ground, states, labels, limits, search.began, report).graph()


class _PyStates:
    """The states of a search in generated Python, see `graph_build.Searched`."""

    def __init__(self, ground: GroundMachine, constants: Constants, search: PySearch) -> None:
        self.ground, self.constants, self.search = ground, constants, search
        self.name = NAME
        self.layout = search.layout
        self.states = len(search.order)
        self.initial = len(search.initial_tapes)
        self.depth = search.level
        self.stopped = search.stopped
        self.total = 0
        self.numbers: dict[int, int] = {}
        self.sources: list[_Memo] = []
        self.known: dict[Label, dict[int, bool | None]] = {}

    def memory(self) -> int:
        """Bytes of the search, and of the numbers of its states; what changes remember is small beside them."""
        return self.search.memory() + self.states * 100

    def label(self, label: Label, start: int, stop: int) -> tuple[bytes, bool]:
        """The values of a label at some states, and whether it faulted at one."""
        function = self.search.program.functions[label.function]
        params = self.ground.functions[label.function].params
        args: list[Any] = [decoder(p.type, self.ground)(c) for p, c in zip(params, label.args, strict=True)]
        mask = self.layout.mask(Reach(self.ground, self.layout, self.constants).call(label.function, args).reads)
        known = self.known.setdefault(label, {})
        found, faulted = bytearray(), False
        for state in self.search.order[start:stop]:
            key = state & mask
            if key not in known:
                if len(known) >= _REMEMBERED:
                    known.clear()
                slots = list(self.layout.unpack(state))
                try:
                    known[key] = bool(function(slots, slots, Run([]), *args))
                except Fault:
                    known[key] = None
            faulted |= known[key] is None
            found.append(bool(known[key]))
        return bytes(found), faulted

    def edges(self, start: int) -> Block:
        """The edges of the next states."""
        if not self.sources:
            self.numbers = {state: number for number, state in enumerate(self.search.order)}
            slots = Slots(self.layout)
            self.sources = [_memo_of(source, self.search.steps, slots) for source in self.search.sources]
        block = Block(array("I"), array("I"), array("Q"), b"")
        kinds = bytearray()
        for state in self.search.order[start : start + _STATES]:
            if any(check.check(state)[0] for check in self.search.checks):
                kinds.append(OUTSIDE)
            else:
                kinds.append(KNOWN if self._changes(state, block) else UNKNOWN)
            block.ends.append(self.total + len(block.target))
        self.total += len(block.target)
        return Block(block.target, block.instance, block.ends, bytes(kinds))

    def _changes(self, state: int, block: Block) -> bool:
        """Appends the edges of a state; False, and none, if one leads to none of the states."""
        made = [found for source in self.sources if (found := source.of(state))]
        changes = sorted(chain.from_iterable(made), key=itemgetter(0)) if len(made) > 1 else chain.from_iterable(made)
        begin, known = len(block.target), self.numbers.get
        for place, delta in changes:
            number = known(state ^ delta)
            if number is None:
                del block.target[begin:], block.instance[begin:]
                return False
            block.target.append(number)
            block.instance.append(place)
        return True

    def packed(self) -> Callable[[int], int]:
        """The states themselves."""
        return self.search.order.__getitem__


class _Memo:
    """The changes of some instances in all states, remembered by the bits that they depend on."""

    def __init__(self, mask: int, make: Callable[[int], Changes]) -> None:
        self.mask = mask
        self.make = make
        self.known: dict[int, Changes] = {}

    def of(self, state: int) -> Changes:
        """The changes in a state."""
        key = state & self.mask
        found = self.known.get(key)
        if found is None:
            found = self.make(state)
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            self.known[key] = found
        return found


def _memo_of(source: Group | StepClass, steps: Steps, slots: Slots) -> _Memo:
    """A memo for what the search looks up together."""
    if isinstance(source, Group):
        parts = [_memo_of(one, steps, slots) for one in source.classes]
        return _Memo(source.mask, lambda state: tuple(sorted(chain(*(p.of(state) for p in parts)), key=itemgetter(0))))
    return _Memo(source.mask, lambda state: _run(source.instances, steps, slots, state))


def _run(members: Sequence[Instance], steps: Steps, slots: Slots, state: int) -> Changes:
    """Runs some instances with all tapes."""
    before, found = slots.of(state), []
    for one in members:
        deltas = (slots.delta(before, ran.after) for ran in steps.runs(one, before) if ran.after is not None)
        found += [(one.place, delta) for delta in dict.fromkeys(deltas) if delta]
    return tuple(found)
