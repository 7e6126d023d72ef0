"""What the symbolic engines say about one configuration, in terms that outlive their circuits: paths, proofs, bounds.

NOTE(names): everything asked has a name: a promise or a goal its own, a premise `premise_of` its promise, and that a
boundary is never left `kept_boundary`. "Broken" reads "reached" for goals and premises.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from checker.explorations import RawPath
from checker.symbolic.answers import Proof
from spec.lang.errors import EngineError
from spec.lang.values import Value

SymbolicEngine = Literal["bmc", "induction", "pdr", "spacer"]
PREMISE = " (premise)"
KEPT = " (boundary) is never left"
DEFAULT_DEPTH = 10
"""The depth of bounded model checking where the user gives none."""


def premise_of(name: str) -> str:
    """The name under which the premise of a promise is asked; see NOTE(names)."""
    return name + PREMISE


def kept_boundary(name: str) -> str:
    """The name under which it is asked whether a boundary is ever left."""
    return name + KEPT


@dataclass(frozen=True, slots=True)
class Walked:
    """A path that `evaluate` has walked to the end and found to break what it should, under these constants."""

    constants: dict[str, Value]
    path: RawPath

    @property
    def length(self) -> int:
        """Its steps."""
        return len(self.path.steps)


@dataclass(frozen=True, slots=True)
class Proved:
    """That something is never broken: by what, and the clauses of the invariant as text.

    `proofs` are the proofs themselves, one per circuit of the configuration; none where no run is long enough.
    """

    method: str
    k: int
    clauses: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()

    @property
    def text(self) -> str:
        """In few words: `induction k=1`, `pdr, 14 clauses`."""
        if self.method == "bmc":
            return "bmc, no run is longer"
        what = f"induction k={self.k}" if self.method in ("induction", "k-induction") else self.method
        count = len(self.clauses)
        return f"{what}, {count} clause{'' if count == 1 else 's'}" if count else what


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about one name.

    `clear` is a number of steps within which it is not broken (-1: not known), `reason` why nobody looked further,
    `gave_up` the limit at which an engine that proves stopped, if it did, and `cti` shows a counterexample to
    induction. `shortest` says whether no shorter path than `broken` exists.
    """

    broken: Walked | None = None
    proved: Proved | None = None
    clear: int = -1
    reason: str = ""
    gave_up: str = ""
    cti: tuple[str, ...] = ()
    shortest: bool = True
    by: str = ""

    @property
    def decided(self) -> bool:
        """True if nothing is left to find out."""
        return self.broken is not None or self.proved is not None


@dataclass(slots=True)
class Solved:
    """All answers of the symbolic engines about one configuration, and what it took.

    `bits` are those of a state, `gates` those of a step. `bounded` if that nothing is broken within some steps is a
    verdict; `depth_asked` if the user gave the number of steps. `unsupported` is why there is no circuit,
    `missing` why some promises are not in it.
    """

    engine: str
    bits: int = 0
    gates: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    bounded: bool = False
    depth_asked: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)
    unsupported: str = ""
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many steps were looked at, at most; -1 if steps were not counted."""
        return max((a.broken.length if a.broken else a.clear for a in self.answers.values()), default=-1)

    def of(self, name: str) -> Answer:
        """What is known about a name, be it nothing."""
        return self.answers.get(name, Answer())


def joined(name: str, old: Answer, new: Answer) -> Answer:
    """Both answers in one: the nearer path, the first proof, the greater bound."""
    for one, other in ((old, new), (new, old)):
        if one.broken is not None and other.proved is not None:
            raise contradiction(name, one.by, f"breaks it in {one.broken.length} steps", other.by, "proves it")
        if one.broken is not None and one.broken.length <= other.clear:
            text = f"rules out any path of up to {other.clear} steps"
            raise contradiction(name, one.by, f"breaks it in {one.broken.length} steps", other.by, text)
    nearest = old
    if new.broken is not None and (old.broken is None or new.broken.length < old.broken.length):
        nearest = new
    first = old if old.proved is not None else new
    settled = nearest if nearest.broken is not None else first
    farthest = new if new.clear >= old.clear else old
    return replace(
        settled,
        broken=nearest.broken,
        proved=first.proved,
        clear=farthest.clear,
        reason=farthest.reason or old.reason or new.reason,
        gave_up=new.gave_up or old.gave_up,
        cti=new.cti or old.cti,
    )


def contradiction(name: str, one: str, says: str, other: str, denies: str) -> EngineError:
    """The loud end: two engines cannot both be right, so neither may be believed."""
    message = f"'{name}': {one or 'one engine'} {says}, {other or 'another'} {denies}"
    return EngineError(f"engines contradict each other, please report: {message}")
