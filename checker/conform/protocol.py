"""What a translation is: it says for each step of a log which calls of a spec it stands for, and with what answers.

A translation belongs to one spec and one vocabulary of ops, and lives outside the checker (`models.bind`). It reads
recorded facts only (names, sizes, errnos); what the spec would say to them it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from checker.conform.implementation import Plain
from checker.conform.log import LogSequence, LogStep

Word = bool | int | str | None
"""A value of the spec in plain words: a member of an enumeration by its name, an element of a sort as `d0`."""

OK = "OK"
BLOCKED = "BLOCKED"
ANY = "*"
"""As an errno: whatever the spec answers."""

About = Literal["state", "arguments", "descriptors"]
"""What decides a step: the state machine; the form of the call alone; the table of open files, before any driver."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the spec and the answer that was recorded.

    An argument that is not given may have any value. `errno` is OK, BLOCKED, an errno or ANY; `outputs` are those that
    the answer must have (others are not looked at), each with its value or the values that would do. `warned` says
    that the step of the spec must record a kernel WARN; else it must not.
    """

    action: str
    args: Mapping[str, Word] = field(default_factory=dict)
    errno: str = OK
    outputs: Mapping[str, Word | tuple[Word, ...]] = field(default_factory=dict)
    warned: bool = False


View = Mapping[str, Plain]
"""A state by its fields, in plain words."""


@dataclass(frozen=True, slots=True)
class Look:
    """A call that changes nothing and only shows the state, for which the spec has no action of its own.

    `shows` says what its answer is in a state (`errno` and outputs, by name), `recorded` what it was.
    """

    what: str
    shows: Callable[[View], Mapping[str, Word]]
    recorded: Mapping[str, Word]


@dataclass(frozen=True, slots=True)
class Judge:
    """The step is these calls, one after the other, of the instance of the spec called `machine`."""

    machine: str
    calls: tuple[Call | Look, ...]
    about: About = "state"


@dataclass(frozen=True, slots=True)
class Fixed:
    """The step never reaches what the spec describes: the translation itself knows the answer, and why."""

    errno: str
    why: str
    about: About = "descriptors"


@dataclass(frozen=True, slots=True)
class Skip:
    """The spec does not speak of the step; `why` is said in the report."""

    why: str


Translated = Judge | Fixed | Skip


@dataclass(frozen=True, slots=True)
class Instance:
    """Which instance of the spec a log is of; options of the command line win.

    `constants` are those whose value is known; the others take every choice that the spec allows.
    """

    profile: str | None = None
    configuration: str | None = None
    sizes: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    constants: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explained:
    """A difference that is known: where it may occur (an op, an errno, a prefix of sequence names) and why."""

    op: str
    errno: str
    sequences: str
    why: str

    def covers(self, sequence: str, op: str, errno: str) -> bool:
        """True if it speaks of this step."""
        return op == self.op and errno == self.errno and sequence.startswith(self.sequences)


class Reader(Protocol):
    """Translates one sequence, step by step, and remembers what names stand for."""

    def step(self, step: LogStep) -> Translated:
        """What this step is; called once for each step in order."""


class Translation(Protocol):
    """What a translation module calls `TRANSLATION`.

    `silent` are actions of the spec that happen without leaving a line in the log, any number of times between two
    steps. A difference that `explained` covers is still one; it is reported with its reason.
    """

    @property
    def instance(self) -> Instance:
        """The settings of the spec that the log was recorded under."""

    @property
    def silent(self) -> tuple[str, ...]:
        """Actions that no log shows."""

    @property
    def explained(self) -> tuple[Explained, ...]:
        """The known differences."""

    def begin(self, sequence: LogSequence) -> Reader:
        """A reader for a new sequence."""
