"""The shipped spec of DMA ownership: what holds, in which kernel, over how many states, and that nothing is vacuous."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pytest

from checker.constants import as_slots, constant_choices
from checker.explicit.engine import explore
from checker.explorations import Limits
from checker.request import Settings, instances
from spec.lang.direct_explore import explore_direct
from spec.lang.direct_universe import universe
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from spec.lang.words_calls import everywhere
from spec.uapi.dma_ownership import DmaOwnership
from spec.uapi.dma_ownership_state import Group

# states, transitions, refusals at the latest era, all choices of constants together that no relabelling makes equal
COUNTS = {
    "core": (448, 3404, 6452),
    "members": (12177, 91371, 201846),
    "private": (19648, 144048, 157576),
    "boot": (10073, 66272, 87310),
    "pasid": (4972, 48495, 136881),
    "reset": (6885, 58260, 83148),
    "firmware": (3375, 19840, 14250),
    "groups": (3240, 19616, 14464),
    "vfio": (7170, 58032, 160382),
    "emulated": (2994, 20720, 34156),
    "progress": (3684, 27212, 8684),
}

# Met only by callers who break an axiom, or in a kernel without VFIO groups; the spec says so.
UNREACHABLE = {
    ("EINVAL", "no-cookie"), ("EBUSY", "foreign-domain"), ("EBUSY", "pasid-in-use"), ("ENODEV", "no-group-to-bind"),
}  # fmt: skip

NO_ROLLBACK = {
    "refused_calls_change_nothing",
    "hardware_uses_living_domains",
    "the_hardware_sees_only_the_old_and_the_new_domain",
}
NO_JOIN = {"owned_devices_reach_only_their_owners_memory", "userspace_dma_never_reaches_kernel_memory"}
NO_CLEANUP = {
    "owner_count_is_the_number_of_holders",
    "only_a_holder_keeps_a_claim_out",
    "no_warnings",
    "bounds_are_kept",
    "refused_calls_change_nothing",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One configuration searched at every choice of its constants."""

    counts: tuple[int, int, int]
    complete: bool
    violated: frozenset[str]
    goals: frozenset[str]
    missing_goals: frozenset[str]
    vacuous: frozenset[str]
    met: frozenset[str]
    live_sites: frozenset[int]
    sites: frozenset[int]
    actions: frozenset[str]
    done: frozenset[str]


@functools.cache
def machine() -> Machine:
    return load("spec.uapi.dma_ownership:DmaOwnership")


@functools.cache
def search(configuration: str, kernel: str | None = None, *switches: str) -> Found:
    (instance,) = instances(machine(), Settings(configuration=configuration, kernel=kernel, switches=switches))
    finite = ground(machine(), instance.sizes, instance.switches)
    limits = Limits(states=500_000)
    choices = constant_choices(finite, instance.constants)
    all_found = [explore(finite, as_slots(finite, c), limits) for c in choices]
    goals = frozenset(p.name for p in finite.properties if p.kind == "goal")
    # those about whole runs are asked elsewhere: `test_progress.py`; nothing is promised by lemmas
    unasked = ("leads_to", "lemma")
    asked = frozenset(p.name for p in finite.properties if p.premise is not None and p.kind not in unasked)
    found = frozenset(name for x in all_found for name in x.found)
    met = frozenset(name for x in all_found for name in x.premises)
    return Found(
        (sum(x.states for x in all_found), sum(x.transitions for x in all_found), sum(x.refusals for x in all_found)),
        all(x.complete for x in all_found), found - goals, found & goals, goals - found, asked - met, met,
        finite.live_sites, frozenset(s for x in all_found for s in x.sites),
        frozenset(a.name for a in finite.actions), frozenset(a for x in all_found for a in x.done_actions),
    )  # fmt: skip


@pytest.mark.parametrize("configuration", COUNTS)
def test_every_promise_holds_in_the_latest_era(configuration: str) -> None:
    found = search(configuration)
    assert set() == found.violated
    assert found.complete
    assert COUNTS[configuration] == found.counts


def test_the_configurations_are_those_counted_here_and_one_benchmark() -> None:
    assert list(COUNTS) == [i.configuration for i in instances(machine(), Settings())]
    assert [*COUNTS, "everything"] == list(machine().configurations)


