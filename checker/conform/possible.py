"""The states that a machine may be in, as far as a log tells: a set that shrinks with every answer that is recorded.

Nature's choices are in no log, so one recorded call may be several runs of the spec; all that give the recorded answer
are kept. Everything here is the meaning itself (`checker.evaluate`); an answer is worked out once for each state.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checker.conform.protocol import ANY, BLOCKED, OK, Call, Look, View, Word
from checker.conform.views import StateView
from checker.eval_body import call_function
from checker.eval_world import Disabled, Tape, World
from checker.evaluate import Constants, Fault, Run, State, initial_states, run, source_text, tapes
from spec.lang.errors import EngineError, RequestError, nearest
from spec.lang.ground import GroundMachine
from spec.lang.machine import Action, Function, Param
from spec.lang.values import Member, Value, show_value, values

MOST = 10_000
"""More possible states than this are a sign that the translation says too little."""

Spot = int
"""A state under one choice of the constants, by the number that it got when it was first seen."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One way in which a call may go from one state: its answer in words, and where it leads."""

    kind: str
    errno: str
    reason: str
    site: int
    outputs: tuple[tuple[str, Word], ...]
    warnings: tuple[str, ...]
    after: Spot
    fault: str = ""

    @property
    def label(self) -> str:
        """The answer in one line."""
        if self.fault:
            return f"fault: {self.fault}"
        shown = ", ".join(f"{name}={word(value)}" for name, value in self.outputs)
        first = OK if self.kind == "done" else f"{self.errno or self.kind} ({self.reason})"
        return first + (f" {shown}" if shown else "") + "".join(f", WARN: {w}" for w in self.warnings)


