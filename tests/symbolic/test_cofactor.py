"""Parts of a circuit copied into another one: the copy computes what the original does at the replaced inputs."""

from __future__ import annotations

import itertools

import pytest

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.cofactor import Copy
from tests.random_draw import Draw


def random_gates(circuit: Circuit, draw: Draw, inputs: list[Lit]) -> list[Lit]:
    """The inputs, and gates over them and over each other."""
    found = list(inputs)
    for _ in range(12):
        a, b, c = (draw.pick(found) ^ draw.upto(1) for _ in range(3))
        how = draw.upto(2)
        found.append(circuit.both(a, b) if how == 0 else circuit.xor(a, b) if how == 1 else circuit.ite(a, b, c))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_the_copy_computes_the_same(seed: int) -> None:
    draw, source, target = Draw(seed, 2), Circuit(), Circuit()
    inputs = [source.input(f"x{i}") for i in range(5)]
    lits = random_gates(source, draw, inputs)
    new = [target.input(f"y{i}") for i in range(2)]
    others: list[Lit] = [FALSE, TRUE, *new, target.both(*new), target.xor(*new)]
    replaced = {lit ^ draw.upto(1): draw.pick(others) ^ draw.upto(1) for lit in inputs if draw.chance(2)}
    copy = Copy(source, target, replaced)
    copied = [copy.lit(lit) for lit in lits]
    assert copy.inputs.keys().isdisjoint({lit & ~1 for lit in replaced})
    for values in itertools.product((False, True), repeat=5):
        free = dict(zip([*new, *inputs[:3]], values, strict=True))
        here = {copy.inputs[lit]: free.get(lit, False) for lit in copy.inputs} | {lit: free[lit] for lit in new}
        given = {lit & ~1: value ^ bool(lit & 1) for lit, value in replaced_values(target, replaced, here).items()}
        there = {lit: free.get(lit, False) for lit in inputs} | given
        assert target.evaluate(copied, here) == source.evaluate(lits, there)


def replaced_values(target: Circuit, replaced: dict[Lit, Lit], here: dict[Lit, bool]) -> dict[Lit, bool]:
    """What the replaced literals are worth."""
    worth = target.evaluate(list(replaced.values()), here)
    return dict(zip(replaced, worth, strict=True))
