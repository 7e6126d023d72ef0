"""What the bugs and proposals of the switchover must show; see `row.py`. Every `told` was derived by hand.

A switchover of two devices that hold nothing but STOP_COPY and P2P takes these steps, and no fewer:

    migrate 1, pause 1, prepare pass 2 (one arc a device), main pass 2, final report 1,
    for each device STOP to STOP_COPY 1 and its stream 1, each page 1 (first copy), complete 1

Without P2P there is no prepare pass. The two counterexamples to begin with:

* Two devices that only have STOP_COPY: migrate, pause, d0 from RUNNING to STOP, d1 writes into d0, the write
  arrives and is lost: 5 steps (three of them are the known sequence, the VMM takes the other two). Until the image is
  complete: d1 to STOP, report, twice STOP_COPY and stream, the page, complete: 8 more, 13.
* The final report before the main pass, two devices with P2P: migrate, page, pause, both to RUNNING_P2P, report, d0
  writes the page: 7 steps (the known three, with the VMM's, the second device and the copy that becomes stale). Until
  the image is complete: main pass 2, twice STOP_COPY and stream, complete: 7 more, 14.
"""

from __future__ import annotations

from tests.uapi.row import Row

CUT = "a_saved_image_is_one_instant_of_the_source"
LOST = "no_write_to_a_peer_is_lost"
DIRTY = "no_dirty_page_is_lost"
FIRST = "the_first_device_stops_when_all_are_silent"
WHOLE = "the_guest_runs_with_all_that_its_devices_were"

# fmt: off
BUGS = {
    # LOST and CUT as above; FIRST is true of the state before the write: migrate, pause, d0 to STOP.
    "two_devices_without_p2p": Row(
        "M20", 446, 2300, 438,
        {LOST: 5, CUT: 13, FIRST: 3},
        told=5,
    ),
    # migrate, pause, d0 to RUNNING_P2P and to STOP in one call, d1 writes, it arrives; then d1's two arcs, report,
    # twice STOP_COPY and stream, the page, complete.
    "one_pass_for_all": Row(
        "W01", 606, 2828, 598,
        {LOST: 6, CUT: 15, FIRST: 4},
        told=6,
    ),
    # As above.
    "last_report_before_stop": Row(
        "W02", 337, 1530, 333,
        {DIRTY: 7, CUT: 14},
        told=7,
    ),
    # migrate, page, d0 writes it (logged), pause (forgotten), both passes 4, the report that says nothing.
    "logging_ends_with_the_vcpus": Row(
        "W03", 175, 960, 171,
        {DIRTY: 9, CUT: 14},
        told=9,
    ),
    # The same, and the report fails.
    "report_error_ignored": Row(
        "W04", 287, 1405, 287,
        {DIRTY: 9, CUT: 14},
        told=9,
    ),
    # One device, no P2P. Write from STOP: migrate, pause, stop, write. A page lost: migrate, page, pause, stop, report,
    # write. Complete: STOP_COPY, stream, complete behind these. Changed though stopped: complete without the write 8,
    # STOP_COPY to STOP 9, write 10.
    "cache_flushed_after_stop": Row(
        "M16-flush", 47, 146, 46,
        {"stopped_devices_write_no_memory": 4, DIRTY: 6, CUT: 9, "stopped_devices_do_not_change": 10},
        told=4,
    ),
    # migrate, both to PRE_COPY, cancel, d0 to ERROR instead of RUNNING, its recovery, d1 to RUNNING.
    "recovery_without_reset": Row(
        "M22", 13335, 61863, 13286,
        {"a_guest_that_runs_has_all_its_devices": 7},
        told=7,
    ),
    # migrate, pause, d0 silent, touched, d1 silent, d1 to STOP, d0 writes, it arrives; then d0 to STOP, report, twice
    # STOP_COPY and stream, the page, complete.
    "vcpus_run_through_the_prepare_pass": Row(
        "W05", 900, 4884, 892,
        {LOST: 8, CUT: 16},
        told=8,
    ),
    # Two arcs for each to RESUMING, two parts of each stream, the page, start, d0 to STOP and RUNNING; write, arrival.
    "two_devices_without_p2p_resume": Row(
        "M20-resume", 60, 182, 0,
        {LOST: 14, FIRST: 12},
        told=14,
    ),
    # The same with three arcs for each to RESUMING, and three for d0 to RUNNING.
    "one_pass_when_resuming": Row(
        "W06", 74, 222, 0,
        {LOST: 17, FIRST: 15},
        told=17,
    ),
    # One device: three arcs, stream 2, page, start, to STOP (an interrupt is due), to RUNNING_P2P, raised.
    "vectors_after_the_prepare_pass": Row(
        "W07", 135, 678, 0,
        {"no_interrupt_is_lost": 10},
        told=10,
    ),
    # The same, with SET_IRQS before the start; the vector is gone with the arc to STOP.
    "stream_brings_the_vector": Row(
        "W08", 133, 668, 0,
        {"no_interrupt_is_lost": 11, "a_set_leaves_the_vector_alone": 9},
        told=11,
    ),
    # One device: three arcs, stream 2, start, two arcs, write, page from the source; or a third arc and run.
    "devices_before_memory": Row(
        "W09", 25, 48, 0,
        {"what_a_device_has_written_stays": 10, "the_guest_runs_with_all_of_its_memory": 10},
        told=10,
    ),
    # One device: three arcs, half a stream, page, start, to STOP; two arcs and run.
    "stream_is_not_validated": Row(
        "W10", 19, 28, 0,
        {"only_a_whole_stream_is_loaded": 7, WHOLE: 10},
        told=7,
    ),
    # One device: migrate, PRE_COPY, reset, the page, pause, RUNNING_P2P, PRE_COPY_P2P (the second fd), STOP_COPY,
    # report, stream, complete.
    "second_data_fd_is_taken": Row(
        "W11", 154, 431, 152,
        {CUT: 11},
        told=11,
    ),
    # Up to the report 7, the page, d0's STOP_COPY and stream, reset of d0, reset of d1, three arcs for d1 to STOP_COPY,
    # its stream, complete.
    "host_resets_while_saving": Row(
        "MC1", 7499, 32987, 7481,
        {CUT: 17},
        told=17,
    ),
    # One device: three arcs, stream 2, page, start, reset, to RUNNING_P2P, to RUNNING, run.
    "host_resets_while_resuming": Row(
        "MC2", 27, 57, 0,
        {WHOLE: 11},
        told=11,
    ),
}

