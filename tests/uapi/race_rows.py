"""What every bug, candidate and proposal about an order of steps must show; see `row.py`."""

from __future__ import annotations

from tests.uapi.row import Row

# fmt: off
RACES = {
    "group_outlives_its_devices": Row(
        "B10", 17, 33, 65,
        {"a_device_that_left_is_attached_to_nothing": 6,
         "no_warnings": 5},
        told=3,
        differs="told of the core; VFIO opens and joins a container first, and the removal has three steps",
    ),
    "unplug_waits_for_group_fd": Row(
        "B11", 12, 23, 45,
        {"a_removal_ends": 2},
        told=2,
    ),
    "probe_before_default_domain": Row(
        "B21", 31, 50, 0,
        {"a_started_driver_keeps_its_domain": 7,
         "kernel_drivers_start_on_a_domain_made_for_them": 5},
        told=4,
        differs="every wait for a lock is a step, and the driver has started on nothing before it is moved",
    ),
    "flag_of_a_stale_driver": Row(
        "B22", 44, 168, 120,
        {"owner_count_is_the_number_of_holders": 3,
         "devices_without_a_driver_hold_nothing": 4,
         "managed_drivers_do_not_count_as_uses": 3},
        told=3,
    ),
    "flush_queue_races_removal": Row(
        "OC2", 751, 2124, 72,
        {"bounds_are_kept": 5},
        told=3,
        differs="the unplug waits for two locks, each of which is a step",
    ),
    "first_mapping_without_mutex": Row(
        "OC4", 824, 1900, 0,
        {"resetting_devices_get_no_invalidations": 4},
    ),
    "last_file_decides": Row(
        "OC5", 80, 251, 389,
        {"no_warnings": 7,
         "an_access_exists_while_its_device_is_open": 7,
         "a_container_counts_its_group_and_its_device": 7},
        told=7,
    ),
    "use_from_the_probe": Row(
        "P07", 215, 582, 172,
        {"no_kernel_driver_does_dma_in_an_owned_group": 3},
        told=2,
        differs="the wait for the device lock is a step",
    ),
    "claim_locks_twice": Row(
        "P14-mutex", 21, 32, 0,
        {"no_lock_cycle": 2,
         "the_mutex_is_released": 2},
    ),
    "claim_keeps_the_mutex": Row(
        "P14-unlock", 119, 288, 0,
        {"no_warnings": 3,
         "the_mutex_is_released": 3},
    ),
    "type_change_under_device_locks": Row(
        "P17", 18861, 44652, 0,
        {"no_lock_cycle": 4},
        told=4,
    ),
    "wait_for_every_user": Row(
        "P18", 12, 22, 46,
        {},
    ),
}
# fmt: on