def word(value: Word) -> str:
    """A word as it is shown."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Possible:
    """All states of one finite machine that come up, and what calls answer in them. Shared by all sequences.

    `choices` are those of its constants.
    """

    def __init__(self, ground: GroundMachine, choices: Iterable[Constants], silent: tuple[str, ...] = ()) -> None:
        self.ground = ground
        self.choices = list(choices)
        self._spots: dict[tuple[int, tuple[Value, ...]], Spot] = {}
        self._states: list[tuple[int, State]] = []
        self._known: dict[tuple[Spot, str, tuple[Value, ...]], tuple[Answered, ...]] = {}
        self._closed: dict[Spot, frozenset[Spot]] = {}
        self._views: dict[Spot, View] = {}
        self._actions = {a.name: a for a in ground.actions}
        self._silent = tuple(self._action(name) for name in silent)
        self.start = self._start()

    def ask(self, spots: frozenset[Spot], call: Call) -> list[Answered]:
        """Every way in which a call may go from any of these states."""
        action = self._action(call.action)
        params = self.ground.functions[action.function].params
        rows = list(itertools.product(*(self._arguments(p, call) for p in params)))
        self._no_other(call, params)
        return [a for spot in sorted(spots) for args in rows for a in self._answers(spot, action, args)]

    def after(self, answers: Iterable[Answered]) -> frozenset[Spot]:
        """The states after any of these answers, and after what may happen in silence behind them."""
        reached: set[Spot] = set()
        for answer in answers:
            reached |= self._close(answer.after)
        if len(reached) > MOST:
            raise EngineError(f"the log leaves more than {MOST} states possible")
        return frozenset(reached)

    def state(self, spot: Spot) -> State:
        """The state behind a number."""
        return self._states[spot][1]

    def words(self, param: Param) -> list[Word]:
        """Every value that an argument may have."""
        return [plain(value, self.ground) for value in values(param.type, self.ground)]

    def forbids(self, spot: Spot, call: Call) -> str:
        """The first `require` of an action that is false in a state, as it is written; "" if none is."""
        action = self._action(call.action)
        function = self.ground.functions[action.function]
        args = {p.name: self._arguments(p, call)[0] for p in function.params}
        place, state = self._states[spot]
        return forbidding(self.ground, self.choices[place], state, function, args)

    def view(self, spot: Spot) -> View:
        """The state behind a number in plain words."""
        if spot not in self._views:
            self._views[spot] = StateView(self.state(spot), self.ground)
        return self._views[spot]

    def look(self, spots: frozenset[Spot], look: Look) -> dict[Spot, Mapping[str, Word]]:
        """What a question that changes nothing is answered in each of these states."""
        return {spot: look.shows(self.view(spot)) for spot in sorted(spots)}

    def _start(self) -> frozenset[Spot]:
        found: set[Spot] = set()
        for place, constants in enumerate(self.choices):
            for _, state in initial_states(self.ground, constants):
                found |= self._close(self._spot(place, state))
        return frozenset(found)

    def _spot(self, place: int, state: State) -> Spot:
        key = (place, tuple(state[name] for name in self.ground.fields))
        if key not in self._spots:
            self._spots[key] = len(self._states)
            self._states.append((place, state))
        return self._spots[key]

    def _answers(self, spot: Spot, action: Action, args: tuple[Value, ...]) -> tuple[Answered, ...]:
        key = (spot, action.name, args)
        if key not in self._known:
            place, state = self._states[spot]
            constants = self.choices[place]
            found = tapes(self.ground, lambda tape: run(self.ground, constants, state, action, args, tape))
            self._known[key] = tuple(dict.fromkeys(self._answered(place, r) for r in found if r.kind != "disabled"))
        return self._known[key]

    def _answered(self, place: int, done: Run) -> Answered:
        warnings = tuple(self.ground.machine.warnings[w].message for w in done.warnings)
        after = self._spot(place, done.after)
        if done.outcome is None:
            return Answered("fault", "", "", 0, (), warnings, after, done.fault.message if done.fault else "")
        site = self.ground.machine.sites[done.outcome.site]
        outputs = tuple((name, plain(value, self.ground)) for name, value in done.outcome.outputs)
        kind = "refused" if site.kind == "partial" else site.kind
        return Answered(kind, site.errno, site.reason, done.outcome.site, outputs, warnings, after)

    def _close(self, spot: Spot) -> frozenset[Spot]:
        """The state and all that silent actions make of it."""
        if not self._silent:
            return frozenset({spot})
        if spot not in self._closed:
            seen, queue = {spot}, [spot]
            while queue and len(seen) <= MOST:
                here = queue.pop()
                new = {a.after for action in self._silent for a in self._any_call(here, action)} - seen
                seen |= new
                queue += sorted(new)
            self._closed[spot] = frozenset(seen)
        return self._closed[spot]

    def _any_call(self, spot: Spot, action: Action) -> list[Answered]:
        params = self.ground.functions[action.function].params
        rows = itertools.product(*(tuple(values(p.type, self.ground)) for p in params))
        return [a for args in rows for a in self._answers(spot, action, args) if not a.fault]

    def _action(self, name: str) -> Action:
        if name not in self._actions:
            machine = self.ground.machine.name
            raise RequestError(f"the translation calls {name}; {machine} has no such action; "
                               f"{nearest(name, self._actions)}")  # fmt: skip
        return self._actions[name]

    def _no_other(self, call: Call, params: tuple[Param, ...]) -> None:
        for name in call.args:
            if name not in {p.name for p in params}:
                known = [p.name for p in params]
                raise RequestError(f"the translation gives {call.action} an argument {name}; {nearest(name, known)}")

    def _arguments(self, param: Param, call: Call) -> tuple[Value, ...]:
        """The values that an argument may have; RequestError for a word that is none of its type."""
        every = tuple(values(param.type, self.ground))
        if param.name not in call.args:
            return every
        wanted = call.args[param.name]
        found = tuple(v for v in every if self._is(v, wanted))
        if not found:
            raise RequestError(f"the translation calls {call.action} with {param.name}={wanted!r}, which is no value")
        return found

    def _is(self, value: Value, wanted: Word) -> bool:
        word = plain(value, self.ground)
        return type(word) is type(wanted) and word == wanted


def forbidding(
    ground: GroundMachine, constants: Constants, state: State, function: Function, args: dict[str, Value]
) -> str:
    """The condition of the first `require` that is false, as it is written; "" if none is."""
    world = World(ground, constants, dict(state), dict(state), Tape((), ground))
    try:
        call_function(world, function, args, {})
    except Disabled as disabled:
        (span,) = disabled.args
        return source_text(span, ground.machine.texts)
    except Fault:
        pass
    return ""


def plain(value: Value, ground: GroundMachine) -> Word:
    """A value in plain words."""
    match value:
        case Member(_, name, _):
            return name
        case bool() | int() | None:
            return value
        case _:
            return show_value(value, ground)


def fits(answer: Answered, call: Call) -> bool:
    """True if the answer is the recorded one."""
    if answer.fault or bool(answer.warnings) != call.warned:
        return False
    if call.errno == ANY:
        return True
    if call.errno == OK:
        same = answer.kind == "done"
    elif call.errno == BLOCKED:
        same = answer.kind == "blocked"
    else:
        same = answer.kind == "refused" and answer.errno == call.errno
    return same and _agree(dict(answer.outputs), call.outputs)


def _agree(given: Mapping[str, Word], wanted: Mapping[str, Word | tuple[Word, ...]]) -> bool:
    for name, one in wanted.items():
        options = one if isinstance(one, tuple) else (one,)
        if name not in given or not any(type(given[name]) is type(o) and given[name] == o for o in options):
            return False
    return True
