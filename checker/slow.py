"""Exhaustive search built on `evaluate` and dictionaries only: the twin that every engine is compared with."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence

from checker.constants import from_slots
from checker.evaluate import Occasion, Run, State, Step, holds, initial_runs, premise_holds, steps
from checker.explorations import (
    BOUNDS_ARE_KEPT,
    NO_DEADLOCK,
    NO_WARNINGS,
    REFUSALS_CHANGE_NOTHING,
    Exploration,
    Limits,
    Progress,
    RawPath,
    RawStep,
    Report,
)
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property
from spec.lang.values import Value, cardinality, encode_slots, leaves

ENGINE = "evaluate"
Key = tuple[int, ...]


def state_key(ground: GroundMachine, state: Mapping[str, Value]) -> Key:
    """The codes of all fields' slots, in field order: equal exactly for equal states."""
    return tuple(code for f in ground.fields.values() for code in encode_slots(state[f.name], f.type, ground))


def explore(
    ground: GroundMachine,
    constants: Mapping[str, Sequence[int]],
    limits: Limits | None = None,
    report: Report | None = None,
) -> Exploration:
    """Searches all reachable states at one choice of constants (codes as `constants.as_slots` gives).

    Memory is counted by the size of the states' keys and values, roughly. Ctrl-C ends the search with
    `stopped="interrupt"`. `words` is 0: nothing is packed.
    """
    search = _Search(ground, from_slots(ground, constants), limits or Limits(), report)
    try:
        search.run()
    except KeyboardInterrupt:
        search.stopped = "interrupt"
    return search.result()


