"""Frames of a system in a solver, one behind the other: from its initial states, or from any typed state.

NOTE(variables): every frame has one variable per bit of the state, input and gate, as `numbering_of` has them, in a
block of its own; blocks come from one counter, as do the variables of the initialiser and single ones (`fresh`). So
whoever shares the solver takes variables from the same counter.
NOTE(on demand): the gates of a frame are added by `need` when somebody asks for what they compute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from checker.symbolic.answers import Path
from checker.symbolic.circuit import Lit
from checker.symbolic.cnf import Clause, Numbering, gate_clauses, move_clauses, numbering_of
from checker.symbolic.solver import Solver
from checker.symbolic.system import Ask, System

Part = Literal["typed", "states", "steps", "move"]
"""What gates of a frame are for: `typed`, the `state` of asks, their `step`, or the way to the next frame."""


class Variables:
    """The counter that all blocks of variables of one solver come from."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.top = solver.top

    def block(self, size: int) -> int:
        """So many new variables; returns what to add to 1, 2, 3 ... to get them."""
        base = self.top
        self.top += size
        self.solver.reserve(self.top)
        return base

    def fresh(self) -> int:
        """One new variable."""
        return self.block(1) + 1


class Initialiser:
    """The initialiser of a system: one block of variables, its gates, and the promises that it can break by itself."""

    def __init__(self, system: System, asks: Sequence[Ask], variables: Variables) -> None:
        self.system = system
        roots = [system.initial_valid, *system.initial, *(ask.start for ask in asks)]
        self.numbering = Numbering(system.circuit, system.start_inputs, roots)
        self.base = variables.block(len(self.numbering.place))
        self.solver = variables.solver
        self.solver.add(shifted([[1], *self.numbering.clauses()], self.base))

    def var(self, lit: Lit) -> int:
        """The variable of a literal over the inputs of the initialiser, with sign."""
        return moved(self.numbering.var(lit), self.base)

    def values(self) -> dict[Lit, bool]:
        """The inputs of the initialiser in the last model."""
        return {lit: self.solver.value(self.var(lit)) for lit in self.system.start_inputs}


class Unrolling:
    """The frames of a system, as far as these asks matter; `frames` of them so far, numbered from 0."""

    def __init__(self, system: System, asks: Sequence[Ask], variables: Variables) -> None:
        self.system = replace(system, asks=tuple(asks))
        self.variables = variables
        self.solver = variables.solver
        self.numbering = numbering_of(self.system)
        self.stride = len(self.numbering.place)
        self._moves = move_clauses(self.system, self.numbering)
        self.bases: list[int] = []
        self.loaded: list[tuple[Part, ...]] = []
        self._roots: dict[Part, list[Lit]] = {
            "typed": [system.typed],
            "states": [ask.state for ask in asks],
            "steps": [ask.step for ask in asks],
            "move": [system.valid, *(lit for c in system.cases for lit in (c.selector, *(v for _, v in c.updates)))],
        }
        self._clauses: dict[tuple[tuple[Part, ...], Part], list[Clause]] = {}

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.bases)

    def add_frame(self) -> int:
        """One more frame, tied to nothing yet; returns its number."""
        self.bases.append(self.variables.block(self.stride))
        self.loaded.append(())
        self.solver.add([[self.bases[-1] + 1]])
        return self.frames - 1

    def need(self, part: Part, frame: int) -> None:
        """Adds the gates of a part to a frame, where they are not there yet."""
        loaded = self.loaded[frame]
        if part not in loaded:
            self.solver.add(shifted(self._gates(loaded, part), self.bases[frame]))
            self.loaded[frame] = (*loaded, part)

    def var(self, lit: Lit, frame: int) -> int:
        """The variable of a literal in a frame, with sign."""
        return moved(self.numbering.var(lit), self.bases[frame])

    def begin(self, initialiser: Initialiser) -> None:
        """Frame 0 is an initial state, from here on."""
        clauses = [[initialiser.var(self.system.initial_valid)]]
        for bit, value in zip(self.system.state, self.system.initial, strict=True):
            clauses += _equal(self.var(bit, 0), initialiser.var(value))
        self.solver.add(clauses)

    def move(self, frame: int, guard: int | None = None) -> None:
        """A valid step leads from a frame to the next one: from here on, or wherever `guard` is true."""
        self.need("move", frame)
        stride, here, there = self.stride, self.bases[frame], self.bases[frame + 1] - self.stride
        extra = [] if guard is None else [-guard]
        self.solver.add(
            [moved(v, here if -stride <= v <= stride else there) for v in clause] + extra for clause in self._moves
        )

    def differ(self, one: int, other: int, guard: int) -> None:
        """Wherever `guard` is true the states of two frames are not the same."""
        some = [-guard]
        for bit in self.system.state:
            a, b, different = self.var(bit, one), self.var(bit, other), self.variables.fresh()
            self.solver.add([[-different, a, b], [-different, -a, -b]])
            some.append(different)
        self.solver.add([some])

    def path(self, states: int, steps: int, initialiser: Initialiser | None = None) -> Path:
        """The last model as a path of so many states from frame 0 on, and so many steps."""
        return Path(
            tuple(tuple(self._value(bit, frame) for bit in self.system.state) for frame in range(states)),
            tuple({lit: self._value(lit, frame) for lit in self.system.inputs} for frame in range(steps)),
            initialiser.values() if initialiser else {},
        )

    def _value(self, lit: Lit, frame: int) -> bool:
        return self.solver.value(self.var(lit, frame))

    def _gates(self, loaded: tuple[Part, ...], part: Part) -> list[Clause]:
        key = (loaded, part)
        if key not in self._clauses:
            circuit, numbering = self.system.circuit, self.numbering
            there = set(circuit.cone(lit for each in loaded for lit in self._roots[each]))
            found: list[Clause] = []
            for node in circuit.cone(self._roots[part]):
                kind, parts = circuit.gates[node]
                if node not in there and kind != "input":
                    found += gate_clauses(kind, numbering.var(2 * node), [numbering.var(p) for p in parts])
            self._clauses[key] = found
        return self._clauses[key]


def moved(variable: int, base: int) -> int:
    """A variable with sign in a block of variables."""
    return variable + base if variable > 0 else variable - base


def shifted(clauses: Iterable[Clause], base: int) -> list[Clause]:
    """Clauses in a block of variables."""
    return [[v + base if v > 0 else v - base for v in clause] for clause in clauses]


def _equal(a: int, b: int) -> list[Clause]:
    return [[-a, b], [a, -b]]


def any_of(variables: Variables, literals: Sequence[int], assumptions: Sequence[int] = ()) -> bool:
    """Whether there is a model under the assumptions where at least one of the literals is true."""
    if not literals:
        return False
    one = variables.fresh()
    variables.solver.add([[-one, *literals]])
    return variables.solver.solve([*assumptions, one])
