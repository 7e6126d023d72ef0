"""What came of holding a model against its spec: per instance and check, and all differences together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from checker.conform.differences import Found

Mode = Literal["exhaustive", "sampled", "faults", "hypothesis"]
MODES: tuple[Mode, ...] = ("exhaustive", "sampled", "faults", "hypothesis")


@dataclass(slots=True)
class Part:
    """One check of one case, over so many choices of the constants `of` all.

    `pairs` are all pairs of a reachable state and a call with its choices, None where they are not known; `covered`
    those that were compared. `faults` are calls to which the spec itself has no answer, `outside` states beyond a
    boundary, in which nothing is called. `beyond` are choices that the model declares impossible. `unjudged` are
    refusals of the spec that no compared call met, `idle` its actions, `unchosen` its choices; `met` are the names
    of all that were. `made`, `excluded` and
    `ends` are about failures that were injected; `rules` about Hypothesis: per action, how often it ended how. Not
    `every` pair was made to fail if there are too many, but every call once for each part of the state that it reads.
    """

    case: str
    mode: Mode
    configuration: str
    kernel: str
    sizes: dict[str, int]
    constants: int
    of: int = 1
    pairs: int | None = 0
    covered: int = 0
    states: int = 0
    reached: int = 0
    calls: int = 0
    seconds: float = 0.0
    stopped: str = ""
    faults: int = 0
    outside: int = 0
    ghosts: tuple[str, ...] = ()
    unused: Counter[tuple[str, str]] = field(default_factory=Counter)
    beyond: Counter[tuple[str, str]] = field(default_factory=Counter)
    unjudged: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    unchosen: list[str] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    every: bool = True
    made: int = 0
    excluded: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rules: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def short(self) -> bool:
        """True if a limit ended it, or states were not reached, or nothing was compared."""
        fewer = self.constants < self.of and self.mode != "hypothesis"
        missing = self.pairs is not None and self.covered < self.pairs
        return bool(self.stopped) or fewer or missing or not self.calls


@dataclass(slots=True)
class Report:
    """The whole run; `skipped` are checks that a limit left no time for."""

    model: str
    spec: str
    parts: list[Part] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    seconds: float = 0.0
    interrupted: bool = False
    skipped: list[str] = field(default_factory=list)

    def of(self, *modes: Mode) -> list[Part]:
        """The parts of these modes."""
        return [p for p in self.parts if p.mode in modes]

    @property
    def pairs(self) -> int:
        """Pairs of the cases that are gone through exhaustively."""
        return total(p.pairs or 0 for p in self.of("exhaustive"))

    @property
    def covered(self) -> int:
        """Those that were compared."""
        return total(p.covered for p in self.of("exhaustive"))

    @property
    def calls(self) -> int:
        """Calls that were performed on the model, in all checks."""
        return total(p.calls for p in self.parts)

    @property
    def ghosts(self) -> list[str]:
        """Fields that were not compared."""
        return sorted({name for p in self.parts for name in p.ghosts})

    def unmet(self, what: Literal["idle", "unjudged", "unchosen"]) -> list[str]:
        """Actions, refusals or choices that some case has and none came by; failures that are injected do not count."""
        looked = [p for p in self.parts if p.mode != "faults"]
        met = {name for p in looked for name in p.met}
        return sorted({name for p in looked for name in getattr(p, what)} - met)

    @property
    def conclusive(self) -> bool:
        """True if everything that was asked for was done."""
        return bool(self.parts) and not self.skipped and not any(p.short for p in self.parts)


def total(numbers: Iterable[int]) -> int:
    """The sum."""
    return sum(numbers)
