"""What one symbolic run works on: the state, the path to here, what went wrong so far, and choices of nature.

NOTE(path): every statement is run under a *path*, the tests that lead to it. Values computed under a path mean nothing
elsewhere; where two paths meet, values are merged by the test that parted them.
NOTE(order): what is recorded (faults, disabled runs, marks) is recorded in the order of execution, and nothing is
recorded after a fault on the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.sym_algebra import Algebra
from checker.symbolic.sym_values import Sym
from spec.lang.ground import GroundMachine
from spec.lang.machine import Function, Param
from spec.lang.values import cardinality

Symbols = dict[str, Sym]
"""A value for every field, or for every constant."""


@dataclass(slots=True)
class SymFrame:
    """One call: its variables, the choices it knows, whether it is still running, and what it returned."""

    function: Function
    variables: Symbols
    choices: Symbols
    live: Lit = TRUE
    broken: Lit = FALSE
    continued: Lit = FALSE
    result: Sym | None = None


class Pool:
    """Inputs for choices and arguments, shared by all actions since only one of them happens in a step."""

    def __init__(self, circuit: Circuit, name: str) -> None:
        self.circuit = circuit
        self.name = name
        self.inputs: list[Lit] = []
        self.used = 0

    def restart(self) -> None:
        """The next action begins to take from the first input again."""
        self.used = 0

    def take(self, count: int) -> tuple[Lit, ...]:
        """The next inputs."""
        while len(self.inputs) < self.used + count:
            self.inputs.append(self.circuit.input(f"{self.name}.{len(self.inputs)}"))
        self.used += count
        return tuple(self.inputs[self.used - count : self.used])


@dataclass(slots=True)
class Record:
    """What a run came upon: where it faulted, was disabled, and marked names, and where its choices are codes."""

    fault: Lit = FALSE
    disabled: Lit = FALSE
    marks: dict[str, Lit] = field(default_factory=dict)
    codes: list[Lit] = field(default_factory=list)


class SymWorld:
    """All that a symbolic run can see and touch. `old` is the state before the step; `olds` that before the call of
    an action of a part that is under way, by part. Without `pool` no choice may be read."""

    def __init__(
        self,
        ground: GroundMachine,
        algebra: Algebra,
        constants: Mapping[str, Sym],
        now: Symbols,
        old: Symbols | None = None,
        pool: Pool | None = None,
        path: tuple[Lit, ...] = (),
    ) -> None:
        self.ground = ground
        self.algebra = algebra
        self.circuit = algebra.circuit
        self.constants = constants
        self.now = now
        self.old = old
        self.pool = pool
        self.path = path
        self.record = Record()
        self.olds: dict[str, Symbols] = {}
        self.after_write: Callable[[str], None] | None = None

    # --- paths --------------------------------------------------------------------------------------------------

    def known(self, test: Lit) -> Lit:
        """The test, or its value if the path decides it."""
        if test in self.path:
            return TRUE
        return FALSE if test ^ 1 in self.path else test

    @contextmanager
    def under(self, test: Lit) -> Iterator[None]:
        """Runs what follows on the path that goes on with this test."""
        outer = self.path
        if test != TRUE:
            kind, parts = self.circuit.gates[test >> 1]
            self.path = (*outer, test, *(parts if kind == "and" and not test & 1 else ()))
        try:
            yield
        finally:
            self.path = outer

    def here(self, condition: Lit) -> Lit:
        """True where this place is reached without a fault before, and the condition is true."""
        return self.circuit.conj([*self.path, condition, self.record.fault ^ 1])

    def fork(
        self, frame: SymFrame, test: Lit, then: Callable[[], Sym | None], other: Callable[[], Sym | None]
    ) -> Sym | None:
        """Runs both sides from the same state, each under its path, and merges state, variables and values."""
        test = self.known(test)
        if test == TRUE:
            return then()
        if test == FALSE:
            return other()
        start, before = dict(self.now), _copy(frame)
        with self.under(test):
            a = then()
        now_a, frame_a = self.now, _copy(frame)
        self.now = start
        _restore(frame, before)
        with self.under(test ^ 1):
            b = other()
        self.now = self._merge_symbols(test, now_a, self.now)
        self._merge_frames(test, frame_a, frame)
        if a is None or b is None:
            return b if a is None else a
        return self.algebra.merge(test, a, b)

    def _merge_symbols(self, test: Lit, a: Symbols, b: Symbols) -> Symbols:
        merge = self.algebra.merge
        both = {n: (a[n], value) for n, value in b.items() if n in a}
        merged = {n: y if x is y else merge(test, x, y) for n, (x, y) in both.items()}
        return {**a, **b, **merged}

    def _merge_frames(self, test: Lit, a: SymFrame, into: SymFrame) -> None:
        ite = self.circuit.ite
        into.variables = self._merge_symbols(test, a.variables, into.variables)
        into.live = ite(test, a.live, into.live)
        into.broken = ite(test, a.broken, into.broken)
        into.continued = ite(test, a.continued, into.continued)
        if a.result is not None and into.result is not None:
            into.result = self.algebra.merge(test, a.result, into.result)
        elif into.result is None:
            into.result = a.result

    # --- what happens -------------------------------------------------------------------------------------------

    def fault(self, condition: Lit) -> None:
        """Evaluation ends here where the condition is true."""
        self.record.fault = self.circuit.either(self.record.fault, self.here(self.known(condition)))

    def disable(self, condition: Lit) -> None:
        """The action cannot happen where the condition is true."""
        self.record.disabled = self.circuit.either(self.record.disabled, self.here(self.known(condition)))

    def mark(self, name: str, condition: Lit) -> None:
        """Notes that something happened here where the condition is true."""
        so_far = self.record.marks.get(name, FALSE)
        self.record.marks[name] = self.circuit.either(so_far, self.here(self.known(condition)))

    def choice(self, choice: Param) -> Sym:
        """A choice of nature: any value of its type."""
        assert self.pool is not None, f"{choice.name} is read where no choice is allowed"
        width = max(0, cardinality(choice.type, self.ground) - 1).bit_length()
        bits = self.pool.take(width)
        self.record.codes.append(self.algebra.in_range(bits, choice.type))
        return self.algebra.from_bits(bits, choice.type)


def _copy(frame: SymFrame) -> SymFrame:
    return SymFrame(
        frame.function,
        dict(frame.variables),
        frame.choices,
        frame.live,
        frame.broken,
        frame.continued,
        frame.result,
    )


def _restore(frame: SymFrame, to: SymFrame) -> None:
    frame.variables = to.variables
    frame.live, frame.broken, frame.continued, frame.result = to.live, to.broken, to.continued, to.result
