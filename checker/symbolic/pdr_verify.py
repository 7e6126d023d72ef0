"""Whether a proof is one: its three obligations asked of fresh solvers that know nothing of how it was found.

The obligations are those of NOTE(induction) in `answers`, and that `typed` holds initially and is kept by every valid
step from a typed state, which all proofs rest on.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.symbolic.answers import Clause, Proof
from checker.symbolic.circuit import FALSE
from checker.symbolic.solver import Deadline, Solver
from checker.symbolic.system import System
from checker.symbolic.unroll import Initialiser, Unrolling, Variables, any_of


def verify_proof(system: System, wanted: Sequence[str], proof: Proof, deadline: Deadline | None = None) -> str:
    """"" where the proof proves all wanted names, else the obligation that fails. `Unknown` without an answer."""
    missing = [name for name in wanted if name not in proof.promises]
    if missing:
        return f"{missing[0]} is not among the promises of the proof"
    if proof.k < 1:
        return f"there is no induction over {proof.k} states"
    limit = deadline or Deadline()
    parts = (_Obligations.initiation, _Obligations.safety, _Obligations.consecution)
    return next((fault for part in parts if (fault := part(_Obligations(system, proof, limit)))), "")


class _Obligations:
    """One solver with frames for the obligations of one proof."""

    def __init__(self, system: System, proof: Proof, deadline: Deadline) -> None:
        self.system = system
        self.proof = proof
        self.asks = [system.ask(name) for name in proof.promises]
        self.variables = Variables(Solver(deadline))
        self.solver = self.variables.solver
        self.unrolling = Unrolling(system, self.asks, self.variables)

    def initiation(self) -> str:
        """Nothing is broken at a depth below k, and the clauses hold there."""
        initialiser = Initialiser(self.system, self.asks, self.variables)
        for ask in self.asks:
            if ask.start != FALSE and self.solver.solve([initialiser.var(ask.start)]):
                return f"initiation: the initialiser breaks {ask.name}"
        frame = self._frame()
        self.unrolling.begin(initialiser)
        if self.solver.solve([-self.unrolling.var(self.system.typed, frame)]):
            return "initiation: an initial state is not typed"
        for depth in range(self.proof.k):
            if fault := self._breaks_state(depth):
                return f"initiation: {fault} after {depth} steps"
            if depth + 1 < self.proof.k:
                if fault := self._breaks_step(depth):
                    return f"initiation: {fault} by step {depth + 1}"
                self._frame()
                self.unrolling.move(depth)
        return ""

    def safety(self) -> str:
        """No step from the last of k good states in a row breaks anything, whether it completes or not."""
        fault = self._breaks_step(self._good_states())
        return f"safety: {fault} by a step from states that keep everything" if fault else ""

    def consecution(self) -> str:
        """Every valid step from the last of k good states in a row leads to a typed state that keeps everything."""
        last = self._good_states()
        frame = self._frame()
        self.unrolling.move(last)
        if self.solver.solve([-self.unrolling.var(self.system.typed, frame)]):
            return "consecution: a step leads to a state that is not typed"
        self._differ(frame)
        fault = self._breaks_state(frame)
        return f"consecution: {fault} after a step" if fault else ""

    def _good_states(self) -> int:
        """k states in a row that keep everything; returns the frame of the last one."""
        for frame in range(self.proof.k):
            self._frame()
            self.solver.add([[self.unrolling.var(self.system.typed, frame)]])
            self.solver.add(self._literals(clause, frame) for clause in self.proof.clauses)
            self.solver.add([-self.unrolling.var(ask.state, frame)] for ask in self.asks)
            if frame:
                self.unrolling.move(frame - 1)
                self._differ(frame)
        return self.proof.k - 1

    def _frame(self) -> int:
        frame = self.unrolling.add_frame()
        self.unrolling.need("typed", frame)
        self.unrolling.need("states", frame)
        return frame

    def _differ(self, frame: int) -> None:
        if self.proof.simple:
            for earlier in range(frame):
                self.unrolling.differ(earlier, frame, self._true())

    def _true(self) -> int:
        variable = self.variables.fresh()
        self.solver.add([[variable]])
        return variable

    def _literals(self, clause: Clause, frame: int) -> list[int]:
        state = self.system.state
        return [self.unrolling.var(state[bit] if wanted else state[bit] ^ 1, frame) for bit, wanted in clause]

    def _breaks_state(self, frame: int) -> str:
        """What a state of the frame breaks: all promises and clauses in one question."""
        places = {ask.name: self.unrolling.var(ask.state, frame) for ask in self.asks if ask.state != FALSE}
        for number, clause in enumerate(self.proof.clauses):
            missed = places[f"clause {number}"] = self.variables.fresh()
            self.solver.add([-missed, -literal] for literal in self._literals(clause, frame))
        return self._broken(places)

    def _breaks_step(self, frame: int) -> str:
        """What a step from the frame breaks, whether it completes or not."""
        self.unrolling.need("steps", frame)
        return self._broken({ask.name: self.unrolling.var(ask.step, frame) for ask in self.asks if ask.step != FALSE})

    def _broken(self, places: dict[str, int]) -> str:
        if not any_of(self.variables, list(places.values())):
            return ""
        return f"{next(name for name, variable in places.items() if self.solver.value(variable))} is broken"