def test_the_configurations_together_exercise_everything() -> None:
    all_found = [search(name) for name in COUNTS]
    met = frozenset[str]().union(*(f.met for f in all_found))
    reached = frozenset[str]().union(*(f.goals for f in all_found))
    assert set() == frozenset[str]().union(*(f.vacuous for f in all_found)) - met
    assert set() == frozenset[str]().union(*(f.missing_goals for f in all_found)) - reached
    assert set() == frozenset[str]().union(*(f.actions - f.done for f in all_found)) - frozenset[str]().union(
        *(f.done for f in all_found)
    )
    live = frozenset[int]().union(*(f.live_sites for f in all_found))
    dead = live - frozenset[int]().union(*(f.sites for f in all_found))
    sites = [machine().sites[n] for n in dead]
    assert UNREACHABLE == {(s.errno, s.reason) for s in sites if s.kind != "done"}


@pytest.mark.parametrize("configuration", COUNTS)
def test_every_promise_holds_in_the_longterm_kernel_of_the_traces(configuration: str) -> None:
    found = search(configuration, "6.12.y")
    assert set() == found.violated
    assert found.complete


@pytest.mark.parametrize(
    ("configuration", "explained"),
    [("core", NO_ROLLBACK), ("members", NO_ROLLBACK | NO_JOIN), ("private", NO_JOIN), ("groups", set()),
     ("emulated", set()), ("vfio", NO_ROLLBACK | NO_JOIN), ("firmware", NO_ROLLBACK | NO_JOIN | NO_CLEANUP)],
)  # fmt: skip
def test_what_the_oldest_profile_breaks_is_what_the_spec_explains(configuration: str, explained: set[str]) -> None:
    assert explained == search(configuration, "6.1.y").violated


@pytest.mark.parametrize(
    ("configuration", "switch", "broken"),
    [
        ("core", "rollback", "an_error_leaves_every_device_where_it_was"),
        ("core", "blocking_domain", "owned_devices_reach_only_their_owners_memory"),
        ("core", "trusted_drivers", "userspace_dma_never_reaches_kernel_memory"),
        ("core", "holders_attach", "a_group_nobody_holds_is_on_its_default_domain"),
        ("core", "reattach_succeeds", "no_warnings"),
        ("core", "attach_is_atomic", "members_use_the_domain_of_their_group"),
        ("core", "cookies_are_real", "no_warnings"),
        ("members", "hot_add_joins", "a_new_member_gets_the_domain_of_its_group"),
        ("firmware", "direct_guard", "groups_with_direct_mappings_are_never_claimed"),
        ("firmware", "no_direct_joiners", "hardware_uses_living_domains"),
        ("firmware", "postponed_attach_succeeds", "kernel_drivers_start_on_a_domain_made_for_them"),
        ("boot", "readiness_test", "kernel_drivers_start_on_a_domain_made_for_them"),
        ("boot", "claims_wait_for_boot", "owned_devices_reach_only_their_owners_memory"),
        ("boot", "done_tests_for_domain", "bounds_are_kept"),
        ("pasid", "sole_holders_use_pasids", "no_warnings"),
        ("reset", "reset_blocks_device", "resetting_devices_get_no_invalidations"),
        ("reset", "must_spares_reset_fence", "hardware_uses_living_domains"),
        ("reset", "done_sets_own_pasids", "resetting_devices_have_no_pasid_installed"),
        ("groups", "groups_are_closed", "devices_in_reach_never_mix_kernel_and_userspace"),
        ("vfio", "strict_lifetime", "no_warnings"),
        ("emulated", "claim_real_groups_only", "an_idle_group_can_join_a_container"),
    ],
)
def test_every_fix_and_axiom_carries_a_promise(configuration: str, switch: str, broken: str) -> None:
    assert broken in search(configuration, None, f"{switch}=false").violated


def test_the_direct_run_finds_the_same_states() -> None:
    sizes = {"Device": 2, "Group": 1, "Owner": 2, "TableId": 1}
    (instance,) = instances(machine(), Settings(configuration="core", sizes=("Device=2", "TableId=1")))
    finite = ground(machine(), instance.sizes, instance.switches)
    (constants,) = constant_choices(finite, instance.constants)
    expected = explore(finite, as_slots(finite, constants), Limits())
    with universe(Device=2, Group=1, Owner=2, TableId=1):
        home = everywhere(next(iter(Group)))
    on = dict.fromkeys(("attach_faults", "allocation_faults", "probe_faults", "stubs", "mistakes"), True)
    direct = explore_direct(DmaOwnership, sizes, on, {"home": home})
    assert (expected.states, expected.transitions, expected.refusals, expected.depth) == (
        direct.states, direct.transitions, direct.refusals, direct.depth,
    )  # fmt: skip
    assert {} == direct.violated
