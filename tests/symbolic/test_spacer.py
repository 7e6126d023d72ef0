"""Spacer against the twin that visits every state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import z3

from checker.symbolic import spacer
from checker.symbolic.answers import PdrResult, Proof
from checker.symbolic.circuit import FALSE, TRUE
from checker.symbolic.pdr_verify import verify_proof
from checker.symbolic.solver import Deadline, Unknown
from checker.symbolic.spacer import Horn, prove
from checker.symbolic.system import Ask, System
from tests.symbolic import systems_by_hand
from tests.symbolic.brute_systems import Twin
from tests.symbolic.random_systems import random_system
from tests.symbolic.systems_by_hand import Bits

pytestmark = pytest.mark.z3


def agrees(system: System) -> PdrResult:
    """Asserts that the answer is what the twin says, or that there is no proof for want of clauses."""
    twin = Twin(system)
    result = prove(system, twin.names, deadline=Deadline())
    broken = twin.broken()
    assert set(result.broken) == set(broken)
    for name, path in result.broken.items():
        assert twin.depth(path, name) >= broken[name]
    kept = set(twin.names) - set(broken)
    if result.reason:
        assert result.reason.startswith(("the invariant is not", "the invariant found"))
        assert result.proof is None and kept
        return result
    assert (result.proof is not None) == bool(kept)
    if result.proof is not None:
        assert set(result.proof.promises) == kept and (result.proof.method, result.proof.k) == ("spacer", 1)
        assert twin.inductive(result.proof.promises, clauses=result.proof.clauses)
    return result


@pytest.mark.parametrize("first", [0, 15, *(pytest.param(f, marks=pytest.mark.slow) for f in range(30, 300, 15))])
def test_the_answer_is_reachability(first: int) -> None:
    without = [seed for seed in range(first, first + 15) if agrees(random_system(seed, 2 + seed % 2)).reason]
    assert len(without) <= 5


@pytest.mark.parametrize("make", systems_by_hand.ALL)
def test_systems_by_hand(make: Callable[[], System]) -> None:
    agrees(make())


def test_no_time_is_no_answer() -> None:
    assert prove(systems_by_hand.lemma(), ["same"], deadline=Deadline(0)) == PdrResult(None, {}, "time")


def test_a_query_that_is_cut_short_is_no_answer() -> None:
    horn = Horn(systems_by_hand.counter(16, 60000), [systems_by_hand.counter(16, 60000).asks[0]])
    with pytest.raises(Unknown, match="time"):
        horn.query(Deadline(0.3))


def test_ctrl_c_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(horn: Horn, deadline: Deadline) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Horn, "query", interrupt)
    assert prove(systems_by_hand.lemma(), ["same"], deadline=Deadline()) == PdrResult(None, {}, "interrupt")


def test_what_is_no_invariant_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Horn, "invariants", lambda horn: iter([(), (((2, False),), ((0, True),))]))
    result = prove(systems_by_hand.lemma(), ["never_seen"], deadline=Deadline())
    assert result.proof is None and result.reason.startswith("the invariant found is none: initiation: clause 1")


def test_a_violation_that_is_not_found_again_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Horn, "query", lambda horn, deadline: 3)
    result = prove(systems_by_hand.lemma(), ["same"], deadline=Deadline())
    assert result == PdrResult(None, {}, "no path of up to 3 steps is found")


def test_an_invariant_is_about_the_right_bits() -> None:
    bits = Bits.of(4)
    system = bits.system([Ask("never", "invariant", bits.state[1])], [FALSE, bits.state[1], TRUE, bits.state[0]])
    horn = Horn(system, system.asks)
    assert horn.query(Deadline()) is None
    first = next(horn.invariants())
    assert verify_proof(system, ["never"], Proof("spacer", 1, ("never",), first)) == ""


def test_only_conjunctions_of_disjunctions_of_bits_are_read() -> None:
    a, b = z3.Var(0, z3.BoolSort()), z3.Var(1, z3.BoolSort())
    places = {0: 4, 1: 2}
    assert list(spacer._clauses(z3.And(z3.Or(a, z3.Not(b)), b), places)) == [(((2, False), (4, True)), ((2, True),))]
    assert list(spacer._clauses(z3.BoolVal(True), places)) == [()]
    assert list(spacer._clauses(z3.BoolVal(False), places)) == [((),)]
    for other in (a == b, z3.Or(a, z3.And(a, b)), z3.And(a, z3.Not(z3.Or(a, b)))):
        assert list(spacer._clauses(other, places)) == []
