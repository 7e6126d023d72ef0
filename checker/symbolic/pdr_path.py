"""The path behind a chain of proof obligations: walked forward from an initial state by the circuit itself."""

from __future__ import annotations

from checker.symbolic.answers import Path
from checker.symbolic.circuit import FALSE, TRUE, Lit
from checker.symbolic.pdr_cubes import Bits
from checker.symbolic.pdr_obligations import Obligation
from checker.symbolic.system import Ask, Case, System


def walk(system: System, start: Bits, start_inputs: dict[Lit, bool], first: Obligation) -> Path:
    """From an initial state in the cube of the first obligation to what the last one breaks.

    AssertionError where a step on the way is not valid.
    """
    states: list[Bits] = [start]
    inputs: list[dict[Lit, bool]] = []
    at: Obligation | None = first
    while at is not None and at.inputs is not None:
        inputs.append(at.inputs)
        if at.target is not None:
            states.append(after(system, states[-1], at.inputs))
        at = at.target
    return Path(tuple(states), tuple(inputs), start_inputs)


def after(system: System, bits: Bits, inputs: dict[Lit, bool]) -> Bits:
    """The state after a step. AssertionError where the step is not valid."""
    case = _chosen(system.cases, inputs)
    values = dict(zip(system.state, bits, strict=True)) | inputs
    valid, *new = system.circuit.evaluate([system.valid, *(value for _, value in case.updates)], values)
    assert valid, "a path takes a step that is not valid"
    found = list(bits)
    for (bit, _), value in zip(case.updates, new, strict=True):
        found[bit] = value
    return tuple(found)


def broken_at_end(system: System, path: Path, asks: list[Ask]) -> list[Ask]:
    """Those of the asks that the end of a path breaks."""
    values = dict(zip(system.state, path.states[-1], strict=True))
    by_step = len(path.inputs) == len(path.states)
    if by_step:
        values |= path.inputs[-1]
    lits = [ask.step if by_step else ask.state for ask in asks]
    true = system.circuit.evaluate([lit for lit in lits if lit != FALSE], values)
    found = iter(true)
    return [ask for ask, lit in zip(asks, lits, strict=True) if lit != FALSE and next(found)]


def _chosen(cases: tuple[Case, ...], inputs: dict[Lit, bool]) -> Case:
    return next(case for case in cases if case.selector == TRUE or inputs[case.selector])
