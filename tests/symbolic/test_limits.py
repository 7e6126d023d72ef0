"""Whatever stops an engine, and whenever: what is left is UNKNOWN with that reason and exit code 3, never a verdict.

The solver is stopped at its first question, at its second one and so on, so every place where an answer is awaited is
one where it does not come.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any, get_args

import pytest
import z3

from checker.check import Plan, SpecReport, check
from checker.check_symbolic import over_circuits
from checker.explorations import ALWAYS_ON, NO_DEADLOCK, Limits
from checker.portfolio_child import work
from checker.portfolio_process import Message, Task
from checker.request import Instance, Settings
from checker.symbolic import induction, pdr, spacer
from checker.symbolic.answers import InductionResult, PdrResult
from checker.symbolic.solver import Deadline, MemoryWatch, Solver, Unknown
from checker.symbolic.spacer import Horn
from checker.symbolic_answer import Answer, Solved, SymbolicEngine, joined, premise_of
from checker.symbolic_judge import ONLY_EXPLICIT, bound_of
from checker.verdict import INCONCLUSIVE_EXIT, VIOLATED_EXIT, Verdict, exit_code
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from tests.symbolic import systems_by_hand
from tests.symbolic.small_specs import CLOCK, PARITY

pytestmark = pytest.mark.z3

ENGINES: tuple[SymbolicEngine, ...] = get_args(SymbolicEngine)
TRUTH = {
    "never_seven": Verdict.HOLDS,
    "never_six_or_more_after_all": Verdict.VIOLATED,
    "three": Verdict.VIOLATED,
    "eight": Verdict.HOLDS,
    "idle": Verdict.VACUOUS,
    **dict.fromkeys(ALWAYS_ON, Verdict.HOLDS),
}
KEPT = frozenset(TRUTH) - {"never_six_or_more_after_all", "eight"}
"""What is never broken, and what is never reached."""

SAID = {
    "max. memory exceeded": "memory limit",
    "canceled": "interrupted",
    "gave up (sat.giveup)": "gave up (sat.giveup)",
}
"""What Z3 may say for its silence, and what a report makes of it."""


class Mute:
    """Stands in the way of Z3: after so many questions it answers none any more, and says why."""

    def __init__(self, patch: pytest.MonkeyPatch, questions: int, said: str) -> None:
        self.left = questions
        check_assumptions, query = z3.Z3_solver_check_assumptions, z3.Fixedpoint.query
        patch.setattr(z3, "Z3_solver_check_assumptions", self.instead_of(check_assumptions, z3.Z3_L_UNDEF))
        patch.setattr(z3.Fixedpoint, "query", self.instead_of(query, z3.unknown))
        for kind in (z3.Solver, z3.Fixedpoint):
            patch.setattr(kind, "reason_unknown", lambda _: said)

    def instead_of(self, ask: Callable[..., Any], silence: object) -> Callable[..., Any]:
        def asked(*args: object) -> object:
            self.left -= 1
            return ask(*args) if self.left >= 0 else silence

        return asked


@pytest.fixture
def parity(tmp_path: Path) -> Machine:
    (tmp_path / "parity.py").write_text(PARITY)
    return load(str(tmp_path / "parity.py"))


def stopped(report: SpecReport, why: str, bound: bool) -> int:
    """Asserts that what is said is true and what is not said has its reason; returns how many rows are open."""
    rows = {r.property: r for r in report.results}
    still_open = []
    for name, row in rows.items():
        if row.verdict is Verdict.UNKNOWN or (bound and row.verdict is Verdict.HOLDS_WITHIN):
            still_open.append(name)
            told = row.reason + (row.bound.text if row.bound is not None else "")
            assert any(word in told for word in (why, ONLY_EXPLICIT, "not inductive", "not reached")), (name, told)
            assert row.bound is None or not row.bound.asked, "nobody asked for this"
        else:
            assert row.verdict is TRUTH[name], name
    violated = any(rows[name].verdict is Verdict.VIOLATED for name in rows)
    assert exit_code(report.results, interrupted=report.interrupted) == (
        130 if report.interrupted else VIOLATED_EXIT if violated else INCONCLUSIVE_EXIT
    )
    return len(still_open)


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_solver_that_falls_silent_is_no_answer(parity: Machine, engine: SymbolicEngine, said: str) -> None:
    before = len(TRUTH) + 1
    for questions in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144):
        with pytest.MonkeyPatch.context() as patch:
            mute = Mute(patch, questions, said)
            report = check(parity, "parity", Plan(engine=engine, limits=Limits(depth=6)))
        assert report.interrupted is (said == "canceled" and mute.left < 0)
        if mute.left >= 0:
            break
        left = stopped(report, SAID[said], bound=engine == "bmc")
        assert left <= before, "who asks more knows more"
        before = left
    assert before < len(TRUTH)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_at_all_is_said_without_an_answer(parity: Machine, engine: SymbolicEngine) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Mute(patch, 0, "max. memory exceeded")
        report = check(parity, "parity", Plan(engine=engine))
    rows = {r.property: r for r in report.results if r.property != "no_deadlock"}
    assert {(r.verdict, r.reason, r.bound) for r in rows.values()} == {(Verdict.UNKNOWN, "memory limit", None)}
    assert exit_code(report.results) == INCONCLUSIVE_EXIT


@pytest.mark.parametrize("said", SAID)
def test_a_solver_that_falls_silent_in_the_second_process(parity: Machine, said: str) -> None:
    task = Task(ground(parity), Instance("default", ""), ({},), frozenset(TRUTH), Limits())
    for questions in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
        found: list[Message] = []
        with pytest.MonkeyPatch.context() as patch:
            Mute(patch, questions, said)
            assert work(task, found.append) == ""
        told = [message.answers for message in found if message.answers is not None]
        for answers in told:
            for name in TRUTH.keys() & answers.keys():
                answer = answers[name]
                assert (answer.broken if name in KEPT else answer.proved) is None, (name, questions)
        assert all(a.decided or a.reason for name, a in told[-1].items() if name != NO_DEADLOCK)


@pytest.mark.parametrize(("limits", "reason"), [(Limits(seconds=0.0), "time"), (Limits(memory=1), "memory")])
def test_the_second_process_keeps_the_limits(parity: Machine, limits: Limits, reason: str) -> None:
    task = Task(ground(parity), Instance("default", ""), ({},), frozenset(TRUTH), limits)
    found: list[Message] = []
    assert work(task, found.append) == ""
    answers = [message.answers for message in found if message.answers is not None][-1]
    assert {(a.decided, a.reason) for name, a in answers.items() if name != NO_DEADLOCK} == {(False, reason)}


@pytest.mark.parametrize("engine", ["bmc", "pdr", "spacer"])
def test_time_that_ends_while_an_engine_works(tmp_path: Path, engine: SymbolicEngine) -> None:
    report = on_a_clock(tmp_path, engine, Limits(seconds=1.0, depth=1_000_000))
    stopped(report, "time limit", bound=engine == "bmc")
    never = next(r for r in report.results if r.property == "never_full")
    assert never.verdict is (Verdict.HOLDS_WITHIN if engine == "bmc" else Verdict.UNKNOWN)
    assert exit_code(report.results) == INCONCLUSIVE_EXIT


@pytest.mark.parametrize("engine", ["bmc", "pdr", "spacer"])
def test_memory_that_ends_while_an_engine_works(
    tmp_path: Path, engine: SymbolicEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It seems to fill a little whenever somebody looks."""
    used = count(0, 2**36)
    monkeypatch.setattr("checker.symbolic.solver.memory_used", lambda: next(used))
    report = on_a_clock(tmp_path, engine, Limits(seconds=60.0, memory=2**40, depth=1_000_000))
    stopped(report, "memory limit", bound=engine == "bmc")
    (never,) = [r for r in report.results if r.property == "never_full"]
    assert "memory limit" in never.reason + (never.bound.text if never.bound is not None else "")
    assert exit_code(report.results) == INCONCLUSIVE_EXIT


