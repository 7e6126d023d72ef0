"""The solver against all values of a few variables, and every way in which it may fail to answer."""

from __future__ import annotations

import itertools
import os
import signal
import threading

import pytest
import z3

from checker.symbolic import solver as module
from checker.symbolic.solver import Deadline, Solver, Unknown
from tests.random_draw import Draw

WIDTH = 6


def random_clauses(draw: Draw, count: int) -> list[list[int]]:
    """Clauses of one to three literals over a few variables."""
    return [[(1 + draw.upto(WIDTH - 1)) * draw.pick([1, -1]) for _ in range(1 + draw.upto(2))] for _ in range(count)]


def models(clauses: list[list[int]], assumptions: list[int]) -> list[tuple[bool, ...]]:
    """All values of the variables that satisfy everything."""
    wanted = [*clauses, *([a] for a in assumptions)]
    return [
        row
        for row in itertools.product((False, True), repeat=WIDTH)
        if all(any(row[abs(v) - 1] == (v > 0) for v in clause) for clause in wanted)
    ]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("few", [0, 10_000])
def test_answers_models_and_cores(seed: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", few)
    draw, solver = Draw(seed, 0), Solver()
    solver.reserve(WIDTH)
    clauses: list[list[int]] = []
    for _ in range(5):
        more = random_clauses(draw, 3)
        clauses += more
        solver.add(more)
        for _ in range(4):
            chosen = [v for v in range(1, WIDTH + 1) if draw.chance(2)]
            assumptions = [v * draw.pick([1, -1]) for v in chosen]
            expected = models(clauses, assumptions)
            assert solver.solve(assumptions) == bool(expected)
            if expected:
                row = tuple(solver.value(v) for v in range(1, WIDTH + 1))
                fixed = {abs(v) for clause in clauses for v in clause} | set(chosen)
                assert any(all(m[v - 1] == row[v - 1] for v in fixed) for m in expected)
                assert all(solver.value(-v) != solver.value(v) for v in range(1, WIDTH + 1))
            else:
                assert set(solver.core()) <= set(assumptions)
                assert not models(clauses, solver.core())


def test_a_fresh_variable_is_a_new_one() -> None:
    solver = Solver()
    solver.add([[1, 2], [-7]])
    solver.reserve(5)
    first, second = solver.fresh(), solver.fresh()
    assert first > 7 and second > first
    solver.add([[-first], [second]])
    assert solver.solve() and not solver.value(first) and solver.value(second)


def test_a_variable_that_nothing_is_said_about_is_false() -> None:
    solver = Solver()
    solver.add([[1]])
    assert solver.solve() and solver.value(1) and not solver.value(9) and solver.value(-9)


def test_a_contradiction_needs_no_assumptions() -> None:
    solver = Solver()
    solver.add([[1], [-1, 2], [-2]])
    assert not solver.solve() and solver.core() == []
    assert not solver.solve([3]) and set(solver.core()) <= {3}


# --- no answer -----------------------------------------------------------------------------------------------------


def pigeons(holes: int) -> list[list[int]]:
    """One more pigeon than holes: no model, and no short way to see it."""

    def at(pigeon: int, hole: int) -> int:
        return 1 + pigeon * holes + hole

    clauses = [[at(p, h) for h in range(holes)] for p in range(holes + 1)]
    pairs = itertools.combinations(range(holes + 1), 2)
    return clauses + [[-at(p, h), -at(q, h)] for p, q in pairs for h in range(holes)]


def reason(solver: Solver) -> str:
    with pytest.raises(Unknown) as unknown:
        solver.solve()
    return unknown.value.reason


def test_a_time_limit_is_unknown() -> None:
    solver = Solver(Deadline(seconds=0.3))
    solver.add(pigeons(14))
    assert reason(solver) == "time"
    assert reason(solver) == "time", "and it stays over"


def test_a_full_memory_is_unknown() -> None:
    solver = Solver(Deadline(memory=1))
    solver.add([[1]])
    assert reason(solver) == "memory"


def test_an_interrupt_is_unknown() -> None:
    solver = Solver()
    solver.add(pigeons(14))
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        assert reason(solver) == "interrupt"
    finally:
        timer.join()


@pytest.mark.parametrize(
    ("said", "reason_given"),
    [
        ("canceled", "interrupt"),
        ("timeout", "interrupt"),
        ("max. memory exceeded", "memory"),
        ("(incomplete)", "(incomplete)"),
    ],
)
def test_what_z3_says_is_passed_on(said: str, reason_given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    solver = Solver()
    solver.add([[1]])
    monkeypatch.setattr(z3, "Z3_solver_check_assumptions", lambda *given: z3.Z3_L_UNDEF)
    monkeypatch.setattr(z3.Solver, "reason_unknown", lambda self: said)
    assert reason(solver) == reason_given


def test_there_is_no_model_after_no() -> None:
    solver = Solver()
    solver.add([[1]])
    assert solver.solve([1]) and not solver.solve([-1])
    with pytest.raises(AssertionError):
        solver.value(1)


def test_a_deadline_counts_from_its_making() -> None:
    assert Deadline().left() is None
    left = Deadline(seconds=1_000).left()
    assert left is not None and 0 < left <= 1_000
    Deadline(seconds=1_000, memory=1 << 50).check()
    with pytest.raises(Unknown, match="time"):
        Deadline(seconds=0).check()


def test_an_error_of_the_solver_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise z3.Z3Exception("out of memory")

    solver = Solver()
    solver.add([[1]])
    monkeypatch.setattr(z3, "Z3_solver_check_assumptions", fail)
    with pytest.raises(Unknown) as found:
        solver.solve()
    assert found.value.reason == "memory"
