"""Failures at every place where a call could fail inside, whether the spec has a choice there or not.

A call that fails so is refused, and everything is as before; or it is done all the same; or it does what the spec says
about a choice of this call. Where the model says which choice a place belongs to, it does what the spec says about
that very choice; if a switch of the instance turns that choice off, the failure is not part of it. Such places, and
those whose names begin with "must ", which an axiom of the spec excludes, are only counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checker.conform.budget import Budget
from checker.conform.differences import Detail, Found, Injected, answer_details, leak, new_leaks, raised
from checker.conform.explored import Explored
from checker.conform.implementation import Answer, Choice, Model, Plain, Running
from checker.conform.lockstep import Lockstep
from checker.conform.spec_side import Entry, Expected, SpecSide

MUST = "must "


@dataclass(slots=True)
class Injections:
    """What became of failures: by action and place, how many were refused, done all the same, as a choice, wrong."""

    made: int = 0
    excluded: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[tuple[str, str, str]] = field(default_factory=Counter)


class FaultTour(Lockstep):
    """A lock-step whose calls are made to fail at each of their places in turn."""

    found_by = "faults"

    def __init__(
        self, model: Model, side: SpecSide, explored: Explored, budget: Budget, found: Found, case: str = "",
        *, every: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(model, side, explored, budget, found, case)
        self.every = every
        self.injections = Injections()
        self._asked: set[int] = set()
        self._choice_of: Mapping[str, str] = getattr(model, "choice_of", {})
        self._off = {place for place, choice in self._choice_of.items() if choice not in side.choices}

    def compare(self, running: Running, state: int, entries: Sequence[Entry]) -> int:
        """Every call, failing at each place; once for each part of the state that it depends on, unless `every`.

        What is lost is asked for once for each such part.
        """
        count, known = 0, None
        for entry in entries:
            fresh = id(entry) not in self._asked
            if not self.every and not fresh:
                continue
            self._asked.add(id(entry))
            if fresh and known is None:
                known = self.leaks(running, state)
            leaks = known if fresh else None
            for call in entry.expected:
                self.budget.look()
                self._fail_everywhere(running, state, entry, call, leaks)
            count += len(entry.expected)
        return count

    def _fail_everywhere(
        self, running: Running, state: int, entry: Entry, call: Expected, leaks: tuple[str, ...] | None
    ) -> None:
        mark = running.mark()
        try:
            reached = running.perform(call.action, call.args, call.choices).reached
        except MemoryError:
            raise
        except Exception as error:
            self.suspect(call, [raised(error)], state ^ call.change)
            reached = ()
        running.back(mark)
        self.walked.calls += 1
        for number, place in enumerate(reached):
            if place.startswith(MUST) or place in self._off:
                self.injections.excluded[call.action, place] += 1
                continue
            end, details = self._fail(running, state, entry, call, reached, number, leaks)
            running.back(mark)
            self.walked.calls += 1
            self.injections.made += 1
            self.injections.ends[call.action, place, end] += 1
            if details:
                self.suspect(call, details, state ^ call.change, Injected(number, place))

    def _fail(
        self, running: Running, state: int, entry: Entry, call: Expected, reached: tuple[str, ...], number: int,
        leaks: tuple[str, ...] | None,
    ) -> tuple[str, list[Detail]]:  # fmt: skip
        """Performs the call with one failure: what came of it, and what is wrong with that."""
        try:
            answer = running.perform(call.action, call.args, call.choices, number)
            seen, lost = running.state(), [] if leaks is None else new_leaks(leaks, running.leaks())
        except MemoryError:
            raise
        except Exception as error:
            return "wrong", [raised(error)]
        extra = [leak(lost)] if lost else []
        alike = [one for one in entry.expected if one.index == call.index and one.codes == call.codes]
        wanted = self._chosen(alike, call, reached, number)
        if wanted is not None:
            details = self._against(wanted, answer, seen, state) + extra
            return ("wrong" if details else "as its choice"), details
        if answer.kind != "done" and not answer.warned and seen == self.side.plain(state):
            return ("wrong" if extra else "refused"), extra
        if call.kind == "done" and not self._against(call, answer, seen, state):
            return ("wrong" if extra else "done all the same"), extra
        if any(not self._against(one, answer, seen, state) for one in alike):
            return ("wrong" if extra else "as another choice"), extra
        return "wrong", [*self._nothing(answer, seen, state), *extra]

    def _against(self, wanted: Expected, answer: Answer, seen: tuple[Plain, ...], state: int) -> list[Detail]:
        """Where this is not what the spec says of a call."""
        return [*answer_details(wanted, answer), *self.apart(seen, state ^ wanted.change)]

    def _nothing(self, answer: Answer, seen: tuple[Plain, ...], state: int) -> list[Detail]:
        """Where this is not a refusal that changes nothing."""
        found = self.apart(seen, state)
        if answer.kind == "done":
            found.insert(0, Detail("kind", "", "refused, or done in full", "done in part"))
        if answer.warned:
            found.insert(0, Detail("warned", "", "no WARN", "a WARN"))
        return found

    def _chosen(
        self, alike: Sequence[Expected], call: Expected, reached: tuple[str, ...], number: int
    ) -> Expected | None:
        """The call with the choice taken that this place belongs to; None if the spec reads none there."""
        place = reading_at(self._choice_of, call.choices, reached, number)
        if place is None:
            return None
        name, value = call.choices[place]
        if value is not False:
            return call if value is True else None
        begin = (*call.choices[:place], (name, True))
        found = [one for one in alike if one.choices[: place + 1] == begin]
        return next((one for one in found if not any(v for _, v in one.choices[place + 1 :])), None)


def reading_at(
    choice_of: Mapping[str, str], choices: Sequence[Choice], reached: Sequence[str], number: int
) -> int | None:
    """Which reading of a choice the place with this number is; None if it is none."""
    at = 0
    for count, place in enumerate(reached):
        if at < len(choices) and choice_of.get(place) == choices[at][0]:
            if count == number:
                return at
            at += 1
        elif count == number:
            return None
    return None
