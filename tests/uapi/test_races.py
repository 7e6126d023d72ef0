"""The small specs of races: the correct protocols hold, every lock and assumption of theirs carries something."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.explicit.compile import available
from checker.verdict import Verdict
from spec.lang.catalogue import catalogue
from spec.lang.frontend import load
from spec.lang.resolver import Resolver
from tests.uapi.lassos import Lasso, checked, edited, lassos

ENGINES: tuple[EngineName, ...] = ("c", "python") if available() else ("python",)

# states and transitions of all configurations; no promise is broken
BASES = {
    "probe_at_boot": (27, 39),
    "claim_under_mutex": (89, 256),
    "firmware_is_reread": (135, 744),
    "bind_in_phases": (297, 686),
    "reset_and_attach": (494, 1136),
    "type_change_under_mutex": (12045, 33744),
    "vfio_removal": (14, 28),
    "mixed_backends": (39, 124),
}


def counts(report: SpecReport) -> tuple[int, int]:
    searches = [e for s in report.searched for e in s.searches]
    return sum(e.states for e in searches), sum(e.transitions for e in searches)


def test_the_table_names_every_base_in_the_folder() -> None:
    found = [e.name for e in catalogue(Resolver()) if ".races." in e.module]
    assert sorted(BASES) == sorted(found)


@pytest.mark.parametrize("name", BASES)
def test_the_correct_protocol_holds(name: str) -> None:
    for engine in ENGINES:
        report = check(load(name), name, Plan(engine=engine))
        assert all(s.complete for s in report.searched)
        assert BASES[name] == counts(report)
        broken = {r.property for r in report.results if r.verdict not in (Verdict.HOLDS, Verdict.VACUOUS)}
        assert broken == set()
        alone = {r.property for r in report.results if r.verdict is Verdict.VACUOUS}
        assert alone == set() or load(name).bases[0] == "DmaOwnership"


@pytest.mark.parametrize(
    ("name", "promise", "process", "stem"),
    [
        ("vfio_removal", "a_removal_ends", "remove", ("remove",)),
        ("wait_for_every_user", "a_removal_ends", "group_close", ("group_open", "remove")),
        ("bind_in_phases", "a_bind_ends", "bind", ("bind",)),
        # the claimer that holds the mutex while it waits for memory is not scheduled any more
        ("claim_under_mutex", "the_mutex_is_released", "claim", ("claim", "claim.group_mutex")),
        ("reset_and_attach", "a_reset_ends", "reset", ("reset", "reset.group_mutex")),
    ],
)
def test_a_thread_that_is_never_run_again_holds_everything_up(
    name: str, promise: str, process: str, stem: tuple[str, ...]
) -> None:
    assert lassos(checked(name, promise=promise, unfair=process)) == {promise: Lasso(stem)}


def test_a_mutex_that_is_not_handed_over_starves_a_waiter(tmp_path: Path) -> None:
    """Weak fairness lets another thread probe the device again and again before the first gets its lock."""
    weak = edited(tmp_path, "spec.uapi.races.probe_phases:BindInPhases",
                  '    bind = BindInPhases.bind.with_fairness("weak")\n')  # fmt: skip
    found = lassos(checked(weak, promise="a_bind_ends"))["a_bind_ends"]
    assert found.stem == ("bind",)
    assert {"bind", "bind.device_lock", "bind.configured", "bind.probing"} <= set(found.loop)


# what a person would walk through by hand: the call, then each block by the point at which it begins
TRACES = {
    ("flush_queue_races_removal", "bounds_are_kept"): [
        "start_flush_queue", "unplug", "unplug.device_lock", "unplug.group_mutex", "start_flush_queue.group_mutex",
    ],
    ("first_mapping_without_mutex", "resetting_devices_get_no_invalidations"): [
        "first_mapping", "reset", "reset.group_mutex", "first_mapping.deferred_not_yet_attached",
    ],
    ("last_file_decides", "no_warnings"): [
        "set_container", "get_device_fd", "unset_container", "set_container", "get_device_fd", "close", "close",
    ],
    # an unplug does as well as a bind: both hold the lock of the device and want the mutex
    ("type_change_under_device_locks", "no_lock_cycle"): [
        "bind", "bind.device_lock", "write_type", "write_type.group_mutex",
    ],
    ("claim_locks_twice", "no_lock_cycle"): ["claim", "claim.group_mutex"],
    ("group_outlives_its_devices", "no_warnings"): [
        "group_open", "remove", "remove.1", "remove.the_driver_is_gone", "set_container",
    ],
    ("probe_before_default_domain", "kernel_drivers_start_on_a_domain_made_for_them"): [
        "iommu_setup", "iommu_setup.group_mutex", "probe", "probe.group_mutex", "probe.configured",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "promise"), TRACES)
def test_the_trace_is_the_one_worked_out_by_hand(name: str, promise: str) -> None:
    """Steps of different threads may be in another order, those of one may not."""
    report = checked(name, promise=promise)
    (trace,) = [r.trace for r in report.results if r.verdict is Verdict.VIOLATED and r.trace is not None]
    wanted = TRACES[name, promise]
    steps = [step.action for step in trace.steps]
    assert sorted(wanted) == sorted(steps)
    for process in {step.partition(".")[0] for step in wanted}:
        mine = [[s for s in part if s.partition(".")[0] == process] for part in (wanted, steps)]
        assert mine[0] == mine[1]