class _Search:
    """One search. `states` keeps the order of discovery; `origin` tells how each state was first reached."""

    def __init__(
        self, ground: GroundMachine, constants: dict[str, Value], limits: Limits, report: Report | None
    ) -> None:
        self.ground = ground
        self.constants = constants
        self.limits = limits
        self.report = report
        self.began = time.monotonic()
        self.states: dict[Key, State] = {}
        self.origin: dict[Key, tuple[Key | None, RawStep | tuple[int, ...]]] = {}
        self.next_level: list[Key] = []
        self.level = 0
        self.checked = -1
        self.memory = 0
        self.transitions = self.refusals = self.outside = 0
        self.stopped = ""
        self.found: dict[str, RawPath] = {}
        self.premises: set[str] = set()
        self.sites: set[int] = set()
        self.warnings: set[int] = set()
        self.done_actions: set[str] = set()

    def run(self) -> None:
        """All levels in turn, until there are no more or a limit is reached."""
        for run in initial_runs(self.ground, self.constants):
            self._initial(run)
        while self.next_level:
            current, self.next_level = self.next_level, []
            deepest = self.limits.depth is not None and self.level >= self.limits.depth
            for key in current:
                if self._limit_reached(deepest):
                    return
                self._visit(key, deepest)
            self.checked = self.level
            if deepest:
                self.stopped = "depth"
                return
            self.level += 1 if self.next_level else 0
            if self.report is not None:
                self.report(self._progress())

    def result(self) -> Exploration:
        """What was found so far."""
        cards = [cardinality(t, self.ground) for f in self.ground.fields.values() for t in leaves(f.type, self.ground)]
        return Exploration(
            engine=ENGINE,
            states=len(self.states),
            representatives=len(self.states),
            transitions=self.transitions,
            refusals=self.refusals,
            depth=max((self._depth(key) for key in self.states), default=0),
            checked_depth=self.checked,
            complete=not self.stopped,
            stopped=self.stopped,
            outside=self.outside,
            found=self.found,
            premises=frozenset(self.premises),
            sites=frozenset(self.sites),
            warnings=frozenset(self.warnings),
            done_actions=frozenset(self.done_actions),
            bits=sum((card - 1).bit_length() for card in cards),
            words=0,
            seconds=time.monotonic() - self.began,
        )

    # --- states -------------------------------------------------------------------------------------------------

    def _initial(self, run: Run) -> None:
        path = RawPath(run.codes, ())
        self.sites |= run.sites
        self.warnings |= set(run.warnings)
        if run.warnings:
            self._note(NO_WARNINGS, path)
        if run.kind == "fault":
            self._note(BOUNDS_ARE_KEPT, path)
        elif run.kind == "step":
            self._add(run.after, None, run.codes)

    def _add(self, state: State, source: Key | None, by: RawStep | tuple[int, ...]) -> None:
        key = state_key(self.ground, state)
        if key not in self.states:
            self.states[key] = state
            self.origin[key] = (source, by)
            self.next_level.append(key)
            self.memory += sys.getsizeof(key) + sys.getsizeof(state)

    def _path(self, key: Key) -> RawPath:
        source, by = self.origin[key]
        if source is None:
            assert not isinstance(by, RawStep)
            return RawPath(by, ())
        assert isinstance(by, RawStep)
        before = self._path(source)
        return RawPath(before.initial_tape, (*before.steps, by))

    def _depth(self, key: Key) -> int:
        return len(self._path(key).steps)

    def _note(self, name: str, path: RawPath) -> None:
        """Only the first path to a violation or goal counts."""
        self.found.setdefault(name, path)

    # --- one state ----------------------------------------------------------------------------------------------

    def _visit(self, key: Key, deepest: bool) -> None:
        state, path = self.states[key], self._path(key)
        for prop in self._properties("invariant", "goal"):
            self._check_state(prop, state, path)
        if not self._is_inside(state, path):
            self.outside += 1
            return
        if deepest:
            return
        moved = False
        for step in steps(self.ground, self.constants, state):
            moved |= self._take(step, key, path)
        if not moved and not self._is_final(state, path):
            self._note(NO_DEADLOCK, path)

    def _properties(self, *kinds: str) -> list[Property]:
        return [prop for prop in self.ground.properties if prop.kind in kinds]

    def _check_state(self, prop: Property, state: State, path: RawPath) -> None:
        answer = holds(self.ground, self.constants, prop, Occasion(state))
        if answer.value == (prop.kind == "goal"):
            self._note(prop.name, path)
        if answer.fault and prop.kind == "goal":
            self._note(BOUNDS_ARE_KEPT, path)
        self._check_premise(prop, Occasion(state), path)

    def _check_premise(self, prop: Property, occasion: Occasion, path: RawPath) -> None:
        if prop.premise is not None:
            premise = premise_holds(self.ground, self.constants, prop, occasion)
            if premise.fault:
                self._note(BOUNDS_ARE_KEPT, path)
            if premise.value:
                self.premises.add(prop.name)

    def _is_inside(self, state: State, path: RawPath) -> bool:
        """False at the first boundary that is False; the ones after it are not asked."""
        for prop in self._properties("boundary"):
            answer = holds(self.ground, self.constants, prop, Occasion(state))
            if answer.fault:
                self._note(BOUNDS_ARE_KEPT, path)
            if not answer.value:
                return False
        return True

    def _is_final(self, state: State, path: RawPath) -> bool:
        """True at the first `final` that is True; only asked where nothing moves."""
        for prop in self._properties("final"):
            answer = holds(self.ground, self.constants, prop, Occasion(state))
            if answer.fault:
                self._note(BOUNDS_ARE_KEPT, path)
            if answer.value:
                return True
        return False

    # --- one step -----------------------------------------------------------------------------------------------

    def _take(self, step: Step, key: Key, before: RawPath) -> bool:
        """Counts and checks a step; True if it leads to a different state."""
        run = step.run
        raw = RawStep(step.index, step.codes(self.ground), run.codes)
        path = RawPath(before.initial_tape, (*before.steps, raw))
        self.sites |= run.sites
        self.warnings |= set(run.warnings)
        self.premises |= run.met
        if run.warnings:
            self._note(NO_WARNINGS, path)
        for name in run.during:
            self._note(name, path)
        if run.premise_faults or run.fault:
            self._note(BOUNDS_ARE_KEPT, path)
        if run.outcome is None:
            return False
        kind = self.ground.machine.sites[run.outcome.site].kind
        changed = run.after != run.before
        if kind in ("refused", "blocked") and not changed:
            self.refusals += 1
        else:
            self.transitions += 1
        if kind in ("refused", "blocked") and changed:
            self._note(REFUSALS_CHANGE_NOTHING, path)
        if kind == "done":
            self.done_actions.add(step.action.name)
        if changed:
            self._add(run.after, key, raw)
        self._check_action(step, path)
        return changed

    def _check_action(self, step: Step, path: RawPath) -> None:
        params = self.ground.functions[step.action.function].params
        args = {p.name: value for p, value in zip(params, step.args, strict=True)}
        occasion = Occasion(step.run.after, step.run.before, step.run.outcome, args)
        for prop in self._properties("action"):
            if not prop.on or step.action.name in prop.on:
                if not holds(self.ground, self.constants, prop, occasion).value:
                    self._note(prop.name, path)
                self._check_premise(prop, occasion, path)
                if prop.premise is None:
                    self.premises.add(prop.name)

    # --- limits -------------------------------------------------------------------------------------------------

    def _limit_reached(self, deepest: bool) -> bool:
        """Asked before a state is visited; the state limit only where the visit could find more states."""
        limits = self.limits
        if limits.seconds is not None and time.monotonic() - self.began >= limits.seconds:
            self.stopped = "time"
        elif limits.memory is not None and self.memory > limits.memory:
            self.stopped = "memory"
        elif limits.states is not None and not deepest and len(self.states) >= limits.states:
            self.stopped = "states"
        return bool(self.stopped)

    def _progress(self) -> Progress:
        seconds = time.monotonic() - self.began
        return Progress(self.level, len(self.states), len(self.next_level), self.transitions, seconds)
