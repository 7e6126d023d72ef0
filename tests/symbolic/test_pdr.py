"""IC3 against the twin that visits every state, and each of its parts against what it promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from checker.symbolic import pdr_questions
from checker.symbolic.answers import Clause, Path, PdrResult, Proof
from checker.symbolic.circuit import FALSE, TRUE
from checker.symbolic.pdr import Pdr, prove
from checker.symbolic.pdr_cubes import Cube, as_cube, cube_of, outside
from checker.symbolic.pdr_frames import Frames
from checker.symbolic.pdr_obligations import Agenda, Obligation
from checker.symbolic.pdr_path import after
from checker.symbolic.pdr_questions import Known
from checker.symbolic.pdr_relation import Relation
from checker.symbolic.pdr_starts import Starts
from checker.symbolic.pdr_verify import verify_proof
from checker.symbolic.solver import Deadline, Solver
from checker.symbolic.system import Ask, System
from tests.random_draw import Draw
from tests.symbolic import systems_by_hand
from tests.symbolic.brute_systems import Bits, Twin
from tests.symbolic.random_systems import random_system
from tests.symbolic.systems_by_hand import Bits as Making

FIRST = [0, 10, 20, *(pytest.param(first, marks=pytest.mark.slow) for first in range(30, 400, 10))]


def agrees(system: System, known: Proof | None = None) -> PdrResult:
    """Asserts that the answer is what the twin says: paths that are paths, a proof of all the others."""
    twin = Twin(system)
    result = prove(system, twin.names, deadline=Deadline(), known=known)
    broken = twin.broken()
    assert result.reason == ""
    assert set(result.broken) == set(broken)
    for name, path in result.broken.items():
        assert twin.depth(path, name) >= broken[name]
    kept = set(twin.names) - set(broken)
    assert (result.proof is not None) == bool(kept)
    if result.proof is not None:
        assert set(result.proof.promises) == kept and result.proof.method == "pdr"
        proof = result.proof
        assert twin.inductive(proof.promises, proof.k, simple=proof.simple, clauses=proof.clauses)
    return result


@pytest.mark.parametrize("first", FIRST)
def test_the_answer_is_reachability(first: int) -> None:
    for seed in range(first, first + 10):
        agrees(random_system(seed, 2 + seed % 3))


@pytest.mark.parametrize("make", systems_by_hand.ALL)
def test_systems_by_hand(make: object) -> None:
    assert callable(make)
    agrees(make())


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1120, 20))
def test_solvers_that_are_built_again_and_again(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdr_questions, "LEFTOVERS", 1)
    for seed in range(first, first + 20):
        agrees(random_system(seed, 3))


def test_a_solver_is_built_again_without_leftovers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdr_questions, "LEFTOVERS", 3)
    system = two_counters(3)
    agrees(system)
    (steps,) = Relation(system, system.asks, Known(), Solver()).steps
    first = steps.solver
    for _ in range(5):
        steps.once([2])
    steps.renew([((1,), 1)] if len(steps.levels) > 1 else [])
    assert steps.solver is not first and steps.leftovers == 0


# --- deep systems ---------------------------------------------------------------------------------------------------


def two_counters(width: int) -> System:
    """Two counters in step, each of `width` bits; the promise about their highest bits needs all lower ones."""
    bits = Making.of(2 * width)
    circuit, state = bits.circuit, bits.state
    after = []
    for counter in (state[:width], state[width:]):
        carry = TRUE
        for bit in counter:
            after.append(circuit.xor(bit, carry))
            carry = circuit.both(bit, carry)
    return bits.system([Ask("equal", "invariant", circuit.xor(state[width - 1], state[-1]))], after)


def test_an_invariant_of_many_clauses_is_found() -> None:
    result = agrees(two_counters(3))
    assert result.proof is not None and len(result.proof.clauses) >= 4
    assert result.proof.frames > 1


def test_a_deep_violation_is_found_with_all_its_steps() -> None:
    result = agrees(systems_by_hand.counter(5, 27))
    assert len(result.broken["never"].inputs) == 27


def test_without_initial_states_everything_is_kept() -> None:
    system = replace(systems_by_hand.counter(3, 5), initial_valid=FALSE)
    assert agrees(system).proof is not None


def test_nothing_wanted_nothing_said() -> None:
    assert prove(systems_by_hand.counter(3, 5), [], deadline=Deadline()) == PdrResult(None, {}, "")


def test_what_is_broken_does_not_hide_what_is_proved() -> None:
    bits = Making.of(3)
    low, _, high = bits.state
    asks = [
        Ask("never_five", "invariant", bits.equal(5)),
        Ask("ends_low", "action", FALSE, bits.circuit.both(high, low ^ 1)),
        Ask("never_three_and_five", "invariant", bits.circuit.both(bits.equal(3), bits.equal(5))),
    ]
    result = agrees(bits.system(asks, bits.plus_one()))
    assert set(result.broken) == {"never_five", "ends_low"}
    assert result.proof is not None and result.proof.promises == ("never_three_and_five",)


def test_names_are_checked() -> None:
    with pytest.raises(KeyError):
        prove(systems_by_hand.counter(3, 5), ["ever"], deadline=Deadline())


def test_a_selector_has_to_be_an_input_of_its_own() -> None:
    system = systems_by_hand.actions(3)
    one = replace(system.cases[0], selector=system.state[0])
    first = replace(one, selector=system.cases[1].selector)
    for case in (replace(one, selector=system.valid), first):
        with pytest.raises(ValueError, match="selector"):
            prove(replace(system, cases=(case, *system.cases[1:])), ["order"], deadline=Deadline())


# --- limits ---------------------------------------------------------------------------------------------------------


def test_no_time_is_no_answer() -> None:
    assert prove(two_counters(3), ["equal"], deadline=Deadline(0)) == PdrResult(None, {}, "time")


def test_no_memory_is_no_answer() -> None:
    assert prove(two_counters(3), ["equal"], deadline=Deadline(memory=1)) == PdrResult(None, {}, "memory")


def test_a_limit_after_something_is_found_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline()
    found = Pdr._found

    def stop(run: Pdr, path: Path, asks: list[Ask]) -> None:
        found(run, path, asks)
        deadline.seconds = 0

    monkeypatch.setattr(Pdr, "_found", stop)
    bits = Making.of(3)
    asks = [Ask("never_two", "invariant", bits.equal(2)), Ask("never_five", "invariant", bits.equal(5))]
    result = prove(bits.system(asks, bits.plus_one()), ["never_two", "never_five"], deadline=deadline)
    assert set(result.broken) == {"never_two"} and result.proof is None and result.reason == "time"


def test_ctrl_c_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(run: Pdr) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pdr, "_clear", interrupt)
    assert prove(two_counters(2), ["equal"], deadline=Deadline()) == PdrResult(None, {}, "interrupt")


def test_an_invariant_that_is_none_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pdr, "search", lambda run: ())
    result = prove(two_counters(2), ["equal"], deadline=Deadline())
    assert result.proof is None and "consecution: equal" in result.reason


# --- what is known --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", FIRST)
def test_what_is_known_becomes_part_of_the_proof(first: int) -> None:
    for seed in range(first, first + 10):
        system = random_system(seed)
        twin = Twin(system)
        k = 1 + seed % 3
        names = [name for name in twin.names if name not in twin.broken()][:4]
        proved = twin.greatest(names, k, simple=bool(seed % 2))
        if proved:
            known = Proof("k-induction", k, tuple(sorted(proved)), simple=bool(seed % 2))
            proof = agrees(system, known).proof
            assert proof is not None and (proof.k, proof.simple) == (k, known.simple)


def test_known_clauses_are_used_and_handed_on() -> None:
    system = two_counters(3)
    equal = tuple(((bit, not value), (3 + bit, value)) for bit in range(3) for value in (False, True))
    known = Proof("by hand", 1, (), equal)
    result = agrees(system, known)
    assert result.proof is not None and result.proof.clauses == equal


def test_what_is_not_proved_is_not_taken_for_known() -> None:
    system = systems_by_hand.counter(3, 5)
    for known in (Proof("wrong", 1, ("never",)), Proof("wrong", 1, (), (((2, False),),)), Proof("wrong", 0, ())):
        with pytest.raises(ValueError, match="known"):
            prove(system, ["never"], deadline=Deadline(), known=known)


# --- the check of a proof -------------------------------------------------------------------------------------------


def random_clauses(draw: Draw, bits: int) -> tuple[Clause, ...]:
    """A few clauses of one to three literals."""

    def clause() -> Clause:
        return tuple(sorted({(draw.upto(bits - 1), bool(draw.upto(1))) for _ in range(1 + draw.upto(2))}))

    return tuple(clause() for _ in range(draw.upto(3)))


@pytest.mark.parametrize("first", [0, 50, *(pytest.param(f, marks=pytest.mark.slow) for f in range(100, 1000, 50))])
def test_a_proof_is_accepted_exactly_if_it_is_one(first: int) -> None:
    accepted = 0
    for seed in range(first, first + 50):
        draw, system = Draw(seed, 2), random_system(seed)
        twin = Twin(system)
        names = tuple(name for name in twin.names if not draw.chance(2))
        proof = Proof("?", 1 + draw.upto(2), names, random_clauses(draw, len(system.state)), simple=draw.chance(2))
        right = twin.inductive(names, proof.k, simple=proof.simple, clauses=proof.clauses)
        said = verify_proof(system, names, proof)
        assert (said == "") == right, (seed, said)
        assert right or said.split(":")[0] in ("initiation", "safety", "consecution")
        accepted += right
    assert 0 < accepted < 50


def test_a_proof_has_to_speak_of_what_is_wanted() -> None:
    system = systems_by_hand.lemma()
    proof = Proof("induction", 1, ("same",))
    assert verify_proof(system, ["same"], proof) == ""
    assert "never_seen" in verify_proof(system, ["never_seen"], proof)


def test_a_proof_rests_on_types_that_are_kept() -> None:
    bits = Making.of(2)
    typed = bits.equal(3) ^ 1
    system = bits.system([Ask("three", "goal", bits.equal(3))], bits.plus_one(), typed=typed)
    assert "not typed" in verify_proof(system, ["three"], Proof("?", 1, ("three",)))
    started = replace(system, initial=(TRUE, TRUE))
    assert verify_proof(started, [], Proof("?", 1, ())) == "initiation: an initial state is not typed"


# --- parts ----------------------------------------------------------------------------------------------------------


def states_of(twin: Twin, cubes: Sequence[Cube]) -> set[Bits]:
    """The typed states that are in none of the cubes."""
    return {state for state in twin.moves if not any(set(cube) <= set(cube_of(state)) for cube in cubes)}


@pytest.mark.parametrize("seed", range(40))
def test_a_step_into_a_cube_is_found_if_there_is_one(seed: int) -> None:
    system = random_system(seed)
    twin, draw = Twin(system), Draw(seed, 2)
    relation = Relation(system, (), Known(), Solver())
    frames = Frames()
    for level in range(1, 3):
        frames.open()
        relation.open()
        cube = random_cube(draw, len(system.state))
        frames.add(cube, level)
        relation.block(cube, level)
    for _ in range(8):
        cube, level = random_cube(draw, len(system.state)), draw.upto(2)
        left = states_of(twin, list(frames.at(level))) if level else {s.state for s in twin.starts if s.valid}
        found = any(
            move.valid and set(cube) <= set(cube_of(move.after))
            for state in left
            if not set(cube) <= set(cube_of(state))
            for move in twin.moves[state]
        )
        part = relation.into(level, cube)
        assert (part is None) == found
        if part is None:
            model = relation.model()
            before, inputs = relation.before(cube)
            leads = [s for s in twin.moves if set(before) <= set(cube_of(s))]
            assert leads and all(set(cube) <= set(cube_of(after(system, s, inputs))) for s in leads)
            assert set(before) <= set(model)
        else:
            assert set(part) <= set(cube)


def random_cube(draw: Draw, bits: int) -> Cube:
    """One literal for some of the bits."""
    places = [bit for bit in range(bits) if not draw.chance(2)] or [0]
    return as_cube((bit + 1) * (1 if draw.upto(1) else -1) for bit in places)


@pytest.mark.parametrize("seed", range(40))
def test_initial_states_are_kept_apart(seed: int) -> None:
    system = random_system(seed)
    twin, draw = Twin(system), Draw(seed, 2)
    starts = Starts(system, system.asks, Deadline())
    initial = {s.state for s in twin.starts if s.valid}
    for _ in range(10):
        cube = random_cube(draw, len(system.state))
        inside = {s for s in initial if set(cube) <= set(cube_of(s))}
        assert starts.meets(cube) == bool(inside)
        if inside:
            state, inputs = starts.within(cube)
            assert state in inside and any(s.inputs == inputs and s.state == state for s in twin.starts)
        else:
            part = starts.apart(cube)
            assert set(part) <= set(cube) and not any(set(part) <= set(cube_of(s)) for s in initial)


def test_frames_hold_each_cube_at_its_highest_level_only() -> None:
    frames = Frames()
    for _ in range(3):
        frames.open()
    frames.add((1, 2), 1)
    frames.add((-3,), 2)
    frames.add((1, 4), 3)
    assert frames.blocks((1, 2, 3), 1) and not frames.blocks((1, 2, 3), 2)
    assert not frames.blocks((1,), 1) and frames.blocks((1, 4), 3)
    frames.add((1,), 2)
    assert list(frames.everything()) == [((-3,), 2), ((1,), 2), ((1, 4), 3)]
    assert set(frames.at(2)) == {(-3,), (1,), (1, 4)} and set(frames.at(3)) == {(1, 4)}
    assert frames.top == 3


def test_a_cube_and_its_outside() -> None:
    assert cube_of((True, False)) == (1, -2)
    assert outside((1, -2)) == ((0, False), (1, True))


def test_the_lowest_level_comes_first_and_of_it_the_last() -> None:
    agenda = Agenda()
    for level, cube in ((2, (1,)), (1, (2,)), (1, (3,))):
        agenda.push(level, Obligation(cube))
    found = [agenda.pop() for _ in range(3)]
    assert [(level, obligation.cube) for level, obligation in found] == [(1, (3,)), (1, (2,)), (2, (1,))]
    agenda.push(1, found[0][1])
    agenda.clear()
    assert not agenda


def test_a_step_that_is_not_valid_is_no_part_of_a_path() -> None:
    system = systems_by_hand.stuck()
    assert after(system, (False, False, False), {}) == (True, False, False)
    with pytest.raises(AssertionError, match="not valid"):
        after(system, (True, True, False), {})
