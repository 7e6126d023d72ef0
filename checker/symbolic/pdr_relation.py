"""The step relation of a system as the steps of its actions: a question to it is put to each of them that matters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.symbolic.circuit import Lit
from checker.symbolic.pdr_action import actions_of
from checker.symbolic.pdr_cubes import Cube, as_cube, cube_of
from checker.symbolic.pdr_obligations import Obligation
from checker.symbolic.pdr_questions import Breaks, Known, Questions, Steps
from checker.symbolic.solver import Solver
from checker.symbolic.system import Ask, System


class Relation:
    """Questions about steps from the frames. `Unknown` from every question that a solver does not answer."""

    def __init__(self, system: System, promises: Sequence[Ask], known: Known, like: Solver) -> None:
        actions = actions_of(system)
        self.steps = [Steps(action, promises, known, like) for action in actions]
        self.breaks = [Breaks(action, promises, known, like) for action in actions]
        self.all: list[Questions] = [*self.steps, *self.breaks]
        self._order = list(self.steps)
        self._level = -1
        self._doubtful: list[Breaks] = []

    # --- frames -----------------------------------------------------------------------------------------------------

    def promise(self, asks: Sequence[Ask]) -> None:
        """From here on these promises are kept in every frame."""
        for questions in self.all:
            questions.promise(asks)

    def open(self) -> None:
        """One more level."""
        for questions in self.all:
            questions.open()

    def block(self, cube: Cube, level: int) -> None:
        """No state of the cube is in the frames up to this one."""
        for questions in self.all:
            questions.block(cube, level)

    def renew(self, blocked: Iterable[tuple[Cube, int]]) -> None:
        """Cleans up; `blocked` is all that counts of what was blocked."""
        found = list(blocked)
        for questions in self.all:
            questions.renew(found)

    # --- questions --------------------------------------------------------------------------------------------------

    def into(self, level: int, cube: Cube) -> Cube | None:
        """Of a cube the literals that no step from a state of the frame outside the cube makes all true; None where
        one leads into the cube itself, and then `before` tells of it.

        An action that changes no bit of the cube never leads into it from outside, nor into any part of it.
        """
        bits = {abs(lit) - 1 for lit in cube}
        enough: set[int] = set()
        for place, steps in enumerate(self._order):
            if bits.isdisjoint(steps.step.changed):
                continue
            part = steps.into(level, cube)
            if part is None:
                self._order.insert(0, self._order.pop(place))
                return None
            enough.update(part)
        return as_cube(enough)

    def model(self) -> Cube:
        """After `into` found a step: its first state."""
        return cube_of(self._order[0].state())

    def before(self, target: Cube) -> tuple[Cube, dict[Lit, bool]]:
        """After `into` found a step: its inputs, and states from which they lead into the target too."""
        steps = self._order[0]
        bits, inputs = steps.state(), steps.inputs()
        return steps.before(bits, inputs, target), inputs

    def broken(self, level: int, asks: Sequence[Ask]) -> Obligation | None:
        """States of the frame from which one step breaks one of these promises; None where no step breaks any.

        Frames and promises only become fewer, so an action that breaks nothing is not asked again at this level.
        """
        if level != self._level:
            self._level, self._doubtful = level, list(self.breaks)
        while self._doubtful:
            breaks = self._doubtful[-1]
            if breaks.broken(level, asks):
                bits, inputs = breaks.state(), breaks.inputs()
                lit, at_end = breaks.which(asks)
                return Obligation(breaks.before(bits, inputs, lit), inputs, Obligation(()) if at_end else None)
            self._doubtful.pop()
        return None
