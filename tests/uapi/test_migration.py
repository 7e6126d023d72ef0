"""The shipped specs of one migrating device: what holds over how many states, and what habits of drivers break."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.explicit.compile import available
from checker.lint import lint
from checker.request import Settings
from checker.verdict import Verdict
from spec.lang.direct_explore import explore_direct
from spec.lang.frontend import load
from spec.uapi.migration import Migration
from tests.uapi.lassos import Lasso, checked, lassos

ENGINES: tuple[EngineName, ...] = ("c", "python") if available() else ("python",)
MIGRATION = "spec.uapi.migration:Migration"
RACE = "spec.uapi.migration_reset:ResetRace"

# states, transitions and refusals of each configuration
COUNTS = {
    "arcs": (88, 1942, 2460),
    "requests": (65, 3074, 65459),
    "unsupported": (3, 4, 1188),
    "streams": (432, 14531, 30462),
    "background": (196, 10569, 75677),
    "patient": (60, 680, 1306),
}
RACE_COUNTS = {"deferred": (5060, 13501, 0), "direct": (2834, 8553, 0), "parent": (10944, 39470, 0)}

# what lint finds and the docstrings explain: habits that no configuration has, and a promise that is a refusal
FINDINGS = {
    ("never-in-force", "bad-header-kept"),
    ("never-in-force", "killed-by-an-oops"),
    ("dead-refusal", "the-walk-does-not-end"),
    ("action-never-done", "seek"),
}

# steps to each promise that the sample driver breaks
MTTY = {
    "a_session_is_there_exactly_in_the_states_that_have_one": 2,  # SET STOP_COPY, close
    "hardware_tracks_only_while_it_is_asked_to": 2,               # SET PRE_COPY, close
    "only_a_whole_stream_is_loaded": 3,                           # SET RESUMING, write rubbish, SET STOP
    "a_pause_is_told_from_the_end": 3,                            # SET PRE_COPY, read, read
    "a_stream_goes_on_between_saving_states": 5,                  # SET PRE_COPY, close, open, bind, SET STOP_COPY
    "every_request_ends": 5,                                      # as the next
    "no_warnings": 5,                                             # SET RESUMING, close, open, bind, SET STOP
}  # fmt: skip


@functools.cache
def report(
    *switches: str, kernel: str | None = None, config: str | None = None, engine: EngineName = "auto"
) -> SpecReport:
    settings = Settings(configuration=config, kernel=kernel, switches=switches)
    return check(load(MIGRATION), "migration", Plan(settings, engine=engine))


def violated(found: SpecReport) -> dict[str, int]:
    """The steps to each broken promise."""
    lengths: dict[str, int] = {}
    for r in found.results:
        if r.verdict is Verdict.VIOLATED and r.trace is not None:
            lengths[r.property] = min(lengths.get(r.property, 10**6), len(r.trace.steps))
    return lengths


def counts(found: SpecReport) -> dict[str, tuple[int, int, int]]:
    """States, transitions and refusals of each configuration, all choices of constants together."""
    return {
        s.instance.configuration: (
            sum(e.states for e in s.searches),
            sum(e.transitions for e in s.searches),
            sum(e.refusals for e in s.searches),
        )
        for s in found.searched
    }


# --- the strict driver ---


@pytest.mark.parametrize("engine", ENGINES)
def test_a_strict_driver_keeps_every_promise(engine: EngineName) -> None:
    found = report(engine=engine)
    assert {} == violated(found)
    assert all(s.complete for s in found.searched)
    assert COUNTS == counts(found)
    assert {Verdict.HOLDS, Verdict.VACUOUS} >= {r.verdict for r in found.results}


def test_no_promise_is_vacuous_everywhere() -> None:
    met = {r.property for r in report().results if r.verdict is Verdict.HOLDS}
    assert {r.property for r in report().results} == met


def test_everything_is_exercised_but_for_what_is_explained() -> None:
    assert FINDINGS == {(f.code, f.name) for f in lint(load(MIGRATION), report().searched, report().results)}


def test_the_direct_run_finds_the_same_states() -> None:
    switches = {"streams": True, "asynchronous": True, "patience": True}
    found = explore_direct(Migration, {"File": 1}, switches, {"p2p": False, "pre_copy": True})
    assert COUNTS["patient"] == (found.states, found.transitions, found.refusals)


# --- other drivers ---


def test_what_the_sample_driver_breaks() -> None:
    assert MTTY == violated(report(kernel="mtty"))


def test_the_sample_driver_reaches_the_dereference_of_nothing() -> None:
    found = report(kernel="mtty", config="streams")
    (trace,) = [r.trace for r in found.results if r.property == "no_warnings" and r.trace is not None]
    assert ["set_state", "close", "open", "bind", "set_state"] == [step.action for step in trace.steps]


def test_a_driver_that_asks_the_core_in_error_is_warned() -> None:
    assert {"no_warnings": 2} == violated(
        report(kernel="mlx5", config="arcs")
    )  # a request that breaks the device, and another one


@pytest.mark.parametrize(
    ("broken", "config", "habits"),
    [
        ("no_warnings", "arcs", ("warns_in_error",)),
        ("a_session_is_there_exactly_in_the_states_that_have_one", "arcs", ("keeps_state_over_close",)),
        ("every_request_ends", "arcs", ("keeps_state_over_close", "trusts_its_file")),
        ("only_a_whole_stream_is_loaded", "streams", ("accepts_corrupt_stream",)),
        ("a_pause_is_told_from_the_end", "streams", ("pause_looks_like_end",)),
    ],
)
def test_each_habit_costs_a_promise(broken: str, config: str, habits: tuple[str, ...]) -> None:
    assert broken not in violated(report(config=config))
    assert broken in violated(report(*(f"{habit}=true" for habit in habits), config=config))


@pytest.mark.parametrize(
    ("piece", "broken"),
    [
        ("way_back_is_blocked", "walks_stay_in_the_group_of_both_ends"),
        ("group_is_open_inside", "walks_stay_in_the_group_of_both_ends"),
        ("saving_is_no_passage", "a_failed_walk_ends_on_its_way"),  # and nothing else: only a failure shows the way
    ],
)
def test_each_piece_of_the_rule_carries_a_promise(piece: str, broken: str) -> None:
    assert broken in violated(report(f"{piece}=false", config="arcs"))


# --- the race with a reset ---


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reset_and_a_request_get_along(engine: EngineName) -> None:
    found = check(load(RACE), "reset_race", Plan(engine=engine))
    assert {} == violated(found)
    assert RACE_COUNTS == counts(found)
    assert {Verdict.HOLDS} == {r.verdict for r in found.results}


EDIT = """from spec.lang import *
from spec.uapi.migration_reset import ResetRace
from spec.uapi.races.tasks import Task


