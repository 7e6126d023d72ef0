"""What every way to lose a dirty page must show; see `row.py`.

`told` was worked out by hand before the first search, with the steps beside it; the lengths of further promises of the
same row were explained afterwards where nothing else is said.
"""

from __future__ import annotations

from tests.uapi.row import Row

# fmt: off
BUGS = {
    "recording_stops_at_the_pinned_pages": Row(
        "M18", 2419, 64245, 63058,
        {"every_write_is_known_or_still_logged": 4,             # start, send the high page, write it, report
         "a_report_names_every_page_written_before_it": 4,
         "a_report_speaks_of_pages_of_its_own_size": 4,
         "the_last_pass_sends_every_write": 6},                 # the same with a stop before the report, and the end
        told=4,
        differs="only the last pass needs the device stopped",
    ),
    "unwind_frees_the_wrong_bitmap": Row(
        "M19", 540, 60030, 384390,
        {"refused_calls_change_nothing": 1,                     # a start with two ranges, no memory for the second
         "memory_for_the_log_lives_as_long_as_the_log": 1},
        told=1,
    ),
    "answer_faults_and_log_stays": Row(
        "I6-unmade", 990, 56250, 672840,
        {"refused_calls_change_nothing": 1,                     # a start whose answer faults
         "a_start_that_fails_leaves_no_log": 1},
    ),
    "errors_are_ignored": Row(
        "I6-error", 1346, 35922, 34860,
        {"every_write_is_known_or_still_logged": 4,             # start, send, write, a report that fails
         "a_report_names_every_page_written_before_it": 5,      # and one that does not
         "the_last_pass_sends_every_write": 7},                 # with a stop between the two, and the end
        told=4,
        differs="the page is lost by the failing report; that a later report or the end lacks it needs these steps too",
    ),
    "stop_before_the_final_report": Row(
        "I6-stop", 2450, 65144, 63644,
        {"the_last_pass_sends_every_write": 6},                 # start, send, write, stop device, stop log, the end
        told=6,
    ),
    "final_report_before_the_stop": Row(
        "I6-early", 4794, 131140, 121852,
        {"the_last_pass_sends_every_write": 6},                 # start, send, report, write, stop device, the end
        told=6,
    ),
    "report_returns_before_the_flush": Row(
        "I6-flush", 221, 853, 0,
        {"every_write_is_known_or_still_logged": 4,             # write, report, send, write
         "a_sent_page_is_not_believed_to_be_logged": 2},        # write, report
        told=4,
        differs="the cache is wrong as soon as the report has returned",
    ),
    "flush_before_the_clear": Row(
        "I6-order", 230, 770, 0,
        {"every_write_is_known_or_still_logged": 6,             # report, write, clear, return, send, write
         "a_sent_page_is_not_believed_to_be_logged": 4},        # report, write, clear, return
        told=6,
        differs="the cache is wrong as soon as the report has returned",
    ),
    "read_and_clear_is_two_steps": Row(
        "I6-atomic", 326, 1058, 0,
        {"every_write_is_known_or_still_logged": 3},            # report, write, clear
        told=3,
    ),
}

PROPOSALS = {
    "device_is_silent_during_reports": Row("I6-quiescent", 95, 203, 0, {}),
}
# fmt: on
