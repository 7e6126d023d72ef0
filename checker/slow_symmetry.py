"""Exhaustive search up to symmetry by dictionaries: the twin of what the engines do with orbits.

The group is found by trying every permutation of every symmetric sort, an orbit by relabelling a state in every way.
Values are relabelled, not codes, so nothing is shared with `checker.symmetry` but the question which sorts there are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from checker.constants import from_slots, relabel
from checker.evaluate import State
from checker.explorations import Exploration, Limits, RawStep, Report
from checker.slow import Key, _Search, state_key
from checker.symmetric_sorts import symmetric_sorts
from spec.lang.ground import GroundMachine
from spec.lang.values import Value

Names = dict[str, tuple[int, ...]]
"""A relabelling: element i of a sort becomes element `names[sort][i]`."""


def relabellings(ground: GroundMachine, constants: Mapping[str, Value]) -> Iterator[Names]:
    """Every permutation of the elements of symmetric sorts that leaves the constants as they are."""
    sorts = sorted(symmetric_sorts(ground))
    for orders in itertools.product(*(itertools.permutations(range(ground.sizes[sort])) for sort in sorts)):
        names = dict(zip(sorts, orders, strict=True))
        if all(relabel(constants[n], c.type, ground, names) == constants[n] for n, c in ground.constants.items()):
            yield names


def orbit(ground: GroundMachine, group: Sequence[Names], state: State) -> set[Key]:
    """The codes of all states that relabelling makes of a state."""
    return {
        state_key(ground, {n: relabel(state[n], f.type, ground, names) for n, f in ground.fields.items()})
        for names in group
    }


def explore(
    ground: GroundMachine,
    constants: Mapping[str, Sequence[int]],
    limits: Limits | None = None,
    report: Report | None = None,
) -> Exploration:
    """Searches one state of each orbit, the first that is met; numbers are those of all states.

    As `checker.slow.explore` otherwise; the limit of states is one of orbits.
    """
    search = _Reduced(ground, from_slots(ground, constants), limits or Limits(), report)
    try:
        search.run()
    except KeyboardInterrupt:
        search.stopped = "interrupt"
    return search.result()


class _Reduced(_Search):
    """A search whose states stand for their orbits; `home` has every state of these, under the one that is searched."""

    def __init__(
        self, ground: GroundMachine, constants: dict[str, Value], limits: Limits, report: Report | None
    ) -> None:
        super().__init__(ground, constants, limits, report)
        self.group = list(relabellings(ground, constants))
        self.home: dict[Key, Key] = {}
        self.sizes: dict[Key, int] = {}

    def _add(self, state: State, source: Key | None, by: RawStep | tuple[int, ...]) -> None:
        key = state_key(self.ground, state)
        if key not in self.home:
            members = orbit(self.ground, self.group, state)
            self.home |= dict.fromkeys(members, key)
            self.sizes[key] = len(members)
            super()._add(state, source, by)

    def _visit(self, key: Key, deepest: bool) -> None:
        before = (self.transitions, self.refusals, self.outside)
        super()._visit(key, deepest)
        size = self.sizes[key]
        self.transitions = before[0] + size * (self.transitions - before[0])
        self.refusals = before[1] + size * (self.refusals - before[1])
        self.outside = before[2] + size * (self.outside - before[2])

    def result(self) -> Exploration:
        """What was found so far."""
        return replace(super().result(), states=len(self.home), representatives=len(self.states))
