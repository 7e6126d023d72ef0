"""Bounded model checking against the twin that visits every state."""

from __future__ import annotations

import pytest

from checker.symbolic import bmc
from checker.symbolic.answers import Bounded
from checker.symbolic.bmc import search
from checker.symbolic.solver import Deadline, Solver, Unknown
from tests.symbolic import systems_by_hand
from tests.symbolic.brute_systems import Twin
from tests.symbolic.random_systems import random_system


@pytest.mark.parametrize(
    "first", [0, 30, 60, 90, *(pytest.param(f, marks=pytest.mark.slow) for f in range(120, 900, 30))]
)
def test_paths_are_shortest_and_nothing_is_missed(first: int) -> None:
    for seed in range(first, first + 30):
        system = random_system(seed)
        twin = Twin(system)
        result = search(system, twin.names, depth=16, deadline=Deadline())
        assert {name: twin.depth(path, name) for name, path in result.found.items()} == twin.broken(), seed


@pytest.mark.parametrize("seed", range(1000, 1025))
def test_a_search_ends_where_it_should(seed: int) -> None:
    system = random_system(seed)
    twin = Twin(system)
    broken, longest = twin.broken(), twin.longest()
    depth = seed % 4
    reported: list[int] = []
    result = search(system, twin.names, depth=depth, deadline=Deadline(), report=reported.append)
    assert set(result.found) == {name for name, d in broken.items() if d <= depth}
    assert reported == list(range(result.bounded.depth + 1))
    if len(result.found) == len(twin.names):
        assert result.bounded == Bounded(max(broken.values()), "")
    elif result.bounded.reason == "end":
        assert longest is not None and longest < result.bounded.depth <= depth
    else:
        assert result.bounded == Bounded(depth, "depth")
        assert longest is None or longest >= depth


@pytest.mark.parametrize("seed", range(1100, 1125))
def test_without_a_depth_it_goes_on_until_no_run_is_longer(seed: int) -> None:
    system = random_system(seed)
    twin = Twin(system)
    if twin.longest() is None:
        return
    result = search(system, twin.names, depth=None, deadline=Deadline())
    assert set(result.found) == set(twin.broken())
    left = len(result.found) < len(twin.names)
    assert result.bounded.reason == ("end" if left else "")


@pytest.mark.parametrize("seed", range(1200, 1225))
def test_what_is_known_is_not_asked_and_changes_nothing(seed: int) -> None:
    system = random_system(seed)
    twin = Twin(system)
    broken = twin.broken()
    known = [name for name in twin.names if name not in broken][:3]
    result = search(system, twin.names, depth=8, deadline=Deadline(), known=known)
    assert {name: twin.depth(path, name) for name, path in result.found.items()} == {
        name: d for name, d in broken.items() if d <= 8
    }


@pytest.mark.parametrize("first", [2000, *(pytest.param(f, marks=pytest.mark.slow) for f in range(2020, 2300, 20))])
def test_single_steps_leave_out_nothing(first: int) -> None:
    ends = 0
    for seed in range(first, first + 20):
        system = random_system(seed)
        twin = Twin(system)
        broken = twin.broken()
        result = search(system, twin.names, depth=14, deadline=Deadline(), local=True)
        assert {name: twin.depth(path, name) for name, path in result.found.items()} == broken, seed
        left = [name for name in twin.names if name not in broken]
        longest = twin.longest()
        if result.bounded.reason == "end" and (longest is None or longest >= result.bounded.depth):
            ends += 1
            start = {name: broken.get(name, 99) for name in twin.names}
            assert not twin.violated(left, 1), "not kept by single steps"
            assert max([d for d in start.values() if d < 99], default=0) <= result.bounded.depth
    assert ends > 0


def test_systems_by_hand() -> None:
    def found(build: object, depth: int) -> dict[str, int]:
        assert callable(build)
        system = build()
        result = search(system, [a.name for a in system.asks], depth=depth, deadline=Deadline())
        return {name: Twin(system).depth(path, name) for name, path in result.found.items()}

    assert found(lambda: systems_by_hand.counter(4, 11), 20) == {"never": 11}
    assert found(lambda: systems_by_hand.counter(4, 11), 10) == {}
    assert found(systems_by_hand.stuck, 20) == {}
    assert found(systems_by_hand.fault, 20) == {"bounds": 3}
    assert found(systems_by_hand.bad_start, 20) == {"bounds": 0}
    assert found(lambda: systems_by_hand.actions(4), 20) == {"all": 4}
    assert found(systems_by_hand.lemma, 20) == {}


def test_only_what_is_wanted_is_looked_for() -> None:
    system = systems_by_hand.actions(3)
    assert search(system, ["order"], depth=5, deadline=Deadline()).found == {}
    assert search(system, [], depth=5, deadline=Deadline()).bounded == Bounded(-1, "")
    with pytest.raises(KeyError):
        search(system, ["nothing"], depth=5, deadline=Deadline())


@pytest.mark.parametrize(
    ("stop", "reason"), [(Unknown("time"), "time"), (Unknown("memory"), "memory"), (KeyboardInterrupt(), "interrupt")]
)
def test_what_was_found_stays_when_the_search_is_stopped(
    stop: BaseException, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = systems_by_hand.actions(3)
    asked = 0

    class Stopping(Solver):
        def solve(self, assumptions: object = ()) -> bool:
            nonlocal asked
            asked += 1
            if asked == at:
                raise stop
            return super().solve(assumptions)  # type: ignore[arg-type]

    monkeypatch.setattr(bmc, "Solver", Stopping)
    depths = set()
    for at in range(1, 25):
        asked = 0
        result = search(system, [a.name for a in system.asks], depth=6, deadline=Deadline())
        if asked < at:
            break
        assert result.bounded.reason == reason
        assert set(result.found) <= {"all"} and (result.bounded.depth < 3 or "all" in result.found)
        depths.add(result.bounded.depth)
    assert depths == set(range(-1, 6))


def test_a_time_that_is_over_is_no_answer() -> None:
    result = search(systems_by_hand.counter(3, 5), ["never"], depth=9, deadline=Deadline(seconds=0))
    assert result.found == {} and result.bounded == Bounded(-1, "time")
