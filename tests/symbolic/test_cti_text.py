"""Counterexamples to induction as text: what is shown of the state suffices, and `evaluate` follows every one."""

from __future__ import annotations

import itertools
from pathlib import Path as FilePath
from textwrap import dedent

import pytest

from checker.constants import constant_choices, from_slots
from checker.symbolic.answers import Cti, Path
from checker.symbolic.circuit import Lit
from checker.symbolic.cti_lift import goes_that_way, needed_bits
from checker.symbolic.cti_text import cti_lines
from checker.symbolic.encode import encode
from checker.symbolic.induction import induct
from checker.symbolic.solver import Deadline
from checker.symbolic.system import System
from spec.lang.errors import EngineError
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from tests import machines_by_hand, machines_of_runs
from tests.random_machines import case_of, raw_machine
from tests.symbolic import systems_by_hand
from tests.symbolic.brute_systems import Twin
from tests.symbolic.random_systems import random_system

TEXT = '''\
from spec.lang import *

class User(Sort, size=2): "Takes and gives back."


class Lock(Spec):
    """A lock with a count beside it."""

    owner: User | None = None
    count: Annotated[int, Bounds(0, 3)] = 0
    other: bool = False

    @kernel
    def take(self, u: User) -> Outcome:
        if self.owner is not None:
            return refuse(EBUSY, "held")
        self.owner = u
        self.count += 1
        return DONE

    @kernel
    def give(self, u: User) -> Outcome:
        require(self.owner == u)
        self.owner = None
        self.count -= 1
        return DONE

    @kernel
    def turn(self) -> Outcome:
        self.other = not self.other
        return DONE

    @invariant
    def at_most_one(self) -> bool:
        return self.count <= 1
'''


@pytest.fixture
def lock(tmp_path: FilePath) -> GroundMachine:
    file = tmp_path / "lock.py"
    file.write_text(dedent(TEXT))
    return ground(load(f"{file}:Lock"), {}, {})


def ctis_of(grounded: GroundMachine, most: int) -> dict[str, Cti]:
    system = encode(grounded, {}).system
    return induct(system, [a.name for a in system.asks], most=most, deadline=Deadline()).ctis


def test_what_a_reader_sees(lock: GroundMachine) -> None:
    lines = cti_lines(encode(lock, {}), "at_most_one", ctis_of(lock, 1)["at_most_one"])
    users = ("u0", "u1")
    assert lines[0] == "a state where all is kept, from one with"
    assert lines[1:3] == ("  owner = None", "  count = 1")
    assert lines[3] in [f"then take({user}): 0" for user in users]
    assert lines[4] in [f"  owner: None -> {user}" for user in users] and lines[5] == "  count: 1 -> 2"
    text = "\n".join(lines[6:])
    assert "if self.owner is not None: False" in text and "lock.py:15)" in text
    assert "which breaks at_most_one: false in the last state" in text and "self.count <= 1: False" in text
    assert "other" not in "\n".join(lines)


def test_two_states_in_a_row(lock: GroundMachine) -> None:
    cti = ctis_of(lock, 2)["at_most_one"]
    lines = cti_lines(encode(lock, {}), "at_most_one", cti)
    assert lines[0] == "2 states in a row where all is kept, from one with"
    assert sum(line.startswith("then ") for line in lines) == 2 and "  count: 1 -> 2" in lines


def test_a_counterexample_that_the_meaning_does_not_know_is_an_error(lock: GroundMachine) -> None:
    encoded = encode(lock, {})
    cti = ctis_of(lock, 1)["at_most_one"]
    before, after = cti.path.states
    same = Cti(Path((before, before), cti.path.inputs), 1)
    with pytest.raises((EngineError, ValueError)):
        cti_lines(encoded, "at_most_one", same)
    good = encoded.bits({"owner": None, "count": 0, "other": False}, {})
    with pytest.raises((EngineError, ValueError)):
        cti_lines(encoded, "at_most_one", Cti(Path((good, after), cti.path.inputs), 1))


