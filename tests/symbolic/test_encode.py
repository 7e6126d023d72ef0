"""The circuit of a machine does what `evaluate` says: on random machines and on the shipped specs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from checker.constants import constant_choices, from_slots
from checker.evaluate import Occasion, State, holds, initial_runs, steps
from checker.explorations import BOUNDS_ARE_KEPT, NO_WARNINGS
from checker.request import Settings, instances
from checker.symbolic.cnf import Numbering
from checker.symbolic.encode import Encoded, encode
from checker.symbolic.solver import Solver
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.values import NotInType, Value
from tests import machines_by_hand, machines_of_runs
from tests.random_machines import cases
from tests.symbolic.encode_twin import Twin, compare_state, random_state

HAND = [
    machines_by_hand.claim_machine,
    machines_by_hand.door_machine,
    machines_by_hand.values_machine,
    machines_of_runs.faults_machine,
    machines_of_runs.choices_machine,
    machines_of_runs.watch_machine,
    machines_of_runs.constants_machine,
]


def agree(grounded: GroundMachine, constants: Mapping[str, Value], seed: int, states: int, fixed: bool = True) -> int:
    """Compares the initial states, a random walk, and random states; how many steps were compared."""
    random = Random(seed)
    encoded = encode(grounded, constants if fixed else {})
    twin = Twin(encoded)
    compare_initial(encoded, constants)
    found = [r.after for r in initial_runs(grounded, constants) if r.kind == "step"][:states]
    for state in list(found):
        for _ in range(states):
            moves = [s.run.after for s in steps(grounded, constants, state) if s.run.kind == "step"]
            if not moves:
                break
            state = random.choice(moves)
            found.append(state)
    chosen = random.sample(found, min(states, len(found))) + [random_state(encoded, random) for _ in range(states)]
    compare_typed(twin, chosen[0], constants, random)
    return sum(compare_state(twin, constants, state, random, tries=6) for state in chosen)


def compare_typed(twin: Twin, state: State, constants: Mapping[str, Value], random: Random) -> None:
    """Asserts that bits are a state exactly where they can be read as one."""
    for _ in range(10):
        bits = [bit != (random.random() < 0.2) for bit in twin.encoded.bits(state, constants)]
        try:
            state_here, constants_here = twin.encoded.decode(bits)
        except NotInType:
            assert not twin.is_typed(tuple(bits))
        else:
            assert twin.encoded.bits(state_here, constants_here) == tuple(bits)
            assumed = all(
                holds(twin.encoded.ground, constants_here, p, Occasion({})).value
                for p in twin.encoded.ground.properties
                if p.kind == "assume" and not constants_here.keys() <= twin.encoded.fixed.keys()
            )
            assert twin.is_typed(tuple(bits)) == assumed


def compare_initial(encoded: Encoded, constants: Mapping[str, Value]) -> None:
    """Asserts that the initialiser's runs are those of the circuit."""
    system = encoded.system
    start = [ask.start for ask in system.asks]
    numbering = Numbering(system.circuit, system.start_inputs, [*system.initial, system.initial_valid, *start])
    solver = Solver()
    solver.add([[1], *numbering.clauses()])
    rigid = len(system.state) - encoded.slots.width
    expected: set[tuple[bool, ...]] = set()
    asked: set[str] = set()
    for done in initial_runs(encoded.ground, constants):
        asked |= {NO_WARNINGS} if done.warnings else set()
        asked |= {BOUNDS_ARE_KEPT} if done.fault else set()
        if done.kind == "step":
            expected.add(encoded.bits(done.after, constants))
    own = encoded.open_slots.encode(constants) if rigid else ()
    pinned = _signed(numbering, system.start_inputs[:rigid], own)
    for ask in system.asks:
        assert solver.solve([*pinned, numbering.var(ask.start)]) == (ask.name in asked), ask.name
    valid = numbering.var(system.initial_valid)
    seen: set[tuple[bool, ...]] = set()
    while len(seen) <= 300 and solver.solve([*pinned, valid]):
        bits = tuple(solver.value(numbering.var(lit)) for lit in system.initial)
        assert bits in expected
        seen.add(bits)
        solver.add([[-v for v in _signed(numbering, system.initial, bits)]])
    assert seen == expected or len(seen) > 300
    compare_starts(encoded, numbering)


def compare_starts(encoded: Encoded, numbering: Numbering) -> None:
    """Asserts that whatever the constants are, the initialiser begins only where they are as assumed."""
    system, twin = encoded.system, Twin(encoded)
    solver = Solver()
    solver.add([[1], *numbering.clauses(), [numbering.var(system.initial_valid)]])
    for _ in range(12):
        if not solver.solve():
            return
        bits = tuple(solver.value(numbering.var(lit)) for lit in system.initial)
        assert twin.is_typed(bits)
        solver.add([[-v for v in _signed(numbering, system.initial, bits)]])


def _signed(numbering: Numbering, lits: Sequence[int], bits: Sequence[bool]) -> list[int]:
    return [numbering.var(lit) if bit else -numbering.var(lit) for lit, bit in zip(lits, bits, strict=True)]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_random_machines(case: tuple[GroundMachine, Mapping[str, Sequence[int]]]) -> None:
    grounded, slots = case
    constants = from_slots(grounded, slots)
    agree(grounded, constants, seed=1, states=3)


@pytest.mark.parametrize("build", HAND)
@pytest.mark.parametrize("fixed", [True, False])
def test_machines_by_hand(build: object, fixed: bool) -> None:
    grounded = build()  # type: ignore[operator]
    for number, constants in enumerate(constant_choices(grounded)):
        assert agree(grounded, constants, number, 12, fixed=fixed) > 12


CONFIGURATIONS = ["core", "members", "private", "boot", "pasid", "reset", "firmware", "groups", "vfio", "emulated"]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_dma_ownership(name: str) -> None:
    machine = load("dma_ownership")
    for instance in instances(machine, Settings()):
        if instance.configuration == name:
            grounded = ground(machine, instance.sizes, instance.switches)
            choices = constant_choices(grounded, instance.constants)
            assert agree(grounded, choices[-1], 7, 4, fixed=len(choices) == 1) > 100
