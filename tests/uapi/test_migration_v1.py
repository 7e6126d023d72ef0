"""Migration protocol v1: what it promises holds, the twelve problems break what they declare, and checks can fail."""

from __future__ import annotations

import functools
from dataclasses import replace
from itertools import pairwise

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.explicit.compile import available
from checker.request import Settings
from checker.verdict import Verdict
from spec.lang import direct
from spec.lang.catalogue import catalogue
from spec.lang.frontend import load
from spec.lang.resolver import Resolver
from spec.uapi.migration_v1 import MigrationV1
from spec.uapi.migration_v1_state import Device, Fault, documented, saving, valid
from tests.uapi.row import Row
from tests.uapi.v1_rows import BUGS, PROPOSALS

BASE = "spec.uapi.migration_v1:MigrationV1"
ENGINES: tuple[EngineName, ...] = ("c", "python") if available() else ("python",)
ROWS: dict[str, Row] = BUGS | PROPOSALS
MODULES = (
    "spec.uapi.history.migration_v1",
    "spec.uapi.proposals.migration_v1",
    "spec.uapi.proposals.migration_v1_clarified",
)
ENTRIES = {e.name: e for e in catalogue(Resolver()) if e.module in MODULES}

# states, transitions and refusals of a configuration
COUNTS = {"region": (1056, 10124, 22068), "world": (12, 138, 182), "peers": (144, 2640, 4368)}

# Counted by hand: w is a write of device_state, p o t the three steps of taking a chunk.
GOALS = {
    "a_device_is_shut_down": 1,  # w
    "a_device_is_saved": 9,  # w, p o t, p o t, p, w
    "a_device_migrates_live": 11,  # w, p o t, work, w, p o t, p, w
    "pre_copy_need_not_be_drained": 2,  # w, w
    "a_device_is_restored": 12,  # w, p o t, p o t, p, w, two chunks, w
}

# The table of the header, by hand: RESUMING, SAVING, RUNNING.
TABLE = {0b000: True, 0b001: True, 0b010: True, 0b011: True, 0b100: True, 0b101: False, 0b110: False, 0b111: False}
FLOWS = [(0b001, 0b000), (0b001, 0b010, 0b000), (0b001, 0b011, 0b010, 0b000), (0b001, 0b100, 0b001)]

# A promise that a problem breaks, and the clarification or proposal that keeps it.
KEPT = [
    ("stop_is_undefined", "a_stopped_device_writes_no_memory", "ideal_stopped_device"),
    ("stop_is_undefined", "a_stopped_device_keeps_its_state", "ideal_stopped_device"),
    ("stop_is_undefined", "a_faithful_replay_restores_the_state_in_stop_and_copy", "ideal_stopped_device"),
    ("devices_stop_one_by_one", "no_p2p_write_is_lost", "ndma_is_optional"),
    ("stopped_but_programmed", "the_interrupts_of_a_stopped_device_can_be_programmed", "external_state_is_exempt"),
    ("irqs_at_any_time", "programmed_interrupts_are_there_when_the_device_runs", "irqs_between_resuming_and_running"),
    ("irqs_at_any_time", "nothing_touches_a_device_that_saves_or_resumes", "irqs_between_resuming_and_running"),
    ("vectors_move", "the_host_listens_where_the_device_signals", "externally_controlled_state"),
    ("no_list_of_accesses", "what_a_resume_needs_is_allowed", "config_and_interrupts_always_work"),
    ("nothing_to_ask_about", "only_sets_that_can_be_silenced_migrate", "ndma_is_mandatory"),
    (
        "control_registers_beside_the_guests",
        "a_stream_goes_where_the_kernel_wants_it",
        "kernel_copies_the_stream",
    ),
    ("data_section_is_mapped", "bytes_come_out_of_a_session_that_lives", "data_in_a_file"),
    ("priority_order", "no_value_on_the_way_is_invalid", "clear_then_set"),
    ("clear_then_set", "a_write_that_fails_in_place_keeps_the_data", "one_bit_per_write"),
]


@functools.cache
def checked(target: str, engine: EngineName = "auto") -> SpecReport:
    return check(load(target), target, Plan(engine=engine))


def violated(report: SpecReport) -> dict[str, int | None]:
    """The shortest trace of each broken promise; None for a goal that is not reached."""
    found: dict[str, int | None] = {}
    for result in report.results:
        if result.verdict is Verdict.VIOLATED:
            steps = None if result.trace is None else len(result.trace.steps)
            before = found.get(result.property, steps)
            found[result.property] = None if steps is None or before is None else min(steps, before)
    return found


def verdicts(report: SpecReport, promise: str) -> set[Verdict]:
    return {r.verdict for r in report.results if r.property == promise}


def total(report: SpecReport) -> tuple[int, int, int]:
    found = [e for s in report.searched for e in s.searches]
    return sum(e.states for e in found), sum(e.transitions for e in found), sum(e.refusals for e in found)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_promise_of_the_header_holds(engine: EngineName) -> None:
    report = checked(BASE, engine)
    assert all(s.complete for s in report.searched)
    assert violated(report) == {}
    for s in report.searched:
        found = (sum(e.states for e in s.searches), sum(e.transitions for e in s.searches),
                 sum(e.refusals for e in s.searches))  # fmt: skip
        assert COUNTS[s.instance.configuration] == found


