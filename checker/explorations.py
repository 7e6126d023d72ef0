"""What an explicit search returns, whichever engine ran it: counts, raw paths, and how far it got."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

REFUSALS_CHANGE_NOTHING = "refused_calls_change_nothing"
BOUNDS_ARE_KEPT = "bounds_are_kept"
NO_WARNINGS = "no_warnings"
NO_DEADLOCK = "no_deadlock"
ALWAYS_ON = (REFUSALS_CHANGE_NOTHING, BOUNDS_ARE_KEPT, NO_WARNINGS, NO_DEADLOCK)


@dataclass(frozen=True, slots=True)
class RawStep:
    """One step by numbers: the place of the action in `GroundMachine.actions`, codes of arguments and choices."""

    action: int
    args: tuple[int, ...]
    tape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RawPath:
    """A path from an initial state; the last step may be the one that violates (it may even fault)."""

    initial_tape: tuple[int, ...]
    steps: tuple[RawStep, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one search; None is no limit. `memory` in bytes, `depth` in steps."""

    seconds: float | None = None
    memory: int | None = None
    states: int | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot for the progress line; `stored` is how many states are in memory, 0 where nobody says."""

    depth: int
    states: int
    queue: int
    transitions: int
    seconds: float
    stored: int = 0


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Exploration:
    """The result of one search at one choice of constants.

    `states` counts distinct states found; `transitions` steps that are not plain refusals (self-loops count);
    `refusals` refused or blocked steps that change nothing. `depth` is the greatest distance of a found state.
    All states at distance <= `checked_depth` were checked and expanded; `complete` means that all were.
    `stopped` is "" or time, memory, states, depth, interrupt, enough (all is decided). `outside` counts states outside
    a boundary.
    `found` has, per violated property or reached goal, the shortest path, the first in search order.
    `premises` are properties whose premise was true somewhere; an action property without a premise counts as
    soon as one of its actions has a step. `representatives` counts the states that were stored and expanded: where
    symmetry was used (of the sorts `symmetric`), one of each orbit; all other numbers are those of the whole search.
    """

    engine: str
    states: int
    representatives: int
    transitions: int
    refusals: int
    depth: int
    checked_depth: int
    complete: bool
    stopped: str
    outside: int
    found: dict[str, RawPath]
    premises: frozenset[str]
    sites: frozenset[int]
    warnings: frozenset[int]
    done_actions: frozenset[str]
    bits: int
    words: int
    seconds: float
    extra: dict[str, float] = field(default_factory=dict)
    symmetric: tuple[str, ...] = ()