class Edit(ResetRace):
    "A mistake on purpose."

"""

AGAIN_AND_AGAIN = """    @leads_to
    def it_ends(self, t: Task) -> Promise:
        "Whatever the others do."
        return leads_to(at(t, "set_state"), idle(t))
"""

NOBODY_WAKES = """    def wake(self) -> None:
        "Readers sleep on."
"""

NOBODY_TELLS = """    def settle(self) -> None:
        "The state is left as it was."
        self.disable_files()
        self.owed = False
"""


@pytest.mark.parametrize(
    ("text", "promise"),
    [
        (AGAIN_AND_AGAIN, "it_ends"),  # resets without end keep the one who would let the mutex go
        (NOBODY_WAKES, "a_reader_of_a_dead_file_wakes"),
        (NOBODY_TELLS, "a_session_is_there_exactly_in_the_states_that_have_one"),
    ],
)
def test_each_part_of_the_protocol_is_needed(text: str, promise: str, tmp_path: Path) -> None:
    path = tmp_path / "edit.py"
    path.write_text(f'"""A mistake on purpose."""\n\n{EDIT}{text}', encoding="utf-8")
    assert promise in violated(checked(f"{path}:Edit", config="deferred"))


def test_a_holder_of_the_mutex_that_never_runs_again_keeps_a_reset_from_ending() -> None:
    found = lassos(checked(RACE, config="deferred", promise="a_reset_comes_to_running", unfair="set_state"))
    ((_, lasso),) = found.items()
    assert isinstance(lasso, Lasso)
    assert {"set_state", "set_state.state_mutex", "reset", "reset.memory_map"} <= {*lasso.stem}
