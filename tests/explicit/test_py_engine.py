"""The search in generated Python: limits are truthful, memos change nothing but speed, and faults of ours are seen."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest

from checker import slow
from checker.explicit import compile, engine, py_memo, py_search
from checker.explicit.py_runtime import Run
from checker.explicit.py_steps import step_reach
from checker.explorations import Exploration, Limits, Progress
from spec.lang.errors import EngineError
from spec.lang.types import BOOL, NONE
from tests.build import Build
from tests.explicit import c_corpus
from tests.explicit.family import closed_form, family
from tests.machines_by_hand import claim_machine, door_machine
from tests.words import FALSE, TRUE, no, put, require, when

SIZE = (6, 3, 2, 1)


UNLIMITED = Limits()


def found_by(limits: Limits = UNLIMITED) -> Exploration:
    return py_search.explore(*family(*SIZE), limits)


def plain(found: Exploration) -> Exploration:
    return replace(found, seconds=0.0, extra={}, engine="", words=0)


# --- the tape ---------------------------------------------------------------------------------------------------


def test_tapes_run_like_an_odometer() -> None:
    tapes: list[tuple[int, ...]] = []
    tape: list[int] | None = []
    while tape is not None:
        run = Run(tape)
        if run.take(2) == 0:
            run.take(1)
            run.take(3)
        tapes.append(tuple(run.tape[: run.place]))
        tape = run.next_tape()
    assert tapes == [(0, 0, 0), (0, 0, 1), (0, 0, 2), (1,)]


# --- limits -----------------------------------------------------------------------------------------------------


def test_a_complete_search_says_so() -> None:
    found = found_by()
    assert (True, "", closed_form(*SIZE)) == (found.complete, found.stopped, found.states)
    assert found.depth == found.checked_depth
    assert (found.engine, found.words) == ("python", 1)


@pytest.mark.parametrize("states", [1, 2, 50, 700])
def test_a_limit_on_states(states: int) -> None:
    found = found_by(Limits(states=states))
    assert (found.stopped, found.complete) == ("states", False)
    assert states <= found.states < closed_form(*SIZE)
    assert found.checked_depth < found.depth


def test_a_limit_on_depth_checks_the_last_level_without_expanding_it() -> None:
    found = py_search.explore(door_machine(), {}, Limits(depth=1))
    assert (found.stopped, found.checked_depth, found.depth, found.states) == ("depth", 1, 1, 3)
    assert {"opened", "never_locked"} == set(found.found)


def test_a_limit_on_time_stops_at_once() -> None:
    ground, constants = family(10, 5, 2, 2)
    began = time.monotonic()
    found = py_search.explore(ground, constants, Limits(seconds=0.3))
    assert (found.stopped, found.complete) == ("time", False)
    assert 0.3 <= time.monotonic() - began < 5
    assert found.checked_depth < found.depth


def test_a_limit_on_memory_holds_roughly() -> None:
    ground, constants = family(10, 5, 2, 2)
    most = 8 << 20
    found = py_search.explore(ground, constants, Limits(memory=most))
    assert (found.stopped, found.complete) == ("memory", False)
    assert most / 2 < found.extra["memory_bytes"] < most * 2


def test_an_interrupt_leaves_a_truthful_part() -> None:
    ground, constants = family(10, 5, 2, 2)
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 3:
            raise KeyboardInterrupt

    found = py_search.explore(ground, constants, Limits(), report)
    assert (found.stopped, found.complete) == ("interrupt", False)
    assert found.states == seen[-1].states
    assert [p.states for p in seen] == sorted(p.states for p in seen)
    assert all(0.15 < b.seconds - a.seconds < 2 for a, b in itertools.pairwise(seen))
    limited = py_search.explore(ground, constants, Limits(depth=found.checked_depth))
    assert limited.states <= found.states


# --- memos ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [0.0, 8.0, 64.0])
@pytest.mark.parametrize("limit", [0, 10**9])
def test_memos_change_nothing_but_speed(monkeypatch: pytest.MonkeyPatch, room: float, limit: int) -> None:
    machines = {"family": family(*SIZE)} | {n: (b(), c_corpus.constants_of(b())) for n, b in c_corpus.ALL.items()}
    limits = Limits(states=900)
    expected = {name: plain(py_search.explore(*case, limits)) for name, case in machines.items()}
    monkeypatch.setattr(py_search, "ROOM", room)
    monkeypatch.setattr(py_search, "MEMO_LIMIT", limit)
    monkeypatch.setattr(py_search, "BATCH", 4)
    monkeypatch.setattr(py_search, "REVIEW", 2)
    for name, case in machines.items():
        assert expected[name] == plain(py_search.explore(*case, limits)), name


def test_a_memo_that_does_not_pay_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(py_search, "ROOM", 64.0)
    monkeypatch.setattr(py_search, "MEMO_LIMIT", 20)
    monkeypatch.setattr(py_search, "BATCH", 8)
    monkeypatch.setattr(py_search, "REVIEW", 1)
    search = py_search.PySearch(*family(*SIZE), Limits())
    assert len(search.sources) == 1
    search.run()
    assert len(search.classes) == len(search.sources)
    assert plain(found_by()) == plain(search.exploration())


def test_groups_keep_the_order_of_steps() -> None:
    ground, constants = family(4, 2, 1, 1)
    search = py_search.PySearch(ground, constants, Limits())
    search.run()
    twin = slow.explore(ground, constants)
    assert plain(replace(search.exploration(), words=0)) == plain(twin)
    for place, state in enumerate(search.order):
        entries = [source.entry(state) for source in search.sources]
        assert all(tuple(sorted(e.turns)) == e.turns for e in entries), place


def test_one_change_by_two_classes_comes_at_its_first_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(py_search, "ROOM", 2.0)
    b = Build("Turns")
    a, c = b.field("a", BOOL, FALSE), b.field("c", BOOL, FALSE)
    b.field("b", BOOL, FALSE)
    b.action("first", {}, put("a", TRUE), kind="kernel", returns=NONE)
    b.action("second", {}, put("b", TRUE), kind="kernel", returns=NONE)
    b.action("third", {}, when(no(c), put("a", TRUE)), kind="kernel", returns=NONE)
    b.action("fourth", {}, require(a), put("c", TRUE), kind="kernel", returns=NONE)
    ground = b.ground()
    search = py_search.PySearch(ground, {}, Limits())
    assert [py_memo.Group, py_memo.StepClass] == [type(source) for source in search.sources]
    search.run()
    assert [0b000, 0b001, 0b100, 0b101] == search.order[:4]
    assert plain(slow.explore(ground, {})) == plain(search.exploration())


# --- our own mistakes are noticed -------------------------------------------------------------------------------


def outcomes_differ() -> bool:
    """True if the search differs from the slow twin, or finds a contradiction in itself."""
    ground = claim_machine(3, rollback=False)
    try:
        found = py_search.explore(ground, {}, Limits())
    except (AssertionError, LookupError):
        return True
    return plain(found) != plain(slow.explore(ground, {}))


@pytest.mark.parametrize("slot", range(6))
def test_a_mask_that_is_too_small_is_noticed(monkeypatch: pytest.MonkeyPatch, slot: int) -> None:
    """Three domains, the owner, the number of members and the first of them; the last member follows from the rest."""
    assert not outcomes_differ()
    monkeypatch.setattr(py_search, "step_reach", lambda *a: step_reach(*a) - {slot})
    assert outcomes_differ()


def test_a_forgotten_tape_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "next_tape", lambda run: None)
    assert outcomes_differ()


def test_a_wrong_order_of_discovery_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = py_search.PySearch._discover
    monkeypatch.setattr(py_search.PySearch, "_discover", lambda self, s, e: right(self, s, [_backwards(x) for x in e]))
    assert outcomes_differ()


def _backwards(entry: py_memo.Entry) -> py_memo.Entry:
    return py_memo.Entry(entry.counts, entry.deltas[::-1], entry.turns, entry.events)


# --- which engine runs ------------------------------------------------------------------------------------------


def test_without_a_compiler_auto_takes_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile, "available", lambda: False)
    assert engine.explore(door_machine(), {}, Limits()).engine == "python"
    with pytest.raises(EngineError, match="hint: install gcc or clang"):
        engine.explore(door_machine(), {}, Limits(), engine="c")


def test_python_is_taken_when_asked_for() -> None:
    assert engine.explore(door_machine(), {}, Limits(), engine="python").engine == "python"


@pytest.mark.skipif(not compile.available(), reason="no C compiler")
def test_with_a_compiler_auto_takes_c() -> None:
    assert engine.explore(door_machine(), {}, Limits()).engine == "c"


def test_an_unknown_engine_is_an_error() -> None:
    with pytest.raises(EngineError, match="no engine 'fast'"):
        engine.explore(door_machine(), {}, Limits(), engine="fast")  # type: ignore[arg-type]
