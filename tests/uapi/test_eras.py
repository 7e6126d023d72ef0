"""Every era and kernel profile of DMA ownership breaks what docs/eras.md explains, and nothing else."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest

from checker.check import Plan, check
from checker.constants import as_slots, constant_choices
from checker.explicit.engine import explore
from checker.explorations import Limits
from checker.request import Settings, instances
from checker.verdict import Verdict
from spec.lang.catalogue import catalogue
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from spec.lang.resolver import Resolver
from tests.uapi.lassos import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "eras.md"

# promise: shortest trace over all configurations, and why
Broken = dict[str, tuple[int, str]]

BEFORE_ROLLBACK: Broken = {
    "the_hardware_sees_only_the_old_and_the_new_domain": (2, "no roll-back"),
    "refused_calls_change_nothing": (2, "no roll-back"),
}
BEFORE_CLEANUP: Broken = {
    "only_a_holder_keeps_a_claim_out": (4, "B19"),
    "bounds_are_kept": (6, "B19"),
}
COUNT: Broken = {"owner_count_is_the_number_of_holders": (2, "B19")}
SERIES: Broken = BEFORE_ROLLBACK | BEFORE_CLEANUP | {"no_warnings": (3, "B10")}
FIRST_RELEASES: Broken = (
    BEFORE_ROLLBACK
    | BEFORE_CLEANUP
    | COUNT
    | {
        "refused_calls_change_nothing": (1, "no roll-back"),
        "hardware_uses_living_domains": (2, "no roll-back"),
        "a_group_that_nobody_holds_becomes_idle": (3, "B19"),
        "owned_devices_reach_only_their_owners_memory": (3, "B16"),
        "userspace_dma_never_reaches_kernel_memory": (4, "B16"),
        "no_warnings": (4, "B19"),
    }
)
ERAS: dict[str, Broken] = {
    "V5": SERIES,
    "V8": SERIES | COUNT,
    "E1": FIRST_RELEASES,
    "E2": FIRST_RELEASES,
    "E3": {},
    "E4": {},
    "E5": {},
}
# every profile is an era, perhaps with a fix of a later one
PROFILES = {"6.1.y": ("era=E1",), "6.12.y": ("era=E3", "readiness_test=true"), "7.0": ("era=E5",)}
UNREACHED = {"V5": {"an_owner_waits_on_the_blocking_domain"}, "V8": {"an_owner_waits_on_the_blocking_domain"}}


@functools.cache
def machine() -> Machine:
    return load("spec.uapi.dma_ownership:DmaOwnership")


def search(settings: Settings) -> tuple[dict[str, int], set[str]]:
    """The shortest trace to each broken promise, and the goals that no configuration reaches."""
    steps: dict[str, int] = {}
    goals: set[str] = set()
    reached: set[str] = set()
    for instance in instances(machine(), settings):
        finite = ground(machine(), instance.sizes, instance.switches)
        here = {p.name for p in finite.properties if p.kind == "goal"}
        goals |= here
        for choice in constant_choices(finite, instance.constants):
            found = explore(finite, as_slots(finite, choice), Limits(states=500_000))
            assert found.complete
            reached |= here & set(found.found)
            for name in set(found.found) - here:
                steps[name] = min(steps.get(name, 10**6), len(found.found[name].steps))
    return steps | search_runs(settings), goals - reached


def search_runs(settings: Settings) -> dict[str, int]:
    """The shortest lasso of each broken promise about whole runs."""
    promises = tuple(p.name for p in machine().properties.values() if p.kind in KINDS)
    report = check(machine(), "dma_ownership", Plan(replace(settings, properties=promises)))
    steps: dict[str, int] = {}
    for r in report.results:
        assert r.verdict in (Verdict.HOLDS, Verdict.VACUOUS, Verdict.VIOLATED)
        if r.trace is not None:
            steps[r.property] = min(steps.get(r.property, 10**6), len(r.trace.steps))
    return steps


def lengths(broken: Broken) -> dict[str, int]:
    return {name: steps for name, (steps, _) in broken.items()}


def test_every_era_and_profile_is_in_the_table() -> None:
    assert list(ERAS) == list(machine().enums["Era"].members)
    assert list(PROFILES) == list(machine().profiles)


@pytest.mark.slow
@pytest.mark.parametrize("era", [era for era in ERAS if era != "E5"])
def test_an_era_breaks_what_is_explained(era: str) -> None:
    """The latest era and the profile 6.12.y, which break nothing, are searched with their counts elsewhere."""
    steps, unreached = search(Settings(switches=(f"era={era}",)))
    assert lengths(ERAS[era]) == steps
    assert UNREACHED.get(era, set()) == unreached


@pytest.mark.parametrize("kernel", PROFILES)
def test_a_profile_is_an_era_of_the_table(kernel: str) -> None:
    profile, era = (
        [ground(machine(), i.sizes, i.switches).switches for i in instances(machine(), settings)]
        for settings in (Settings(kernel=kernel), Settings(switches=PROFILES[kernel]))
    )
    assert profile == era


def test_the_page_says_the_same() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == ["era", "kernels", "promise broken", "steps", "why"]
    said: dict[str, Broken] = {}
    for era, _, promise, steps, why in rows[2:]:
        told = said.setdefault(era, {})
        if promise != "nothing":
            told[promise] = (int(steps), why)
    assert said == ERAS


def test_every_reason_is_a_shipped_bug_or_a_paragraph_of_the_page() -> None:
    ids = {entry.id for entry in catalogue(Resolver())}
    reasons = {why for broken in ERAS.values() for _, why in broken.values()}
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    paragraphs = {line[4:].split(".**")[0] for line in lines if line.startswith("* **")}
    assert {why.lower() for why in reasons} == {p.lower() for p in paragraphs}
    assert reasons - ids == {"no roll-back"}
