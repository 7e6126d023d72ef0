"""The states of a migrating device, and the core's answer to "which arc comes next?".

A driver is asked for a state and gets there arc by arc. The core keeps one table, as if every optional state were
there, and looks again from each state that this device does not have
(drivers/vfio/vfio_main.c: vfio_mig_get_next_state()).
"""

from __future__ import annotations

from typing import NamedTuple

ERROR, STOP, RUNNING, STOP_COPY, RESUMING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P = range(8)
NAMES = ("ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING", "RUNNING_P2P", "PRE_COPY", "PRE_COPY_P2P")
"""By number, as in the uAPI."""

CAN_STOP_COPY, CAN_P2P, CAN_PRE_COPY = 1, 2, 4
"""Bits of the capability word."""

PRE_COPYING = frozenset({PRE_COPY, PRE_COPY_P2P})
"""The device runs while its state is read out."""
SAVING = PRE_COPYING | {STOP_COPY}
"""A saving data file belongs to these."""

NEEDED = {
    STOP: CAN_STOP_COPY,
    RUNNING: CAN_STOP_COPY,
    STOP_COPY: CAN_STOP_COPY,
    RESUMING: CAN_STOP_COPY,
    RUNNING_P2P: CAN_STOP_COPY | CAN_P2P,
    PRE_COPY: CAN_STOP_COPY | CAN_PRE_COPY,
    PRE_COPY_P2P: CAN_STOP_COPY | CAN_P2P | CAN_PRE_COPY,
}
"""Capabilities without which a device is never in a state. ERROR needs what no device has: nobody can ask for it."""

_COLUMNS = (STOP, RUNNING, STOP_COPY, RESUMING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P)
_SHORT = {"S": STOP, "R": RUNNING, "C": STOP_COPY, "I": RESUMING, "Q": RUNNING_P2P, "P": PRE_COPY, "T": PRE_COPY_P2P}
_ROWS = {
    #           wanted: S R C I Q P T
    STOP: "SQCIQQQ",
    RUNNING: "QRQQQPQ",
    STOP_COPY: "SSCSS!!",
    RESUMING: "SSSISSS",
    RUNNING_P2P: "SRSSQRT",
    PRE_COPY: "RRTRRPT",
    PRE_COPY_P2P: "QQCQQPT",
}
"""The first arc on the way, for a device that has every state; `!` is a way that is blocked."""

FIRST = {
    (row, column): _SHORT.get(letter)
    for row, letters in _ROWS.items()
    for column, letter in zip(_COLUMNS, letters, strict=True)
}


class Next(NamedTuple):
    """What the core says: an errno, or where the next arc leads. `warned` if the question itself was a bug."""

    errno: str
    state: int
    warned: bool = False


def has_state(capabilities: int, state: int) -> bool:
    """True if a device with these capabilities can be asked to be in the state."""
    needed = NEEDED.get(state)
    return needed is not None and needed & ~capabilities == 0


def _next_state(capabilities: int, current: int, wanted: int) -> Next:
    if not has_state(capabilities, current):
        return Next("EINVAL", current, warned=True)
    if not has_state(capabilities, wanted):
        return Next("EINVAL", current)
    step = FIRST[current, wanted]
    while step is not None and not has_state(capabilities, step):
        step = FIRST[step, wanted]
    return Next("EINVAL", current) if step is None else Next("", step)


_ANSWERS = {
    (capabilities, current, wanted): _next_state(capabilities, current, wanted)
    for capabilities in range(8)
    for current in range(8)
    for wanted in range(9)
}


def next_state(capabilities: int, current: int, wanted: int) -> Next:
    """The next arc on the way to a state, or EINVAL: the state is none of this device, or the way is blocked.

    Asking in a state that the device cannot be in, ERROR above all, is a WARN and EINVAL. The answer for the state
    that the device is in already is that state.
    """
    return _ANSWERS[capabilities, current, min(wanted, 8)]
