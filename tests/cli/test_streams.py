"""Progress, interruption and defects: what goes to stderr, and that it never is a traceback."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from checker.explorations import Progress
from checker.progress import ProgressLine
from checker.style import Style
from checker.verdict import Verdict
from tests.sessions import Run

SNAPSHOT = Progress(depth=3, states=12_345, queue=67, transitions=200_000, seconds=2.0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(stream: io.StringIO, quiet: bool = False) -> str:
    """What a run of 25 seconds prints with a snapshot every second."""
    now = 0.0
    line = ProgressLine(quiet=quiet, stream=stream, clock=lambda: now)
    line.start("Door two 1/3")
    for _ in range(25):
        now += 1.0
        line(SNAPSHOT)
    line.clear()
    return stream.getvalue()


def test_a_pipe_gets_a_plain_line_every_ten_seconds() -> None:
    expected = "Door two 1/3: depth 3, 12,345 states, 67 queued, 200,000 transitions, 100,000/s\n"
    assert expected * 2 == printed(io.StringIO())


def test_a_terminal_gets_one_live_line_that_is_removed() -> None:
    text = printed(Terminal())
    assert "\n" not in text
    assert 25 == text.count("12,345 states")
    assert text.endswith("\r\x1b[K")


def test_quiet_prints_no_progress() -> None:
    assert "" == printed(io.StringIO(), quiet=True) == printed(Terminal(), quiet=True)


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[31mVIOLATED\x1b[0m" == Style.of(Terminal()).verdict(Verdict.VIOLATED, "VIOLATED")
    assert "VIOLATED" == Style.of(Terminal(), no_color=True).verdict(Verdict.VIOLATED, "VIOLATED")
    assert "VIOLATED" == Style.of(io.StringIO()).verdict(Verdict.VIOLATED, "VIOLATED")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "VIOLATED" == Style.of(Terminal()).verdict(Verdict.VIOLATED, "VIOLATED")


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_an_interrupt_before_the_search_exits_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.cli_check.load", raising(KeyboardInterrupt()))
    session = run("check", "door.py:Door")
    assert (130, "") == (session.code, session.out)
    assert "interrupted before there was a result\n" == session.err


def test_a_defect_of_ours_is_a_message_and_70(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.cli_check.load", raising(ZeroDivisionError("by zero")))
    session = run("check", "door.py:Door")
    assert (70, "") == (session.code, session.out)
    assert session.err.startswith("internal error: ZeroDivisionError: by zero\n  hint: ")
    assert "Traceback" not in session.err
