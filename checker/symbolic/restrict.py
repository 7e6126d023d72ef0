"""A system cut down to one of its actions: with the selectors put in, a fraction of the gates is left.

NOTE(cover): a step of a system has exactly one selector, and no ask is broken by inputs without that (`System`). So
what is true of the steps of every action is true of every step. `only_single_actions` looks whether that is so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.cnf import Clause, gate_clauses
from checker.symbolic.cofactor import Copy
from checker.symbolic.solver import Deadline, Solver
from checker.symbolic.system import Case, System, exactly_one


def substitute(circuit: Circuit, roots: Sequence[Lit], values: Mapping[Lit, Lit]) -> list[Lit]:
    """The roots with some inputs (positive literals) replaced by literals of the same circuit."""
    same = {2 * node: 2 * node for node in circuit.names}
    copy = Copy(circuit, circuit, same | dict(values))
    return [copy.lit(lit) for lit in roots]


def selectors(system: System, case: Case) -> dict[Lit, bool]:
    """The values of the inputs that choose this action; none where the system has no other."""
    return {each.selector: each is case for each in system.cases if each.selector not in (FALSE, TRUE)}


def can_split(system: System, deadline: Deadline) -> bool:
    """Whether every selector is an input of its own, and no ask or step is without exactly one of them."""
    chosen = [case.selector for case in system.cases]
    if len(chosen) < 2 or len(set(chosen)) < len(chosen) or not set(chosen) <= set(system.inputs):
        return False
    return only_single_actions(system, deadline)


def restricted(system: System, case: Case) -> System:
    """The system as if it had only this action: the same bits, inputs and literals of inputs, in the same circuit."""
    values = {lit: TRUE if value else FALSE for lit, value in selectors(system, case).items()}
    roots = [system.valid, *(v for _, v in case.updates), *(ask.step for ask in system.asks)]
    valid, *rest = substitute(system.circuit, roots, values)
    updates = tuple((bit, value) for (bit, _), value in zip(case.updates, rest, strict=False))
    steps = rest[len(updates) :]
    return replace(
        system,
        cases=(Case(case.action, case.name, TRUE, updates),),
        valid=valid,
        asks=tuple(replace(ask, step=step) for ask, step in zip(system.asks, steps, strict=True)),
    )


def only_single_actions(system: System, deadline: Deadline) -> bool:
    """Whether `valid` and every `step` say that exactly one selector is true.

    Looked up at first with everything but ANDs left open, which is true less often; only then with all gates.
    """
    circuit = system.circuit
    one = exactly_one(circuit, [case.selector for case in system.cases])
    roots = [lit for lit in (system.valid, *(ask.step for ask in system.asks)) if lit != FALSE]
    some = circuit.disj(roots)
    return any(not _together(circuit, [one ^ 1, some], kinds, deadline) for kinds in (("and",), ("and", "xor", "ite")))


def _together(circuit: Circuit, lits: Sequence[Lit], kinds: Sequence[str], deadline: Deadline) -> bool:
    """Whether all literals can be true together, if gates of other kinds may take any value."""
    places: dict[int, int] = {0: 1}
    waiting = [lit >> 1 for lit in lits]

    def variable(lit: Lit) -> int:
        place = places.setdefault(lit >> 1, len(places) + 1)
        return -place if lit & 1 else place

    clauses: list[Clause] = [[-1], *([variable(lit)] for lit in lits)]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        kind, parts = circuit.gates[node]
        if node not in seen and kind in kinds:
            clauses += gate_clauses(kind, variable(2 * node), [variable(p) for p in parts])
            waiting.extend(p >> 1 for p in parts)
        seen.add(node)
    solver = Solver(deadline)
    solver.add(clauses)
    return solver.solve()
