"""A search and a second process that proves things: when it starts, what it may decide, and that they must agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.check import Plan, check, explore, search
from checker.check import _Budget as Budget
from checker.conclude import Searched
from checker.explorations import Exploration, Limits, Progress, RawPath
from checker.portfolio import Alone, Enough, Portfolio
from checker.portfolio_process import Beside, Message, Task
from checker.report_text import Shown, report_lines
from checker.request import Instance, Settings, instances
from checker.symbolic.answers import Proof
from checker.symbolic_agree import agree
from checker.symbolic_answer import Answer, Proved, Solved, Walked, joined, premise_of
from checker.verdict import Verdict
from spec.lang.errors import EngineError
from spec.lang.frontend import load
from spec.lang.ground import ground
from tests.symbolic.small_specs import BOARD, CLOCK, PARITY

pytestmark = pytest.mark.z3

NAMES = ("never_seven", "never_six_or_more_after_all", "three", "eight", "idle")
PROOF = Proved("pdr", 1, ("n != 7",), (Proof("pdr", 1, ("x",)),))


class Told:
    """What the progress line is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, what: str) -> None:
        self.lines.append(what)

    def __call__(self, progress: Progress, /) -> None:
        self.lines.append(str(progress.states))

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def parity(tmp_path: Path) -> Task:
    (tmp_path / "parity.py").write_text(PARITY)
    machine = load(f"{tmp_path / 'parity.py'}:Parity")
    return Task(ground(machine), Instance("default", ""), ({},), frozenset(NAMES), Limits())


def snapshot(stored: int = 0) -> Progress:
    return Progress(depth=1, states=5, queue=1, transitions=9, seconds=0.5, stored=stored)


def messages(task: Task) -> Iterator[Message]:
    """Everything that a second process says to the end."""
    beside = Beside(task)
    try:
        while beside.running:
            message = beside.next(60.0)
            if message is not None:
                yield message
    finally:
        beside.close()


def test_the_second_process_decides_everything_and_ends(parity: Task) -> None:
    said = list(messages(parity))
    last = [m for m in said if m.kind == "answers"][-1].answers
    assert said[-1] == Message("end")
    assert last is not None
    assert {n: a.proved is not None for n, a in last.items() if not n.endswith(")")} == {
        "never_seven": True, "never_six_or_more_after_all": False, "three": True, "eight": False, "idle": True,
    }  # fmt: skip
    lengths = {n: a.broken.length for n, a in last.items() if a.broken is not None}
    assert lengths == {"never_six_or_more_after_all": 3, "eight": 4}
    assert last[premise_of("idle")].proved is not None


def test_a_failure_in_the_second_process_is_loud(parity: Task) -> None:
    broken = replace(parity, choices=({"no such constant": 1}, {}))
    found = list(messages(replace(broken, ground=replace(broken.ground, functions={}))))
    assert found[-1].kind == "error" and "please report" in found[-1].text
    task = replace(parity, ground=replace(parity.ground, functions={}))
    with Portfolio(Alone(0.0, 1), task, Told()) as both, pytest.raises(EngineError, match="the second process failed"):
        while True:
            both(snapshot())


def test_it_starts_when_time_or_states_are_over(parity: Task) -> None:
    for seconds, stored, starts in ((9.0, 10, False), (10.0, 10, True), (0.0, 2_000_000, True)):
        clock = iter([0.0, seconds])
        with Portfolio(Alone(), parity, Told(), clock=clock.__next__) as both:
            both(snapshot(stored))
            assert both.started is starts


def test_a_search_goes_on_as_long_as_something_is_open(parity: Task) -> None:
    """Without promises that only a search answers, `Enough` ends it; with one of them it goes on."""
    with Portfolio(Alone(0.0, 1), parity, Told()) as both:
        with pytest.raises(Enough):
            while True:
                both(snapshot())
        assert both.enough
    more = replace(parity, wanted=parity.wanted | {"no_deadlock"})
    with Portfolio(Alone(0.0, 1), more, Told()) as both:
        both(snapshot())
        while both.beside is not None and both.beside.running:
            both(snapshot())
        assert not both.enough
        assert both.solved.of("never_seven").proved is not None


def test_the_second_process_ends_in_the_middle_of_its_work(tmp_path: Path) -> None:
    """When the pipe from the first one is gone, as it is when that was killed."""
    (tmp_path / "clock.py").write_text(CLOCK)
    finite = ground(load(f"{tmp_path / 'clock.py'}:Clock"))
    beside = Beside(Task(finite, Instance("default", ""), ({},), frozenset({"never_full"}), Limits()))
    try:
        while (message := beside.next(120.0)) is not None and message.text != "pdr on 1 question":
            assert beside.running
        assert beside.process.stdin is not None
        beside.process.stdin.close()
        assert beside.process.wait(timeout=120.0) == 1
    finally:
        beside.close()


def board(tmp_path: Path, alone: Alone | None, states: int) -> Plan:
    (tmp_path / "board.py").write_text(BOARD)
    return Plan(Settings(), "auto", Limits(states=states), alone=alone)


