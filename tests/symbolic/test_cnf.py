"""The clauses of a step against `Circuit.evaluate`: in every frame, for every state and every input."""

from __future__ import annotations

import pytest

from checker.symbolic.circuit import FALSE, TRUE, Circuit
from checker.symbolic.cnf import Numbering, template
from checker.symbolic.restrict import substitute
from checker.symbolic.solver import Solver
from tests.random_draw import Draw
from tests.symbolic.brute_systems import Twin
from tests.symbolic.random_systems import random_system
from tests.symbolic.test_circuit import pool, rows


@pytest.mark.parametrize(("seed", "frame"), [(seed, seed % 3) for seed in range(25)])
def test_a_frame_gives_every_ask_its_value_and_one_next_state(seed: int, frame: int) -> None:
    system = random_system(seed, 1)
    twin, made = Twin(system), template(system)
    solver = Solver()
    solver.add(made.at(made.frame, frame))
    solver.reserve(made.stride * (frame + 2))
    follows = solver.fresh()
    solver.add([*clause, -follows] for clause in made.at(made.move, frame))
    for state, moves in twin.moves.items():
        for move in moves:
            values = dict(zip(system.state, state, strict=True)) | move.inputs
            given = [made.var(lit if value else lit ^ 1, frame) for lit, value in values.items()]
            assert solver.solve(given)
            for ask in system.asks:
                assert solver.value(made.var(ask.state, frame)) == (ask.name in twin.bad[state])
                assert solver.value(made.var(ask.step, frame)) == (ask.name in move.breaks)
            assert solver.value(made.var(system.typed, frame))
            assert solver.value(made.var(system.valid, frame)) == move.valid
            assert solver.solve([*given, follows]) == move.valid
            if move.valid:
                after = [made.var(bit, frame + 1) for bit in system.state]
                assert tuple(solver.value(bit) for bit in after) == move.after
                others = [-bit if value else bit for bit, value in zip(after, move.after, strict=True)]
                assert not any(solver.solve([*given, follows, other]) for other in others)


@pytest.mark.parametrize("seed", range(15))
def test_the_clauses_of_a_circuit_have_its_models(seed: int) -> None:
    draw, circuit = Draw(seed, 0), Circuit()
    inputs = [circuit.input(f"x{i}") for i in range(4)]
    roots = [lit for lit, _ in pool(draw, circuit, inputs, 25)]
    numbering = Numbering(circuit, inputs, roots)
    solver = Solver()
    solver.add([[1], *numbering.clauses()])
    for values in rows(inputs):
        assert solver.solve([numbering.var(lit if value else lit ^ 1) for lit, value in values.items()])
        assert [solver.value(numbering.var(lit)) for lit in roots] == circuit.evaluate(roots, values)
    assert solver.solve([numbering.var(TRUE)]) and not solver.solve([numbering.var(FALSE)])


@pytest.mark.parametrize("seed", range(25))
def test_putting_values_in_is_the_same_as_evaluating_with_them(seed: int) -> None:
    draw, circuit = Draw(seed, 0), Circuit()
    inputs = [circuit.input(f"x{i}") for i in range(4)]
    roots = [lit for lit, _ in pool(draw, circuit, inputs, 40)]
    puts = [FALSE, TRUE, *inputs, *(lit ^ 1 for lit in inputs)]
    values = {lit: draw.pick(puts) for lit in inputs if draw.chance(2)}
    found = substitute(circuit, roots, values)
    for row in rows(inputs):
        there = {lit: circuit.evaluate([values.get(lit, lit)], row)[0] for lit in inputs}
        assert circuit.evaluate(found, row) == circuit.evaluate(roots, there)
