"""Breadth-first search in pure Python over packed states, for machines where no C compiler is present.

States are found in the same order as by every other engine, and the numbers are the same. No parent links are kept:
`_Trail` notes how many states there were before every batch of sources, so the way back is a look at few sources.
"""

from __future__ import annotations

import sys
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from checker.explicit.layout import Layout
from checker.explicit.py_functions import Program
from checker.explicit.py_masks import Reach
from checker.explicit.py_memo import FIELD, MOVE, Coverage, Entry, Group, Slots, StepClass, classes_of, grouped
from checker.explicit.py_runtime import Fault
from checker.explicit.py_states import NOTHING, Ends, checks_of
from checker.explicit.py_steps import Instance, Steps, initial_states, instances, step_reach
from checker.explicit.py_symmetry import Forms
from checker.explorations import (
    BOUNDS_ARE_KEPT,
    NO_DEADLOCK,
    NO_WARNINGS,
    Exploration,
    Limits,
    Progress,
    RawPath,
    RawStep,
    Report,
)
from checker.symmetry import symmetry_of
from spec.lang.ground import GroundMachine

BATCH = 256
"""Sources between two looks at the clock, and between two marks of the trail."""

REVIEW = 64
"""Batches between two looks at how well the memos do."""

ROOM = 16.0
"""Bits of possible keys up to which classes of steps share a look-up."""

MEMO_LIMIT = 100_000
"""Entries from which on a memo must pay."""

KNOWN_LIMIT = 1_000_000
"""States that are remembered because their orbits are stored, beside four for each stored one."""

REPORT_SECONDS = 0.2


class Stop(Exception):
    """A limit was reached; the argument is its name."""


