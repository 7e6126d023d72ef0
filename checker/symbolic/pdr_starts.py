"""The initial states as a small solver of their own."""

from __future__ import annotations

from collections.abc import Sequence

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.cnf import Numbering
from checker.symbolic.cofactor import Copy
from checker.symbolic.pdr_cubes import Bits, Cube
from checker.symbolic.solver import Deadline, Solver
from checker.symbolic.system import Ask, System


class Starts:
    """Questions about initial states, and about what the initialiser breaks; `fixed` has what no initial state has."""

    def __init__(self, system: System, asks: Sequence[Ask], deadline: Deadline) -> None:
        circuit = Circuit()
        inputs = Copy(system.circuit, circuit, {})
        self._inputs = {lit: inputs.lit(lit) for lit in system.start_inputs}
        self._initial = [inputs.lit(lit) for lit in system.initial]
        valid = inputs.lit(system.initial_valid)
        states = Copy(system.circuit, circuit, dict(zip(system.state, self._initial, strict=True)))
        self._by_state = {ask.name: states.lit(ask.state) for ask in asks}
        self._by_start = {ask.name: inputs.lit(ask.start) for ask in asks}
        roots = [valid, *self._initial, *self._by_state.values(), *self._by_start.values()]
        self.numbering = Numbering(circuit, self._inputs.values(), roots)
        self.solver = Solver(deadline)
        self.solver.add([[1], *self.numbering.clauses()])
        self.valid = self.numbering.var(valid)
        known = [(bit + 1, lit) for bit, lit in enumerate(self._initial) if lit in (FALSE, TRUE)]
        self.fixed = {number if lit == FALSE else -number for number, lit in known}

    def meets(self, cube: Cube) -> bool:
        """Whether an initial state is in the cube."""
        return self.fixed.isdisjoint(cube) and self.solver.solve([self.valid, *map(self._at, cube)])

    def apart(self, cube: Cube) -> Cube:
        """Literals of a cube that meets no initial state which are enough for that."""
        for lit in cube:
            if lit in self.fixed:
                return (lit,)
        answer = self.meets(cube)
        assert not answer, "the cube meets an initial state"
        core = set(self.solver.core())
        return tuple(lit for lit in cube if self._at(lit) in core)

    def within(self, cube: Cube) -> tuple[Bits, dict[Lit, bool]]:
        """One initial state in a cube that has some, with the inputs of the initialiser."""
        answer = self.meets(cube)
        assert answer, "the cube meets no initial state"
        return self._model()

    def breaks_itself(self, asks: Sequence[Ask]) -> tuple[list[Ask], dict[Lit, bool]]:
        """Asks that the initialiser breaks itself, all at the same inputs; none where it breaks none of them."""
        for ask in asks:
            if self._by_start[ask.name] != FALSE and self.solver.solve([self._var(self._by_start[ask.name])]):
                return [a for a in asks if self.solver.value(self._var(self._by_start[a.name]))], self._model()[1]
        return [], {}

    def broken(self, asks: Sequence[Ask]) -> tuple[Bits, dict[Lit, bool]] | None:
        """An initial state that breaks one of these asks, with the inputs of the initialiser; None if there is none."""
        for ask in asks:
            lit = self._by_state[ask.name]
            if lit != FALSE and self.solver.solve([self.valid, self._var(lit)]):
                return self._model()
        return None

    def _var(self, lit: Lit) -> int:
        return self.numbering.var(lit)

    def _at(self, lit: int) -> int:
        value = self._var(self._initial[abs(lit) - 1])
        return value if lit > 0 else -value

    def _model(self) -> tuple[Bits, dict[Lit, bool]]:
        bits = tuple(self.solver.value(self._var(lit)) for lit in self._initial)
        return bits, {lit: self.solver.value(self._var(here)) for lit, here in self._inputs.items()}
