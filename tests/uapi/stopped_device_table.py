"""What a device may and must do in each state, as the uAPI's text says it: the other half of a comparison.

Written from the text alone. `spec/uapi/switchover_hardware.py` says the same as guards; `test_switchover_table.py`
compares them, cell by cell.
"""

from __future__ import annotations

MAY = "may"  # it may happen, and then it has its effect
MUST = "must"  # it has to have its effect
MUST_NOT = "must not"  # it never happens
TOLERATE = "tolerate"  # it may happen to the device, without effect and without harm to the host
SPOILS = "tolerate, may spoil the stream"
APART = "may if it can tell memory from peers, else must not"
DISTURBS = "the user must not, for it may end the silence"
ANYTHING = "unspecified"
OUT, IN, NONE = "out", "in", "none"

STATES = ("RUNNING", "PRE_COPY", "RUNNING_P2P", "PRE_COPY_P2P", "STOP", "STOP_COPY", "RESUMING", "ERROR")

# fmt: off
TABLE = {
    #                        RUNNING  PRE_COPY  RUNNING_P2P  PRE_COPY_P2P  STOP      STOP_COPY RESUMING  ERROR
    "write to memory":      (MAY,     MAY,      APART,       APART,        MUST_NOT, MUST_NOT, MUST_NOT, ANYTHING),
    "write to a peer":      (MAY,     MAY,      MUST_NOT,    MUST_NOT,     MUST_NOT, MUST_NOT, MUST_NOT, ANYTHING),
    "answer a peer":        (MAY,     MAY,      MUST,        MUST,         TOLERATE, SPOILS,   TOLERATE, TOLERATE),
    "answer the guest":     (MAY,     MAY,      DISTURBS,    DISTURBS,     TOLERATE, SPOILS,   TOLERATE, TOLERATE),
    "change by itself":     (MAY,     MAY,      MAY,         MAY,          MUST_NOT, MUST_NOT, MUST_NOT, ANYTHING),
    "interrupt":            (MAY,     MAY,      MAY,         MAY,          MUST_NOT, MUST_NOT, MUST_NOT, ANYTHING),
    "answer SET_IRQS":      (MUST,    MUST,     MUST,        MUST,         MUST,     MUST,     MUST,     TOLERATE),
    "answer config access": (MUST,    MUST,     MUST,        MUST,         MUST,     MUST,     MUST,     TOLERATE),
    "stream":               (NONE,    OUT,      NONE,        OUT,          NONE,     OUT,      IN,       NONE),
}

# In every state, whatever the user does wrong: no fault that the host sees.
HOST_FAULTS: frozenset[str] = frozenset()

CELLS = [(event, state, cell) for event, row in TABLE.items() for state, cell in zip(STATES, row, strict=True)]
