"""The switchover: both sides keep every promise, and each edit breaks what it should, as many steps away as derived."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.constants import as_slots, constant_choices
from checker.explicit.compile import available
from checker.explicit.engine import explore
from checker.explorations import Limits
from checker.request import Settings, instances
from checker.verdict import Verdict
from spec.lang.direct_explore import explore_direct
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from spec.uapi.switchover import Switchover
from spec.uapi.switchover_destination import SwitchoverDestination
from tests.uapi.switchover_rows import BUGS, CUT, DIRTY, FIRST, LOST, PROPOSALS, WHOLE

SOURCE = "spec.uapi.switchover:Switchover"
DESTINATION = "spec.uapi.switchover_destination:SwitchoverDestination"
FAST: EngineName = "c" if available() else "python"

# States, transitions and depth of each configuration: what a run printed, kept so that a change is seen.
STATES = {
    SOURCE: {
        "core": (291, 1593, 17),
        "faults": (4823, 19447, 25),
        "without-pre-copy": (4052, 13459, 29),
        "single": (227, 602, 16),
        "resets": (19044, 69787, 20),
        "three": (242935, 2171945, 36),
        "two-pages": (3011, 22655, 18),
        "interrupts": (4656, 59184, 21),
        "everything": (180920, 2022564, 23),
        "progress": (4823, 19447, 25),
        "refused": (4, 24, 2),
    },
    DESTINATION: {
        "core": (49, 122, 21),
        "faults": (248, 668, 21),
        "without-p2p": (60, 90, 9),
        "interrupts": (1539, 14781, 27),
        "resets": (54, 158, 21),
        "three": (2043, 11691, 33),
        "progress": (219, 605, 21),
    },
}

ROWS = {**BUGS, **PROPOSALS}


@functools.cache
def machine(target: str) -> Machine:
    return load(target)


def checked(target: str, configuration: str | None = None, *switches: str, engine: EngineName = FAST) -> SpecReport:
    settings = Settings(configuration=configuration, switches=switches)
    report = check(machine(target), target, Plan(settings, engine=engine))
    assert all(s.complete for s in report.searched)
    return report


def violated(report: SpecReport) -> dict[str, int]:
    """The shortest trace to each promise that is broken."""
    steps: dict[str, int] = {}
    for result in report.results:
        if result.verdict is Verdict.VIOLATED:
            assert result.trace is not None, f"{result.property} cannot be reached"
            steps[result.property] = min(steps.get(result.property, 10**6), len(result.trace.steps))
    return steps


def actions(report: SpecReport, promise: str) -> list[str]:
    """The calls of the trace that breaks a promise."""
    (trace,) = (r.trace for r in report.results if r.property == promise and r.trace is not None)
    return [step.action for step in trace.steps]


# --- the base ---


@pytest.mark.parametrize("target", STATES)
def test_every_promise_holds_in_every_configuration(target: str) -> None:
    report = checked(target)
    assert {Verdict.HOLDS} == {r.verdict for r in report.results}
    found = {
        s.instance.configuration: (
            sum(e.states for e in s.searches),
            sum(e.transitions for e in s.searches),
            max(e.depth for e in s.searches),
        )
        for s in report.searched
    }
    assert STATES[target] == found


def test_three_devices_are_reduced_by_symmetry() -> None:
    """Of the six orders of three devices nearly every state has all."""
    (search,) = (e for s in checked(SOURCE, "three").searched for e in s.searches)
    assert 5 * search.representatives < search.states <= 6 * search.representatives


@pytest.mark.parametrize(("target", "cls"), [(SOURCE, Switchover), (DESTINATION, SwitchoverDestination)])
def test_the_direct_run_finds_the_same_states(target: str, cls: type) -> None:
    sizes = {"Device": 2, "Page": 1}
    (instance,) = instances(machine(target), Settings(configuration="core"))
    finite = ground(machine(target), instance.sizes, instance.switches)
    (constants,) = constant_choices(finite, instance.constants)
    expected = explore(finite, as_slots(finite, constants), Limits())
    direct = explore_direct(cls, sizes, {}, {})
    assert (expected.states, expected.transitions, expected.refusals, expected.depth) == (
        direct.states, direct.transitions, direct.refusals, direct.depth,
    )  # fmt: skip
    assert {} == direct.violated


# --- the two counterexamples that were derived first ---


def test_two_devices_without_p2p_lose_a_write() -> None:
    report = checked("two_devices_without_p2p")
    calls = actions(report, LOST)
    assert ["arrive", "migrate", "pause", "set_state", "write_peer"] == sorted(calls)
    assert calls.index("set_state") < calls.index("arrive")
    assert 13 == len(actions(report, CUT))


def test_with_p2p_the_same_two_devices_lose_nothing() -> None:
    assert {} == violated(checked(SOURCE, "without-pre-copy"))


def test_a_report_before_the_stop_loses_a_page() -> None:
    report = checked("last_report_before_stop")
    calls = actions(report, DIRTY)
    assert ["migrate", "pause", "report", "send", "set_state", "set_state", "write_memory"] == sorted(calls)
    assert ["report", "write_memory"] == calls[-2:]
    assert 14 == len(actions(report, CUT))


# --- the edits ---


@pytest.mark.parametrize("name", ROWS)
def test_an_edit_breaks_what_was_derived_and_nothing_else(name: str) -> None:
    row = ROWS[name]
    report = checked(name)
    searches = [e for s in report.searched for e in s.searches]
    assert row.breaks == violated(report)
    assert (row.states, row.transitions, row.refusals) == (
        sum(e.states for e in searches),
        sum(e.transitions for e in searches),
        sum(e.refusals for e in searches),
    )
    assert row.told is None or row.told in row.breaks.values()
    assert machine(name).role.id == row.id
    assert set(machine(name).role.breaks) == set(row.breaks)


@pytest.mark.parametrize("name", [n for n in BUGS if n != "two_devices_without_p2p_resume"])
def test_the_edit_is_to_blame(name: str) -> None:
    """The spec that was edited keeps all promises under the same sizes and constants.

    The one left out drops the assumption that excludes its constants, so that nothing remains without the edit.
    """
    base = machine(DESTINATION if "Destination" in machine(name).bases[0] else SOURCE)
    known = set(base.switches)
    kept = {
        n: replace(c, switches={k: v for k, v in c.switches.items() if k in known})
        for n, c in machine(name).configurations.items()
    }
    same = replace(base, configurations=kept)
    found = {r.property for r in check(same, name, Plan(engine=FAST)).results if r.verdict is Verdict.VIOLATED}
    assert set() == found - {"a_migration_completes"}


# --- what docstrings say beyond the verdict ---


@pytest.mark.parametrize(
    ("target", "configuration", "switch", "broken"),
    [
        # a last report before the main pass is fine once nothing silent writes memory, and is not otherwise
        ("no_dma_at_all", "early-report", "tells_apart=true", {DIRTY: 9, CUT: 14}),
        ("only_peers_are_spared", None, "report_first=false", {}),
        # migrate, page, pause, to STOP, report, to STOP_COPY, touched; stream, complete
        ("stopped_devices_are_zapped", "misuse", "zaps=false", {CUT: 9}),
        # migrate, pause, both silent, d0 to STOP, d1 to ERROR, d1 writes, it arrives
        ("error_means_stopped", None, "error_is_silent=false", {"no_write_goes_astray": 8}),
        ("no_path_between_devices", None, "guests_abide=true", {}),
    ],
)
def test_a_switch_makes_the_difference(
    target: str, configuration: str | None, switch: str, broken: dict[str, int]
) -> None:
    assert broken == violated(checked(target, configuration, switch))


def test_a_dead_data_fd_tells_the_vmm_of_a_reset_by_the_host() -> None:
    assert {CUT: 17} == violated(checked("host_resets_while_saving", "from-stop"))
    assert {} == violated(checked("host_resets_while_saving", "pre-copy"))


@pytest.mark.parametrize(
    ("target", "configuration", "switch", "broken"),
    [
        (SOURCE, "core", "drains=false", {"silent_devices_have_no_write_on_its_way", LOST, CUT}),
        (SOURCE, "core", "one_pass=true", {LOST, CUT, FIRST}),
        (SOURCE, "core", "report_first=true", {DIRTY, CUT}),
        (SOURCE, "core", "log_stops_first=true", {DIRTY, CUT}),
        (SOURCE, "two-pages", "heeds_report_errors=false", {DIRTY, CUT}),
        (DESTINATION, "core", "one_pass=true", {LOST, FIRST}),
        (DESTINATION, "interrupts", "awaited=MEMORY", {"no_interrupt_is_lost"}),
        (
            DESTINATION,
            "interrupts",
            "overwrites_vectors=true",
            {"no_interrupt_is_lost", "a_set_leaves_the_vector_alone"},
        ),
        (DESTINATION, "faults", "validates=false", {"only_a_whole_stream_is_loaded", WHOLE}),
    ],
)
def test_every_step_of_the_order_carries_a_promise(
    target: str, configuration: str, switch: str, broken: set[str]
) -> None:
    assert broken == set(violated(checked(target, configuration, switch)))
