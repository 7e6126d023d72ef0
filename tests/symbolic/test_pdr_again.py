"""IC3 where a promise that helped to block states turns out to be broken: the rest is searched again without it."""

from __future__ import annotations

import pytest

from checker.symbolic import pdr
from checker.symbolic.answers import Clause, PdrResult
from checker.symbolic.pdr import Pdr, prove
from checker.symbolic.pdr_verify import verify_proof
from checker.symbolic.solver import Deadline, Unknown
from checker.symbolic.system import Ask, System
from tests.symbolic.random_systems import random_system
from tests.symbolic.systems_by_hand import Bits as Making
from tests.symbolic.test_pdr import agrees

FOUND = [(10276, 2), (10754, 4), (11014, 4), (11640, 2)]
"""Random systems where the cubes of a fixpoint rest on a promise that was found broken after they were blocked."""


@pytest.mark.parametrize(("seed", "scale"), FOUND)
def test_what_a_broken_promise_helped_to_block_is_looked_at_again(seed: int, scale: int) -> None:
    assert agrees(random_system(seed, scale)).broken


def two_promises() -> System:
    """`never_two` is broken after two steps; that `never_six` is kept has nothing to do with it."""
    bits = Making.of(3)
    asks = [Ask("never_two", "invariant", bits.equal(2)), Ask("never_six", "invariant", bits.equal(6))]
    return bits.system(asks, bits.plus_one(), valid=bits.equal(5) ^ 1)


def wrong_at_first(monkeypatch: pytest.MonkeyPatch, times: int) -> list[list[str]]:
    """The first searches end with an invariant that is none; the list gets what each of them was asked."""
    asked: list[list[str]] = []
    search = Pdr.search

    def instead(run: Pdr) -> tuple[Clause, ...]:
        asked.append([ask.name for ask in run.asks])
        found = search(run)
        return ((),) if len(asked) <= times else found

    monkeypatch.setattr(Pdr, "search", instead)
    return asked


def test_paths_stay_and_only_the_rest_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = wrong_at_first(monkeypatch, 1)
    result = agrees(two_promises())
    assert asked == [["never_two", "never_six"], ["never_six"]]
    assert result.proof is not None and result.proof.promises == ("never_six",)


def test_nobody_searches_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = wrong_at_first(monkeypatch, 10)
    result = prove(two_promises(), ["never_two", "never_six"], deadline=Deadline())
    assert len(asked) == 2
    assert set(result.broken) == {"never_two"} and result.proof is None
    assert result.reason.startswith("the invariant found is none: initiation")


def test_a_limit_in_the_second_search_keeps_the_paths_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = wrong_at_first(monkeypatch, 1)

    def stop(*args: object) -> str:
        if len(asked) > 1:
            raise Unknown("time")
        return verify_proof(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pdr, "verify_proof", stop)
    result = prove(two_promises(), ["never_two", "never_six"], deadline=Deadline())
    assert result == PdrResult(None, result.broken, "time") and set(result.broken) == {"never_two"}
