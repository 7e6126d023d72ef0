"""What every bug and proposal about one migrating device must show; see `row.py`.

`told` was derived by hand before the search: every request, feature call or event of the reported sequence is a step,
and in `ResetRace` so is every wait for a lock and every arc. A device begins bound and in RUNNING.

Not here: M02 is about the region protocol, M18 and M19 about the logs, M20 to M22 about the VMM. Of the four fixes of
M16 the one of a device that resumed without data is here; a DMA address put together wrongly is a value that no state
has, and the interrupts and caches of a device that stops are for the spec of many devices.
"""

from __future__ import annotations

from tests.uapi.row import Row

# fmt: off
BUGS = {
    "blocked_arc_is_looked_up_for_ever": Row(
        "M01", 84, 583, 606,
        {"every_request_ends": 2},
        told=2,    # SET STOP_COPY, SET PRE_COPY
    ),
    "file_outlives_reset": Row(
        "M04", 114, 1052, 2649,
        {"only_the_file_of_the_session_is_alive": 2,
         "what_is_read_belongs_to_the_session": 3},
        told=3,    # open a session, reset, read
    ),
    "reset_waits_for_copies": Row(
        "M05", 2746, 8081, 0,
        {"no_lock_cycle": 5,
         "a_reset_comes_to_running": 6},
        told=4,    # a request takes the state mutex, a reset the other lock: two steps each
        differs="the reset of the hardware is a step; what is in RUNNING anyway has one more arc to take first",
    ),
    "reset_beside_that_of_the_parent": Row(
        "M06", 198, 536, 0,
        {"no_reset_is_lost": 3},
        told=2,    # the parent is reset, the function is reset
        differs="the lock of the second reset is a step",
    ),
    "reset_leaves_stopped": Row(
        "M08", 84, 583, 606,
        {"a_reset_leaves_the_device_as_new": 1},
        told=1,
    ),
    "reset_keeps_state": Row(
        "M08-keep", 84, 583, 606,
        {"a_reset_leaves_the_device_as_new": 2},
        told=2,    # any request that moves the device, reset
    ),
    "close_frees_without_mutex": Row(
        "M09", 313, 840, 0,
        {"no_warnings": 10},
        told=10,   # five to STOP_COPY (call, lock, two arcs, copy), the close looks, three to STOP, the close frees
    ),
    "cancel_leaves_tracking": Row(
        "M11", 90, 645, 625,
        {"hardware_tracks_only_while_it_is_asked_to": 2},
        told=2,    # SET PRE_COPY, SET RUNNING
    ),
    "query_on_broken_image": Row(
        "M12", 75, 1513, 2001,
        {"nothing_is_added_to_a_broken_image": 4},
        told=4,    # SET PRE_COPY, something changes, the save fails, the query
    ),
    "pause_before_a_save": Row(
        "M14", 60, 673, 1306,
        {"a_pause_is_no_save_under_way": 4},
        told=4,    # SET PRE_COPY, read the first chunk, something changes, read
    ),
    "load_without_data": Row(
        "M16", 30, 279, 683,
        {"only_a_whole_stream_is_loaded": 2},
        told=2,    # SET RESUMING, SET STOP
    ),
    "huge_write_wraps_around": Row(
        "M17", 32, 283, 752,
        {"bounds_are_kept": 3},
        told=2,    # SET RESUMING, write
        differs="a sum wraps around only where there is something to add to, which is one write more",
    ),
}

PROPOSALS = {
    "no_stop": Row(
        "MP10", 290, 2105, 2219,
        {"walks_stay_in_the_group_of_both_ends": 2},
        told=2,    # SET STOP_COPY, SET RESUMING
    ),
    "error_stands_still": Row(
        "MP11", 340, 5696, 3852,
        {"a_device_in_error_stands_still": 1},
        told=1,    # a request that breaks the device
    ),
    "bad_stream_breaks_down": Row(
        "MP12", 32, 283, 742,
        {},
    ),
    "errno_tells": Row(
        "MP13", 88, 1942, 2460,
        {"the_errno_tells_whether_the_state_changed": 1},
        told=1,    # a request whose second arc fails
    ),
    "user_cleans_before_resuming": Row(
        "MP14", 320, 2266, 2288,
        {"a_resuming_device_has_no_past": 2},
        told=2,    # it works, SET RESUMING
    ),
    "track_again_by_the_rule": Row(
        "MP16", 326, 2708, 2180,
        {"walks_stay_in_the_group_of_both_ends": 2,
         "a_stream_goes_on_between_saving_states": 2},
        told=2,    # SET STOP_COPY, SET PRE_COPY
    ),
    "track_again_by_an_arc": Row(
        "MP16-arc", 90, 654, 616,
        {"nothing_comes_after_the_final_part": 2},
        told=2,    # the same
    ),
    "pre_copy_for_all": Row(
        "MP17", 45, 336, 302,
        {"tracking_begins_with_something_to_read": 1},
        told=1,    # SET PRE_COPY
    ),
    "begin_again_unasked": Row(
        "MP20", 52, 575, 1144,
        {"a_new_beginning_is_told": 3},
        told=3,    # SET PRE_COPY, a new beginning, the query
    ),
}
# fmt: on
