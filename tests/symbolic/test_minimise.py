"""Smaller proofs against all smaller proofs there are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from checker.symbolic.answers import Clause, Proof
from checker.symbolic.minimise import Conjuncts, following, irredundant, is_irredundant, shorter_clauses
from checker.symbolic.pdr import prove
from checker.symbolic.solver import Deadline
from checker.symbolic.system import Ask, Case, System
from tests.random_draw import Draw
from tests.symbolic import systems_by_hand
from tests.symbolic.brute_systems import Bits as State
from tests.symbolic.brute_systems import Twin
from tests.symbolic.random_systems import random_system
from tests.symbolic.systems_by_hand import Bits
from tests.symbolic.test_pdr import random_clauses, two_counters

SLOW = [pytest.param(first, marks=pytest.mark.slow) for first in range(20, 300, 10)]


def a_proof(twin: Twin, draw: Draw) -> tuple[Proof, list[str]] | None:
    """A proof with more than it needs, and what is wanted of it; None where nothing of the system is kept."""
    broken = twin.broken()
    kept = [name for name in twin.names if name not in broken][:4]
    found = prove(twin.system, kept, deadline=Deadline()).proof if kept else None
    if found is None:
        return None
    clauses = list(found.clauses[:3])
    for _ in range(6):
        for clause in random_clauses(draw, len(twin.system.state)):
            if len(clauses) < 6 and twin.inductive(kept, clauses=(*found.clauses, *clauses, clause)):
                clauses.append(clause)
    clauses = list(dict.fromkeys([*found.clauses, *clauses]))
    wanted = [name for name in kept if not draw.chance(2)] or kept[:1]
    return replace(found, clauses=tuple(clauses)), wanted


def some_proofs(first: int) -> Iterator[tuple[Twin, Proof, list[str]]]:
    for seed in range(first, first + 10):
        twin = Twin(random_system(seed, 2))
        made = a_proof(twin, Draw(seed, 2))
        if made is not None:
            yield twin, *made


def smaller(proof: Proof, wanted: Sequence[str]) -> Iterator[Proof]:
    """Every proof by fewer conjuncts, all that is wanted among them."""
    others: list[str | Clause] = [name for name in proof.promises if name not in wanted]
    others += proof.clauses
    for size in range(len(others)):
        for chosen in itertools.combinations(range(len(others)), size):
            kept = [others[place] for place in chosen]
            names = tuple(name for name in proof.promises if name in wanted or name in kept)
            yield replace(proof, promises=names, clauses=tuple(part for part in kept if not isinstance(part, str)))


@pytest.mark.parametrize("first", [0, 10, *SLOW])
def test_nothing_more_can_go(first: int) -> None:
    for twin, proof, wanted in some_proofs(first):
        found = irredundant(twin.system, wanted, proof, Deadline())
        assert twin.inductive(found.promises, clauses=found.clauses)
        assert set(wanted) <= set(found.promises) <= set(proof.promises) and set(found.clauses) <= set(proof.clauses)
        assert not any(twin.inductive(p.promises, clauses=p.clauses) for p in smaller(found, wanted))
        assert is_irredundant(twin.system, wanted, found)
        if len(proof.clauses) <= 7:
            more = any(twin.inductive(p.promises, clauses=p.clauses) for p in smaller(proof, wanted))
            assert is_irredundant(twin.system, wanted, proof) == (not more)


@pytest.mark.parametrize("first", [0, 10, *SLOW])
def test_shorter_clauses_still_make_a_proof(first: int) -> None:
    for twin, proof, _ in some_proofs(first):
        found = shorter_clauses(twin.system, proof, Deadline())
        assert found.promises == proof.promises and len(found.clauses) == len(proof.clauses)
        assert all(set(new) <= set(old) for new, old in zip(found.clauses, proof.clauses, strict=True))
        assert twin.inductive(found.promises, clauses=found.clauses)
        last = found.clauses[-1] if found.clauses else ()
        for literal in last:
            shorter = tuple(other for other in last if other != literal)
            assert not twin.inductive(found.promises, clauses=(*found.clauses[:-1], shorter))


@pytest.mark.parametrize("first", [0, 10, *SLOW])
def test_what_follows_needs_not_be_assumed(first: int) -> None:
    for twin, proof, _ in some_proofs(first):
        found = following(twin.system, proof, Deadline())
        left = [name for name in proof.promises if name not in found]

        def good(state: State, names: Sequence[str], twin: Twin = twin, proof: Proof = proof) -> bool:
            held = all(any(state[bit] == wanted for bit, wanted in clause) for clause in proof.clauses)
            return held and not twin.bad[state] & set(names)

        assert all(good(state, proof.promises) for state in twin.moves if good(state, left))
        for name in left:
            rest = [other for other in left if other != name]
            assert any(good(state, rest) and name in twin.bad[state] for state in twin.moves)


def test_literals_that_an_invariant_does_not_need() -> None:
    system = two_counters(2)
    long = (((0, True), (2, False), (3, True)), ((0, False), (2, True)), ((0, True), (2, False)))
    proof = replace(Proof("by hand", 1, ("equal",)), clauses=long)
    found = shorter_clauses(system, proof, Deadline())
    assert found.clauses[0] == ((0, True), (2, False))
    assert len(irredundant(system, ["equal"], found, Deadline()).clauses) == 2


def test_a_clause_that_became_shorter_helps_to_shorten_others() -> None:
    """The third bit is what the first one was: that it is never set follows only once that is said of the first."""
    bits = Bits.of(3)
    first, second, third = bits.state
    system = bits.system([Ask("kept", "invariant", bits.circuit.both(third, second ^ 1))], [first, second, first])
    proof = Proof("by hand", 1, ("kept",), (((0, False), (1, True)), ((1, True), (2, False))))
    assert shorter_clauses(system, proof, Deadline()).clauses == (((0, False),), ((2, False),))


def shifting() -> System:
    """The first action copies the second bit into the first one, the second action the third into the second."""
    bits = Bits.of(3)
    circuit, (a, b, c) = bits.circuit, bits.state
    do = [circuit.input("do0"), circuit.input("do1")]
    plain = bits.system([Ask("never_a", "invariant", a)], bits.state, inputs=do, valid=circuit.xor(*do))
    return replace(plain, cases=(Case(0, "first", do[0], ((0, b),)), Case(1, "second", do[1], ((1, c),))))


def test_what_one_action_breaks_may_let_an_earlier_one_break_more() -> None:
    proof = Proof("by hand", 1, ("never_a",), (((1, False),), ((2, False),)))
    assert irredundant(shifting(), ["never_a"], proof, Deadline()) == proof
    assert is_irredundant(shifting(), ["never_a"], proof)


def test_each_conjunct_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conjuncts, "kept", lambda conjuncts, wanted: frozenset(range(len(conjuncts.parts))))
    needed: tuple[Clause, ...] = (((1, False),), ((2, False),))
    for more in (((0, False), (1, False), (2, False)), ((2, False),)):
        proof = Proof("by hand", 1, ("never_a",), (*needed, more))
        found = irredundant(shifting(), ["never_a"], proof, Deadline())
        assert set(found.clauses) == set(needed) and len(found.clauses) == 2


def test_a_lemma_that_is_needed_stays() -> None:
    system = systems_by_hand.lemma()
    proof = Proof("induction", 1, ("never_seen", "same"))
    assert irredundant(system, ["never_seen"], proof, Deadline()) == proof
    assert irredundant(system, ["same"], proof, Deadline()).promises == ("same",)


def test_a_proof_over_several_states_stays_as_it_is() -> None:
    proof = Proof("k-induction", 4, ("no_six",))
    assert irredundant(systems_by_hand.two_rounds(), ["no_six"], proof, Deadline()) == proof
    assert shorter_clauses(systems_by_hand.two_rounds(), proof, Deadline()) == proof
    with pytest.raises(ValueError, match="every step"):
        is_irredundant(systems_by_hand.two_rounds(), ["no_six"], proof)


def test_without_time_the_proof_stays_as_it_is() -> None:
    system = systems_by_hand.lemma()
    proof = Proof("induction", 1, ("never_seen", "same"), (((2, False), (0, True)),))
    assert irredundant(system, ["same"], proof, Deadline(0)) == proof
    assert shorter_clauses(system, proof, Deadline(0)) == proof


def test_what_is_no_proof_is_not_made_smaller() -> None:
    system = systems_by_hand.lemma()
    with pytest.raises(ValueError, match="none"):
        irredundant(system, ["never_seen"], Proof("induction", 1, ("never_seen",)), Deadline())
    with pytest.raises(ValueError, match="none"):
        is_irredundant(system, ["never_seen"], Proof("induction", 1, ("never_seen",)))
    with pytest.raises(ValueError, match="does not speak"):
        irredundant(system, ["same"], Proof("induction", 1, ("never_seen",)), Deadline())
