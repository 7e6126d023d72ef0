"""All checks of a model against its spec, one case after the other, within one budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from checker.conform.budget import Budget
from checker.conform.compare import Walked
from checker.conform.explored import Explored, explore
from checker.conform.implementation import Case, Model
from checker.conform.inject import FaultTour, Injections
from checker.conform.lockstep import Lockstep
from checker.conform.refusals import unjudged
from checker.conform.report import MODES, Mode, Part, Report
from checker.conform.sample import Sampler
from checker.conform.shorten import shortened
from checker.conform.spec_side import SpecSide

Sides = Callable[[Case], Sequence[SpecSide]]
"""The sides of a case, one for each choice of its constants, made when they are wanted."""

LEAST = 2_000
"""Calls of random walks at every choice of the constants, however many there are."""

EVERY = 50_000
"""Up to so many pairs failures are injected into every one; else once for each part of the state that a call reads."""

WALKS = ("sampled", "hypothesis")
"""The checks whose paths are not shortest ones."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: which checks, how many calls of random walks for a large case, how many examples."""

    modes: tuple[Mode, ...] = MODES
    calls: int = 100_000
    seed: int = 0
    examples: int = 60
    keep: int = 3


@dataclass(slots=True)
class Runner:
    """Runs a plan; `report` is truthful at any time."""

    model: Model
    sides: Sides
    plan: Plan
    budget: Budget
    report: Report
    tell: Callable[[str], None] = lambda _: None
    _explored: dict[tuple[str, int], tuple[SpecSide, Explored]] = field(default_factory=dict)

    def run(self, cases: Sequence[Case]) -> Report:
        """All checks of all cases; a limit or Ctrl-C ends it with what there is."""
        began = time.monotonic()
        work: list[tuple[Mode, Case]] = [("exhaustive", c) for c in cases if not c.large]
        work += [("faults", c) for c in cases if not c.large]
        work += [("sampled", c) for c in cases if c.large]
        try:
            for mode, case in work:
                if mode in self.plan.modes:
                    self._one(mode, case)
            if "hypothesis" in self.plan.modes:
                self._hypothesis(cases)
            self.report.found.change(lambda one: shortened(self.model, one) if one.found_by in WALKS else one)
        except KeyboardInterrupt:
            self.report.interrupted = True
        self.report.seconds = time.monotonic() - began
        return self.report

    def _one(self, mode: Mode, case: Case) -> None:
        left = self.budget.left
        if left is not None and left <= 0:
            self.report.skipped.append(f"{mode} {case.name}")
            return
        check = {"exhaustive": self._exhaustive, "faults": self._faults, "sampled": self._sampled}[mode]
        part: Part | None = None
        began = time.monotonic()
        sites: set[int] = set()
        actions: set[str] = set()
        chosen: set[str] = set()
        sides = self.sides(case)
        for number, side in enumerate(sides):
            if part is None:
                part = part_of(case, mode, side)
                self.report.parts.append(part)
            part.constants += 1
            part.of = len(sides)
            self.tell(f"{mode} {case.name}, constants {number + 1} of {len(sides)}")
            walked = check(part, side, case, number)
            part.seconds = time.monotonic() - began
            sites |= walked.sites
            actions |= walked.actions
            chosen |= {name for name, _ in walked.choices}
            add(part, walked)
            if mode != "faults":
                note_gaps(part, side, sites, actions, chosen)
            if walked.stopped == "interrupt":
                raise KeyboardInterrupt
            if part.stopped:
                break

    def _exhaustive(self, part: Part, side: SpecSide, case: Case, number: int) -> Walked:
        explored = explore(side, self.budget)
        self._explored[case.name, number] = side, explored
        count(part, explored)
        if explored.stopped:
            return Walked(stopped=explored.stopped)
        return Lockstep(self.model, side, explored, self.budget, self.report.found, case.name).run()

    def _faults(self, part: Part, side: SpecSide, case: Case, number: int) -> Walked:
        side, explored = self._explored.get((case.name, number), (side, None))
        if explored is None:
            explored = explore(side, self.budget)
        part.pairs, part.reached = None, part.reached + len(explored.targets)
        if explored.stopped:
            return Walked(stopped=explored.stopped)
        every = explored.pairs <= EVERY
        part.every = part.every and every
        tour = FaultTour(self.model, side, explored, self.budget, self.report.found, case.name, every=every)
        walked = tour.run()
        join(part, tour.injections)
        return walked

    def _sampled(self, part: Part, side: SpecSide, case: Case, number: int) -> Walked:
        part.pairs = None
        calls = max(LEAST, self.plan.calls // part.of)
        return Sampler(self.model, side, self.budget, self.report.found, case.name, self.plan.seed).run(calls)

    def _hypothesis(self, cases: Sequence[Case]) -> None:
        """Last, because the library is slow to load."""
        from checker.conform.machine import MOST_SIDES, run_machine

        wanted = [c for c in cases if c.large] or list(cases)
        for case in wanted:
            left = self.budget.left
            if left is not None and left <= 0:
                self.report.skipped.append(f"hypothesis {case.name}")
                continue
            self.tell(f"hypothesis {case.name}")
            began = time.monotonic()
            every = self.sides(case)
            sides = list(every[:: max(1, len(every) // MOST_SIDES)])[:MOST_SIDES]
            part = part_of(case, "hypothesis", sides[0])
            part.pairs, part.constants, part.of = None, len(sides), len(every)
            self.report.parts.append(part)
            run_machine(self.model, sides, self.budget, self.report.found, part, self.plan.examples, self.plan.seed)
            part.seconds = time.monotonic() - began
            if part.stopped == "interrupt":
                raise KeyboardInterrupt


def part_of(case: Case, mode: Mode, side: SpecSide) -> Part:
    """An empty part for a case."""
    return Part(
        case=case.name,
        mode=mode,
        configuration=case.configuration or "",
        kernel=case.kernel or "",
        sizes=dict(side.ground.sizes),
        constants=0,
        ghosts=side.ghosts,
    )


def count(part: Part, explored: Explored) -> None:
    """What the spec says there is."""
    part.pairs = (part.pairs or 0) + explored.pairs
    part.reached += len(explored.targets)
    part.faults += explored.faults
    part.outside += explored.outside


def add(part: Part, walked: Walked) -> None:
    """What was done with the model."""
    part.covered += walked.covered
    part.states += walked.states
    part.calls += walked.calls
    part.unused.update(walked.unused)
    part.beyond.update(walked.beyond)
    part.stopped = part.stopped or walked.stopped


def note_gaps(part: Part, side: SpecSide, sites: set[int], actions: set[str], chosen: set[str]) -> None:
    """What no compared call has met so far."""
    part.unjudged = unjudged(side.ground, sites)
    part.met |= actions | chosen | (set(unjudged(side.ground, ())) - set(part.unjudged))
    part.idle = sorted({action.name for action in side.ground.actions} - actions)
    part.unchosen = sorted(side.choices - chosen)


def join(part: Part, injections: Injections) -> None:
    """What became of injected failures."""
    part.made += injections.made
    part.excluded.update(injections.excluded)
    part.ends.update(injections.ends)