PROPOSALS = {
    "no_dma_at_all": Row(
        "MP03", 8121, 33433, 8103,
        {},
    ),
    "silent_devices_do_not_interrupt": Row(
        "MP05", 4656, 58752, 4592,
        {},
    ),
    # migrate, both to PRE_COPY, page, pause, both silent, report, write; both to STOP_COPY, both streams, complete.
    "only_peers_are_spared": Row(
        "MP06", 325, 1701, 321,
        {DIRTY: 9, CUT: 14},
        told=9,
    ),
    # A write, and before it arrives migrate and pause, which unmaps its target.
    "user_unmaps_peers": Row(
        "MP07", 446, 2300, 438,
        {LOST: 4, CUT: 13, FIRST: 3},
        told=4,
    ),
    # M20 as if nothing had been proposed.
    "stopped_devices_are_zapped": Row(
        "MP08", 480, 2429, 471,
        {LOST: 5, CUT: 13, FIRST: 3},
        told=5,
    ),
    "error_means_stopped": Row(
        "MP11-peers", 2836, 8117, 2827,
        {},
    ),
    # A page request, migrate, pause: it waits for ever. With one write to memory nothing else can happen either.
    "silence_waits_for_page_requests": Row(
        "MP15", 55, 190, 53,
        {"a_pause_ends": 3, "no_deadlock": 4},
        told=3,
    ),
    # A write, and where it ends.
    "no_path_between_devices": Row(
        "MP18", 223, 1150, 219,
        {"no_warnings": 2},
        told=2,
    ),
}

# What of sections about several devices has no class here, and why.
LEFT_OUT = {
    "M21": "the lifetime of an object inside the VMM; no step of a device or of the kernel differs",
    "MP09": "names regions and offsets of a bus; a device is one thing here (the forerunner of the interface has it)",
}
