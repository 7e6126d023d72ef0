"""k-induction against the twin that looks at every subset of names and every sequence of states."""

from __future__ import annotations

import pytest

from checker.symbolic import induction_step
from checker.symbolic.answers import InductionResult
from checker.symbolic.induction import induct
from checker.symbolic.solver import Deadline, Solver, Unknown
from checker.symbolic.system import System
from tests.symbolic import systems_by_hand
from tests.symbolic.brute_systems import Twin
from tests.symbolic.random_systems import random_system


def agrees(seed: int, most: int) -> InductionResult:
    """Asserts that an attempt says what the twin says."""
    system = random_system(seed)
    twin = Twin(system)
    result = induct(system, twin.names, most=most, deadline=Deadline())
    broken = twin.broken()
    proved: list[str] = []
    levels: dict[int, set[str]] = {}
    for k in range(1, most + 1):
        candidates = [name for name in twin.names if broken.get(name, k) >= k and name not in proved]
        proved += sorted(twin.greatest(candidates, k, simple=True, known=proved))
        levels[k] = set(proved)
    assert result.reasons == {}
    found: set[str] = set()
    for proof in result.proofs:
        assert set(proof.promises) == levels[proof.k] > found
        assert twin.inductive(proof.promises, proof.k, simple=proof.simple)
        assert proof.method == ("induction" if proof.k == 1 else "k-induction")
        found = set(proof.promises)
    assert found == set(proved)
    assert {n: twin.depth(p, n) for n, p in result.broken.items()} == {n: d for n, d in broken.items() if d < most}
    assert set(result.ctis) == set(twin.names) - found - set(result.broken)
    _check_uses(twin, result)
    _check_ctis(twin, result)
    return result


def _check_uses(twin: Twin, result: InductionResult) -> None:
    """What a name rests on is enough: with only that assumed, no step breaks the name."""
    for proof in result.proofs:
        for name, rests in proof.uses:
            assert set(rests) <= set(proof.promises)
            assert name not in twin.violated([*rests, name], proof.k, simple=proof.simple, assumed=rests)


def _check_ctis(twin: Twin, result: InductionResult) -> None:
    for name, cti in result.ctis.items():
        assert name in cti.assumed and len(cti.path.inputs) == cti.k
        assert name in twin.ends(cti.path)
        assert not any(twin.bad[state] & set(cti.assumed) for state in cti.path.states[: cti.k])


@pytest.mark.parametrize("first", [0, 20, 40, *(pytest.param(f, marks=pytest.mark.slow) for f in range(60, 600, 20))])
def test_what_is_proved_is_the_greatest_inductive_set(first: int) -> None:
    ks: set[int] = set()
    for seed in range(first, first + 20):
        ks |= {proof.k for proof in agrees(seed, 3).proofs}
    assert ks >= {1, 2}


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_one_inductive(seed: int) -> None:
    agrees(seed, 1)


@pytest.mark.parametrize("seed", range(1100, 1120))
def test_alone_each_name_stands_by_itself(seed: int) -> None:
    system = random_system(seed)
    twin = Twin(system)
    wanted = [name for name in twin.names if not name.startswith("lemma")]
    result = induct(system, wanted, most=2, deadline=Deadline(), alone=True)
    proved = {n for n in wanted if any(twin.inductive([n], k, simple=True) for k in (1, 2))}
    assert {name for proof in result.proofs for name in proof.promises} == proved
    assert all(len(proof.promises) == 1 for proof in result.proofs)
    _check_ctis(twin, result)
    assert all(cti.assumed == (name,) for name, cti in result.ctis.items())


def proofs(system: System, most: int, wanted: list[str] | None = None) -> dict[str, tuple[int, bool]]:
    """The k of each name that is proved, and whether states had to be different."""
    names = wanted or [ask.name for ask in system.asks]
    found: dict[str, tuple[int, bool]] = {}
    for proof in induct(system, names, most=most, deadline=Deadline()).proofs:
        for name in proof.promises:
            found.setdefault(name, (proof.k, proof.simple))
    return found


def test_systems_by_hand() -> None:
    assert proofs(systems_by_hand.two_rounds(), 3) == {}
    assert proofs(systems_by_hand.two_rounds(), 4) == {"no_six": (4, False)}
    assert proofs(systems_by_hand.waits(), 1) == {}
    assert proofs(systems_by_hand.waits(), 2) == {"no_three": (2, True)}
    assert proofs(systems_by_hand.counter(3, 5), 4) == {}
    assert proofs(systems_by_hand.actions(4), 1) == {"order": (1, False), "done_last": (1, False)}


def test_lemmas_help_though_nobody_asks_for_them() -> None:
    system = systems_by_hand.lemma()
    assert proofs(system, 1, ["never_seen"]) == {"never_seen": (1, False), "same": (1, False)}
    assert induct(system, ["never_seen"], most=1, deadline=Deadline(), alone=True).proofs == ()


def test_a_proof_says_what_it_rests_on() -> None:
    (proof,) = induct(systems_by_hand.lemma(), ["never_seen"], most=1, deadline=Deadline()).proofs
    assert dict(proof.uses) == {"never_seen": ("never_seen", "same"), "same": ("same",)}


def test_a_break_is_no_counterexample_to_induction() -> None:
    result = induct(systems_by_hand.counter(3, 2), ["never"], most=3, deadline=Deadline())
    assert set(result.broken) == {"never"} and not result.ctis and not result.proofs
    result = induct(systems_by_hand.counter(3, 2), ["never"], most=2, deadline=Deadline())
    assert set(result.ctis) == {"never"} and not result.broken


@pytest.mark.parametrize(
    ("system", "stop", "reason"),
    [
        (systems_by_hand.two_rounds(), Unknown("time"), "time"),
        (systems_by_hand.lemma(), Unknown("memory"), "memory"),
        (systems_by_hand.actions(3), KeyboardInterrupt(), "interrupt"),
    ],
)
def test_an_attempt_that_is_stopped_proves_nothing_more(
    system: System, stop: BaseException, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [ask.name for ask in system.asks]
    twin, asked = Twin(system), 0

    class Stopping(Solver):
        def solve(self, assumptions: object = ()) -> bool:
            nonlocal asked
            asked += 1
            if asked == at:
                raise stop
            return super().solve(assumptions)  # type: ignore[arg-type]

    monkeypatch.setattr(induction_step, "Solver", Stopping)
    for at in range(1, 60):
        asked = 0
        result = induct(system, names, most=4, deadline=Deadline())
        if asked < at:
            return
        done = {name for proof in result.proofs for name in proof.promises} | set(result.broken)
        assert result.reasons == {name: reason for name in names if name not in done}
        assert all(twin.inductive(proof.promises, proof.k, simple=proof.simple) for proof in result.proofs)
    raise AssertionError("it never ended by itself")


def test_a_time_that_is_over_is_no_answer() -> None:
    result = induct(systems_by_hand.lemma(), ["never_seen"], deadline=Deadline(seconds=0))
    assert result == InductionResult((), {}, {}, {"never_seen": "time", "same": "time"})
