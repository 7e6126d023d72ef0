"""Ctrl-C inside a finaliser is not lost, and other complaints of finalisers are still heard."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

import pytest

from checker import interrupts
from checker.symbolic.solver import Deadline


class Falls:
    """Its finaliser raises."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


class OfTheSolver(Falls):
    """As if the solver's library had it."""

    def __del__(self) -> None:
        raise self.error


OfTheSolver.__del__.__module__ = "z3.z3"


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    interrupts.install()
    yield


def test_an_interrupt_is_raised_at_the_next_look_at_the_clock() -> None:
    Falls(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        Deadline().check()
    Deadline().check()
    Falls(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        Deadline(5).left()
    interrupts.raise_lost()


class Interrupted:
    """What a function of C is given while Ctrl-C comes."""

    @property
    def _as_parameter_(self) -> int:
        raise KeyboardInterrupt


def test_an_interrupt_that_ctypes_wraps_is_one() -> None:
    absolute = ctypes.CDLL(None).abs
    absolute.argtypes = [ctypes.c_int]
    for given, is_one in ((Interrupted(), True), ("no number", False)):
        with pytest.raises((ctypes.ArgumentError, KeyboardInterrupt)) as raised:
            absolute(given)
        assert interrupts.is_interrupt(raised.value) == is_one
    assert interrupts.is_interrupt(KeyboardInterrupt()) and not interrupts.is_interrupt(ValueError("KeyboardInterrupt"))


def test_only_complaints_about_the_solver_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Falls(ValueError("heard"))
    OfTheSolver(AttributeError("not heard"))
    assert "heard" in capsys.readouterr().err
    OfTheSolver(AttributeError("not heard"))
    assert capsys.readouterr().err == ""
    interrupts.raise_lost()
