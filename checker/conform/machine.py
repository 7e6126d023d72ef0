"""Hypothesis drives model and spec side by side: a rule for each action, open where the spec enables a call of it.

A rule compares all calls of its action in the present state in passing, each taken back, and goes on with one that is
drawn; those that lead to a state that the run has not been in come first. Which calls there are is asked of the engine
that lock-step uses; what it says of the calls that runs go on with is held against the meaning of the spec (`agreed`).
What fails is shrunk by Hypothesis and told as any other difference.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from checker.conform.agreed import agree
from checker.conform.budget import Budget
from checker.conform.compare import Comparer, Walked, restored
from checker.conform.differences import Detail, Difference, Found, raised
from checker.conform.implementation import Model, Running
from checker.conform.offers import NEW, Offer, offers
from checker.conform.refusals import unjudged
from checker.conform.report import Part
from checker.conform.spec_side import Expected, SpecSide

STEPS = 50
"""The length of a run."""

SHRINKING = 20.0
"""Seconds for making a failure smaller."""

MOST_SIDES = 16
"""Choices of the constants that are drawn from, spread over all of them."""


class Differs(Exception):
    """The model and the spec differ; Hypothesis shrinks what led here."""


class NoTime(BaseException):
    """The time is over. Hypothesis lets it through, as it does Ctrl-C."""


@dataclass(slots=True)
class Session:
    """What all runs of one machine share: coverage, and the shortest run that failed.

    States are kept with the number of their side, pairs with their call.
    """

    model: Model
    sides: Sequence[SpecSide]
    budget: Budget
    found: Found
    part: Part
    failing: Difference | None = None
    rules: dict[str, Counter[str]] = field(default_factory=dict)
    sites: set[int] = field(default_factory=set)
    choices: set[str] = field(default_factory=set)
    states: set[tuple[int, int]] = field(default_factory=set)
    pairs: set[tuple[int, int, Expected]] = field(default_factory=set)
    agreed: set[Expected] = field(default_factory=set)
    walked: Walked = field(default_factory=Walked)
    shrunk_by: float = float("inf")

    def failed(self, one: Difference) -> None:
        """Keeps the shortest run that failed; the first one sets the clock for shrinking."""
        if self.failing is None:
            self.shrunk_by = time.monotonic() + SHRINKING
        if self.failing is None or one.length <= self.failing.length:
            self.failing = one

    def look(self) -> None:
        """NoTime if there is no time left."""
        left = self.budget.left
        if (left is not None and left <= 0) or time.monotonic() > self.shrunk_by:
            raise NoTime

    def noted(self, number: int, state: int, call: Expected, how: str) -> None:
        """Counts a call that was performed, in passing or with this result."""
        self.part.calls += 1
        self.pairs.add((number, state, call))
        self.sites.add(call.site)
        self.choices.update(name for name, _ in call.choices)
        self.rules.setdefault(call.action, Counter())[how] += 1


class Beside(RuleBasedStateMachine):
    """A model beside its spec; the rules come with the spec, in a subclass.

    `been` are the states of this run, `passed` those with the actions whose calls were compared there; `idle` counts
    its steps that led nowhere new, `gone` the others.
    """

    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.number, self.state, self.idle, self.gone = 0, 0, 0, 0
        self.been: set[int] = set()
        self.passed: set[tuple[int, int]] = set()
        self.offers: dict[int, Offer] = {}
        self.comparer: Comparer
        self.running: Running

    def begin(self, side: int, initial: int) -> None:
        """A fresh model for one choice of the constants and one initial state."""
        session = self.session
        session.look()
        self.number = side
        self.comparer = Comparer(session.model, session.sides[side], session.found, session.part.case)
        self.comparer.walked = session.walked
        starts = self.comparer.side.initial()
        start = starts[initial % len(starts)]
        self.running = self.comparer.begin(start)
        self.judge(None, self.comparer.seen(self.running, start.state), start.state)
        self.enter(start.state)

    def enter(self, state: int) -> None:
        """The run is in this state now; in one outside a boundary nothing is called."""
        side = self.comparer.side
        self.state = state
        self.been.add(state)
        self.session.states.add((self.number, state))
        self.offers = offers(side.entries(state), state, self.been) if side.engine.inside(state) else {}

    def open(self, action: int) -> bool:
        """Whether the action can be called now. One that leads nowhere new only takes its turn: so runs get deep."""
        offer = self.offers.get(action)
        if offer is None or NEW in offer.sorts or self.idle <= self.gone:
            return offer is not None
        return all(NEW not in other.sorts for other in self.offers.values())

    def step(self, action: int, data: st.DataObject) -> None:
        """One call of the action, on both sides, after a look at all of them."""
        self.session.look()
        if (self.state, action) not in self.passed:
            self.passed.add((self.state, action))
            self.look_around(action)
        call = drawn(self.offers[action], data)
        if call not in self.session.agreed:
            agree(self.comparer.side, self.state, call)
            self.session.agreed.add(call)
        self.session.noted(self.number, self.state, call, "partial" if call.partial else call.kind)
        call, details = self.comparer.settled(self.running, call, self.state, self.lost())
        after = self.state ^ call.change
        self.judge(call, details, after)
        self.comparer.path.append(call)
        self.idle, self.gone = (self.idle + 1, self.gone) if after in self.been else (self.idle, self.gone + 1)
        self.enter(after)

    def look_around(self, action: int) -> None:
        """All calls of the action in this state, each taken back."""
        comparer, running = self.comparer, self.running
        mark, lost = running.mark(), self.lost()
        for call in self.offers[action].calls:
            self.session.noted(self.number, self.state, call, "in passing")
            was, details = comparer.settled(running, call, self.state, lost)
            self.judge(was, details, self.state ^ was.change)
            running.back(mark)
            self.judge(call, [restored(moved) for moved in comparer.seen(running, self.state)], self.state)

    def lost(self) -> tuple[str, ...]:
        """What is lost already."""
        try:
            return self.running.leaks()
        except MemoryError:
            raise
        except Exception as error:
            self.judge(None, [raised(error)], self.state)
            raise

    def judge(self, call: Expected | None, details: Sequence[Detail], after: int) -> None:
        """Ends the run if something differs."""
        if not details:
            return
        failing = Difference(
            found_by="hypothesis",
            case=self.session.part.case,
            side=self.comparer.side,
            initial=self.comparer.initial,
            path=tuple(self.comparer.path),
            call=call,
            details=tuple(details),
            after=after,
        )
        self.session.failed(failing)
        raise Differs


def drawn(offer: Offer, data: st.DataObject) -> Expected:
    """A call: where it leads by weight, any of the arguments, and half the time the usual course of nature."""
    groups = offer.groups(data.draw(st.sampled_from(offer.weighted)))
    runs = groups[data.draw(st.integers(0, len(groups) - 1))]
    return runs[max(0, data.draw(st.integers(0, 2 * len(runs) - 2)) - len(runs) + 1)]


def machine_of(session: Session) -> type[Beside]:
    """A state machine with one rule for each action of the spec, and one for where nothing can be called."""
    most = st.integers(min_value=0, max_value=max(0, len(session.sides) - 1))
    begun: Callable[..., Any] = initialize(side=most, initial=st.integers(0, 15))
    ends: Callable[..., Any] = rule()
    body: dict[str, Any] = {"session": session, "begin_it": begun(_begin), "rest": precondition(_stuck)(ends(_rest))}
    for index, action in enumerate(session.sides[0].ground.actions):
        name = "do_" + action.name.replace(".", "_")
        body[name] = _rule(index, name)
    return type("Beside", (Beside,), body)


def _begin(self: Beside, side: int, initial: int) -> None:
    self.begin(side, initial)


def _stuck(self: Beside) -> bool:
    return not self.offers


def _rest(self: Beside) -> None:
    self.session.look()


def _rule(index: int, name: str) -> Callable[..., None]:
    def perform(self: Beside, data: st.DataObject) -> None:
        self.step(index, data)

    def can(self: Beside) -> bool:
        return self.open(index)

    perform.__name__ = name
    ruled: Callable[..., Any] = rule(data=st.data())
    made: Callable[..., None] = precondition(can)(ruled(perform))
    return made


def run_machine(
    model: Model, sides: Sequence[SpecSide], budget: Budget, found: Found, part: Part, examples: int, start: int
) -> None:
    """Runs the machine; what it shrinks a failure to goes to `found`, what it came by to `part`."""
    session = Session(model, list(sides), budget, found, part)
    machine = seed(start)(machine_of(session))
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(machine, settings=chosen)
    except (Differs, Flaky):
        # Flaky: the model does not do the same twice
        if session.failing is None:
            raise
    except NoTime:
        part.stopped = "time" if session.failing is None else ""
    except KeyboardInterrupt:
        part.stopped = "interrupt"
    except MemoryError:
        part.stopped = "memory"
    if session.failing is not None:
        found.add(session.failing)
    note(session)


def note(session: Session) -> None:
    """Puts what was come by into the report, and what was not."""
    part, side = session.part, session.sides[0]
    part.rules, part.states, part.covered = session.rules, len(session.states), len(session.pairs)
    part.beyond.update(session.walked.beyond)
    part.unused.update(session.walked.unused)
    part.unjudged = unjudged(side.ground, session.sites)
    part.idle = sorted({action.name for action in side.ground.actions} - session.rules.keys())
    part.unchosen = sorted(side.choices - session.choices)
    part.met |= session.rules.keys() | session.choices | (set(unjudged(side.ground, ())) - set(part.unjudged))
