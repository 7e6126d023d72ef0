"""Which part of a state a counterexample to induction rests on: bits that suffice for its steps to go the same way.

With the inputs of the steps put in, "all steps happen and the promise is broken at the end" is a function of the first
state alone. The bits are an unsatisfiable core of its negation, made minimal by leaving out one after the other.
Source: A. R. Bradley, SAT-based model checking without unrolling (2011), there called lifting.
"""

from __future__ import annotations

from checker.symbolic.answers import Path
from checker.symbolic.circuit import FALSE, TRUE, Lit
from checker.symbolic.cnf import Numbering
from checker.symbolic.restrict import substitute
from checker.symbolic.solver import Deadline, Solver
from checker.symbolic.system import System


def needed_bits(system: System, name: str, path: Path, deadline: Deadline) -> frozenset[int]:
    """Places of bits in the first state of a path that breaks `name` at its end; none of them can be left out.

    Every typed state with the same values there has the same steps, and they break the name too. ValueError where the
    path does not break it. `Unknown` where the solver does not answer.
    """
    broken = goes_that_way(system, name, path)
    if broken == FALSE:
        raise ValueError(f"the path does not break {name}")
    numbering = Numbering(system.circuit, system.state, [broken])
    solver = Solver(deadline)
    solver.add([[1], *numbering.clauses(), [-numbering.var(broken)]])
    values = zip(system.state, path.states[0], strict=True)
    bits = [numbering.var(lit if value else lit ^ 1) for lit, value in values]
    if solver.solve(bits):
        raise ValueError(f"the path does not break {name}")
    needed = solver.core()
    for bit in list(needed):
        fewer = [each for each in needed if each != bit]
        if not solver.solve(fewer):
            needed = [each for each in fewer if each in solver.core()]
    return frozenset(place for place, bit in enumerate(bits) if bit in needed)


def goes_that_way(system: System, name: str, path: Path) -> Lit:
    """Over the bits of the first state: the steps with these inputs happen, and the last one breaks the name."""
    circuit, ask = system.circuit, system.ask(name)
    state, happens = list(system.state), [TRUE]
    for number, inputs in enumerate(path.inputs, start=1):
        at: dict[Lit, Lit] = dict(zip(system.state, state, strict=True))
        at |= {lit: TRUE if value else FALSE for lit, value in inputs.items()}
        if number == len(path.states):
            return circuit.conj([*happens, *substitute(circuit, [ask.step], at)])
        after = system.successor()
        valid, *state = substitute(circuit, [system.valid, *after], at)
        happens.append(valid)
    at = dict(zip(system.state, state, strict=True))
    return circuit.conj([*happens, *substitute(circuit, [ask.state], at)])
