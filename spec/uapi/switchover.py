"""A switchover: many devices that write to each other and to memory, stopped by a VMM at one instant and read out.

Start with `switchover_state.py` for the words; each other file is one concern and extends the one before it. This is
the source; `switchover_destination.py` is the other side.
"""

from spec.lang import *
from spec.uapi.switchover_promises_source import SourcePromises


class Switchover(SourcePromises):
    """The source of a migration of several devices."""

    configurations = {
        "core": configuration("Two devices with every capability. No faults, no resets.", Device=2),
        "faults": configuration("Any arc may fail.", Device=2, faults=True),
        "without-pre-copy": configuration("P2P only; any arc may fail.", Device=2, pre_copy=False, faults=True),
        "single": configuration("One device without P2P migrates; pre-copy or not.", Device=1, p2p=False,
                                pre_copy=every(), faults=True),
        "resets": configuration("The guest resets devices while it runs.", Device=2, resets=True, faults=True),
        "three": configuration("Three devices, of which symmetry searches one order of six.", Device=3, faults=True),
        "two-pages": configuration("Two pages and reports that fail.", Device=2, Page=2, report_errors=True),
        "interrupts": configuration("An interrupt a device, whose vector may be masked.", Device=2, interrupts=True),
        "everything": configuration("All at once but what `progress` asks.", Device=2, faults=True, resets=True,
                                    interrupts=True, report_errors=True),
        "progress": configuration("Whether each pass ends though arcs fail.", Device=2, faults=True, progress=True),
        "refused": configuration("Two devices without P2P do not.", Device=2, p2p=False),
    }
