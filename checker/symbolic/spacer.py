"""Z3's engine for Horn clauses, Spacer, on a system: an invariant is read back as clauses, a violation found again.

NOTE(reading): Spacer's invariant is taken only if it is a conjunction of disjunctions of bits and `verify_proof`
accepts it. Of a violation only its length is used: bounded model checking up to there gives the path.
Source: A. Komuravelli, A. Gurfinkel, S. Chaki, SMT-based model checking for recursive programs (2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import z3

from checker.symbolic.answers import Clause, Path, PdrResult, Proof
from checker.symbolic.bmc import search
from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.cofactor import Copy
from checker.symbolic.pdr_action import actions_of
from checker.symbolic.pdr_verify import verify_proof
from checker.symbolic.solver import Deadline, MemoryWatch, Unknown
from checker.symbolic.system import Ask, System

MOST_MILLISECONDS = 4294967295

REWRITINGS = ("slice", "coi", "inline_linear", "inline_eager", "compress_unbound", "tail_simplifier_pve")
"""What Z3 does to the rules first; then the invariant it tells is not always one of the rules that were given."""


def prove(system: System, wanted: Sequence[str], *, deadline: Deadline) -> PdrResult:
    """Proves the wanted names together, or breaks some of them; then the proof is one of all the others.

    A limit, Ctrl-C, an engine that gives up and an invariant of another form are the `reason`. KeyError for a name that
    is no ask.
    """
    asks = [system.ask(name) for name in dict.fromkeys(wanted)]
    broken: dict[str, Path] = {}
    try:
        while asks:
            found = _once(system, asks, deadline)
            if isinstance(found, Proof):
                return PdrResult(found, broken)
            broken |= found
            asks = [ask for ask in asks if ask.name not in broken]
    except Unknown as unknown:
        return PdrResult(None, broken, unknown.reason)
    except KeyboardInterrupt:
        return PdrResult(None, broken, "interrupt")
    return PdrResult(None, broken)


def _once(system: System, asks: Sequence[Ask], deadline: Deadline) -> Proof | dict[str, Path]:
    """A proof of all of them, or paths for some. `Unknown` without an answer."""
    names = [ask.name for ask in asks]
    if any(ask.start != FALSE for ask in asks):
        found = search(system, names, depth=0, deadline=deadline)
        if found.found:
            return found.found
        if found.bounded.depth < 0:
            raise Unknown(found.bounded.reason)
    horn = Horn(system, asks)
    steps = horn.query(deadline)
    if steps is None:
        return _verified(system, names, horn.invariants(), deadline)
    result = search(system, names, depth=steps, deadline=deadline)
    if result.found:
        return result.found
    raise Unknown(result.bounded.reason if result.bounded.depth < steps else f"no path of up to {steps} steps is found")


def _verified(
    system: System, names: Sequence[str], invariants: Iterable[tuple[Clause, ...]], deadline: Deadline
) -> Proof:
    """The first of them that proves all names. `Unknown` if none does."""
    reason = "the invariant is not made of clauses"
    for clauses in invariants:
        proof = Proof("spacer", 1, tuple(names), clauses)
        if not (fault := verify_proof(system, names, proof, deadline)):
            return proof
        reason = f"the invariant found is none: {fault}"
    raise Unknown(reason)


class Horn:
    """A system as Horn clauses over one relation, `reached`, whose arguments are the bits of a state."""

    def __init__(self, system: System, asks: Sequence[Ask]) -> None:
        self.context = z3.Context()
        self.engine = z3.Fixedpoint(ctx=self.context)
        self.engine.set("engine", "spacer")
        for rewriting in REWRITINGS:
            self.engine.set(f"xform.{rewriting}", False)
        boolean = z3.BoolSort(self.context)
        self.reached = z3.Function("reached", *[boolean] * (len(system.state) + 1))
        self.broken = z3.Function("broken", boolean)
        self.engine.register_relation(self.reached, self.broken)
        self.names = 0
        self._start(system)
        self._states(system, asks)
        for step in actions_of(system):
            here = _Expressions(self, step.circuit)
            state = [here.of(lit) for lit in step.state]
            source = [self.reached(*state), here.of(step.step(system.typed))]
            self.engine.rule(self.reached(*map(here.of, step.after)), [*source, here.of(step.valid)])
            for ask in asks:
                if (lit := step.step(ask.step)) != FALSE:
                    self.engine.rule(self.broken(), [*source, here.of(lit)])

    def _start(self, system: System) -> None:
        here = _Expressions(self, system.circuit)
        initial = [here.of(lit) for lit in system.initial]
        self.engine.rule(self.reached(*initial), [here.of(system.initial_valid)])

    def _states(self, system: System, asks: Sequence[Ask]) -> None:
        circuit = Circuit()
        copy = Copy(system.circuit, circuit, {lit: circuit.input(name) for lit, name in _named(system)})
        here = _Expressions(self, circuit)
        state = self.reached(*[here.of(copy.lit(lit)) for lit in system.state])
        for ask in asks:
            if (lit := copy.lit(ask.state)) != FALSE:
                self.engine.rule(self.broken(), [state, here.of(lit)])

    def variable(self) -> z3.BoolRef:
        """A new variable for the rules."""
        self.names += 1
        made = z3.Bool(f"v{self.names}", self.context)
        self.engine.declare_var(made)
        return made

    def query(self, deadline: Deadline) -> int | None:
        """None where nothing is broken, else a number of steps within which something is. `Unknown` otherwise."""
        deadline.check()
        left = deadline.left()
        self.engine.set("timeout", MOST_MILLISECONDS if left is None else max(1, int(left * 1000)))
        with MemoryWatch(deadline, self.context) as memory:
            try:
                answer = self.engine.query(self.broken())
            except z3.Z3Exception as error:
                raise Unknown("memory" if memory.full else _reason(str(error), deadline)) from error
        if answer == z3.unknown:
            raise Unknown("memory" if memory.full else _reason(self.engine.reason_unknown(), deadline))
        return None if answer == z3.unsat else len(self.engine.get_rules_along_trace())

    def invariants(self) -> Iterator[tuple[Clause, ...]]:
        """After a query that found nothing broken: what Spacer says is an invariant, as far as it is made of clauses.

        Where the answer is spelled out by quantifiers instead, what it has proved of every level may still do.
        """
        said = self.engine.get_answer()
        for part in said.children() if z3.is_and(said) else [said]:
            if z3.is_quantifier(part) and part.is_forall() and z3.is_eq(part.body()):
                head, invariant = part.body().children()
                if z3.is_app(head) and head.decl().name() == self.reached.name():
                    places = {z3.get_var_index(arg): place for place, arg in enumerate(head.children())}
                    yield from _clauses(invariant, places)
        cover = self.engine.get_cover_delta(-1, self.reached)
        yield from _clauses(cover, {place: place for place in range(self.reached.arity())})


class _Expressions:
    """Literals of one circuit as expressions; inputs become variables of the rules."""

    def __init__(self, horn: Horn, circuit: Circuit) -> None:
        self.horn = horn
        self.circuit = circuit
        self.known: dict[int, z3.BoolRef] = {0: z3.BoolVal(False, horn.context)}

    def of(self, lit: Lit) -> z3.BoolRef:
        """The expression of a literal."""
        if lit <= TRUE:
            return z3.BoolVal(lit == TRUE, self.horn.context)
        for node in self.circuit.cone([lit]) if lit >> 1 not in self.known else ():
            if node not in self.known:
                self.known[node] = self._gate(*self.circuit.gates[node])
        expression = self.known[lit >> 1]
        return z3.Not(expression) if lit & 1 else expression

    def _gate(self, kind: str, parts: tuple[Lit, ...]) -> z3.BoolRef:
        if kind == "input":
            return self.horn.variable()
        args = [z3.Not(self.known[p >> 1]) if p & 1 else self.known[p >> 1] for p in parts]
        return z3.And(args) if kind == "and" else z3.Xor(*args) if kind == "xor" else z3.If(*args)


def _named(system: System) -> list[tuple[Lit, str]]:
    return list(zip(system.state, system.labels, strict=True))


def _clauses(invariant: z3.BoolRef, places: dict[int, int]) -> Iterator[tuple[Clause, ...]]:
    """A conjunction as clauses, nothing if it is none; `places` are the bits by the numbers of bound variables."""
    parts = invariant.children() if z3.is_and(invariant) else [] if z3.is_true(invariant) else [invariant]
    found: list[Clause] = []
    for part in parts:
        literals = part.children() if z3.is_or(part) else [] if z3.is_false(part) else [part]
        atoms = [literal.arg(0) if z3.is_not(literal) else literal for literal in literals]
        if not all(z3.is_var(atom) for atom in atoms):
            return
        bits = [places[z3.get_var_index(atom)] for atom in atoms]
        found.append(tuple(sorted((bit, not z3.is_not(lit)) for bit, lit in zip(bits, literals, strict=True))))
    yield tuple(found)


def _reason(said: str, deadline: Deadline) -> str:
    left = deadline.left()
    if left is not None and left <= 0.05:
        return "time"
    return "interrupt" if "cancel" in said or "interrupt" in said else "memory" if "memory" in said else said
