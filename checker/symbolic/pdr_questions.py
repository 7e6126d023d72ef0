"""The questions of IC3 about the steps of one action, each to a small solver of its own.

NOTE(levels): frame i > 0 is assumed by one literal that switches on the cubes blocked at levels >= i; the literal of a
level implies that of the next one. The literal of level 0 makes the state an initial one instead.
NOTE(once): a clause for one question has a literal of its own that is false for ever afterwards. When there are many
such leftovers the solver is built again without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checker.symbolic.answers import Clause as StateClause
from checker.symbolic.circuit import FALSE, TRUE, Lit
from checker.symbolic.cnf import Clause, Numbering
from checker.symbolic.pdr_action import ActionStep
from checker.symbolic.pdr_cubes import Bits, Cube, as_cube, cube_of
from checker.symbolic.solver import Solver
from checker.symbolic.system import Ask

LEFTOVERS = 2000
"""After so many clauses for one question a solver is built again."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is assumed of every state besides `typed`: the promises and clauses of a proof."""

    asks: tuple[Ask, ...] = ()
    clauses: tuple[StateClause, ...] = ()


class Questions:
    """A solver over one step of an action, from a typed state where the known things hold.

    `roots` are literals of the circuit of the action that questions are about, `like` is a solver to take the deadline
    from. `Unknown` from every question that the solver does not answer.
    """

    def __init__(
        self, step: ActionStep, promises: Sequence[Ask], known: Known, roots: Iterable[Lit], like: Solver
    ) -> None:
        system = step.system
        self.step = step
        self.like = like
        self.promises = {ask.name: step.step(ask.state) for ask in promises if ask.state != FALSE}
        always = [step.step(system.typed), *(step.step(ask.state) ^ 1 for ask in known.asks)]
        begin = [step.start(lit) for lit in (system.initial_valid, *system.initial)]
        self.numbering = Numbering(
            step.circuit, step.state, [*roots, step.valid, *step.after, *always, *begin, *self.promises.values()]
        )
        self.top = len(self.numbering.place)
        self.base: list[Clause] = [[1], *self.numbering.clauses(), *([self.var(lit)] for lit in always)]
        self.base += [[self._now(bit + 1 if wanted else -(bit + 1)) for bit, wanted in c] for c in known.clauses]
        self.levels = [self._new()]
        self.base += self._begin(begin[0], begin[1:])
        self.leftover: int | None = None
        self.leftovers = 0
        self._state: tuple[int, Bits] | None = None
        self.solver = self._build()
        self.guard = 0
        self.promise(promises)

    def _begin(self, valid: Lit, initial: Sequence[Lit]) -> list[Clause]:
        found: list[Clause] = [[-self.levels[0], self.var(valid)]]
        for now, lit in zip(self.step.state, initial, strict=True):
            a, b = self.var(now), self.var(lit)
            found += [[-self.levels[0], -a, b], [-self.levels[0], a, -b]]
        return found

    def _build(self) -> Solver:
        solver = Solver(self.like.deadline, self.like)
        solver.add(self.base)
        return solver

    def var(self, lit: Lit) -> int:
        """The variable of a literal of the circuit of the action, with sign."""
        return self.numbering.var(lit)

    def _now(self, lit: int) -> int:
        return lit + 1 if lit > 0 else lit - 1

    def _new(self) -> int:
        self.top += 1
        return self.top

    def _lasting(self, clauses: Iterable[Clause]) -> None:
        found = list(clauses)
        self.base += found
        self.solver.add(found)

    # --- frames -----------------------------------------------------------------------------------------------------

    def promise(self, asks: Sequence[Ask]) -> None:
        """From here on these promises are kept in every frame."""
        if self.guard:
            self._lasting([[-self.guard]])
        self.guard = self._new()
        self._lasting([-self.guard, -self.var(self.promises[a.name])] for a in asks if a.name in self.promises)

    def open(self) -> None:
        """One more level."""
        self.levels.append(self._new())
        if len(self.levels) > 2:
            self._lasting([[-self.levels[-2], self.levels[-1]]])

    def block(self, cube: Cube, level: int) -> None:
        """No state of the cube is in the frames up to this one."""
        self.solver.add([[-self.levels[level], *(-self._now(lit) for lit in cube)]])

    def frame(self, level: int) -> list[int]:
        """What to assume for the state to be in a frame."""
        return [self.guard, self.levels[level]]

    def once(self, clause: Iterable[int]) -> int:
        """The literal that makes this clause count in the next question, and never again."""
        if self.leftover is not None:
            self.solver.add([[-self.leftover]])
            self.leftovers += 1
        self.leftover = self._new()
        self.solver.add([[-self.leftover, *clause]])
        return self.leftover

    def renew(self, blocked: Iterable[tuple[Cube, int]]) -> None:
        """Builds the solver again if it is full of leftovers; `blocked` is all that counts of what was blocked."""
        if self.leftovers < LEFTOVERS:
            return
        self.leftover, self.leftovers, self._state = None, 0, None
        self.solver = self._build()
        for cube, level in blocked:
            self.block(cube, level)

    # --- models -----------------------------------------------------------------------------------------------------

    def state(self) -> Bits:
        """The state in the last model."""
        if self._state is None or self._state[0] != self.solver.questions:
            bits = tuple(self.solver.value(bit + 2) for bit in range(len(self.step.state)))
            self._state = self.solver.questions, bits
        return self._state[1]

    def inputs(self) -> dict[Lit, bool]:
        """The inputs of the system in the last model."""
        return self.step.inputs(self.true)

    def true(self, lit: Lit) -> bool:
        """The value of a literal in the last model; False for an input that no question is about."""
        return lit >> 1 in self.numbering.place and self.solver.value(self.var(lit))

    def lift(self, bits: Bits, inputs: dict[Lit, bool], otherwise: Iterable[int]) -> Cube:
        """Of one state what is enough, at these inputs, for every literal of `otherwise` to be false."""
        given = [(here, value) for here, value in self.step.given(inputs) if here >> 1 in self.numbering.place]
        fixed = [self.once(otherwise), *(self.var(here) if value else -self.var(here) for here, value in given)]
        cube = cube_of(bits)
        while True:
            answer = self.solver.solve([*fixed, *map(self._now, cube)])
            assert not answer, "a step is not determined by the state and its inputs"
            core = set(self.solver.core())
            fewer = as_cube(lit for lit in cube if self._now(lit) in core)
            if len(fewer) == len(cube):
                return cube
            cube = fewer


