"""What every shipped proposal must show; see `row.py`."""

from __future__ import annotations

from tests.uapi.row import Row

# fmt: off
PROPOSALS = {
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
        "P12", 304, 1968, 744,
        {"kernel_drivers_can_share_a_group": 2,
         "a_kernel_driver_gets_a_group_without_owner": 3},
        told=2,
    ),
    "refuse_what_cannot_block": Row(
        "P14", 73, 296, 222,
        {"an_idle_group_can_be_claimed": 1,
         "a_user_gets_an_idle_group": 2},
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
        "P01", 314, 1334, 642,
        {},
    ),
    "count_without_none": Row(
        "P01-count", 314, 1334, 642,
        {},
    ),
    "one_call_for_all_types": Row(
        "P04", 43, 176, 100,
        {"the_type_private_means_a_private_domain": 1,
         "a_private_domain_has_a_single_kernel_holder": 3,
         "drivers_bind_where_the_separate_calls_let_them": 2},
    ),
    "stale_type_and_cookie": Row(
        "P02", 324, 1390, 644,
        {},
    ),
    "only_groups_are_claimed": Row(
        "P05", 41, 184, 150,
        {"an_owner_can_claim_its_other_devices": 4},
        told=2,
        differs="both drivers are bound first",
    ),
    "hooks_in_buses": Row(
        "P06", 102, 490, 324,
        {"no_kernel_driver_is_bound_in_an_owned_group": 2},
        told=2,
    ),
    "private_domain_is_shared": Row(
        "P09", 61, 270, 220,
        {"a_private_domain_has_a_single_kernel_holder": 3,
         "ordinary_drivers_stay_on_the_default_domain": 3,
         "drivers_that_share_a_domain_can_bind": 3},
        told=3,
    ),
    "owners_replace_domains": Row(
        "P13", 99, 712, 778,
        {},
    ),
    "detach_and_hope": Row(
        "P15", 117, 608, 392,
        {"owned_devices_reach_only_their_owners_memory": 1,
         "userspace_dma_never_reaches_kernel_memory": 2},
        told=2,
        differs="as B04: the state after the claim is unsafe before anybody opens the device",
    ),
    "release_may_fail": Row(
        "P16", 99, 506, 544,
        {"a_group_has_an_owner_exactly_while_claimed": 2,
         "hardware_uses_living_domains": 3,
         "a_group_that_nobody_holds_becomes_idle": 2},
    ),
    "one_reset_at_a_time": Row(
        "P19", 225, 1120, 1148,
        {"no_device_waits_for_the_reset_of_a_sibling": 2},
        told=2,
    ),
    "attaches_wait_for_the_reset": Row(
        "P20", 9171, 63610, 45012,
        {"members_use_the_domain_of_their_group": 4,
         "no_warnings": 4},
    ),
    "every_port_driver_is_managed": Row(
        "P22", 160, 820, 484,
        {"no_driver_with_dma_is_bound_in_an_owned_group": 2},
        told=2,
    ),
    "use_is_put_aside": Row(
        "P23", 782, 3962, 2692,
        {"owner_count_is_the_number_of_holders": 4,
         "a_bound_driver_gets_its_use_back": 4,
         "no_warnings": 3},
        told=4,
        differs="without a claim in between the unbind already takes away what is not there",
    ),
    "claim_skipped_without_operations": Row(
        "P24", 120, 628, 152,
        {"kernel_and_userspace_never_share_a_group": 2,
         "a_group_has_an_owner_exactly_while_claimed": 1},
        told=2,
        differs="as P27: the claim of nothing is a lie at once",
    ),
    "groups_as_wide_as_their_reach": Row(
        "P25", 90, 416, 304,
        {"existing_assignments_still_work": 3},
    ),
}
# fmt: on
