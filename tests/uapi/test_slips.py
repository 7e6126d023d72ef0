"""Every slip in `slips.py` is found, by a trace as short as the one worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.explicit.compile import available
from checker.verdict import Verdict
from spec.lang.frontend import load
from spec.lang.machine import Machine

FILE = Path(__file__).with_name("slips.py")
ENGINES: tuple[EngineName, ...] = ("c", "python") if available() else ("python",)

# the steps to each broken promise, by hand
BY_HAND = {
    # bind a managed driver, claim, release: the file still works
    "ReleaseBeforeQuiesce": {"userspace_dma_never_reaches_kernel_memory": 3},
    # one claim whose switch fails
    "OwnerBeforeSwitch": {
        "refused_calls_change_nothing": 1,
        "an_error_leaves_the_group_as_it_was": 1,
        "a_group_has_an_owner_exactly_while_claimed": 1,
    },
    # bind without a group (uncounted), the group appears, unbind
    "UnuseWithoutZeroTest": {"bounds_are_kept": 3},
    # two devices come, the group is held (one bind or one claim), the idle one goes
    "RemovalDropsACount": {"owner_count_is_the_number_of_holders": 4},
    # claim of the group, bind, release; a kernel driver in place of the claim gives the warning
    "AnybodyReleases": {"a_group_has_an_owner_exactly_while_claimed": 3, "no_warnings": 3},
    # bind, attach, unbind; then the claim
    "PrivateDomainIsLeftBehind": {
        "a_group_nobody_holds_is_on_its_default_domain": 3,
        "an_idle_group_can_be_claimed": 4,
    },
    # bind, write
    "TypeTestsTheDomainOnly": {"the_default_domain_is_exchanged_only_while_nobody_holds_the_group": 2},
    # a device comes, its driver binds and counts; another device comes and its driver binds; the attach goes on
    "AttachAfterTheCount": {
        "a_private_domain_has_a_single_kernel_holder": 6,
        "ordinary_drivers_stay_on_the_default_domain": 6,
    },
    # two resets begin and end: after the second the first device stays blocked
    "SecondDoneIsIgnored": {"a_reset_ends": 4, "no_warnings": 4},
    # a device comes at boot, a driver is tried once, the default domain comes
    "DeferredProbeIsForgotten": {"a_deferred_probe_is_made_in_the_end": 4},
}


def slip(name: str) -> Machine:
    return load(f"{FILE}:{name}")


def shortest(found: SpecReport) -> dict[str, int]:
    """The steps to each broken promise."""
    return {
        r.property: len(r.trace.steps) for r in found.results if r.verdict is Verdict.VIOLATED and r.trace is not None
    }


def test_every_slip_is_worked_out() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert list(BY_HAND) == [line[6:].split("(")[0] for line in text.splitlines() if line.startswith("class ")]


@pytest.mark.parametrize("name", BY_HAND)
def test_a_slip_is_found_by_both_engines(name: str) -> None:
    machine = slip(name)
    assert set(machine.role.breaks) == set(BY_HAND[name])
    found = [check(machine, name, Plan(engine=engine)) for engine in ENGINES]
    assert all(s.complete for report in found for s in report.searched)
    for report in found:
        steps = shortest(report)
        assert {promise: steps.get(promise) for promise in BY_HAND[name]} == BY_HAND[name]
    traces = [{(r.configuration, r.property): r.trace for r in report.results} for report in found]
    assert all(here == traces[0] for here in traces)
