"""The spec as lock-step wants it: every answer and every state in plain words, each worked out once.

The engine below hands out runs of calls remembered by the part of the state that they depend on; here they become
`Expected` once, and are then shared by all states that agree on that part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from checker.conform.implementation import Choice, Plain, Setting
from checker.conform.plain import plain_of
from spec.lang.errors import RequestError
from spec.lang.ground import GroundMachine, reachable
from spec.lang.ir import ChoiceRead
from spec.lang.values import Value, decode_slots
from spec.lang.walk import expressions


class Ran(Protocol):
    """A run of a call, as the engine gives it."""

    place: int
    tape: tuple[int, ...]
    choices: tuple[tuple[str, int], ...]
    site: int
    outputs: tuple[tuple[str, Value], ...]
    warnings: tuple[int, ...]
    change: int
    faulted: bool


class Called(Protocol):
    """A call of the engine: an action with arguments, by their codes."""

    place: int
    action: int
    args: tuple[int, ...]


class Engine(Protocol):
    """What answers calls at one choice of the constants."""

    ground: GroundMachine
    layout: Any

    @property
    def instances(self) -> Sequence[Any]:
        """All calls."""

    @property
    def classes(self) -> Sequence[tuple[int, list[Any]]]:
        """The calls that depend on the same part of the state, by the bits of that part."""

    def initial(self) -> list[tuple[tuple[int, ...], tuple[tuple[str, int], ...], int]]:
        """Tape, choices and packed state of every initial state."""

    def inside(self, state: int) -> bool:
        """Whether the state is within all boundaries."""

    def runs(self, members: Sequence[Any], state: int) -> tuple[Any, ...]:
        """The runs of some calls in a state."""


@dataclass(slots=True, eq=False)
class Expected:
    """One call with its choices, and what the spec answers. `change` turns the packed state into the next one.

    `action`, `codes` and `tape` are the call as engines know it; `site` is the place in the text that answers.
    """

    action: str
    args: tuple[Plain, ...]
    choices: tuple[Choice, ...]
    kind: str
    errno: str
    outputs: dict[str, Plain]
    warned: bool
    change: int
    site: int
    partial: bool
    index: int
    codes: tuple[int, ...]
    tape: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Entry:
    """The calls of one class in all states that agree on its mask. `faults` are runs to which the spec has no answer.

    `changes` are the different ones that change something; `asked` says that what is only asked once for each entry
    has been asked.
    """

    expected: tuple[Expected, ...]
    faults: int
    changes: tuple[int, ...]
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Initial:
    """An initial state: the choices that lead there, for engines and in plain words."""

    tape: tuple[int, ...]
    choices: tuple[Choice, ...]
    state: int


@dataclass(slots=True)
class Class:
    """Calls that depend on the same part of the state."""

    mask: int
    members: list[Any]
    memo: dict[int, Entry] = field(default_factory=dict)


class SpecSide:
    """One instance of the spec at one choice of its constants."""

    def __init__(self, engine: Engine, constants: Mapping[str, Value], decoders: Mapping[str, Callable[[int], Value]]):
        self.engine, self.ground, self.constants = engine, engine.ground, dict(constants)
        machine = self.ground.machine
        if named := [a.name for a in self.ground.actions if a.process]:
            raise RequestError(f"{machine.name} has processes ({named[0]}); only calls that are one step can be held "
                               "against a model")  # fmt: skip
        self.classes = [Class(mask, members) for mask, members in engine.classes]
        self.ghosts = tuple(name for name in self.ground.fields if machine.fields[name].ghost)
        self.fields = tuple(name for name in self.ground.fields if name not in self.ghosts)
        self.setting = Setting(
            sizes=dict(self.ground.sizes),
            switches=dict(self.ground.switches),
            constants={name: plain_of(value, self.ground) for name, value in constants.items()},
            fields=self.fields,
        )
        self._decoders = decoders
        self.choices = frozenset(short(name) for name in self._read_by_actions())
        self._args = [self._arguments(one) for one in engine.instances]
        self._values: dict[str, dict[tuple[int, ...], Plain]] = {name: {} for name in self.fields}
        self._plain: dict[int, tuple[Plain, ...]] = {}

    def initial(self) -> list[Initial]:
        """The initial states."""
        return [Initial(t, self._choices(choices), state) for t, choices, state in self.engine.initial()]

    def entries(self, state: int) -> list[Entry]:
        """Everything that can be called in a state, with its answers."""
        found = []
        for one in self.classes:
            entry = one.memo.get(state & one.mask)
            if entry is None:
                entry = one.memo[state & one.mask] = self._entry(one, state)
            found.append(entry)
        return found

    def entry(self, one: Class, state: int) -> Entry:
        """The calls of one class in a state."""
        key = state & one.mask
        if key not in one.memo:
            one.memo[key] = self._entry(one, state)
        return one.memo[key]

    def alike(self, call: Expected, state: int) -> list[Expected]:
        """All ways in which a call may go in a state."""
        every = (one for entry in self.entries(state) for one in entry.expected)
        return [one for one in every if one.index == call.index and one.codes == call.codes]

    def plain(self, state: int) -> tuple[Plain, ...]:
        """The fields of a state that a model has to show, in plain words; equal values are one object."""
        found = self._plain.get(state)
        if found is None:
            found = self._plain[state] = self.words(state)
        return found

    def words(self, state: int) -> tuple[Plain, ...]:
        """The same, not remembered."""
        layout = self.engine.layout
        slots = layout.unpack(state)
        words: list[Plain] = []
        for name in self.fields:
            start = layout.start[name]
            codes = tuple(slots[start : start + layout.width[name]])
            known = self._values[name]
            if codes not in known:
                known[codes] = plain_of(decode_slots(codes, self.ground.fields[name].type, self.ground), self.ground)
            words.append(known[codes])
        return tuple(words)

    def _read_by_actions(self) -> set[str]:
        """The choices that the text reads which actions reach; what a switch turns off is not there."""
        functions = self.ground.functions
        reached = reachable(functions, [action.function for action in self.ground.actions])
        return {
            f"{functions[key].name}.{node.name}"
            for key in reached
            for node in expressions(functions[key].body)
            if isinstance(node, ChoiceRead)
        }

    def _entry(self, one: Class, state: int) -> Entry:
        ran = self.engine.runs(one.members, state)
        expected = tuple(self._expected(r) for r in ran if not r.faulted)
        changes = dict.fromkeys(e.change for e in expected if e.change)
        return Entry(expected, len(ran) - len(expected), tuple(changes))

    def _expected(self, ran: Any) -> Expected:
        called = self.engine.instances[ran.place]
        site = self.ground.machine.sites[ran.site]
        refused = site.kind in ("refused", "partial")
        return Expected(
            action=self.ground.actions[called.action].name,
            args=self._args[ran.place],
            choices=self._choices(ran.choices),
            kind="refused" if refused else site.kind,
            errno=site.errno if refused else "",
            outputs={name: plain_of(value, self.ground) for name, value in ran.outputs},
            warned=bool(ran.warnings),
            change=ran.change,
            site=ran.site,
            partial=site.kind == "partial",
            index=called.action,
            codes=called.args,
            tape=ran.tape,
        )

    def _choices(self, read: Sequence[tuple[str, int]]) -> tuple[Choice, ...]:
        return tuple((short(name), plain_of(self._decoders[name](code), self.ground)) for name, code in read)

    def _arguments(self, one: Called) -> tuple[Plain, ...]:
        action = self.ground.actions[one.action]
        params = self.ground.functions[action.function].params
        return tuple(
            plain_of(decode_slots((code,), param.type, self.ground), self.ground)
            for code, param in zip(one.args, params, strict=True)
        )


def short(name: str) -> str:
    """`method.choice` of `Class.method.choice`: which class a method stands in is the spec's own business."""
    return ".".join(name.split(".")[-2:])
