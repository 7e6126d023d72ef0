"""Which sizes, switches and constants the words mean right now, and which step is being run.

The words of the language are ordinary Python objects; this module is the only thing they share with the direct run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from spec.lang.errors import RequestError, UapiCheckError


class SpecFault(UapiCheckError):
    """A step or property went wrong as `bounds_are_kept` says: out of bounds, None or another record than needed."""


class DirectError(UapiCheckError):
    """The text does something that the language does not have, noticed only while Python runs it."""


class Disabled(Exception):
    """A `require` was false: there is no such step. Control flow of the direct run, never seen by its callers."""


class Choosable(Protocol):
    """The type of a choice: how many values there are, and which one a code stands for."""

    @property
    def cardinality(self) -> int:
        """Number of values."""

    def decode(self, code: int) -> object:
        """The value with this code."""


@dataclass(slots=True)
class Run:
    """One step under way: the tape it is to follow, what it has read so far with the choices there were, warnings."""

    tape: tuple[int, ...] = ()
    read: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def choose(self, kind: Choosable) -> object:
        """The value of the next choice: as the tape says, the first value past its end."""
        place = len(self.read)
        code = self.tape[place] if place < len(self.tape) else 0
        if not 0 <= code < kind.cardinality:
            raise RequestError(f"tape entry {place} is {code}, but there are only {kind.cardinality} choices")
        self.read.append(code)
        self.widths.append(kind.cardinality)
        return kind.decode(code)

    def next_tape(self) -> tuple[int, ...] | None:
        """The tape after this one in odometer order; None when this was the last."""
        for place in reversed(range(len(self.read))):
            if self.read[place] + 1 < self.widths[place]:
                return (*self.read[:place], self.read[place] + 1)
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Universe:
    """Sizes by sort name, values of switches by name, values of constants by name; `kinds` remembers read types."""

    sizes: Mapping[str, int]
    switches: Mapping[str, object]
    constants: Mapping[str, object]
    kinds: dict[tuple[object, str], object] = field(default_factory=dict)


_universe: ContextVar[Universe | None] = ContextVar("universe", default=None)
_run: ContextVar[Run | None] = ContextVar("run", default=None)


def current() -> Universe | None:
    """The universe of the innermost `with universe(...)`, or of the instance whose method is running."""
    return _universe.get()


def current_run() -> Run | None:
    """The step under way, None when a method is called by hand."""
    return _run.get()


@contextmanager
def inside(world: Universe) -> Iterator[Universe]:
    """Make `world` the current universe."""
    token = _universe.set(world)
    try:
        yield world
    finally:
        _universe.reset(token)


@contextmanager
def running(run: Run) -> Iterator[Run]:
    """Make `run` the step under way."""
    token = _run.set(run)
    try:
        yield run
    finally:
        _run.reset(token)


@contextmanager
def universe(
    *, switches: Mapping[str, object] | None = None, constants: Mapping[str, object] | None = None, **sizes: int
) -> Iterator[Universe]:
    """Bind sort sizes, switches and constants: `with universe(Device=3, switches={"era": "E3"}): m = DmaOwnership()`.

    A switch is given by its value or the name of an enum member. A constant is given by its value, a mapping from
    keys to values for a map, or `everywhere(v)` and `listed(...)`. An instance keeps the universe it was made in.
    Raises RequestError for a size that is not positive.
    """
    for name, size in sizes.items():
        if type(size) is not int or size < 1:
            raise RequestError(f"the size of {name} must be a positive integer, not {size!r}")
    with inside(Universe(dict(sizes), dict(switches or {}), dict(constants or {}))) as made:
        yield made
