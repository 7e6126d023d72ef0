"""The one door to Z3: a Boolean satisfiability solver that is fed clauses and asked under assumptions.

Everything Z3 may do instead of answering (a time limit, a full memory, an interrupt, giving up) comes back as
`Unknown` with its reason; nothing else is ever taken for a "no".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import z3

from checker.interrupts import raise_lost

LOOK_SECONDS = 0.1
"""How often memory is looked at while Z3 works by itself."""

FEW = 8
"""Up to so many clauses are handed over one by one; the text of more is read faster, but looks at every variable."""

KEYBOARD = "interrupted from keyboard"
"""What Z3 says when Ctrl-C came while it worked: it sees the signal before Python does."""


class Unknown(Exception):
    """The solver did not answer; `reason` is one of "time", "memory", "interrupt" or what Z3 says."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Deadline:
    """When to stop: `seconds` from now, or never; `memory` in bytes for the whole process, or no limit."""

    seconds: float | None = None
    memory: int | None = None
    started: float = 0.0

    def __post_init__(self) -> None:
        self.started = time.monotonic()

    def left(self) -> float | None:
        """Seconds left, at least 0; None without a limit. `KeyboardInterrupt` if one was lost."""
        raise_lost()
        return None if self.seconds is None else max(0.0, self.seconds - (time.monotonic() - self.started))

    def check(self) -> None:
        """`Unknown` where the time is over or the memory full."""
        left = self.left()
        if left is not None and left <= 0:
            raise Unknown("time")
        if self.memory is not None and memory_used() > self.memory:
            raise Unknown("memory")


def memory_used() -> int:
    """Bytes that this process has in memory now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096
    except OSError:
        return 0


class MemoryWatch:
    """While it is entered, Z3 is interrupted once memory is full: for an engine that has no such limit of its own."""

    def __init__(self, deadline: Deadline, context: z3.Context) -> None:
        self.deadline = deadline
        self.context = context
        self.full = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        if self.deadline.memory is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if self.deadline.memory is not None and memory_used() > self.deadline.memory:
                self.full = True
                self.context.interrupt()


class Solver:
    """An incremental solver over variables 1, 2, 3 ...: clauses are added for good, assumptions for one question.

    `like` is another solver that is used in turns with this one: they share what Z3 needs for a start (17 MB).
    """

    def __init__(self, deadline: Deadline | None = None, like: Solver | None = None) -> None:
        self.deadline = deadline or Deadline()
        self.context: z3.Context = z3.Context() if like is None else like.context
        self.solver = z3.SolverFor("QF_FD", ctx=self.context)
        if self.deadline.memory is not None:
            self.solver.set("max_memory", max(1, self.deadline.memory // 2**20))
        self.literals: dict[int, z3.BoolRef] = {}
        self.top = 0
        self.pending: list[Sequence[int]] = []
        self.questions = 0
        self._asts: dict[int, z3.Ast] = {}
        self._numbers: dict[int, int] = {}
        self._declarations: dict[int, z3.FuncDecl] = {}
        self._model: z3.ModelRef | None = None
        self._satisfied = False

    def add(self, clauses: Iterable[Sequence[int]]) -> None:
        """Clauses that hold from now on."""
        self.pending.extend(clauses)

    def fresh(self) -> int:
        """A variable that no clause so far mentions. Do not mix with variables numbered by hand above it."""
        self._load()
        self.top += 1
        return self.top

    def reserve(self, top: int) -> None:
        """Variables up to this one are taken."""
        self.top = max(self.top, top)

    def solve(self, assumptions: Sequence[int] = ()) -> bool:
        """True if there is a model under the assumptions; `Unknown` if the solver does not say."""
        self._model, self._satisfied = None, False
        self._load()
        self.deadline.check()
        left = self.deadline.left()
        self.solver.set("timeout", 4294967295 if left is None else max(1, int(left * 1000)))
        self.questions += 1
        given = self._row(assumptions)
        try:
            answer = z3.Z3_solver_check_assumptions(self.context.ref(), self.solver.solver, len(given), given)
        except z3.Z3Exception as failed:
            raise Unknown("memory" if "memory" in str(failed) else str(failed)) from failed
        if answer == z3.Z3_L_UNDEF:
            raise Unknown(self._reason())
        self._satisfied = bool(answer == z3.Z3_L_TRUE)
        return self._satisfied

    def value(self, variable: int) -> bool:
        """The value of a variable (with sign) in the last model; False where the model does not care."""
        context, model = self.context.ref(), self._read()
        declaration = self._declarations.get(abs(variable))
        if declaration is None:
            self._literal(abs(variable))
            declaration = self._declarations[abs(variable)] = self.literals[abs(variable)].decl().ast
        found = z3.Z3_model_get_const_interp(context, model.model, declaration)
        true = bool(found) and z3.Z3_get_bool_value(context, found) == z3.Z3_L_TRUE
        return true if variable > 0 else not true

    def core(self) -> list[int]:
        """Those of the last assumptions that cannot all be true; not always a smallest set."""
        context = self.context.ref()
        found = z3.AstVector(z3.Z3_solver_get_unsat_core(context, self.solver.solver), self.context)
        asts = [z3.Z3_ast_vector_get(context, found.vector, i) for i in range(len(found))]
        return [self._numbers[z3.Z3_get_ast_id(context, ast)] for ast in asts]

    def _read(self) -> z3.ModelRef:
        """The last model, fetched when somebody wants it: that takes longer than many a question."""
        if self._model is None:
            assert self._satisfied, "there is no model"
            self._model = self.solver.model()
        return self._model

    def _reason(self) -> str:
        said = self.solver.reason_unknown()
        if said == KEYBOARD:
            return "interrupt"
        if said in ("timeout", "canceled"):
            left = self.deadline.left()
            return "time" if left is not None and left <= 0.05 else "interrupt"
        return "memory" if "memory" in said else said

    def _load(self) -> None:
        if not self.pending:
            return
        self.top = max(self.top, max((abs(v) for c in self.pending for v in c), default=0))
        if self._satisfied:
            self._read()
        if len(self.pending) <= FEW:
            for clause in self.pending:
                row = self._row(clause)
                whole = z3.BoolRef(z3.Z3_mk_or(self.context.ref(), len(row), row), self.context)
                z3.Z3_solver_assert(self.context.ref(), self.solver.solver, whole.ast)
            self.pending.clear()
            return
        lines = [" ".join(map(str, c)) + " 0" for c in self.pending]
        self.solver.from_string(f"p cnf {self.top} {len(lines)}\n" + "\n".join(lines) + "\n")
        self.pending.clear()

    def _row(self, variables: Sequence[int]) -> Sequence[z3.Ast]:
        """Literals as Z3 takes a row of them."""
        row: Sequence[z3.Ast] = (z3.Ast * len(variables))(*[self._literal(v) for v in variables])
        return row

    def _literal(self, variable: int) -> z3.Ast:
        """NOTE(speed): questions are many and small, and Z3's own classes look at every literal several times."""
        known = self._asts.get(variable)
        if known is None:
            symbol = z3.Z3_mk_int_symbol(self.context.ref(), abs(variable))
            sort = z3.BoolSort(self.context)
            constant = z3.BoolRef(z3.Z3_mk_const(self.context.ref(), symbol, sort.ast), self.context)
            for number, made in ((abs(variable), constant), (-abs(variable), z3.Not(constant))):
                self.literals[number], self._asts[number] = made, made.as_ast()
                self._numbers[z3.Z3_get_ast_id(self.context.ref(), made.as_ast())] = number
            known = self._asts[variable]
        return known
