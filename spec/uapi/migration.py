"""Migration of one device: the walk over the arcs, the data files, pre-copy, reset, and drivers that differ.

Start with `migration_arcs.py` for the states and `migration_state.py` for the words; each other file is one concern.
"""

from spec.lang import *
from spec.uapi.migration_promises import Promises


class Migration(Promises):
    """Migration of one device, from the ioctls of its user down to what its driver keeps.

    Every request is atomic under the state mutex; what happens when a reset meets one is in `migration_reset.py`. Not
    modelled: bytes (amounts are the chunks that a call finishes), interrupts and DMA of the device (`switchover`), and
    logs (`dma_logging`), of which only the checks of requests are here.

    The driver is a part with habits, one switch for each. What the sample driver of the profile `mtty` breaks, and why:
    the device keeps its state over close and open, but not its file or its tracking
    (a_session_is_there_exactly_in_the_states_that_have_one, hardware_tracks_only_while_it_is_asked_to,
    a_stream_goes_on_between_saving_states), which leads to a NULL dereference in RESUMING (no_warnings,
    every_request_ends); a stream is good if it is long enough (only_a_whole_stream_is_loaded); a pause in pre-copy
    looks like the end (a_pause_is_told_from_the_end). Drivers that ask the core for the next arc also in ERROR, as in
    the profile `mlx5`, are warned (no_warnings).

    Met only with these habits: `bad-header-kept` and `killed-by-an-oops`. That `the-walk-does-not-end` is never met is
    a promise, and a data file has no position, so that `seek` is never done.
    """

    profiles = {
        "strict": profile(),
        "mtty": profile(keeps_state_over_close=True, trusts_its_file=True, accepts_corrupt_stream=True,
                        pause_looks_like_end=True, enters_error=False, warns_in_error=True, logging=True),
        "mlx5": profile(warns_in_error=True, asynchronous=True, logging=True),
    }

    configurations = {
        "arcs": configuration(
            "All four capability sets, with arcs that fail and answers that cannot be written.",
            File=1, arc_faults=True, copy_faults=True, p2p=every(), pre_copy=every()),
        "requests": configuration(
            "Requests that are not well-formed. Leaves out failures of arcs and what is in the streams.",
            File=1, transport=True, copy_faults=True, reinit=True, logging=True, p2p=True, pre_copy=every()),
        "unsupported": configuration(
            "A device without migration, and without a way to be reset.", File=1, transport=True, migratable=False,
            resettable=False, p2p=False, pre_copy=False),
        "streams": configuration(
            "Data files are read and written, also after they died. Leaves out P2P.",
            File=2, streams=True, externals=True, copy_faults=True, arc_faults=True, p2p=False, pre_copy=True),
        "background": configuration(
            "Saves go on in the background and fail there; a new initial chunk is told.",
            File=1, streams=True, asynchronous=True, reinit=True, transport=True, arc_faults=True, p2p=True,
            pre_copy=True),
        "recorded": configuration(
            "Benchmark: what the log of one device needs, with files enough; no failures.",
            File=8, streams=True, transport=True, p2p=True, pre_copy=True),
        "patient": configuration(
            "A user who keeps reading what a stopped device gives out.",
            File=1, streams=True, asynchronous=True, patience=True, p2p=False, pre_copy=True),
    }
