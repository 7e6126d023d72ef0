"""The visited set of generated C: growth, useless hashes, limits, memory per state, interruption."""

from __future__ import annotations

import itertools
import signal
import threading
import time

import pytest

from checker.explicit import c_engine, compile
from checker.explicit.c_engine import CSearch
from checker.explorations import Limits, Progress
from spec.lang.ground import GroundMachine
from spec.lang.types import NONE
from tests.build import Build, bounded, compare, lit, plus, put, require
from tests.explicit import c_corpus
from tests.machines_by_hand import claim_machine

pytestmark = pytest.mark.skipif(not c_engine.available(), reason="no C compiler")

WEAK = ("-O1", "-DWEAK_HASH")


def grid(sides: int, length: int, filler: int = 0) -> GroundMachine:
    """`sides` counters from 0 to `length` - 1; `filler` fields that one step fills make the state wider."""
    b = Build(f"Grid{sides}x{length}")
    kind = bounded(0, length - 1)
    for side in range(sides):
        f = b.field(f"x{side}", kind, lit(0))
        b.action(
            f"up{side}",
            {},
            require(compare(f, "<", lit(length - 1))),
            put(f"x{side}", plus(f, 1)),
            kind="kernel",
            returns=NONE,
        )
    for place in range(filler):
        b.field(f"y{place}", bounded(0, 1 << 20), lit(place))
        b.action(f"fill{place}", {}, put(f"y{place}", lit(place)), kind="kernel", returns=NONE)
    return b.ground()


def test_no_state_is_lost_over_many_growths() -> None:
    found = c_engine.explore(grid(3, 60), {}, Limits())
    assert (60**3, 3 * 59 * 60 * 60, 3 * 59) == (found.states, found.transitions, found.depth)
    assert {"no_deadlock"} == set(found.found)
    assert 3 * 59 == len(found.found["no_deadlock"].steps)


@pytest.mark.parametrize("filler", [0, 3, 9])
def test_states_keep_their_numbers_through_growth(filler: int) -> None:
    with CSearch(grid(3, 20, filler), {}) as search:
        search.run()
        assert 20**3 == search.stats().states
        assert all(search.index_of(search.state(i)) == i for i in range(20**3))
        levels = [sum(search.state(i)[:3]) for i in range(20**3)]
        assert sorted(levels) == levels


@pytest.mark.parametrize("machine", [grid(3, 10), claim_machine(4), c_corpus.calls()], ids=lambda m: m.machine.name)
def test_a_useless_hash_costs_time_but_no_state(machine: GroundMachine) -> None:
    sound = c_engine.explore(machine, {}, Limits())
    with CSearch(machine, {}, flags=WEAK) as search:
        search.run()
        weak = search.exploration(0.0, {})
        assert all(search.index_of(search.state(i)) == i for i in range(weak.states))
    assert (sound.states, sound.transitions, sound.found) == (weak.states, weak.transitions, weak.found)


@pytest.mark.parametrize(("sides", "filler"), [(3, 0), (4, 0), (3, 9)])
def test_the_visited_set_keeps_to_its_budget(sides: int, filler: int) -> None:
    for length in (12, 14, 17, 19, 22):
        found = c_engine.explore(grid(sides, length, filler), {}, Limits())
        assert found.states * (1.5 * 8 * found.words + 4) + 8192 >= found.extra["visited_bytes"]


def test_a_memory_limit_gives_a_truthful_part() -> None:
    whole = c_engine.explore(grid(3, 60), {}, Limits())
    part = c_engine.explore(grid(3, 60), {}, Limits(memory=500_000))
    assert ("memory", False) == (part.stopped, part.complete)
    assert 10_000 < part.states < whole.states and part.extra["visited_bytes"] <= 500_000
    level = part.checked_depth
    assert 0 < level < part.depth
    at_level = c_engine.explore(grid(3, 60), {}, Limits(depth=level + 1))
    assert at_level.states <= part.states


def test_a_memory_limit_below_the_first_state_is_no_crash() -> None:
    found = c_engine.explore(grid(1, 3), {}, Limits(memory=1))
    assert ("memory", 0, -1) == (found.stopped, found.states, found.checked_depth)


def test_limits_of_states_depth_and_time() -> None:
    ground = grid(3, 60)
    assert ("states", 1000) <= (lambda e: (e.stopped, e.states))(c_engine.explore(ground, {}, Limits(states=1000)))
    deep = c_engine.explore(ground, {}, Limits(depth=5))
    assert ("depth", 56, 5, 5, False) == (deep.stopped, deep.states, deep.depth, deep.checked_depth, deep.complete)
    late = c_engine.explore(ground, {}, Limits(seconds=0))
    assert ("time", 1, -1) == (late.stopped, late.states, late.checked_depth)


def test_interruption_ends_the_search_with_what_was_found() -> None:
    ground = grid(6, 22)
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.7, lambda: signal.pthread_kill(main, signal.SIGINT))
    began = time.monotonic()
    with CSearch(ground, {}, Limits(seconds=60)) as search:
        timer.start()
        search.run()
        found = search.exploration(0.0, {})
    assert ("interrupt", False) == (found.stopped, found.complete)
    assert found.states > 1000 and time.monotonic() - began < 20


@pytest.mark.parametrize("begun", [True, False])
def test_ctrl_c_while_the_search_is_being_started(begun: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it has begun it is stopped before its memory is freed; where it has not it never does, and that is said."""
    threads: list[threading.Thread] = []
    real = threading.Thread.start

    def start(self: threading.Thread) -> None:
        threads.append(self)
        if begun:
            real(self)
            time.sleep(0.3)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", start)
    with CSearch(grid(6, 22), {}, Limits(seconds=60)) as search:
        if begun:
            search.run()
            assert search.exploration(0.0, {}).stopped == "interrupt"
        else:
            with pytest.raises(KeyboardInterrupt):
                search.run()
    monkeypatch.undo()
    (thread,) = threads
    if not begun:
        thread.start()  # too late: it must not touch what is freed by now
    thread.join(60)
    assert not thread.is_alive()


def test_progress_is_reported_while_the_search_runs() -> None:
    seen: list[Progress] = []
    found = c_engine.explore(grid(6, 22), {}, Limits(seconds=1), seen.append)
    assert "time" == found.stopped and len(seen) >= 3
    assert all(a.states <= b.states and a.depth <= b.depth for a, b in itertools.pairwise(seen))
    assert all(p.queue >= 0 and p.states <= found.states for p in seen)


def test_a_failing_report_does_not_leave_the_search_running() -> None:
    def report(_: Progress) -> None:
        raise RuntimeError("the terminal is gone")

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="the terminal is gone"):
        c_engine.explore(grid(6, 22), {}, Limits(seconds=60), report)
    assert before == threading.active_count()


def test_the_flags_fit_the_size_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UAPICHECK_CFLAGS", raising=False)
    assert "-O2" in compile.flags_for("x" * 10)
    assert "-O1" in compile.flags_for("x" * (compile.LARGE + 1))
    monkeypatch.setenv("UAPICHECK_CFLAGS", "-O3 -g")
    assert ("-O3", "-g") == compile.flags_for("")
