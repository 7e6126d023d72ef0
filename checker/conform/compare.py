"""Comparing one call, and every call of one state, of a model that runs with what the spec says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checker.conform.differences import (
    Detail,
    Difference,
    Found,
    Injected,
    answer_details,
    leak,
    new_leaks,
    raised,
    state_details,
)
from checker.conform.implementation import Answer, Model, Running
from checker.conform.spec_side import Entry, Expected, Initial, SpecSide
from spec.lang.errors import RequestError


class Abandoned(Exception):
    """The model is not where it should be, and cannot be brought back."""


@dataclass(slots=True)
class Walked:
    """What was done: pairs that were compared, calls that were performed for that (those on the way included).

    `unused` are choices that were handed in and never asked for, `beyond` those of them that the spec lets nature make
    and the model, as it declares, cannot come by; `sites` are the places of the spec whose answer was compared,
    `choices` what nature chose in compared calls.
    """

    covered: int = 0
    calls: int = 0
    states: int = 0
    stopped: str = ""
    unused: Counter[tuple[str, str]] = field(default_factory=Counter)
    beyond: Counter[tuple[str, str]] = field(default_factory=Counter)
    sites: set[int] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    choices: set[tuple[str, str]] = field(default_factory=set)


class Comparer:
    """One model beside one instance of the spec; `path` are the calls since the start of the model that runs."""

    found_by = "lock-step"

    def __init__(self, model: Model, side: SpecSide, found: Found, case: str) -> None:
        self.model, self.side, self.found, self.case = model, side, found, case
        self.walked = Walked()
        self.path: list[Expected] = []
        self.initial: Initial
        self._pending: list[Difference] = []
        self._declared: Mapping[tuple[str, str], str] = getattr(model, "beyond", {})

    def begin(self, initial: Initial) -> Running:
        """A fresh model; RequestError for an instance that it does not know."""
        self.path, self.initial = [], initial
        try:
            return self.model.start(self.side.setting, initial.choices)
        except ValueError as error:
            raise RequestError(f"the model does not know this instance: {error}") from error

    # --- one state ----------------------------------------------------------------------------------------------

    def compare(self, running: Running, state: int, entries: Sequence[Entry]) -> int:
        """The inner loop: every call of these entries, and back each time; gives how many there were.

        What is lost is asked for once for each entry: that takes longer than a call.
        """
        perform, read, back, mark = running.perform, running.state, running.back, running.mark()
        plain, count = self.side.plain, 0
        leaks = () if all(entry.asked for entry in entries) else self.leaks(running, state)
        for entry in entries:
            for call in entry.expected:
                try:
                    answer = perform(call.action, call.args, call.choices)
                    lost = [] if entry.asked else new_leaks(leaks, running.leaks())
                    if (
                        lost
                        or read() != plain(state ^ call.change)
                        or answer.kind != call.kind
                        or answer.errno != call.errno
                        or answer.warned != call.warned
                        or answer.outputs != call.outputs
                    ):
                        self._judge(running, call, answer, state, lost)
                    if answer.unused:
                        self.walked.unused.update((call.action, name) for name in answer.unused)
                except MemoryError:
                    raise
                except Exception as error:
                    self.suspect(call, [raised(error)], state ^ call.change)
                try:
                    back(mark)
                except MemoryError:
                    raise
                except Exception as error:
                    self._pending.clear()
                    self.differs(call, [raised(error)], state ^ call.change)
                    raise Abandoned from error
            if not entry.asked:
                self._note(entry)
            count += len(entry.expected)
        self.walked.calls += count
        return count

    def _note(self, entry: Entry) -> None:
        """What is covered, and asked once for each entry."""
        entry.asked = True
        for call in entry.expected:
            self.walked.sites.add(call.site)
            self.walked.actions.add(call.action)
            self.walked.choices.update((name, str(value)) for name, value in call.choices)

    def _judge(self, running: Running, call: Expected, answer: Answer, state: int, lost: list[str]) -> None:
        """What exactly differs, if something does."""
        after = state ^ call.change
        details = [*answer_details(call, answer), *self.seen(running, after), *([leak(lost)] if lost else [])]
        if not details:
            return
        if not lost and self._beyond(running, call, answer, state) is not None:
            return
        self.suspect(call, details, after)

    def _beyond(self, running: Running, call: Expected, answer: Answer, state: int) -> Expected | None:
        """The call without the choice that nature cannot make here, as the model declares (`beyond`): it never asked
        for it, and did what the spec says without it; this is counted. None if it is not so."""
        for place, (name, value) in enumerate(call.choices):
            if value is not True or name not in answer.unused or (call.action, name) not in self._declared:
                continue
            begin = (*call.choices[:place], (name, False))
            for one in self.side.alike(call, state):
                rest = one.choices[place + 1 :]
                if one.choices[: place + 1] == begin and not any(v for _, v in rest):
                    if not answer_details(one, answer) and not self.seen(running, state ^ one.change):
                        self.walked.beyond[call.action, name] += 1
                        return one
        return None

    def still(self, running: Running, state: int) -> None:
        """After all calls and all ways back the model must be where it was; only then counts what differed."""
        pending, self._pending = self._pending, []
        if not (moved := self.seen(running, state)):
            for one in pending:
                self.found.add(one)
            return
        call, details = self._culprit(state)
        self.differs(call, details or [restored(d) for d in moved], state)
        raise Abandoned

    def _culprit(self, state: int) -> tuple[Expected | None, list[Detail]]:
        """The first call of the state that a fresh model is not brought back from; None if none is found."""
        path = self.path
        running = self.begin(self.initial)
        self.path = path
        for step in path:
            running.perform(step.action, step.args, step.choices)
        for entry in self.side.entries(state):
            for call in entry.expected:
                mark = running.mark()
                try:
                    running.perform(call.action, call.args, call.choices)
                except MemoryError:
                    raise
                except Exception as error:
                    return call, [raised(error)]
                running.back(mark)
                if moved := self.seen(running, state):
                    return call, [restored(d) for d in moved]
        return None, []

    def leaks(self, running: Running, state: int) -> tuple[str, ...]:
        """What is lost already."""
        try:
            return running.leaks()
        except MemoryError:
            raise
        except Exception as error:
            self.differs(None, [raised(error)], state)
            return ()

    # --- one call -----------------------------------------------------------------------------------------------

    def performed(self, running: Running, call: Expected, after: int) -> list[Detail]:
        """Performs a call and stays there; what differs."""
        self.walked.calls += 1
        try:
            answer = running.perform(call.action, call.args, call.choices)
        except MemoryError:
            raise
        except Exception as error:
            return [raised(error)]
        return [*answer_details(call, answer), *self.seen(running, after)]

    def settled(
        self, running: Running, call: Expected, state: int, lost: tuple[str, ...]
    ) -> tuple[Expected, list[Detail]]:
        """Performs a call in a state and stays there. The call that it then was, which is another one only if nature
        cannot make a choice of it here (`beyond`), and what differs; a loss is one that was not `lost` before."""
        try:
            answer = running.perform(call.action, call.args, call.choices)
            new = new_leaks(lost, running.leaks())
        except MemoryError:
            raise
        except Exception as error:
            return call, [raised(error)]
        self.walked.unused.update((call.action, name) for name in answer.unused)
        details = [*answer_details(call, answer), *self.seen(running, state ^ call.change)]
        if details and not new and (one := self._beyond(running, call, answer, state)) is not None:
            return one, []
        return call, [*details, *([leak(new)] if new else [])]

    def seen(self, running: Running, state: int) -> list[Detail]:
        """Where the model is not in this state of the spec."""
        try:
            return self.apart(running.state(), state)
        except MemoryError:
            raise
        except Exception as error:
            return [raised(error)]

    def apart(self, shown: object, state: int) -> list[Detail]:
        """Where what a model shows is not this state of the spec."""
        return state_details(self.side, self.side.plain(state), shown)

    def differs(
        self, call: Expected | None, details: Sequence[Detail], after: int, injected: Injected | None = None
    ) -> None:
        """Notes a difference after the calls of the path."""
        self.found.add(self._difference(call, details, after, injected))

    def suspect(self, call: Expected, details: Sequence[Detail], after: int, injected: Injected | None = None) -> None:
        """Notes a difference that counts if the model turns out to have been where it should be (`still`)."""
        self._pending.append(self._difference(call, details, after, injected))

    def _difference(
        self, call: Expected | None, details: Sequence[Detail], after: int, injected: Injected | None
    ) -> Difference:
        return Difference(
            found_by=self.found_by,
            case=self.case,
            side=self.side,
            initial=self.initial,
            path=tuple(self.path),
            call=call,
            details=tuple(details),
            after=after,
            injected=injected,
        )


def restored(moved: Detail) -> Detail:
    """The same as something that was not taken back."""
    return Detail("restored", moved.where, moved.expected, moved.got)
