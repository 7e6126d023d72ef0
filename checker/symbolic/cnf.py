"""Clauses of a system, made once and shifted for every further step: `Template`.

NOTE(numbering): frame k has one variable per bit of the state, per input of a step and per gate, at
`1 + k * stride + place`. Variables are positive ints and clauses lists of them with signs, as in the DIMACS format.
Source: G. Tseitin, On the complexity of derivation in propositional calculus (1968).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.system import System

Clause = list[int]


def gate_clauses(kind: str, out: int, parts: list[int]) -> list[Clause]:
    """The clauses that make `out` the value of a gate over these variables with signs."""
    if kind == "and":
        return [[-out, p] for p in parts] + [[out, *(-p for p in parts)]]
    if kind == "xor":
        a, b = parts
        return [[-out, a, b], [-out, -a, -b], [out, -a, b], [out, a, -b]]
    t, a, b = parts
    return [[-out, -t, a], [out, -t, -a], [-out, t, b], [out, t, -b], [-out, a, b], [out, -a, -b]]


class Numbering:
    """Variables for the nodes of a circuit that matter, numbered from 1; variable 1 is true."""

    def __init__(self, circuit: Circuit, first: Iterable[Lit], roots: Iterable[Lit]) -> None:
        self.circuit = circuit
        self.place: dict[int, int] = {0: 0}
        for lit in first:
            self.place.setdefault(lit >> 1, len(self.place))
        self.nodes = circuit.cone(roots)
        for node in self.nodes:
            self.place.setdefault(node, len(self.place))

    def var(self, lit: Lit) -> int:
        """The variable of a literal, negative where it is negated. Node 0 is false: its variable stands negated."""
        variable = self.place[lit >> 1] + 1
        if lit >> 1 == 0:
            return variable if lit == TRUE else -variable
        return -variable if lit & 1 else variable

    def clauses(self) -> list[Clause]:
        """What makes every gate equal to its value."""
        found: list[Clause] = []
        for node in self.nodes:
            kind, parts = self.circuit.gates[node]
            if kind != "input":
                found += gate_clauses(kind, self.place[node] + 1, [self.var(p) for p in parts])
        return found


@dataclass(frozen=True, slots=True)
class Template:
    """The clauses of one step: `frame` defines the gates over one state and one set of inputs, `move` ties the state
    of the next frame to them (its variables are `stride` higher) and says that the step is valid."""

    numbering: Numbering
    stride: int
    frame: tuple[Clause, ...]
    move: tuple[Clause, ...]

    def var(self, lit: Lit, frame: int) -> int:
        """The variable of a literal in a frame, with sign."""
        variable = self.numbering.var(lit)
        return variable + frame * self.stride if variable > 0 else variable - frame * self.stride

    def at(self, clauses: Iterable[Clause], frame: int) -> list[Clause]:
        """Clauses of frame 0 moved to another frame."""
        shift = frame * self.stride
        if shift == 0:
            return [list(c) for c in clauses]
        return [[v + shift if v > 0 else v - shift for v in c] for c in clauses]


def template(system: System) -> Template:
    """The clauses of a system, all of them."""
    numbering = numbering_of(system)
    stride = len(numbering.place)
    frame = [[1], *numbering.clauses()]
    return Template(numbering, stride, tuple(frame), tuple(move_clauses(system, numbering)))


def numbering_of(system: System) -> Numbering:
    """The variables of a frame: every literal of the promises, `typed` and `valid` has one."""
    roots = [system.valid, system.typed]
    roots += [lit for ask in system.asks for lit in (ask.state, ask.step)]
    for case in system.cases:
        roots += [case.selector, *(value for _, value in case.updates)]
    return Numbering(system.circuit, [*system.state, *system.inputs], roots)


def move_clauses(system: System, numbering: Numbering) -> list[Clause]:
    """What ties the state of the next frame, whose variables follow those of this one, to a valid step."""
    stride = len(numbering.place)
    found: list[Clause] = [[numbering.var(system.valid)]]
    writers: list[list[int]] = [[] for _ in system.state]
    for case in system.cases:
        chosen = numbering.var(case.selector)
        for bit, value in case.updates:
            new, old = numbering.var(system.state[bit]) + stride, numbering.var(value)
            writers[bit].append(chosen)
            if value not in (FALSE, TRUE):
                found += [[-chosen, -new, old], [-chosen, new, -old]]
            else:
                found.append([-chosen, new if value == TRUE else -new])
    for bit, lit in enumerate(system.state):
        now, new = numbering.var(lit), numbering.var(lit) + stride
        found += [[*writers[bit], -now, new], [*writers[bit], now, -new]]
    return found
