"""What the twelve problems of migration protocol v1, its bug and its proposals must show; see `row.py`.

The lengths of the twelve problems, and `told` of the rest, were worked out by hand before the first search; the steps
stand beside the promises. A write of device_state is written w(bits), taking a chunk p o t (pending_bytes, data_offset,
the data).
"""

from __future__ import annotations

from tests.uapi.row import Row

# fmt: off
BUGS = {
    "misspelt_error_macro": Row(
        "M02", 1888, 20024, 38984,
        {"a_broken_device_says_so": 1},                                     # w(any) fails for good
        told=1,
    ),
    "stop_is_undefined": Row(
        "V01", 2380, 25586, 49318,
        {"a_stopped_device_writes_no_memory": 2,                            # w(000), dma
         "a_stopped_device_raises_no_interrupt": 2,                         # w(000), interrupt
         "a_stopped_device_keeps_its_state": 2,                             # w(000), work
         "a_complete_stream_ends_with_the_state_in_stop_and_copy": 9,       # w(010), p o t p, work, o t p
         "a_faithful_replay_restores_the_state_in_stop_and_copy": 13},      # the same, w(100), two chunks, w(000)
        told=2,
        differs="two steps for each thing a stopped device may do; that a stream is wrong needs the stream",
    ),
    "devices_stop_one_by_one": Row(
        "V02", 144, 2640, 4368,
        {"no_p2p_write_is_lost": 2},                                        # w(000) of one, a write of the other
        told=2,
    ),
    "quiescent_or_frozen": Row(
        "V03", 288, 5280, 8736,
        {"no_p2p_write_is_lost": 2,                                         # frozen: as V02
         "a_stopped_device_keeps_its_state": 2},                            # quiescent: the same two steps
        told=2,
    ),
    "stopped_but_programmed": Row(
        "V04", 24, 268, 372,
        {"the_interrupts_of_a_stopped_device_can_be_programmed": 2,         # with the rule: w(000), SET_IRQS refused
         "nothing_touches_a_stopped_device": 2},                            # without: w(000), SET_IRQS
        told=2,
    ),
    "kernel_touches_for_the_user": Row(
        "V05", 12, 130, 190,
        {"no_register_of_a_stopped_device_is_written": 2},                  # w(000), SET_IRQS; a question of words
        told=2,
    ),
    "irqs_at_any_time": Row(
        "V06", 36, 468, 546,
        {"nothing_touches_a_device_that_saves_or_resumes": 2,               # w(100), SET_IRQS
         "programmed_interrupts_are_there_when_the_device_runs": 3},        # w(100), SET_IRQS, w(001)
        told=3,
        differs="the preference is broken by the access itself, one step before its consequence",
    ),
    "vectors_move": Row(
        "V07", 92, 900, 1396,
        {"the_host_listens_where_the_device_signals": 4},                   # w(010), rebalance, w(100), w(000)
        told=4,
    ),
    "device_that_cannot_quiesce": Row(
        "V08", 288, 5952, 9168,
        {"no_p2p_write_is_lost": 2,                                         # as V02, by the one that cannot be silenced
         "every_device_can_be_silenced": 1},                                # the bit is refused
        told=2,
        differs="that the bit is refused shows at once",
    ),
    "no_list_of_accesses": Row(
        "V09", 96, 1040, 1552,
        {"what_a_resume_needs_is_allowed": 2},                              # w(000), an access; a question of words
        told=2,
    ),
    "user_stops_external_dma": Row(
        "V10", 576, 12864, 17472,
        {"no_external_dma_reaches_a_stopped_device": 2,                     # the user forgets: w(000), a write
         "no_p2p_write_is_lost": 2},                                        # it does not: unmap, a write
        told=2,
    ),
    "nothing_to_ask_about": Row(
        "V11", 864, 16128, 26208,
        {"only_sets_that_can_be_silenced_migrate": 1},                      # the VMM begins
        told=1,
    ),
    "zapped_like_in_reset": Row(
        "V12", 156, 2762, 4566,
        {"the_interrupts_of_a_stopped_device_can_be_programmed": 2,         # w(000), SET_IRQS refused
         "no_p2p_write_is_lost": 2},                                        # as V02
        told=2,
    ),
}

PROPOSALS = {
    "ideal_stopped_device": Row(
        "V01-ideal", 2532, 44738, 66294,
        {"no_p2p_write_is_lost": 2},                                        # as V02
        told=2,
    ),
    "external_state_is_exempt": Row(
        "V04-list", 12, 138, 182,
        {"nothing_touches_a_stopped_device": 2},                            # w(000), SET_IRQS
    ),
    "irqs_between_resuming_and_running": Row("V06-order", 34, 416, 526, {}),
    "externally_controlled_state": Row("V07-external", 68, 664, 1032, {}),
    "config_and_interrupts_always_work": Row("V09-generic", 12, 134, 190, {}),
    "flags_say_what_is_accessible": Row(
        "MP09", 96, 1040, 1552,
        {"what_a_resume_needs_is_allowed": 2},                              # as V09
        told=2,
    ),
    "control_registers_beside_the_guests": Row(
        "V10-control", 1144, 21712, 34704,
        {"a_stream_goes_where_the_kernel_wants_it": 3},                     # w(010), a write of a peer, the DMA
        told=3,
    ),
    "kernel_copies_the_stream": Row("V10-copied", 572, 10856, 17352, {}),
    "clear_then_set": Row(
        "MP01", 1056, 15996, 18292,
        {"a_write_that_fails_in_place_keeps_the_data": 3},                  # w(010), p, w(001): the last bit fails
        told=3,
    ),
    "priority_order": Row(
        "MP01-order", 1056, 13260, 18292,
        {"no_value_on_the_way_is_invalid": 2,                               # w(010), w(100) shows 110
         "a_faithful_replay_restores_the_state_in_stop_and_copy": 14},      # not worked out before it was found
        told=2,
        differs="what a driver makes of the word on the way needs a stream: saved (8), run, work, w(100), two chunks, "
                "w(010)",
    ),
    "one_bit_per_write": Row(
        "MP02", 1056, 8076, 22292,
        {"a_documented_step_is_one_write": 1},                              # w(010)
        told=1,
    ),
    "ndma_is_optional": Row("MP03-v1", 1600, 33888, 49632, {}),
    "ndma_is_mandatory": Row(
        "MP04", 342, 5892, 10038,
        {"a_device_alone_can_be_saved": 1},                                 # the VMM does not begin
        told=1,
    ),
    "ndma_stops_interrupts": Row(
        "MP05-v1", 96, 1052, 1488,
        {"a_guest_that_runs_gets_its_interrupts": 2,                        # an event, the bit, and then nothing
         "a_silent_device_writes_nothing": 3},                              # the bit, an event, the MSI
        told=2,
        differs="either answer breaks one of the two; the MSI is a step of its own",
    ),
    "data_section_is_mapped": Row(
        "MP19-region", 1104, 11612, 23108,
        {"bytes_come_out_of_a_session_that_lives": 5},                      # w(010), p, o, w(001), a load
        told=5,
    ),
    "data_in_a_file": Row("MP19", 1104, 10640, 24080, {}),
}
# fmt: on