def test_nothing_is_promised_for_situations_that_never_come() -> None:
    report = checked(BASE)
    for name in {r.property for r in report.results}:
        assert Verdict.HOLDS in verdicts(report, name), name


@pytest.mark.parametrize("goal", GOALS)
def test_the_flows_of_the_header_take_the_steps_counted_by_hand(goal: str) -> None:
    (result,) = [r for r in checked(BASE).results if r.property == goal]
    assert result.trace is not None
    assert GOALS[goal] == len(result.trace.steps)


def test_the_predicates_are_the_table_of_the_header() -> None:
    with direct.universe():
        assert TABLE == {value: valid(value) for value in range(8)}
        assert [v for v in range(8) if saving(v)] == [0b010, 0b011]
        arrows = {step for flow in FLOWS for step in pairwise(flow)}
        assert arrows == {(a, b) for a in range(8) for b in range(8) if documented(a, b)}


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("value", range(8))
@pytest.mark.parametrize("old", [0b000, 0b001, 0b010, 0b011, 0b100, 0b110])
def test_a_write_ends_where_the_header_says(old: int, value: int, fault: Fault) -> None:
    """Forty-eight pairs, each served, refused and broken."""
    with direct.universe(Device=1, switches={"region": False}):
        spec = MigrationV1()
        (d,) = Device
        if old == 0b110:
            assert direct.perform(spec, "write_state", (d, 0, True), tape=(2,)).errno == "EIO"
        elif old != 0b001:
            assert direct.perform(spec, "write_state", (d, old, True)).outcome == "done"
        reads_fault = TABLE[value] and value != old and old != 0b110
        tape = (list(Fault).index(fault),) if reads_fault else ()
        run = direct.perform(spec, "write_state", (d, value, True), tape)
        expected = ("EIO", old) if old == 0b110 else ("EINVAL", old) if not TABLE[value] else ("", value)
        if reads_fault and fault is not Fault.NONE:
            expected = ("EIO", old if fault is Fault.KEEP else 0b110)
        assert expected == (run.errno, spec.device_state[d])
        assert run.broken == ()


def test_reserved_bits_are_looked_at_before_everything_else() -> None:
    with direct.universe(Device=1, switches={"region": False}):
        spec = MigrationV1()
        (d,) = Device
        for value in range(8):
            run = direct.perform(spec, "write_state", (d, value, False))
            assert (run.errno, run.reason, run.changed) == ("EINVAL", "reserved-bits", False)


def test_every_problem_has_a_row() -> None:
    assert {f"V{n:02}" for n in range(1, 13)} | {"M02"} == {row.id for row in BUGS.values()}


@pytest.mark.parametrize("name", ROWS)
def test_a_variant_breaks_what_it_declares_and_nothing_else(name: str) -> None:
    report = checked(name)
    assert all(s.complete for s in report.searched)
    assert ROWS[name].breaks == violated(report)
    assert set(ENTRIES[name].breaks) == set(ROWS[name].breaks)
    assert (ROWS[name].states, ROWS[name].transitions, ROWS[name].refusals) == total(report)


@pytest.mark.parametrize("name", ROWS)
def test_protocol_v1_keeps_its_own_promises_where_the_variant_breaks_them(name: str) -> None:
    """The same configurations without the edit: sizes, and what of the world is looked at."""
    base = load(BASE)
    promises = tuple(set(ROWS[name].breaks) & set(base.properties))
    if promises:
        same = replace(base, configurations=load(name).configurations)
        found = check(same, name, Plan(Settings(properties=promises)))
        assert {r.verdict for r in found.results} <= {Verdict.HOLDS, Verdict.VACUOUS}


@pytest.mark.parametrize(("problem", "promise", "answer"), KEPT)
def test_an_answer_keeps_what_the_problem_breaks(problem: str, promise: str, answer: str) -> None:
    assert Verdict.VIOLATED in verdicts(checked(problem), promise)
    assert Verdict.VIOLATED not in verdicts(checked(answer), promise)
    assert Verdict.HOLDS in verdicts(checked(answer), promise)


def test_no_order_of_stopping_avoids_the_second_problem() -> None:
    assert verdicts(checked("devices_stop_one_by_one"), "whoever_stops_first_is_exposed") == {Verdict.HOLDS}


def test_without_the_macro_nobody_ever_reads_an_error() -> None:
    """The promises about ERROR never get their premise."""
    report = checked("misspelt_error_macro")
    assert verdicts(report, "no_write_leaves_the_error") == {Verdict.VACUOUS}
    assert verdicts(report, "only_a_reset_leaves_the_error") == {Verdict.VACUOUS}


def test_a_careful_user_is_an_assumption_that_can_be_kept() -> None:
    """One device is silenced, the other stopped, and then the first: the last one to stop has nobody to write to."""
    (goal,) = [r for r in checked("ndma_is_optional").results if r.property == "all_devices_are_stopped_with_care"]
    assert goal.trace is not None
    assert ["write_ndma", "write_state", "write_state"] == [s.action for s in goal.trace.steps]
