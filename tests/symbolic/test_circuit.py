"""Circuits against truth tables: every gate that is built means what its words say, however it was simplified."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit, negate
from tests.random_draw import Draw

Values = dict[Lit, bool]
Meaning = Callable[[Values], bool]


def rows(inputs: list[Lit]) -> list[Values]:
    """All values of the inputs."""
    return [dict(zip(inputs, row, strict=True)) for row in itertools.product((False, True), repeat=len(inputs))]


def pool(draw: Draw, circuit: Circuit, inputs: list[Lit], gates: int) -> list[tuple[Lit, Meaning]]:
    """Literals with what they should mean, each made from earlier ones."""
    found: list[tuple[Lit, Meaning]] = [(FALSE, lambda v: False), (TRUE, lambda v: True)]
    found += [(lit, lambda v, lit=lit: v[lit]) for lit in inputs]  # type: ignore[misc]
    for _ in range(gates):
        found.append(_gate(draw, circuit, found))
    return found


def _gate(draw: Draw, circuit: Circuit, found: list[tuple[Lit, Meaning]]) -> tuple[Lit, Meaning]:
    picked = [draw.pick(found) for _ in range(3)]
    signs = [bool(draw.upto(1)) for _ in picked]
    a, b, c = (lit ^ 1 if sign else lit for (lit, _), sign in zip(picked, signs, strict=True))

    def of(place: int, values: Values) -> bool:
        return picked[place][1](values) != signs[place]

    how = draw.upto(6)
    if how == 0:
        return circuit.conj([a, b, c]), lambda v: of(0, v) and of(1, v) and of(2, v)
    if how == 1:
        return circuit.disj([a, b, c]), lambda v: of(0, v) or of(1, v) or of(2, v)
    if how == 2:
        return circuit.both(a, b), lambda v: of(0, v) and of(1, v)
    if how == 3:
        return circuit.either(a, b), lambda v: of(0, v) or of(1, v)
    if how == 4:
        return circuit.xor(a, b), lambda v: of(0, v) != of(1, v)
    if how == 5:
        return circuit.same(a, b), lambda v: of(0, v) == of(1, v)
    return circuit.ite(a, b, c), lambda v: of(1, v) if of(0, v) else of(2, v)


@pytest.mark.parametrize("seed", range(40))
def test_gates_mean_what_they_say(seed: int) -> None:
    draw, circuit = Draw(seed, 0), Circuit()
    inputs = [circuit.input(f"x{i}") for i in range(4)]
    made = pool(draw, circuit, inputs, 60)
    for values in rows(inputs):
        assert circuit.evaluate([lit for lit, _ in made], values) == [meaning(values) for _, meaning in made]


@pytest.mark.parametrize("seed", range(10))
def test_nodes_are_well_formed_and_never_built_twice(seed: int) -> None:
    draw, circuit = Draw(seed, 0), Circuit()
    inputs = [circuit.input(f"x{i}") for i in range(4)]
    pool(draw, circuit, inputs, 80)
    gates = [gate for gate in circuit.gates if gate[0] != "input"]
    assert len(set(gates)) == len(gates)
    for node, (kind, parts) in enumerate(circuit.gates):
        assert all(1 < lit < 2 * node for lit in parts), "a part is a constant or comes later"
        assert len(parts) == {"input": 0, "xor": 2, "ite": 3}.get(kind, len(parts))
        assert kind != "and" or len({lit >> 1 for lit in parts}) == len(parts) > 1


def test_constants_disappear() -> None:
    circuit = Circuit()
    a, b = circuit.input("a"), circuit.input("b")
    assert circuit.conj([]) == TRUE and circuit.disj([]) == FALSE and negate(TRUE) == FALSE
    assert circuit.conj([a, b, a ^ 1]) == FALSE and circuit.disj([a, b, a ^ 1]) == TRUE
    assert circuit.conj([a, TRUE, a]) == a and circuit.both(a, circuit.both(a, b)) == circuit.both(b, a)
    assert circuit.xor(a, a) == FALSE and circuit.same(a, a ^ 1) == FALSE and circuit.xor(a, TRUE) == a ^ 1
    assert circuit.ite(a, b, b) == b and circuit.ite(TRUE, a, b) == a and circuit.ite(a, a, b) == circuit.either(a, b)


def test_a_cone_is_what_a_literal_depends_on() -> None:
    circuit = Circuit()
    a, b, c = (circuit.input(name) for name in "abc")
    gate = circuit.both(a, circuit.xor(b, a))
    circuit.both(b, c)
    assert set(circuit.cone([gate])) >= {a >> 1, b >> 1, gate >> 1}
    assert c >> 1 not in circuit.cone([gate]) and circuit.cone([gate]) == sorted(circuit.cone([gate ^ 1]))
    assert circuit.cone([TRUE]) == []


def test_an_input_that_matters_must_have_a_value() -> None:
    circuit = Circuit()
    a, b = circuit.input("a"), circuit.input("b")
    assert circuit.evaluate([a], {a: True}) == [True]
    with pytest.raises(KeyError):
        circuit.evaluate([circuit.both(a, b)], {a: True})
