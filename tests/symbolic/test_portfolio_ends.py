"""How a second process may end, and that no end of it is taken for an answer."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from checker.check import Plan, check, explore
from checker.explorations import Exploration, Limits, Progress
from checker.portfolio import Alone, Portfolio
from checker.portfolio_process import Beside, Message, Task
from checker.request import Instance, Settings
from checker.symbolic_answer import Answer, Proved
from checker.verdict import INCONCLUSIVE_EXIT, Verdict, exit_code
from spec.lang.errors import EngineError
from spec.lang.frontend import load
from spec.lang.ground import ground
from tests.symbolic.small_specs import CLOCK, PARITY

pytestmark = pytest.mark.z3


class Quiet:
    """Nobody watches."""

    def __call__(self, progress: Progress, /) -> None:
        """A search goes on."""

    def say(self, text: str) -> None:
        """Anything else."""


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    (tmp_path / "clock.py").write_text(CLOCK)
    return tmp_path / "clock.py"


def task(clock: Path) -> Task:
    return Task(ground(load(str(clock))), Instance("default", ""), ({},), frozenset({"never_full"}), Limits())


def until_the_end(beside: Beside) -> Message:
    while True:
        message = beside.next(30.0)
        assert message is not None, "it says nothing and does not end"
        if not beside.running:
            return message


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_its_death_is_told_by_name(clock: Path, sign: signal.Signals) -> None:
    beside = Beside(task(clock))
    try:
        beside.process.send_signal(sign)
        assert until_the_end(beside) == Message("end", f"the second process died ({sign.name})")
        assert beside.next(0.0) is None
    finally:
        beside.close()


def test_its_death_decides_nothing_and_ends_the_waiting(clock: Path) -> None:
    snapshot = Progress(depth=1, states=5, queue=1, transitions=9, seconds=0.5, stored=1)
    with Portfolio(Alone(0.0, 1), task(clock), Quiet()) as both:
        both(snapshot)
        assert both.beside is not None
        both.beside.process.kill()
        while both.beside.running:
            both(snapshot)
        assert not both.enough and both.solved.unsupported == "the second process died (SIGKILL)"
        assert both.solved.of("never_full") == Answer()


def test_a_report_without_the_second_process_is_that_of_the_search(
    clock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed as soon as it starts."""
    begin = Beside.__init__

    def stillborn(beside: Beside, what: Task) -> None:
        begin(beside, what)
        beside.process.kill()

    monkeypatch.setattr(Beside, "__init__", stillborn)
    plan = Plan(Settings(properties=("never_full",)), limits=Limits(states=200_000), alone=Alone(60.0, 1))
    (row,) = check(load(str(clock)), "clock", plan).results
    assert row.verdict is Verdict.HOLDS_WITHIN and row.bound is not None and "states limit" in row.bound.text
    assert exit_code([row]) == INCONCLUSIVE_EXIT


def test_time_that_ends_for_both(clock: Path) -> None:
    """The search and the second process stop at the limit of time; what the search saw is the bound."""
    limits = Limits(seconds=2.0, memory=2**31)
    plan = Plan(Settings(properties=("never_full",)), limits=limits, alone=Alone(0.1, 1))
    (row,) = check(load(str(clock)), "clock", plan).results
    assert row.verdict is Verdict.HOLDS_WITHIN and row.bound is not None
    assert "limit" in row.bound.text and not row.bound.asked
    assert exit_code([row]) == INCONCLUSIVE_EXIT


class Liar:
    """Stands in for the second process: proves at once that a goal is out of reach that is reached."""

    def __init__(self, _: Task) -> None:
        self.running = True

    def next(self, _: float) -> Message | None:
        self.running = False
        return Message("answers", "", {"eight": Answer(proved=Proved("pdr", 1), by="pdr")})

    def close(self) -> None:
        """Nothing to end."""


def test_what_contradicts_the_search_of_a_check_is_loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parity.py").write_text(PARITY)
    snapshot = Progress(depth=1, states=5, queue=1, transitions=9, seconds=0.5, stored=1)
    search = explore

    def watched(*args: Any, **options: Any) -> Exploration:
        for _ in range(2):
            args[4](snapshot)
        return search(*args, **options)

    monkeypatch.setattr("checker.check.explore", watched)
    monkeypatch.setattr("checker.portfolio.Beside", Liar)
    with pytest.raises(EngineError, match=r"contradict each other.*'eight'"):
        check(load(str(tmp_path / "parity.py")), "parity", Plan(alone=Alone(0.0, 0)))
