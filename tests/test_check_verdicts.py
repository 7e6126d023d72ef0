"""From searches to verdicts: what may be said when a search was cut short, a premise stayed false, a goal unreached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.check import Plan, check, confirmed
from checker.conclude import Searched, conclude
from checker.confirm import confirm
from checker.explorations import ALWAYS_ON, Exploration, Limits, RawPath, RawStep
from checker.request import Instance, Settings
from checker.slow import explore
from checker.trace import Trace
from checker.trace_build import build_trace, play
from checker.verdict import Bound, PropertyResult, Verdict, exit_code
from spec.lang.errors import EngineError
from spec.lang.ground import GroundMachine
from spec.lang.machine import Configuration
from spec.lang.spans import BUILTIN
from tests.machines_by_hand import claim_machine, door_machine

HOLDS, WITHIN, VIOLATED = Verdict.HOLDS, Verdict.HOLDS_WITHIN, Verdict.VIOLATED
VACUOUS, UNKNOWN = Verdict.VACUOUS, Verdict.UNKNOWN
CLAIM = claim_machine(2)
COMPLETE = explore(CLAIM, {}, Limits())
EMPTY = RawPath((), ())


def searched(*searches: Exploration, name: str = "core", choices: int | None = None) -> Searched:
    count = len(searches) if choices is None else choices
    return Searched(Instance(name, ""), CLAIM, ({},) * count, searches, {}, "out of time" if not searches else "")


def no_trace(s: Searched, number: int, name: str, path: RawPath) -> Trace:
    return confirmed(s.ground, {}, COMPLETE.found["all_claimed"], "all_claimed", "core")[0]


def say(name: str, *configurations: Searched) -> list[tuple[Verdict, str | None]]:
    rows = conclude(configurations, frozenset({name}), no_trace)
    return [(r.verdict, r.bound.text if r.bound else None) for r in rows]


def without(exploration: Exploration, **changes: object) -> Exploration:
    return replace(exploration, **changes)  # type: ignore[arg-type]


DEPTH = without(COMPLETE, complete=False, stopped="depth", checked_depth=2)
TIME = without(COMPLETE, complete=False, stopped="time", checked_depth=2)
BLIND = without(TIME, checked_depth=-1)
OUTSIDE = without(COMPLETE, complete=True, outside=3)
IDLE = without(COMPLETE, premises=frozenset())
FOUND = without(COMPLETE, found={"owned_is_blocked": EMPTY})
UNREACHED = without(COMPLETE, found={})


def test_an_invariant() -> None:
    name = "owned_is_blocked"
    two = "every path of up to 2 steps"
    assert say(name, searched(COMPLETE)) == [(HOLDS, None)]
    assert say(name, searched(COMPLETE, FOUND)) == [(VIOLATED, None)]
    assert [(WITHIN, f"{two} (depth limit)")] == say(name, searched(COMPLETE, DEPTH))
    assert [(WITHIN, f"{two} (depth limit and time limit)")] == say(name, searched(DEPTH, TIME))
    assert say(name, searched(COMPLETE, choices=2)) == [(WITHIN, "1 of 2 choices of the constants")]
    assert say(name, searched(OUTSIDE)) == [(WITHIN, "inside the boundary ")]
    assert say(name, searched(choices=1)) == [(UNKNOWN, None)]
    assert say(name, searched(COMPLETE, BLIND)) == [(UNKNOWN, None)]


def test_a_premise_counts_once_it_is_true_anywhere() -> None:
    name = "owned_is_blocked"
    assert say(name, searched(IDLE)) == [(VACUOUS, None)]
    assert say(name, searched(IDLE, COMPLETE)) == [(HOLDS, None)], "another choice of the constants"
    assert say(name, searched(IDLE), searched(COMPLETE, name="more")) == [(HOLDS, None)] * 2
    assert say(name, searched(IDLE), searched(IDLE, name="more")) == [(VACUOUS, None)] * 2
    short = without(IDLE, complete=False, stopped="time", checked_depth=2)
    assert [v for v, _ in say(name, searched(short))] == [UNKNOWN]


def test_a_goal_is_reached_somewhere_or_nowhere() -> None:
    name = "all_claimed"
    assert say(name, searched(COMPLETE)) == [(HOLDS, None)]
    assert say(name, searched(UNREACHED)) == [(VIOLATED, None)]
    assert say(name, searched(UNREACHED), searched(COMPLETE, name="more")) == [(HOLDS, None)]
    assert [v for v, _ in say(name, searched(without(UNREACHED, complete=False, stopped="states")))] == [UNKNOWN]
    assert [v for v, _ in say(name, searched(without(UNREACHED, outside=1)))] == [UNKNOWN]


@pytest.mark.parametrize(
    ("verdict", "bound", "code", "strict"),
    [
        (HOLDS, None, 0, 0),
        (VIOLATED, None, 1, 1),
        (VACUOUS, None, 3, 3),
        (UNKNOWN, None, 3, 3),
        (WITHIN, Bound("b", asked=True), 0, 3),
        (WITHIN, Bound("b", asked=False), 3, 3),
        (UNKNOWN, Bound("b", asked=True, depth=True), 0, 3),
        (UNKNOWN, Bound("b", asked=True), 3, 3),
    ],
)
def test_exit_codes(verdict: Verdict, bound: Bound | None, code: int, strict: int) -> None:
    result = conclude([searched(COMPLETE)], frozenset({"no_warnings"}), no_trace)[0]
    results: list[PropertyResult] = [result, replace(result, verdict=verdict, bound=bound), result]
    assert (code, strict) == (exit_code(results), exit_code(results, strict=True))
    assert exit_code(results, interrupted=True) == 130


def paths(ground: GroundMachine) -> dict[str, RawPath]:
    return explore(ground, {}, Limits()).found


def test_every_violation_is_confirmed_by_the_meaning() -> None:
    ground = claim_machine(3, rollback=False)
    found = paths(ground)
    assert {"members_share_a_domain", "refused_calls_change_nothing", "all_claimed"} == set(found)
    for name, path in found.items():
        trace, finding = confirmed(ground, {}, path, name, "default")
        assert len(path.steps) == len(trace.steps) and finding.message


@pytest.mark.parametrize("name", ["owned_is_blocked", "release_restores", *ALWAYS_ON])
def test_a_path_that_breaks_nothing_is_never_shown(name: str) -> None:
    """The path of the goal breaks no promise; an engine that says so is caught."""
    path = paths(CLAIM)["all_claimed"]
    assert confirm(play(CLAIM, {}, path), name) is None
    with pytest.raises(EngineError, match="internal disagreement"):
        confirmed(CLAIM, {}, path, name, "default")


def test_a_refusal_that_changes_nothing_is_no_violation() -> None:
    """The door is locked, then somebody tries to open it."""
    ground = door_machine()
    path = paths(ground)["never_locked"]
    assert len(path.steps) == 1
    refused = RawPath((), (*path.steps, RawStep(0, (), ())))
    played = play(ground, {}, refused)
    assert build_trace(played, name="", kind="", configuration="").steps[-1].outcome.errno == "EPERM"
    assert confirm(played, "refused_calls_change_nothing") is None


def test_a_path_that_does_not_exist_is_loud() -> None:
    path = paths(CLAIM)["all_claimed"]
    first, *others = path.steps
    for steps in (
        (replace(first, action=99), *others),
        (replace(first, args=(7,)), *others),
        (replace(first, tape=(1,)), *others),
        (first, first),
    ):
        with pytest.raises(EngineError, match="internal disagreement"):
            play(CLAIM, {}, RawPath((), tuple(steps)))
    with pytest.raises(EngineError, match="internal disagreement"):
        play(CLAIM, {}, RawPath((1,), ()))


def test_an_engine_that_lies_stops_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    lie = without(COMPLETE, found={"owned_is_blocked": COMPLETE.found["all_claimed"]})
    monkeypatch.setattr("checker.slow.explore", lambda *_: lie)
    with pytest.raises(EngineError, match="'owned_is_blocked' is not what an engine says it is"):
        check(CLAIM.machine, "x", Plan(Settings(sizes=("Device=2",)), "evaluate"))


def test_a_benchmark_is_searched_only_when_it_is_named() -> None:
    machine = replace(
        door_machine().machine,
        configurations={n: Configuration(n, doc, BUILTIN) for n, doc in (("a", "Small."), ("b", "Benchmark: big."))},
    )
    for named, expected in ((None, ["a"]), ("b", ["b"])):
        report = check(machine, "x", Plan(Settings(configuration=named), "evaluate"))
        assert expected == [s.instance.configuration for s in report.searched]


def test_no_time_left_is_said_and_not_taken_for_green() -> None:
    report = check(CLAIM.machine, "x", Plan(Settings(sizes=("Device=2",)), "evaluate", Limits(seconds=0.0)))
    assert {UNKNOWN} == {r.verdict for r in report.results}
    assert exit_code(report.results) == 3


def test_the_time_limit_is_for_the_whole_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each configuration gets what is left; the clock goes on by a second whenever it is read."""
    seconds: list[float | None] = []
    clock = iter(range(1000))

    def search(ground: GroundMachine, constants: object, limits: Limits, report: object) -> Exploration:
        seconds.append(limits.seconds)
        return COMPLETE

    monkeypatch.setattr("checker.slow.explore", search)
    monkeypatch.setattr("checker.check.time.monotonic", lambda: float(next(clock)))
    machine = replace(CLAIM.machine, configurations={n: Configuration(n, "", BUILTIN, {"Device": 2}) for n in "abc"})
    report = check(machine, "x", Plan(Settings(), "evaluate", Limits(seconds=5.0)))
    assert [3.0, 1.0] == seconds
    assert [1, 1, 0] == [len(s.searches) for s in report.searched]
    assert 3 == exit_code(report.results)
