"""DMA logging: checks in the order of the array, no dirty page lost, and every mistake with the log is found."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.explicit.compile import available
from checker.request import Settings
from checker.verdict import Verdict
from spec.lang import direct
from spec.lang.catalogue import catalogue
from spec.lang.frontend import load
from spec.lang.resolver import Resolver
from spec.uapi.dma_logging import DmaLogging
from spec.uapi.dma_logging_state import Number, Page, PageSize, Span
from tests.uapi.logging_rows import BUGS, PROPOSALS
from tests.uapi.row import Row

BASES = {"dma_logging": "spec.uapi.dma_logging:DmaLogging",
         "caching_tracker": "spec.uapi.dma_logging_tracker:CachingTracker"}  # fmt: skip
ENGINES: tuple[EngineName, ...] = ("c", "python") if available() else ("python",)
ROWS: dict[str, Row] = BUGS | PROPOSALS
MODULES = ("spec.uapi.history.dma_logging", "spec.uapi.proposals.dma_logging")
ENTRIES = {e.name: e for e in catalogue(Resolver()) if e.module in MODULES}

# states, transitions and refusals of a configuration
COUNTS = {
    "rules": (450, 26190, 322740),
    "traffic": (2450, 65154, 63644),
    "mtty": (40, 4200, 27080),
    "without": (2, 4, 842),
    "two-pages": (179, 609, 0),
}

# What START answers, from the rules: the number of ranges, then each range in turn (readable, a multiple of the page
# size, no wrap, no overlap with one before it), then the driver.
START = [
    (Number.NONE, Span.WRAPS, Span.WRAPS, PageSize.LARGE, "EINVAL"),
    (Number.TOO_MANY, Span.WRAPS, Span.WRAPS, PageSize.LARGE, "E2BIG"),
    (Number.ONE, Span.LOW_PAGE, Span.WRAPS, PageSize.SMALL, ""),
    (Number.TWO, Span.LOW_PAGE, Span.HIGH_PAGE, PageSize.SMALL, ""),
    (Number.TWO, Span.LOW_PAGE, Span.BOTH, PageSize.SMALL, "EINVAL"),
    (Number.ONE, Span.WRAPS, Span.BOTH, PageSize.SMALL, "EOVERFLOW"),
    # the same two mistakes in either order
    (Number.TWO, Span.LOW_PAGE, Span.WRAPS, PageSize.LARGE, "EINVAL"),
    (Number.TWO, Span.WRAPS, Span.LOW_PAGE, PageSize.LARGE, "EOVERFLOW"),
    # an overlap is seen after the second range was looked at by itself
    (Number.TWO, Span.BOTH, Span.WRAPS, PageSize.SMALL, "EOVERFLOW"),
    (Number.TWO, Span.BOTH, Span.LOW_PAGE, PageSize.LARGE, "EINVAL"),
    # the core takes an empty range and an odd page size
    (Number.ONE, Span.EMPTY, Span.BOTH, PageSize.SMALL, ""),
    (Number.TWO, Span.HIGH_PAGE, Span.EMPTY, PageSize.ODD, ""),
    (Number.TWO, Span.BOTH, Span.EMPTY, PageSize.TINY, "EINVAL"),
]

# Recorded of mtty: page_size below 4096 or no power of two EINVAL, a wrap EOVERFLOW, in this order.
REPORT = [
    (Span.BOTH, PageSize.TINY, "EINVAL"),
    (Span.WRAPS, PageSize.ODD, "EINVAL"),
    (Span.WRAPS, PageSize.SMALL, "EOVERFLOW"),
    (Span.BOTH, PageSize.LARGE, ""),
]


@functools.cache
def checked(target: str, engine: EngineName = "auto") -> SpecReport:
    return check(load(target), target, Plan(engine=engine))


def violated(report: SpecReport) -> dict[str, int | None]:
    """The shortest trace of each broken promise; None for a goal that is not reached."""
    broken = [r for r in report.results if r.verdict is Verdict.VIOLATED]
    lengths = {r.property: [len(x.trace.steps) for x in broken if x.property == r.property and x.trace] for r in broken}
    return {name: min(found) if found else None for name, found in lengths.items()}


def total(report: SpecReport) -> tuple[int, int, int]:
    found = [e for s in report.searched for e in s.searches]
    return sum(e.states for e in found), sum(e.transitions for e in found), sum(e.refusals for e in found)


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("engine", ENGINES)
def test_no_dirty_page_is_lost_in_any_configuration(name: str, engine: EngineName) -> None:
    report = checked(BASES[name], engine)
    assert all(s.complete for s in report.searched)
    assert violated(report) == {}
    for s in report.searched:
        found = (sum(e.states for e in s.searches), sum(e.transitions for e in s.searches),
                 sum(e.refusals for e in s.searches))  # fmt: skip
        assert COUNTS[s.instance.configuration] == found


@pytest.mark.parametrize("name", BASES)
def test_every_promise_is_put_to_the_test_somewhere(name: str) -> None:
    results = checked(BASES[name]).results
    assert {r.property for r in results} == {r.property for r in results if r.verdict is Verdict.HOLDS}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("number", "first", "second", "size", "errno"), START)
def test_the_errno_of_start_is_decided_by_the_order_of_the_array(
    strict: bool, number: Number, first: Span, second: Span, size: PageSize, errno: str
) -> None:
    with direct.universe(switches={"strict": strict, "mistakes": True}):
        run = direct.perform(DmaLogging(), "start", (number, first, second, size))
        assert errno == run.errno
        assert run.broken == ()


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("window", "size", "errno"), REPORT)
def test_the_errno_of_report(strict: bool, window: Span, size: PageSize, errno: str) -> None:
    with direct.universe(switches={"strict": strict, "mistakes": True}):
        spec = DmaLogging()
        assert direct.perform(spec, "start", (Number.ONE, Span.BOTH, Span.BOTH, PageSize.SMALL)).errno == ""
        assert errno == direct.perform(spec, "report", (window, size)).errno


def test_the_sample_driver_takes_every_order_and_the_strict_one_does_not() -> None:
    """Recorded: start, stop and report succeed in any order. A stop always does, as mlx5vf_stop_page_tracker() does."""
    start = ("start", (Number.ONE, Span.BOTH, Span.BOTH, PageSize.SMALL))
    report = ("report", (Span.BOTH, PageSize.SMALL))
    calls = [("stop", ()), report, start, start, report, ("stop", ()), ("stop", ()), report]
    for strict, expected in ((False, [""] * 8), (True, ["", "EINVAL", "", "EINVAL", "", "", "", "EINVAL"])):
        with direct.universe(switches={"strict": strict, "mistakes": True}):
            spec = DmaLogging()
            assert expected == [direct.perform(spec, name, args).errno for name, args in calls]


def test_logging_works_in_every_state_of_the_device() -> None:
    for frozen in (False, True):
        with direct.universe(switches={"mistakes": True}):
            spec = DmaLogging()
            if frozen:
                assert direct.perform(spec, "freeze").outcome == "done"
            for name, args in (("start", (Number.ONE, Span.BOTH, Span.BOTH, PageSize.SMALL)),
                               ("report", (Span.BOTH, PageSize.SMALL)), ("stop", ())):  # fmt: skip
                assert direct.perform(spec, name, args).outcome == "done"


@pytest.mark.parametrize(
    ("coarse", "window", "size", "named"),
    [
        (False, Span.BOTH, PageSize.SMALL, {Page.HIGH}),
        (False, Span.BOTH, PageSize.LARGE, {Page.LOW, Page.HIGH}),  # merged: one bit for both
        (True, Span.BOTH, PageSize.SMALL, {Page.LOW, Page.HIGH}),  # replicated: the log knows only both
        (True, Span.LOW_PAGE, PageSize.SMALL, {Page.LOW}),
        (False, Span.LOW_PAGE, PageSize.LARGE, set()),
    ],
)
def test_reports_are_coarser_or_finer_than_the_log(
    coarse: bool, window: Span, size: PageSize, named: set[Page]
) -> None:
    with direct.universe(switches={"traffic": True, "mistakes": True}):
        spec = DmaLogging()
        call = (Number.ONE, Span.BOTH, Span.BOTH, PageSize.SMALL)
        # neither the range nor memory is missing, then the tracker's page size, then the answer
        assert direct.perform(spec, "start", call, tape=(0, 0, int(coarse), 0)).outcome == "done"
        for p in Page:
            assert direct.perform(spec, "send", (p,)).outcome == "done"
        assert direct.perform(spec, "dma", (Page.HIGH,)).outcome == "done"
        assert direct.perform(spec, "report", (window, size)).outcome == "done"
        assert named == {p for p in Page if spec.bitmap[p]}


def test_a_start_whose_answer_faults_stops_the_log_again() -> None:
    with direct.universe(switches={"mistakes": True}):
        spec = DmaLogging()
        call = (Number.ONE, Span.BOTH, Span.BOTH, PageSize.SMALL)
        run = direct.perform(spec, "start", call, tape=(0, 0, 0, 1))
        assert ("EFAULT", "answer-faults", False) == (run.errno, run.reason, run.changed)
        assert direct.perform(spec, "start", call).outcome == "done"


@pytest.mark.parametrize("name", ROWS)
def test_a_variant_breaks_what_it_declares_and_nothing_else(name: str) -> None:
    report = checked(name)
    assert all(s.complete for s in report.searched)
    assert ROWS[name].breaks == violated(report)
    assert set(ENTRIES[name].breaks) == set(ROWS[name].breaks)
    assert (ROWS[name].states, ROWS[name].transitions, ROWS[name].refusals) == total(report)


@pytest.mark.parametrize("name", BUGS)
def test_the_edit_is_to_blame(name: str) -> None:
    base = load(BASES["caching_tracker" if name not in _of_the_calls() else "dma_logging"])
    promises = tuple(set(ROWS[name].breaks))
    same = replace(base, configurations=load(name).configurations)
    found = check(same, name, Plan(Settings(properties=promises)))
    assert {r.verdict for r in found.results} == {Verdict.HOLDS}


def test_a_device_that_is_silent_during_reports_needs_no_atomic_clear() -> None:
    promise = "every_write_is_known_or_still_logged"
    assert promise in violated(checked("read_and_clear_is_two_steps"))
    found = {r.verdict for r in checked("device_is_silent_during_reports").results if r.property == promise}
    assert {Verdict.HOLDS} == found


def _of_the_calls() -> set[str]:
    return {name for name, entry in ENTRIES.items() if entry.base == "DmaLogging"}


# What a person would walk through by hand, in this order.
TRACES = {
    ("report_returns_before_the_flush", "every_write_is_known_or_still_logged"): ["dma", "report", "send", "dma"],
    ("flush_before_the_clear", "every_write_is_known_or_still_logged"): [
        "report", "dma", "report.flushed", "report.cleared", "send", "dma",
    ],
    ("read_and_clear_is_two_steps", "every_write_is_known_or_still_logged"): ["report", "dma", "report.read"],
    ("recording_stops_at_the_pinned_pages", "every_write_is_known_or_still_logged"): [
        "start_range", "send", "dma", "report",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "promise"), TRACES)
def test_the_trace_is_the_one_worked_out_by_hand(name: str, promise: str) -> None:
    (trace,) = [r.trace for r in checked(name).results if r.property == promise and r.trace is not None]
    assert TRACES[name, promise] == [step.action for step in trace.steps]


def test_the_end_comes_with_the_device_stopped_and_the_log_read() -> None:
    """Without a stop of the log the same six steps would be five: the mistake is to rely on the stop."""
    (trace,) = [r.trace for r in checked("stop_before_the_final_report").results if r.trace is not None
                and r.property == "the_last_pass_sends_every_write"]  # fmt: skip
    names = [step.action for step in trace.steps]
    assert sorted(names) == ["dma", "finish", "freeze", "send", "start_range", "stop"]
    assert names.index("start_range") < names.index("send") < names.index("dma") < names.index("freeze")
