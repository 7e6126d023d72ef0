"""The step of k-induction as questions to one solver: k typed states where names are kept, and one more step.

NOTE(guards): each name has a variable that makes it kept in the first k states; each frame has one that makes its state
different from all earlier ones, and the last frame one that makes it follow from the frame before. They are given as
assumptions, so that an answer tells by its core what it rests on, and all questions share what the solver has learned.
NOTE(memory): a name that was shown to be kept stays so as long as all that its answer rests on is assumed; it is asked
again only where that is not so. That is true for a greater k too: the last states of a longer row are a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from checker.symbolic.answers import Path
from checker.symbolic.circuit import FALSE, Lit
from checker.symbolic.restrict import can_split, restricted, selectors
from checker.symbolic.solver import Deadline, Solver
from checker.symbolic.system import System
from checker.symbolic.unroll import Unrolling, Variables

Place = Literal["step", "state"]


@dataclass(frozen=True, slots=True)
class Violation:
    """A model of a failed step: the names that it breaks at its end, and the path."""

    names: frozenset[str]
    path: Path


@dataclass(frozen=True, slots=True)
class Support:
    """What one answer rests on: names, and whether states had to be pairwise different."""

    names: frozenset[str]
    simple: bool


def step_cases(system: System, names: Sequence[str], deadline: Deadline) -> list[StepCase]:
    """The step from one good state, in parts that together are all of it: by actions, where the system allows that."""
    if can_split(system, deadline):
        steps = [StepCase(restricted(system, c), names, deadline, selectors(system, c)) for c in system.cases]
    else:
        steps = [StepCase(system, names, deadline)]
    for step in steps:
        step.deepen()
    return steps


class StepCase:
    """Questions about k good states in a row; `k` grows by `deepen`. `Unknown` where the solver does not answer.

    `chosen` are inputs of the last step that the system takes for granted.
    """

    def __init__(
        self, system: System, names: Sequence[str], deadline: Deadline, chosen: Mapping[Lit, bool] | None = None
    ) -> None:
        self.asks = {name: system.ask(name) for name in names}
        self.chosen = dict(chosen or {})
        self.k = 0
        self.variables = Variables(Solver(deadline))
        self.solver = self.variables.solver
        self.kept = {name: self.variables.fresh() for name in self.asks}
        self.unrolling = Unrolling(system, list(self.asks.values()), self.variables)
        self.follows: list[int] = []
        self.differs: list[int] = []
        self.supports: dict[tuple[str, Place], Support] = {}
        self.unrolling.add_frame()
        self.unrolling.need("typed", 0)
        self.solver.add([[self.unrolling.var(system.typed, 0)]])

    def deepen(self) -> None:
        """One more good state: the last frame is one, and a new one follows it."""
        last, unrolling = self.k, self.unrolling
        self.k += 1
        self.solver.add([[guard] for guard in self.follows[-1:]])
        unrolling.need("states", last)
        self.solver.add(
            [-self.kept[name], -unrolling.var(ask.state, last)] for name, ask in self.asks.items() if ask.state != FALSE
        )
        unrolling.need("steps", last)
        unrolling.add_frame()
        self.follows.append(self.variables.fresh())
        unrolling.move(last, self.follows[-1])
        unrolling.need("states", self.k)
        self._tell_apart()

    def _tell_apart(self) -> None:
        """Guards for different states; after one good state only, a bad one is another anyway."""
        if self.k == 1:
            return
        for frame in range(len(self.differs) + 1, self.k + 1):
            self.differs.append(self.variables.fresh())
            for earlier in range(frame):
                self.unrolling.differ(earlier, frame, self.differs[-1])

    def violated(self, assumed: AbstractSet[str], asked: Sequence[str]) -> Violation | None:
        """A step from k states where all of `assumed` is kept that breaks something of `asked`, or None."""
        for place in ("step", "state"):
            literals = self._literals(place, asked)
            for name, literal in literals.items():
                known = self.supports.get((name, place))
                if (known is None or not known.names <= assumed) and self._broken(name, literal, place, assumed):
                    names = frozenset(each for each, other in literals.items() if self.solver.value(other))
                    return Violation(names, self._path(place))
        return None

    def support(self, name: str) -> Support:
        """What the answers about a name rest on that `violated` has shown to be kept; not always the least."""
        found = [s for (each, _), s in self.supports.items() if each == name]
        return Support(frozenset[str]().union(*(s.names for s in found)), any(s.simple for s in found))

    def _literals(self, place: Place, names: Sequence[str]) -> dict[str, int]:
        frame = self.k - 1 if place == "step" else self.k
        lits = {name: self.asks[name].step if place == "step" else self.asks[name].state for name in names}
        return {name: self.unrolling.var(lit, frame) for name, lit in lits.items() if lit != FALSE}

    def _broken(self, name: str, literal: int, place: Place, assumed: AbstractSet[str]) -> bool:
        guards = self.differs[: self.k - 1] if place == "step" else [*self.differs, self.follows[-1]]
        if self.solver.solve([*(self.kept[each] for each in assumed), *guards, literal]):
            return True
        core = set(self.solver.core())
        rests = frozenset(each for each in assumed if self.kept[each] in core)
        self.supports[name, place] = Support(rests, not core.isdisjoint(self.differs))
        return False

    def _path(self, place: Place) -> Path:
        path = self.unrolling.path(self.k + (place == "state"), self.k)
        return replace(path, inputs=(*path.inputs[:-1], path.inputs[-1] | self.chosen))
