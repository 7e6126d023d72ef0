"""The walk between states, from the tables of first arcs and from what is true of every walk.

The tables are those of the documentation and of recorded requests, one for each set of optional states; `!` is EINVAL.
"""

from __future__ import annotations

from typing import Final

from models.checks.steps import Steps
from models.kernel.migration_states import (
    CAN_P2P,
    CAN_PRE_COPY,
    CAN_STOP_COPY,
    ERROR,
    PRE_COPY,
    PRE_COPY_P2P,
    RESUMING,
    RUNNING,
    RUNNING_P2P,
    STOP,
    STOP_COPY,
    next_state,
)

SHORT: Final = {
    "S": STOP,
    "R": RUNNING,
    "SC": STOP_COPY,
    "RE": RESUMING,
    "RP": RUNNING_P2P,
    "PC": PRE_COPY,
    "PP": PRE_COPY_P2P,
}
TABLES: Final = {
    CAN_STOP_COPY: """
        S  R  SC RE
    S   S  R  SC RE
    R   S  R  S  S
    SC  S  S  SC S
    RE  S  S  S  RE
    """,
    CAN_STOP_COPY | CAN_P2P: """
        S  R  SC RE RP
    S   S  RP SC RE RP
    R   RP R  RP RP RP
    SC  S  S  SC S  S
    RE  S  S  S  RE S
    RP  S  R  S  S  RP
    """,
    CAN_STOP_COPY | CAN_PRE_COPY: """
        S  R  SC RE PC
    S   S  R  SC RE R
    R   S  R  S  S  PC
    SC  S  S  SC S  !
    RE  S  S  S  RE S
    PC  R  R  SC R  PC
    """,
    CAN_STOP_COPY | CAN_P2P | CAN_PRE_COPY: """
        S  R  SC RE RP PC PP
    S   S  RP SC RE RP RP RP
    R   RP R  RP RP RP PC RP
    SC  S  S  SC S  S  !  !
    RE  S  S  S  RE S  S  S
    RP  S  R  S  S  RP R  PP
    PC  R  R  PP R  R  PC PP
    PP  RP RP SC RP RP PC PP
    """,
}
"""By capabilities: rows are where the device is, columns what is asked for, cells the first state on the way."""
SILENT: Final = frozenset({STOP, STOP_COPY, RESUMING, RUNNING_P2P, PRE_COPY_P2P})
"""Where a device begins no peer-to-peer DMA."""
SAVING: Final = frozenset({STOP_COPY, PRE_COPY, PRE_COPY_P2P})
MOST_ARCS: Final = 4


def first_arcs(steps: Steps) -> None:
    """Every cell; ERROR and states that the device does not have are EINVAL."""
    for capabilities, text in TABLES.items():
        lines = [line.split() for line in text.strip().splitlines()]
        columns = [SHORT[word] for word in lines[0]]
        for row, *cells in lines[1:]:
            for wanted, cell in zip(columns, cells, strict=True):
                found = next_state(capabilities, SHORT[row], wanted)
                expected = ("EINVAL", SHORT[row]) if cell == "!" else ("", SHORT[cell])
                steps.same(f"capabilities {capabilities}, {row} to {wanted}", (found.errno, found.state), expected)
            for wanted in (ERROR, *(set(SHORT.values()) - set(columns)), 8, 99):
                found = next_state(capabilities, SHORT[row], wanted)
                steps.same(f"capabilities {capabilities}, {row} to {wanted}", found.errno, "EINVAL")
        for wanted in range(9):
            found = next_state(capabilities, ERROR, wanted)
            steps.same(f"capabilities {capabilities}, ERROR to {wanted}", (found.errno, found.warned), ("EINVAL", True))


def walks(steps: Steps) -> None:
    """Every walk ends; silent ones stay silent; saving ones keep their stream; none is saving in between."""
    for capabilities in TABLES:
        for start in SHORT.values():
            for wanted in SHORT.values():
                path = _walk(capabilities, start, wanted)
                if path is None:
                    continue
                what = f"capabilities {capabilities}, {start} to {wanted} by {path}"
                steps.holds(f"{what}: at most {MOST_ARCS} arcs", len(path) <= MOST_ARCS + 1 and path[-1] == wanted)
                steps.holds(f"{what}: no ERROR", ERROR not in path)
                if {start, wanted} <= SILENT:
                    steps.holds(f"{what}: stays silent", set(path) <= SILENT)
                if {start, wanted} <= SAVING:
                    steps.holds(f"{what}: keeps its stream", set(path) <= SAVING)
                else:
                    steps.holds(f"{what}: no saving state inside", not SAVING & set(path[1:-1]))


def _walk(capabilities: int, start: int, wanted: int) -> list[int] | None:
    """The states of a walk, or None if it is refused at once."""
    path = [start]
    while path[-1] != wanted and len(path) <= 2 * MOST_ARCS:
        found = next_state(capabilities, path[-1], wanted)
        if found.errno:
            return None if len(path) == 1 else path
        path.append(found.state)
    return path


def next_states(steps: Steps) -> None:
    first_arcs(steps)
    walks(steps)