class Steps(Questions):
    """Valid steps of an action into cubes."""

    def __init__(self, step: ActionStep, promises: Sequence[Ask], known: Known, like: Solver) -> None:
        super().__init__(step, promises, known, (), like)

    def _after(self, lit: int) -> int:
        value = self.var(self.step.after[abs(lit) - 1])
        return value if lit > 0 else -value

    def into(self, level: int, cube: Cube) -> Cube | None:
        """Of a cube the literals that no step from a state of the frame outside the cube makes all true, None where
        one leads into the cube itself."""
        after = {self._after(lit): lit for lit in cube}
        if -1 in after:
            return (after[-1],)
        apart = self.once(-self._now(lit) for lit in cube)
        if self.solver.solve([*self.frame(level), self.var(self.step.valid), apart, *after]):
            return None
        core = set(self.solver.core())
        return tuple(lit for v, lit in after.items() if v in core)

    def before(self, bits: Bits, inputs: dict[Lit, bool], target: Cube) -> Cube:
        """States from which the step of these inputs is valid and leads into the target, one of them given."""
        return self.lift(bits, inputs, [-self.var(self.step.valid), *(-self._after(lit) for lit in target)])


class Breaks(Questions):
    """Steps of an action that break promises, by themselves or by where they lead."""

    def __init__(self, step: ActionStep, promises: Sequence[Ask], known: Known, like: Solver) -> None:
        self.by_step = {ask.name: step.step(ask.step) for ask in promises}
        self.by_end = {ask.name: step.leads_to(ask) for ask in promises}
        super().__init__(step, promises, known, [*self.by_step.values(), *self.by_end.values()], like)

    def broken(self, level: int, asks: Sequence[Ask]) -> bool:
        """Whether a step from the frame breaks one of these promises."""
        literals = {lit for ask in asks for lit in (self.by_step[ask.name], self.by_end[ask.name])} - {FALSE}
        if not literals:
            return False
        return self.solver.solve([*self.frame(level), self.once(self.var(lit) for lit in literals)])

    def which(self, asks: Sequence[Ask]) -> tuple[Lit, bool]:
        """What the last model breaks, as a literal, and whether the end of the step is what breaks it."""
        for table in (self.by_step, self.by_end):
            for ask in asks:
                if self.true(table[ask.name]):
                    return table[ask.name], table is self.by_end
        raise AssertionError("the model breaks nothing")

    def before(self, bits: Bits, inputs: dict[Lit, bool], broken: Lit) -> Cube:
        """States from which the step of these inputs breaks the same thing, one of them given."""
        return self.lift(bits, inputs, [-self.var(broken)])


__all__ = ["TRUE", "Breaks", "Known", "Questions", "Steps"]