HAND = [
    machines_by_hand.claim_machine,
    machines_by_hand.door_machine,
    machines_by_hand.values_machine,
    machines_of_runs.faults_machine,
    machines_of_runs.choices_machine,
    machines_of_runs.watch_machine,
]


@pytest.mark.parametrize("most", [1, 2])
def test_machines_by_hand(most: int) -> None:
    assert sum(_all_are_followed(build(), most) for build in HAND) > 0


@pytest.mark.parametrize("first", [0, 10, *(pytest.param(f, marks=pytest.mark.slow) for f in range(20, 200, 10))])
def test_random_machines(first: int) -> None:
    for seed in range(first, first + 10):
        grounded, slots = case_of(ground(raw_machine(seed, 1)), seed)
        _all_are_followed(grounded, 1 + seed % 2, slots)


def _all_are_followed(grounded: GroundMachine, most: int, slots: dict[str, tuple[int, ...]] | None = None) -> int:
    """Puts every counterexample into words; `cti_lines` is loud where `evaluate` disagrees."""
    constants = constant_choices(grounded)[0] if slots is None else from_slots(grounded, slots)
    encoded = encode(grounded, constants)
    kinds = ("goal", "premise")
    names = [a.name for a in encoded.system.asks if a.kind not in kinds]
    ctis = induct(encoded.system, names, most=most, deadline=Deadline()).ctis
    for name, cti in ctis.items():
        lines = cti_lines(encoded, name, cti)
        assert sum(line.startswith("then ") for line in lines) == len(cti.path.inputs)
        assert any(line.startswith(f"which breaks {name}: ") for line in lines)
    return len(ctis)


# --- what the steps rest on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_the_bits_suffice_and_none_can_be_left_out(first: int) -> None:
    looked_at = 0
    for seed in range(first, first + 20):
        system = random_system(seed)
        twin = Twin(system)
        for name, cti in induct(system, twin.names, most=2, deadline=Deadline()).ctis.items():
            looked_at += 1
            bits = needed_bits(system, name, cti.path, Deadline())
            _suffice(system, twin, name, cti.path, bits)
            for bit in bits:
                assert not _always(system, name, cti.path, bits - {bit}), "a bit can be left out"
    assert looked_at > 10


def _agreeing(path: Path, bits: frozenset[int]) -> list[tuple[bool, ...]]:
    rows = itertools.product((False, True), repeat=len(path.states[0]))
    return [row for row in rows if all(row[bit] == path.states[0][bit] for bit in bits)]


def _always(system: System, name: str, path: Path, bits: frozenset[int]) -> bool:
    lit = goes_that_way(system, name, path)
    states = [dict(zip(system.state, row, strict=True)) for row in _agreeing(path, bits)]
    return all(system.circuit.evaluate([lit], state)[0] for state in states)


def _suffice(system: System, twin: Twin, name: str, path: Path, bits: frozenset[int]) -> None:
    """From every typed state with these bits the same inputs are steps that break the name."""
    for state in (s for s in _agreeing(path, bits) if s in twin.moves):
        states = [state]
        for inputs in path.inputs[: len(path.states) - 1]:
            states.append(next(m for m in twin.moves[states[-1]] if m.inputs == inputs).after)
        assert name in twin.ends(Path(tuple(states), path.inputs))


def test_a_path_that_breaks_nothing_rests_on_nothing() -> None:
    system = systems_by_hand.counter(3, 5)
    inputs: tuple[dict[Lit, bool], ...] = ({},)
    with pytest.raises(ValueError):
        needed_bits(system, "never", Path(((True, True, False), (False, False, True)), inputs), Deadline())
    assert needed_bits(system, "never", Path(((False, False, True), (True, False, True)), inputs), Deadline()) == {
        0,
        1,
        2,
    }