def test_the_report_names_who_proved_what(tmp_path: Path) -> None:
    plan = board(tmp_path, Alone(120.0, 1), 3_000_000)
    machine = load(f"{tmp_path / 'board.py'}:Board")
    report = check(machine, "board", plan)
    rows = {r.property: r for r in report.results}
    assert (rows["twins_agree"].verdict, rows["twins_agree"].proved_by) == (Verdict.HOLDS, "induction k=1")
    assert (rows["few_are_on"].verdict, rows["few_are_on"].proved_by) == (Verdict.VIOLATED, "explicit")
    assert rows["few_are_on"].trace is not None and len(rows["few_are_on"].trace.steps) == 4
    assert rows["no_deadlock"].verdict is Verdict.HOLDS_WITHIN and rows["no_deadlock"].bound is not None
    text = "\n".join(report_lines(report, Shown()))
    assert "induction k=1" in text and "explicit" in text
    without = check(machine, "board", board(tmp_path, None, 200_000))
    assert {r.verdict for r in without.results if r.property != "few_are_on"} == {Verdict.HOLDS_WITHIN}


def test_what_a_search_finishes_is_reported_from_it_alone(parity: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the second process had an answer first: the report does not depend on who was faster."""
    machine = parity.ground.machine
    before = check(machine, "parity", Plan())
    fast = explore

    def slowly(*args: Any, **options: Any) -> Exploration:
        watch = args[4]
        assert isinstance(watch, Portfolio)
        while not watch.solved.of("three").decided:
            watch(snapshot())
        return fast(*args, **options)

    monkeypatch.setattr("checker.check.explore", slowly)
    after = check(machine, "parity", Plan(alone=Alone(0.0, 0)))
    assert [replace(r, seconds=0.0) for r in before.results] == [replace(r, seconds=0.0) for r in after.results]
    assert [s.solved for s in after.searched] == [None], "nor is there a word about circuits"


# --- they must agree ------------------------------------------------------------------------------------------------


def searched(task: Task, answers: dict[str, Answer]) -> Searched:
    machine = task.ground.machine
    (instance,) = instances(machine, Settings())
    plan = Plan()
    found = search(instance, task.ground, task.wanted, plan, Budget(plan.limits), Told())
    return replace(found, solved=Solved("portfolio", answers=answers))


def walked(steps: int, task: Task) -> Walked:
    (instance,) = instances(task.ground.machine, Settings())
    found = search(instance, task.ground, task.wanted, Plan(), Budget(Limits()), Told())
    path = found.searches[0].found["eight"]
    return Walked({}, RawPath(path.initial_tape, (path.steps * 3)[:steps]))


LIES: dict[str, tuple[str, str, int | None, bool, int]] = {
    "a proof of what is broken": ("never_six_or_more_after_all", "proves it", None, True, -1),
    "a proof that a goal is out of reach": ("eight", "proves it", None, True, -1),
    "a bound over a break": ("never_six_or_more_after_all", "rules out any path of up to 3 steps", None, False, 3),
    "a break of what is kept": ("never_seven", "never finds it broken", 2, False, -1),
    "a shorter break": ("eight", "needs 4 steps", 3, False, -1),
    "a longer break that is called shortest": ("eight", "needs 4 steps", 5, False, -1),
    "a premise that is never seen": (premise_of("idle"), "never finds it", 1, False, -1),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_contradiction_is_loud(parity: Task, lie: str) -> None:
    name, says, steps, proves, clear = LIES[lie]
    path = walked(steps, parity) if steps is not None else None
    answer = Answer(broken=path, proved=PROOF if proves else None, clear=clear, by="pdr")
    with pytest.raises(EngineError, match="engines contradict each other.*" + says):
        agree(searched(parity, {name: answer}))


def test_the_truth_is_accepted(parity: Task) -> None:
    said = {
        "never_seven": Answer(proved=PROOF),
        "three": Answer(proved=PROOF),
        "eight": Answer(broken=walked(4, parity), clear=3),
        "never_six_or_more_after_all": Answer(clear=2),
        premise_of("idle"): Answer(proved=PROOF),
    }
    agree(searched(parity, said))
    agree(searched(parity, {"eight": Answer(broken=walked(6, parity), shortest=False)}))


def test_two_engines_that_contradict_each_other(parity: Task) -> None:
    path = walked(4, parity)
    for one, other in (
        (Answer(broken=path, by="bmc"), Answer(proved=PROOF, by="pdr")),
        (Answer(broken=path, by="pdr"), Answer(clear=4, by="bmc")),
    ):
        for pair in ((one, other), (other, one)):
            with pytest.raises(EngineError, match=r"'eight': (bmc|pdr) .*, (bmc|pdr) "):
                joined("eight", *pair)
    assert joined("eight", Answer(broken=path), Answer(clear=3)).broken is path
    both = joined("eight", Answer(clear=3, reason="time"), Answer(proved=PROOF, by="pdr"))
    assert (both.clear, both.proved, both.by) == (3, PROOF, "pdr")
