"""What the docstrings of proposals say beyond their verdict: the variants that hold, and which half of one breaks."""

from __future__ import annotations

import pytest

from checker.check import Plan, SpecReport, check
from checker.request import Settings
from checker.verdict import Verdict
from spec.lang.frontend import load


def checked(target: str, *switches: str) -> SpecReport:
    report = check(load(target), target, Plan(Settings(switches=switches)))
    assert all(s.complete for s in report.searched)
    return report


def violated(target: str, *switches: str) -> set[str]:
    return {r.property for r in checked(target, *switches).results if r.verdict is Verdict.VIOLATED}


@pytest.mark.parametrize(
    ("target", "switch"),
    [
        ("every_port_driver_is_managed", "ports_with_dma_count=true"),
        ("release_may_fail", "callers_stay=true"),
        ("attaches_wait_for_the_reset", "attach_faults=false"),
    ],
)
def test_the_variant_that_is_said_to_hold_holds(target: str, switch: str) -> None:
    assert violated(target) != set()
    assert violated(target, switch) == set()


@pytest.mark.parametrize(
    ("target", "broken_in"),
    [
        ("hooks_in_buses", "one-bus-without"),
        ("every_port_driver_is_managed", "a-port-with-dma"),
        ("claim_skipped_without_operations", "without-operations"),
    ],
)
def test_only_the_half_that_is_blamed_breaks_anything(target: str, broken_in: str) -> None:
    found = [r for r in checked(target).results if r.verdict is Verdict.VIOLATED]
    assert {r.configuration for r in found} == {broken_in}
    assert {s.instance.configuration for s in checked(target).searched} > {broken_in}