class PySearch:
    """One search at one choice of constants; `run` may be interrupted, `exploration` is truthful at any time."""

    def __init__(
        self,
        ground: GroundMachine,
        constants: Mapping[str, Sequence[int]],
        limits: Limits,
        report: Report | None = None,
        *,
        symmetry: bool = False,
    ) -> None:
        self.began = time.monotonic()
        self.ground, self.limits, self.report = ground, limits, report
        self.layout = Layout(ground)
        self.program = Program(ground, self.layout, constants)
        self.steps = Steps(ground, self.program)
        self.instances = instances(ground)
        self.slots = Slots(self.layout)
        self.coverage = Coverage()
        reach = Reach(ground, self.layout, constants)
        self.classes = classes_of(
            self.instances, lambda one: self.layout.mask(step_reach(ground, reach, one)), self._class
        )
        self.sources: list[Group | StepClass] = grouped(self.classes, self.layout, ROOM, MEMO_LIMIT)
        self.checks = checks_of(ground, self.program, self.layout, reach, self.coverage, MEMO_LIMIT)
        self.ends = Ends(ground, self.program, self.layout)
        self.order: list[int] = []
        self.group = symmetry_of(ground, constants) if symmetry else None
        self.forms = None if self.group is None else Forms(self.group, self.layout)
        # without symmetry a state is its own form, and `known` and `seen` are one set
        self.seen: set[int] = set()
        self.known: set[int] = self.seen if self.forms is None else set()
        self.orbits: list[int] = []
        self.initial_tapes: list[tuple[int, ...]] = []
        self.trail: list[int] = []
        self.found: dict[str, tuple[int, RawStep | None]] = {}
        self.broken_initial: dict[str, RawPath] = {}
        self.totals: dict[int, int] = {}
        self.outside = 0
        self.level = 0
        self.level_end = 0
        self.checked = -1
        self.stopped = ""
        self._told = self.began
        self._reviewed = 0

    def _class(self, mask: int, members: list[Instance]) -> StepClass:
        names = [action.name for action in self.ground.actions]
        return StepClass(mask, members, self.steps, self.slots, names, self.coverage, MEMO_LIMIT)

    # --- the search ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Searches until everything is seen or a limit is met; Ctrl-C is a limit too."""
        try:
            self._start()
            self._levels()
        except Stop as stop:
            self.stopped = str(stop)
        except KeyboardInterrupt:
            self.stopped = "interrupt"
        except MemoryError:
            self.stopped = "memory"

    def _start(self) -> None:
        """All initial states; what the initialiser breaks is a violation without a step."""
        for tape, run, slots in initial_states(self.ground, self.program, len(self.layout.leaves)):
            if slots is None:
                continue
            self.coverage.sites.update(run.sites)
            self.coverage.warnings.update(run.warnings)
            if run.warnings:
                self.broken_initial.setdefault(NO_WARNINGS, RawPath(tape, ()))
            if isinstance(slots, Fault):
                self.broken_initial.setdefault(BOUNDS_ARE_KEPT, RawPath(tape, ()))
            else:
                if self._add(self.layout.pack(slots)):
                    self.initial_tapes.append(tape)

    def _add(self, state: int) -> bool:
        """Stores a state, unless it or another one of its orbit is stored; True if it is new."""
        if state in self.known:
            return False
        self.known.add(state)
        if self.forms is not None:
            form, size = self.forms.of(state)
            if form in self.seen:
                return False
            self.seen.add(form)
            self.orbits.append(size)
        self.order.append(state)
        return True

    def _levels(self) -> None:
        start = 0
        while start < len(self.order):
            self.level_end = end = len(self.order)
            deepest = self.limits.depth is not None and self.level >= self.limits.depth
            while start < end:
                self._between(start)
                stop = min(end, start - start % BATCH + BATCH)
                if deepest:
                    self._check_only(start, stop)
                else:
                    self._expand(start, stop)
                start = stop
            self.checked = self.level
            if deepest:
                raise Stop("depth")
            self.level += 1 if len(self.order) > end else 0

    def _between(self, start: int) -> None:
        """What is looked after between two batches: the trail, the clock, the memory, the memos."""
        if start % BATCH == 0:
            self.trail.append(len(self.order))
        now = time.monotonic()
        if self.limits.seconds is not None and now - self.began >= self.limits.seconds:
            raise Stop("time")
        if self.forms is not None and len(self.known) > KNOWN_LIMIT + 4 * len(self.order):
            self.known.clear()
        if start - self._reviewed >= BATCH * REVIEW:
            self._review(start - self._reviewed)
            self._reviewed = start
        if self.limits.memory is not None and start % (BATCH * 8) == 0 and self.memory() > self.limits.memory:
            raise Stop("memory")
        if self.report is not None and now - self._told >= REPORT_SECONDS:
            self._told = now
            queue = len(self.order) - start
            counted = self._counted(0)
            self.report(Progress(self.level, self.states(), queue, counted, now - self.began, len(self.order)))

    def _review(self, asked: int) -> None:
        """Gives up what does not pay: groups fall apart into classes, classes forget."""
        kept: list[Group | StepClass] = []
        for source in self.sources:
            poor = source.poor(asked)
            if isinstance(source, Group) and poor:
                kept.extend(source.classes)
                continue
            if isinstance(source, StepClass) and poor:
                source.give_up()
            kept.append(source)
        self.sources = kept
        for check in self.checks:
            check.review(asked)

    def _check_only(self, start: int, stop: int) -> None:
        """The properties of states that are too deep to be expanded."""
        for place in range(start, stop):
            self._check(place)

    def _check(self, place: int) -> bool:
        """Notes what there is to say about a state; True if it is inside all boundaries."""
        inside = True
        for check in self.checks:
            outside, names = check.check(self.order[place])
            inside = inside and not outside
            for name in names:
                self.found.setdefault(name, (place, None))
        self.outside += 0 if inside else self._size(place)
        return inside

    def _size(self, place: int) -> int:
        """How many states the one at a place of the order stands for."""
        return self.orbits[place] if self.orbits else 1

    def states(self) -> int:
        """How many states were found."""
        return sum(self.orbits) if self.forms is not None else len(self.order)

    def _counted(self, field: int) -> int:
        """Transitions (field 0) or refusals (field 1) of all states."""
        return sum(size * (counts >> FIELD * field & (1 << FIELD) - 1) for size, counts in self.totals.items())

    def _expand(self, start: int, stop: int) -> None:
        """Checks and expands the states at these places of the order."""
        order, seen, limit = self.order, self.known, self.limits.states
        sources = [(source.memo.get, source.mask, source.entry) for source in self.sources]
        checks = [(check.memo.get, check.mask) for check in self.checks]
        for place in range(start, stop):
            if limit is not None and len(order) >= limit:
                raise Stop("states")
            state = order[place]
            for known, key in checks:
                if known(state & key) is not NOTHING:
                    inside = self._check(place)
                    break
            else:
                inside = True
            if not inside:
                continue
            counts = 0
            fresh = noted = None
            flip = state.__xor__
            for look, mask, make in sources:
                entry = look(state & mask) or make(state)
                counts += entry.counts
                if not seen.issuperset(map(flip, entry.deltas)):
                    fresh = [entry] if fresh is None else [*fresh, entry]
                if entry.events is not None:
                    noted = [entry] if noted is None else [*noted, entry]
            if fresh is not None:
                self._discover(state, fresh)
            size = self._size(place)
            self.totals[size] = self.totals.get(size, 0) + counts
            if noted is not None:
                self._note(place, noted)
            if counts < MOVE:
                self._dead_end(place)

    def _discover(self, state: int, entries: list[Entry]) -> None:
        """Adds the states that are new, in the order in which their first steps come."""
        turns = [(turn, delta) for e in entries for turn, delta in zip(e.turns, e.deltas, strict=True)]
        if len(entries) > 1:
            turns.sort()
        for _, delta in turns:
            self._add(state ^ delta)

    def _note(self, place: int, entries: list[Entry]) -> None:
        """Notes violations by steps, the first of each property; entries have no more to say afterwards."""
        for turn, _, tape, names in sorted(event for entry in entries for event in entry.events or ()):
            one = self.instances[turn]
            for name in names:
                self.found.setdefault(name, (place, RawStep(one.action, one.args, tape)))
        for entry in entries:
            entry.events = None

    def _dead_end(self, place: int) -> None:
        """A state that nothing leads out of: a deadlock unless it is a declared end."""
        final, names = self.ends.check(self.order[place])
        for name in names if final else (*names, NO_DEADLOCK):
            self.found.setdefault(name, (place, None))

    # --- the result ---------------------------------------------------------------------------------------------

    def memory(self) -> int:
        """Bytes that states and memos take, without the interpreter and the generated code."""
        if not self.order:
            return 0
        memos = {id(memo): memo for memo in (*self.sources, *self.classes, *self.checks)}
        entries = sum(len(memo.memo) for memo in memos.values())
        states = len(self.order) * sys.getsizeof(max(self.order[-1], 1 << self.layout.bits))
        kept = sys.getsizeof(self.seen) + sys.getsizeof(self.order)
        if self.forms is not None:
            kept += sys.getsizeof(self.known) + sys.getsizeof(self.orbits)
            kept += states // len(self.order) * (len(self.known) + len(self.seen))
        return kept + states + entries * 600

    def path_to(self, place: int) -> RawPath:
        """A shortest path to the state at a place of the order, the first in search order."""
        steps: list[RawStep] = []
        while place >= len(self.initial_tapes):
            place, step = self._origin(place)
            steps.append(step)
        return RawPath(self.initial_tapes[place], tuple(reversed(steps)))

    def _origin(self, place: int) -> tuple[int, RawStep]:
        """The source and the step that first led to a state."""
        target = self.order[place]
        first = (bisect_right(self.trail, place) - 1) * BATCH
        for source in range(first, place):
            state = self.order[source]
            if any(check.check(state)[0] for check in self.checks):
                continue
            delta = state ^ target
            if any(delta in one.entry(state).deltas for one in self.sources):
                return source, self._first_step(state, target)
        raise AssertionError("every state but the initial ones was found from an earlier one")

    def _first_step(self, state: int, target: int) -> RawStep:
        slots = self.layout.unpack(state)
        wanted = list(self.layout.unpack(target))
        for one in self.instances:
            for ran in self.steps.runs(one, slots):
                if ran.after == wanted:
                    return RawStep(one.action, one.args, ran.tape)
        raise AssertionError("a step that a memo knows is a step of some instance")

    def _paths(self) -> dict[str, RawPath]:
        paths = dict(self.broken_initial)
        for name, (place, step) in self.found.items():
            if name not in paths:
                path = self.path_to(place)
                paths[name] = path if step is None else RawPath(path.initial_tape, (*path.steps, step))
        return paths

    def exploration(self) -> Exploration:
        """The result so far."""
        seconds = time.monotonic() - self.began
        last = self.level + 1 if self.stopped and len(self.order) > self.level_end else self.level
        return Exploration(
            engine="python",
            states=self.states(),
            representatives=len(self.order),
            transitions=self._counted(0),
            refusals=self._counted(1),
            depth=last,
            checked_depth=self.checked,
            complete=not self.stopped,
            stopped=self.stopped,
            outside=self.outside,
            found=self._paths(),
            premises=frozenset(self.coverage.premises),
            sites=frozenset(self.coverage.sites),
            warnings=frozenset(self.coverage.warnings),
            done_actions=frozenset(self.coverage.actions),
            bits=self.layout.bits,
            words=self.layout.words,
            seconds=seconds,
            extra={"memory_bytes": float(self.memory())},
            symmetric=() if self.group is None else self.group.names,
        )


def explore(
    ground: GroundMachine,
    constants: Mapping[str, Sequence[int]],
    limits: Limits,
    report: Report | None = None,
    *,
    symmetry: bool = False,
) -> Exploration:
    """Searches all reachable states at one choice of constants (codes as `spec.lang.values.encode_slots` gives).

    The result depends on machine, constants and limits only, time and interruption apart; with `symmetry` one state of
    each orbit is stored, and paths and numbers are the same. Ctrl-C ends the search with `stopped="interrupt"` and
    what was found until then.
    """
    search = PySearch(ground, constants, limits, report, symmetry=symmetry)
    search.run()
    return search.exploration()
