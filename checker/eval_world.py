"""What one evaluation works on: the state, the constants, the tape of choices, and a record of what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from spec.lang.ground import GroundMachine
from spec.lang.ir import Expr, Inner
from spec.lang.machine import Function, Param
from spec.lang.spans import Span
from spec.lang.types import IntType, MapType, NoneType, OptionType, RecordType, SeqType, SetType, Type, UnionType
from spec.lang.values import Answer, MapValue, Rec, Value, bounds, capacity, cardinality, decode

State = dict[str, Value]
"""A value for every field of the ground machine."""

Constants = Mapping[str, Value]
"""A value for every constant of the ground machine."""


class Fault(Exception):
    """A violation of `bounds_are_kept`: evaluation ends here."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(f"{span}: {message}")
        self.message = message
        self.span = span


class Disabled(Exception):
    """A `require` is false: the action cannot happen. Its argument is the place of the condition."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of the tape: which choice of which call took which code. Calls count from 0 in order of beginning."""

    function: str
    frame: int
    name: str
    type: Type
    code: int
    value: Value


class Tape:
    """Choices of nature: the codes given first, then code 0 for every further read."""

    def __init__(self, codes: Sequence[int], ground: GroundMachine) -> None:
        self.codes = tuple(codes)
        self.ground = ground
        self.read: list[Choice] = []

    def take(self, function: str, frame: int, choice: Param) -> Value:
        """The next entry, as a value of the choice's type."""
        place = len(self.read)
        code = self.codes[place] if place < len(self.codes) else 0
        value = decode(code, choice.type, self.ground)
        self.read.append(Choice(function, frame, choice.name, choice.type, code, value))
        return value


def next_tape(read: Sequence[Choice], ground: GroundMachine) -> tuple[int, ...] | None:
    """The tape after the one that was read, in odometer order; None after the last."""
    for place in reversed(range(len(read))):
        code = read[place].code + 1
        if code < cardinality(read[place].type, ground):
            return (*(entry.code for entry in read[:place]), code)
    return None


@dataclass(frozen=True, slots=True)
class Written:
    """One executed write: the place, the value, and the text that did it."""

    target: str
    keys: tuple[Value, ...]
    value: Value
    span: Span


@dataclass(frozen=True, slots=True)
class PartCall:
    """A call of an action of a part from outside it: what it answered, None where it went wrong and never ended.

    `function` is that of the action; `depth` counts the calls of other parts' actions around it. `before` and `after`
    are complete states; the call made the writes from place `first` to before `end` of the run (None: all later ones).
    """

    action: str
    function: str
    args: dict[str, Value]
    outcome: Answer | None
    depth: int
    before: State
    after: State
    first: int
    end: int | None


@dataclass(slots=True)
class Log:
    """What a run has done so far."""

    sites: set[int] = field(default_factory=set)
    warnings: list[int] = field(default_factory=list)
    writes: list[Written] = field(default_factory=list)
    calls: list[PartCall] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """One call: its variables and the choices it knows, whether nature's or the caller's."""

    function: Function
    number: int
    variables: dict[str, Value]
    choices: dict[str, Value]


@dataclass(slots=True)
class Part:
    """One noted expression; `binding` is the turn that decided, for a comprehension that one turn decided."""

    depth: int
    expr: Expr
    value: Value = None
    known: bool = False
    binding: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True)
class Spotlight:
    """Notes the value of every expression; of a comprehension only the turn that decided it stays."""

    parts: list[Part] = field(default_factory=list)
    depth: int = 0


@dataclass(slots=True)
class World:
    """All that evaluation can see and touch. `tape` is None where no choice may be read (properties).

    `olds` has per part the state before the call of its action that is under way.
    """

    ground: GroundMachine
    constants: Constants
    now: State
    old: State | None = None
    tape: Tape | None = None
    log: Log = field(default_factory=Log)
    frames: int = 0
    after_write: Callable[[str], None] | None = None
    after_call: Callable[[Inner, PartCall], None] | None = None
    olds: dict[str, State] = field(default_factory=dict)
    spotlight: Spotlight | None = None


def belongs(value: Value, kind: Type, ground: GroundMachine) -> bool:
    """True if the value, of the right sort of type already, is within the bounds and capacities of this one."""
    match kind, value:
        case IntType(lo, hi), int():
            if lo is None or hi is None:
                return True
            low, high = bounds(kind, ground)
            return low <= value <= high
        case OptionType(item), _:
            return value is None or belongs(value, item, ground)
        case SetType(item), frozenset():
            return all(belongs(v, item, ground) for v in value)
        case SeqType(item, _), tuple():
            return len(value) <= capacity(kind, ground) and all(belongs(v, item, ground) for v in value)
        case MapType(_, item), MapValue(entries):
            return all(belongs(v, item, ground) for v in entries)
        case UnionType(variants), Rec(name, _):
            return name in variants
        case RecordType(name), Rec(record, _):
            return record == name
        case NoneType(), _:
            return value is None
        case _:
            return value is not None