@pytest.mark.parametrize("engine", ["pdr", "spacer", "induction"])
def test_a_bound_does_not_hide_that_a_proof_was_cut_short(
    parity: Machine, engine: SymbolicEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounded search comes to its end, and that was asked for; the proof that was asked for too does not."""
    plan = Plan(Settings(properties=("three", "idle")), engine, Limits(depth=6))
    for module in (pdr, spacer):
        monkeypatch.setattr(module, "prove", lambda *_, **__: PdrResult(None, {}, "memory"))
    none = {name: "memory" for name in ("three", premise_of("idle"))}
    monkeypatch.setattr(induction, "induct", lambda *_, **__: InductionResult((), {}, {}, none))
    report = check(parity, "parity", plan)
    (three,) = [r for r in report.results if r.property == "three"]
    assert (three.verdict, three.reason) == (Verdict.UNKNOWN, "not reached within 6 steps (memory limit)")
    assert exit_code([three]) == exit_code(report.results) == INCONCLUSIVE_EXIT


def test_the_reason_of_several_circuits_is_that_of_the_one_that_was_cut_short() -> None:
    """Whoever asked for six steps was told of four, as if these were what was asked for."""
    whole, cut = Answer(clear=6, reason="depth", by="bmc"), Answer(clear=4, reason="time", by="bmc")
    solved = Solved("bmc", bounded=True, depth_asked=True)
    for answers in ([whole, cut], [cut, whole]):
        found = over_circuits(answers)
        assert (found.clear, found.reason) == (4, "time")
        bound = bound_of(solved, found)
        assert (bound.text, bound.asked) == ("no violation within 4 steps (time limit)", False)
    nothing = over_circuits([Answer(), Answer(reason="memory")])
    assert (nothing.clear, nothing.reason) == (-1, "memory")


def test_a_bound_is_what_it_was_for_those_who_asked_for_no_proof() -> None:
    found = joined("three", Answer(clear=6, reason="depth", by="bmc"), Answer(reason="time", gave_up="time", by="pdr"))
    assert (found.clear, found.reason, found.gave_up) == (6, "depth", "time")
    both = over_circuits([found, Answer(clear=8, reason="depth")])
    assert (both.clear, both.reason, both.gave_up) == (6, "depth", "time")
    for engine, bounded, asked in (("bmc", True, True), ("pdr", False, False)):
        assert bound_of(Solved(engine, bounded=bounded, depth_asked=True), found).asked is asked


def on_a_clock(folder: Path, engine: SymbolicEngine, limits: Limits) -> SpecReport:
    """Nobody decides it in reasonable time; only one promise is asked."""
    (folder / "clock.py").write_text(CLOCK)
    plan = Plan(Settings(properties=("never_full",)), engine, limits)
    return check(load(str(folder / "clock.py")), "clock", plan)


# --- parts ----------------------------------------------------------------------------------------------------------


def test_spacer_stops_when_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Z3 looks at no limit of memory there; somebody else has to."""
    used = chain([0, 0], repeat(2**30))
    monkeypatch.setattr("checker.symbolic.solver.memory_used", lambda: next(used))
    horn = Horn(systems_by_hand.counter(16, 60000), [systems_by_hand.counter(16, 60000).asks[0]])
    with pytest.raises(Unknown, match="memory"):
        horn.query(Deadline(60.0, 2**29))


def test_spacer_that_does_not_know_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(z3.Fixedpoint, "query", lambda *_: z3.unknown)
    monkeypatch.setattr(z3.Fixedpoint, "reason_unknown", lambda _: "(incomplete)")
    system = systems_by_hand.lemma()
    assert spacer.prove(system, ["same"], deadline=Deadline()) == PdrResult(None, {}, "(incomplete)")


def test_z3_is_let_alone_without_a_limit() -> None:
    for deadline in (Deadline(), Deadline(memory=2**50)):
        context = z3.Context()
        with MemoryWatch(deadline, context) as watch:
            assert Solver(deadline).solve()
        assert not watch.full


def test_what_z3_throws_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def throw(*_: object) -> object:
        raise z3.Z3Exception("out of memory")

    monkeypatch.setattr(z3.Fixedpoint, "query", throw)
    monkeypatch.setattr(z3, "Z3_solver_check_assumptions", throw)
    system = systems_by_hand.lemma()
    assert spacer.prove(system, ["same"], deadline=Deadline()) == PdrResult(None, {}, "memory")
    with pytest.raises(Unknown, match="memory"):
        Solver().solve()
