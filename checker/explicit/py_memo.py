"""Outcomes remembered by the part of the state that they depend on: why generated Python can search millions of steps.

A step may only depend on, and change, the slots in its mask. So what happens in `state` is looked up by `state & mask`
and applied as an exclusive or. Instances with one mask form a `StepClass`; classes whose masks overlap well are put
together in a `Group`, so that one look-up serves many. A memo that does not pay is given up: a group falls apart
into its classes, a class runs its instances afresh.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable, Sequence

from checker.explicit.layout import Layout
from checker.explicit.py_steps import Instance, Steps

FIELD = 40
TRANSITION = 1
REFUSAL = 1 << FIELD
MOVE = 1 << 2 * FIELD
"""Counts travel in one integer: transitions, refusals, and (on top) distinct changes of state."""

Event = tuple[int, int, tuple[int, ...], tuple[str, ...]]
"""A violation by a step: its turn in the state, its place among the runs of that turn, its tape, the properties."""


class Entry:
    """What some instances do in all states that agree on a mask.

    `deltas` are the distinct changes (exclusive or), `turns` when each comes first; `events` is None once the
    search has noted all of them.
    """

    __slots__ = ("counts", "deltas", "events", "turns")

    def __init__(
        self, counts: int, deltas: tuple[int, ...], turns: tuple[tuple[int, int], ...], events: tuple[Event, ...] | None
    ) -> None:
        self.counts = counts
        self.deltas = deltas
        self.turns = turns
        self.events = events


class Coverage:
    """What was reached at all; grows while entries are made, each of which belongs to a state that is expanded."""

    def __init__(self) -> None:
        self.sites: set[int] = set()
        self.warnings: set[int] = set()
        self.premises: set[str] = set()
        self.actions: set[str] = set()


class Memo:
    """Answers by mask: the bookkeeping that classes and groups share."""

    def __init__(self, mask: int, limit: int) -> None:
        self.mask = mask
        self.memo: dict[int, Entry] = {}
        self.kept = True
        self._limit = limit
        self._made = 0

    def entry(self, state: int) -> Entry:
        """What happens in the state; looks into the memo first."""
        key = state & self.mask
        found = self.memo.get(key)
        if found is None:
            found = self.make(state)
            self._made += 1
            if self.kept:
                self.memo[key] = found
        return found

    def make(self, state: int) -> Entry:
        """What happens in the state, worked out."""
        raise NotImplementedError

    def poor(self, asked: int) -> bool:
        """True if the memo is large and most questions since the last time were new ones."""
        made, self._made = self._made, 0
        return len(self.memo) > self._limit and made * 2 > asked


class Slots:
    """The slots of packed states; classes ask for the same state one after the other."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._positions = tuple(leaf.position for leaf in layout.leaves)
        self._state = -1
        self._last: tuple[int, ...] = ()

    def of(self, state: int) -> tuple[int, ...]:
        """The slots of a state."""
        if state != self._state:
            self._state, self._last = state, self._layout.unpack(state)
        return self._last

    def delta(self, before: Sequence[int], after: Sequence[int]) -> int:
        """The exclusive or of two packed states, given as slots."""
        total = 0
        for position, old, new in zip(self._positions, before, after, strict=True):
            if old != new:
                total |= (old ^ new) << position
        return total


class StepClass(Memo):
    """Instances with one mask; runs the generated code when the memo does not know."""

    def __init__(
        self,
        mask: int,
        instances: Sequence[Instance],
        steps: Steps,
        slots: Slots,
        names: Sequence[str],
        coverage: Coverage,
        limit: int,
    ) -> None:
        super().__init__(mask, limit)
        self.instances = tuple(instances)
        self._steps = steps
        self._slots = slots
        self._names = names
        self._coverage = coverage

    def make(self, state: int) -> Entry:
        """Runs all instances over all tapes."""
        slots = self._slots.of(state)
        counts = 0
        deltas: dict[int, tuple[int, int]] = {}
        events: list[Event] = []
        for instance in self.instances:
            for number, ran in enumerate(self._steps.runs(instance, slots)):
                self._coverage.sites.update(ran.sites)
                self._coverage.warnings.update(ran.warnings)
                self._coverage.premises.update(ran.premises)
                turn = (instance.place, number)
                if ran.violated:
                    events.append((*turn, ran.tape, tuple(ran.violated)))
                if ran.after is None:
                    continue
                if self._steps.is_done(ran.site):
                    self._coverage.actions.add(self._names[instance.action])
                delta = self._slots.delta(slots, ran.after)
                counts += REFUSAL if delta == 0 and self._steps.is_refusal(ran.site) else TRANSITION
                if delta:
                    deltas.setdefault(delta, turn)
        return Entry(counts + MOVE * len(deltas), tuple(deltas), tuple(deltas.values()), tuple(events) or None)

    def give_up(self) -> None:
        """Remembers nothing from now on."""
        self.kept = False
        self.memo.clear()


class Group(Memo):
    """Several classes behind one look-up."""

    def __init__(self, classes: Sequence[StepClass], limit: int) -> None:
        super().__init__(union(c.mask for c in classes), limit)
        self.classes = tuple(classes)

    def make(self, state: int) -> Entry:
        """Joins what the classes know."""
        parts = [c.entry(state) for c in self.classes]
        deltas: dict[int, tuple[int, int]] = {}
        for turn, delta in sorted((t, d) for part in parts for t, d in zip(part.turns, part.deltas, strict=True)):
            deltas.setdefault(delta, turn)
        counts = sum(part.counts for part in parts)
        events = tuple(event for part in parts for event in part.events or ())
        return Entry(counts, tuple(deltas), tuple(deltas.values()), events or None)


def union(masks: Iterable[int]) -> int:
    """All bits that are in one of the masks."""
    return functools.reduce(operator.or_, masks, 0)


def classes_of(
    instances: Sequence[Instance],
    mask_of: Callable[[Instance], int],
    make: Callable[[int, list[Instance]], StepClass],
) -> list[StepClass]:
    """Instances by mask, in the order of their first turn."""
    by_mask: dict[int, list[Instance]] = {}
    for instance in instances:
        by_mask.setdefault(mask_of(instance), []).append(instance)
    return [make(mask, members) for mask, members in by_mask.items()]


def grouped(classes: Sequence[StepClass], layout: Layout, room: float, limit: int) -> list[Group | StepClass]:
    """Classes put together greedily, largest first, as long as a group has at most `room` bits of possible keys."""
    bins: list[list[StepClass]] = []
    for one in sorted(classes, key=lambda c: -weight(layout, c.mask)):
        best: tuple[float, int] | None = None
        for place, members in enumerate(bins):
            held = union(c.mask for c in members)
            whole = weight(layout, held | one.mask)
            if whole <= room or held | one.mask == held:
                growth = (whole - weight(layout, held), place)
                best = growth if best is None else min(best, growth)
        if best is None:
            bins.append([one])
        else:
            bins[best[1]].append(one)
    return [Group(members, limit) if len(members) > 1 else members[0] for members in bins]


def weight(layout: Layout, mask: int) -> float:
    """Bits of information that a mask selects: the logarithm of the number of different keys."""
    return sum(math.log2(leaf.cardinality) for leaf in layout.leaves if leaf.mask & mask)
