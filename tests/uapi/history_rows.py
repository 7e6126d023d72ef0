"""What every shipped bug, candidate and proposal must show; see `row.py`."""

from __future__ import annotations

from tests.uapi import logging_rows, migration_rows, switchover_rows, v1_rows
from tests.uapi.proposal_rows import PROPOSALS
from tests.uapi.race_rows import RACES
from tests.uapi.row import Row

# fmt: off
BUGS = {
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
        "B07", 19, 51, 54,
        {"only_a_holder_keeps_a_claim_out": 2,
         "a_managed_driver_never_blocks_its_own_claim": 2},
        told=2,
    ),
    "claim_without_iommu_operations": Row(
        "B09", 11, 21, 24,
        {"an_idle_group_can_be_claimed": 1,
         "a_user_gets_an_idle_group": 2},
        told=1,
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
         "only_a_holder_keeps_a_claim_out": 3,
         "a_group_that_nobody_holds_becomes_idle": 2},
        told=6,
        differs="use, probe, removal and second use are one bind",
    ),
    "controller_counts_as_user": Row(
        "B32", 352, 2188, 926,
        {"only_a_holder_keeps_a_claim_out": 2,
         "a_managed_driver_never_blocks_its_own_claim": 4},
        told=2,
    ),
    "claim_without_cookie": Row(
        "B34", 49, 172, 161,
        {"owner_count_is_the_number_of_holders": 1,
         "only_a_holder_keeps_a_claim_out": 2,
         "no_warnings": 2,
         "a_group_that_nobody_holds_becomes_idle": 1},
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
}
# fmt: on

ROWS = BUGS | PROPOSALS | RACES
for rows in (v1_rows, logging_rows, migration_rows, switchover_rows):
    ROWS |= rows.BUGS | rows.PROPOSALS
