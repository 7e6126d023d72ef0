"""What every shipped bug, candidate and proposal must show: counts, shortest traces, and the trace known beforehand.

`told` is the number of steps of the shortest trace that the reports and reviews give, and `differs` says why the
search needs another number of steps, if it does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One spec: all its configurations and choices of constants together."""

    id: str
    states: int
    transitions: int
    refusals: int
    breaks: dict[str, int]
    told: int | None = None
    differs: str = ""


# fmt: off
ROWS = {
    "bind_into_live_group": Row(
        "B01", 577, 2854, 1848,
        {"kernel_and_userspace_never_share_a_group": 2,
         "no_warnings": 2},
        told=2,
    ),
    "hot_add_into_live_group": Row(
        "B02", 15944, 87760, 47080,
        {"kernel_and_userspace_never_share_a_group": 4,
         "a_new_member_gets_the_domain_of_its_group": 3},
        told=3,
        differs="the group is empty at first, so that its first member joins too; no driver needs to bind for the join",
    ),
    "use_before_the_group_exists": Row(
        "B03", 113, 431, 222,
        {"owner_count_is_the_number_of_holders": 4,
         "no_kernel_driver_is_bound_in_an_owned_group": 3,
         "no_warnings": 3},
        told=4,
        differs="the probe is part of the bind",
    ),
    "claim_without_domain": Row(
        "B04", 153, 814, 512,
        {"owned_devices_reach_only_their_owners_memory": 1,
         "userspace_dma_never_reaches_kernel_memory": 2},
        told=2,
        differs="the state after the claim is unsafe before anybody opens the device",
    ),
    "detach_that_does_nothing": Row(
        "B05", 63, 292, 212,
        {"hardware_uses_living_domains": 3},
        told=5,
        differs="who detaches frees at once, and the freed table in use is the violation, not what happens with it",
    ),
    "probe_before_default_domain": Row(
        "B21", 21, 73, 42,
        {"kernel_drivers_start_on_a_domain_made_for_them": 2},
        told=3,
        differs="the driver has started on nothing before the end of boot takes it away",
    ),
    "flag_of_a_stale_driver": Row(
        "B22", 44, 168, 120,
        {"owner_count_is_the_number_of_holders": 3,
         "devices_without_a_driver_hold_nothing": 4,
         "managed_drivers_do_not_count_as_uses": 3},
        told=3,
    ),
    "reset_without_blocking": Row(
        "B23", 405, 2736, 1368,
        {"resetting_devices_get_no_invalidations": 1},
        told=3,
        differs="any domain gets invalidations, also the default one; that one would be sent is the violation",
    ),
    "one_reset_flag_for_the_group": Row(
        "B25", 1575, 9062, 6724,
        {"resetting_devices_get_no_invalidations": 3,
         "no_warnings": 4},
        told=3,
    ),
    "reset_fences_release_path": Row(
        "B26", 90, 302, 294,
        {"groups_refer_to_living_domains": 4,
         "hardware_uses_living_domains": 5,
         "the_last_release_restores_the_default_domain": 3,
         "no_warnings": 3},
        told=6,
        differs="who detaches frees at once; a release shows the refusal without a table",
    ),
    "reset_done_without_domain": Row(
        "B27", 60, 218, 165,
        {"bounds_are_kept": 3},
        told=3,
    ),
    "reset_done_sets_all_pasids": Row(
        "B28", 2037, 11576, 15148,
        {"resetting_devices_have_no_pasid_installed": 5},
        told=4,
        differs="the PASID needs an owner, and so a claim",
    ),
    "aliased_sibling_unblocks": Row(
        "B30", 513, 2974, 2216,
        {"resetting_devices_get_no_invalidations": 3},
        told=3,
    ),
    "claim_of_fake_groups": Row(
        "B06", 7, 15, 43,
        {"an_idle_group_can_join_a_container": 3},
        told=2,
        differs="the driver and the open of the group count as steps",
    ),
    "variant_driver_without_flag": Row(
        "B07", 7, 18, 24,
        {"only_a_holder_keeps_a_claim_out": 2},
        told=2,
    ),
    "claim_without_iommu_operations": Row(
        "B09", 3, 4, 8,
        {"an_idle_group_can_be_claimed": 1},
        told=1,
    ),
    "group_outlives_its_devices": Row(
        "B10", 58, 176, 324,
        {"no_warnings": 6},
        told=3,
        differs="told of the core; VFIO reaches the same by six calls",
    ),
    "unplug_waits_for_group_fd": Row(
        "B11", 10, 20, 61,
        {"an_idle_group_fd_holds_no_driver_up": 3},
        told=2,
        differs="the driver is bound first",
    ),
    "claim_leaks_a_reference": Row(
        "B13", 41, 164, 152,
        {"refused_calls_change_nothing": 2},
        told=1,
        differs="the driver is bound first",
    ),
    "detach_skipped_while_deferred": Row(
        "B14", 51, 189, 114,
        {"hardware_uses_living_domains": 3},
        told=4,
        differs="who detaches frees at once; every device is deferred at first and a driver must bind",
    ),
    "hot_add_skips_attach": Row(
        "B16", 405, 2186, 1412,
        {"owned_devices_reach_only_their_owners_memory": 3,
         "members_use_the_domain_of_their_group": 3,
         "a_new_member_gets_the_domain_of_its_group": 3},
        told=5,
        differs="a claim is enough, no table is needed; the state after the join is unsafe before a driver binds",
    ),
    "direct_mappings_were_claimable": Row(
        "B18", 45, 208, 152,
        {"devices_with_direct_mappings_are_never_blocked": 1,
         "groups_with_direct_mappings_are_never_claimed": 1},
        told=1,
    ),
    "test_remove_keeps_the_use": Row(
        "B19", 65, 256, 224,
        {"owner_count_is_the_number_of_holders": 1,
         "only_a_holder_keeps_a_claim_out": 3},
        told=6,
        differs="use, probe, removal and second use are one bind",
    ),
    "controller_counts_as_user": Row(
        "B32", 52, 232, 194,
        {"only_a_holder_keeps_a_claim_out": 2},
        told=2,
    ),
    "claim_without_cookie": Row(
        "B34", 49, 172, 161,
        {"owner_count_is_the_number_of_holders": 1,
         "only_a_holder_keeps_a_claim_out": 2,
         "no_warnings": 2},
        told=2,
        differs="the count is of nobody right after the claim",
    ),
    "direct_device_joins_owned_group": Row(
        "OC1", 189, 954, 656,
        {"hardware_uses_living_domains": 5,
         "groups_with_direct_mappings_are_never_claimed": 4,
         "no_warnings": 5},
        told=4,
        differs="the group is empty at first, so that its first member joins too",
    ),
    "flush_queue_races_removal": Row(
        "OC2", 126, 586, 554,
        {"bounds_are_kept": 4},
        told=3,
        differs="the group is empty at first",
    ),
    "reattach_may_fail": Row(
        "OC3", 30, 148, 110,
        {"hardware_uses_living_domains": 3,
         "kernel_drivers_start_on_a_domain_made_for_them": 3,
         "the_last_release_restores_the_default_domain": 2,
         "no_warnings": 2},
        told=3,
        differs="the warning itself comes with the release",
    ),
    "groups_too_small_for_their_reach": Row(
        "B31", 540, 3656, 2704,
        {"devices_in_reach_never_mix_kernel_and_userspace": 2},
        told=2,
    ),
    "owner_claims_again": Row(
        "P08", 101, 544, 220,
        {},
    ),
    "attach_if_sole_holder": Row(
        "P10", 264, 1386, 922,
        {},
    ),
    "attach_needs_an_owner": Row(
        "P11", 79, 374, 368,
        {"owned_devices_reach_only_their_owners_memory": 2},
    ),
    "use_only_idle_groups": Row(
        "P12", 44, 204, 152,
        {"kernel_drivers_can_share_a_group": 2},
        told=2,
    ),
    "refuse_what_cannot_block": Row(
        "P14", 9, 24, 30,
        {"an_idle_group_can_be_claimed": 1},
    ),
    "claim_ignores_failed_switch": Row(
        "P14-draft", 117, 684, 644,
        {"members_use_the_domain_of_their_group": 1},
    ),
    "skip_the_claim": Row(
        "P27", 171, 1068, 96,
        {"kernel_and_userspace_never_share_a_group": 2,
         "a_group_has_an_owner_exactly_while_claimed": 1,
         "userspace_dma_never_reaches_kernel_memory": 2},
        told=2,
        differs="the claim of nothing is a lie at once",
    ),
    "any_identity_is_default": Row(
        "P21", 60, 264, 224,
        {"a_private_domain_has_a_single_kernel_holder": 3},
    ),
    "pasid_needs_the_holder": Row(
        "P26", 85, 540, 648,
        {},
    ),
    "cookie_is_a_file": Row(
        "P03", 308, 1708, 168,
        {},
    ),
    "cookie_is_a_pointer": Row(
        "P03-pointer", 105, 462, 54,
        {"two_users_never_hold_one_group": 7,
         "a_claim_has_a_living_user": 4},
    ),
    "explicit_none_state": Row(
        "P01", 416, 1764, 856,
        {},
    ),
    "one_call_for_all_types": Row(
        "P04", 43, 176, 100,
        {"the_type_private_means_a_private_domain": 1,
         "a_private_domain_has_a_single_kernel_holder": 3,
         "drivers_bind_where_the_separate_calls_let_them": 2},
    ),
    "stale_type_and_cookie": Row(
        "P02", 432, 1852, 860,
        {},
    ),
}
