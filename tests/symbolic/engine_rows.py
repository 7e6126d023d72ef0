"""One machine through exhaustive search and through the symbolic engines, side by side.

What a search says of a name: the length of the shortest path that breaks (reaches) it, or that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker import slow
from checker.constants import as_slots, constant_choices
from checker.explicit import engine as explicit
from checker.explorations import NO_DEADLOCK, Exploration, Limits
from checker.request import Instance
from checker.symbolic.solver import Deadline
from checker.symbolic_answer import KEPT, PREMISE
from checker.symbolic_session import Session
from checker.symbolic_system import Coded, coded
from spec.lang.ground import GroundMachine
from spec.lang.values import Value


@dataclass(frozen=True, slots=True)
class Told:
    """What the searches of all choices say: `lengths` of what is broken, `premises` seen, and whether that is all.

    Everything within `depth` steps was seen.
    """

    lengths: dict[str, int]
    premises: frozenset[str]
    outside: bool
    depth: int
    complete: bool

    @property
    def deepest(self) -> int:
        """The length of the longest of the shortest paths."""
        return max(self.lengths.values(), default=0)


def told(searches: Sequence[Exploration]) -> Told:
    """All choices of the constants together; deadlocks are nobody else's business."""
    lengths: dict[str, int] = {}
    for search in searches:
        for name, path in search.found.items():
            lengths[name] = min(len(path.steps), lengths.get(name, len(path.steps)))
    lengths.pop(NO_DEADLOCK, None)
    premises = frozenset(name for search in searches for name in search.premises)
    depth = min(s.depth + 1 if s.complete else s.checked_depth for s in searches)
    complete = all(s.complete for s in searches)
    return Told(lengths, premises, any(s.outside for s in searches), depth, complete)


def by_slow(ground: GroundMachine, choices: Sequence[Mapping[str, Value]], states: int) -> Told:
    """Searched by the meaning itself, up to so many states."""
    return told([slow.explore(ground, as_slots(ground, choice), Limits(states=states)) for choice in choices])


def by_explicit(ground: GroundMachine, choices: Sequence[Mapping[str, Value]]) -> Told:
    """Searched by a fast engine."""
    found = [explicit.explore(ground, {**as_slots(ground, c)}, Limits(), symmetry=True) for c in choices]
    assert all(search.complete for search in found)
    return told(found)


def session(part: Coded, seconds: float | None = None) -> Session:
    """The circuit with nothing known of it; engines stop after so many seconds."""
    return Session(part, Deadline(seconds), lambda _: None)


def sessions(ground: GroundMachine, instance: Instance, seconds: float | None = None) -> list[Session]:
    """The circuits of one configuration."""
    choices = constant_choices(ground, instance.constants)
    return [session(part, seconds) for part in coded(ground, instance, choices)]


def asked(one: Session) -> list[str]:
    """Everything that can be asked and that searches know as well, in order."""
    return [ask.name for ask in one.coded.encoded.system.asks if ask.kind != "lemma"]


def promises(one: Session) -> list[str]:
    """Everything that is to be proved."""
    return [a.name for a in one.coded.encoded.system.asks if a.kind not in ("goal", "premise", "lemma")]


def broken(one: Session) -> dict[str, int]:
    """The lengths of the paths that were found, premises and boundaries left out."""
    found = {name: answer.broken for name, answer in one.answers.items() if not name.endswith((PREMISE, KEPT))}
    return {name: path.length for name, path in found.items() if path is not None}


def proved(one: Session) -> set[str]:
    """What was proved."""
    return {name for name, answer in one.answers.items() if answer.proved is not None}


def seen(one: Session) -> set[str]:
    """The promises whose premise was reached."""
    return {n.removesuffix(PREMISE) for n, a in one.answers.items() if n.endswith(PREMISE) and a.broken is not None}


def wrongly_proved(one: Session, search: Told) -> list[str]:
    """What was proved although a search has found it broken, reached or left."""
    names = proved(one)
    wrong = [name for name in names if name in search.lengths]
    wrong += [name for name in names if name.removesuffix(PREMISE) in search.premises and name.endswith(PREMISE)]
    boundaries = [name for name in names if name.endswith(KEPT)]
    return wrong + (boundaries if search.outside and len(boundaries) == _boundaries(one.coded.ground) else [])


def _boundaries(ground: GroundMachine) -> int:
    return sum(p.kind == "boundary" for p in ground.properties)
