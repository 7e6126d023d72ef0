"""Random walks through instances that are too large to be gone through: every state on the way is compared in full.

The same seed gives the same walks. What they came by is counted, so that nobody takes them for more than they are.
"""

from __future__ import annotations

import random

from checker.conform.budget import Budget, Over
from checker.conform.compare import Abandoned, Comparer, Walked
from checker.conform.differences import Found
from checker.conform.implementation import Model, Running
from checker.conform.spec_side import Expected, SpecSide

STEPS = 60
"""The length of a walk."""

TRIES = 40
"""So many calls are drawn before a walk gives up looking for one that changes something."""

AGAIN = 4
"""Groups of calls that are compared anew in a state that another walk has been in."""


class Sampler(Comparer):
    """Walks of one model beside one instance; `walked.covered` counts the pairs of different states."""

    found_by = "sampled"

    def __init__(self, model: Model, side: SpecSide, budget: Budget, found: Found, case: str, seed: int) -> None:
        super().__init__(model, side, found, case)
        self.budget = budget
        self.dice = random.Random(seed)
        self.known: set[int] = set()

    def run(self, calls: int) -> Walked:
        """Walks until so many calls were performed, or a limit is met."""
        walked, starts = self.walked, self.side.initial()
        try:
            while walked.calls < calls:
                before = walked.calls
                initial = self.dice.choice(starts)
                running = self.begin(initial)
                if details := self.seen(running, initial.state):
                    self.differs(None, details, initial.state)
                    return walked
                try:
                    self._walk(running, initial.state, calls)
                except Abandoned:
                    return walked
                if walked.calls == before:
                    break
        except Over as over:
            walked.stopped = str(over)
        except MemoryError:
            walked.stopped = "memory"
        except KeyboardInterrupt:
            walked.stopped = "interrupt"
        return walked

    def _walk(self, running: Running, state: int, calls: int) -> None:
        for _ in range(STEPS):
            self.budget.look()
            if not self.side.engine.inside(state):
                return
            self._compare(running, state)
            call = self._draw(state)
            if call is None or self.walked.calls >= calls:
                return
            details = self.performed(running, call, state ^ call.change)
            if details:
                self.differs(call, details, state ^ call.change)
                return
            self.path.append(call)
            state ^= call.change

    def _compare(self, running: Running, state: int) -> None:
        """All calls in a new state; some of them in one that is known, since it was reached another way."""
        entries = self.side.entries(state)
        fresh = state not in self.known
        chosen = entries if fresh else self.dice.sample(entries, min(AGAIN, len(entries)))
        compared = self.compare(running, state, chosen)
        self.still(running, state)
        if fresh:
            self.known.add(state)
            self.walked.states += 1
            self.walked.covered += compared

    def _draw(self, state: int) -> Expected | None:
        """A call to go on with: one that leads somewhere new if one is drawn soon, else one that changes something."""
        entries = [entry for entry in self.side.entries(state) if entry.changes]
        moving: Expected | None = None
        for _ in range(TRIES if entries else 0):
            call = self.dice.choice(self.dice.choice(entries).expected)
            if call.change:
                moving = call
                if state ^ call.change not in self.known:
                    return call
        return moving
