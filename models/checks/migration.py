"""The checks of a migrating device: tables, its spec call by call, failures inside, and a recorded kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from checker.conform.implementation import Case
from checker.mutant_checks import AgainstLog, AgainstSpec, there
from models.checks.device_log import device_log, resets_that_meet_a_request
from models.checks.device_streams import device_streams
from models.checks.next_state import next_states
from models.checks.steps import Check

NAME: Final = "migration"
"""Of the model and of its spec."""
RECORDED: Final = Path(__file__).parents[2] / "tests" / "kernel-6.12"
LOGS: Final = there([RECORDED / "vfio-migration.jsonl.gz"])
DRIVERS: Final = ("strict", "mtty", "mlx5")


def case(configuration: str, kernel: str) -> Case:
    return Case(f"{configuration}-{kernel}", kernel, configuration)


ARCS: Final = tuple(case("arcs", kernel) for kernel in DRIVERS)
BACKGROUND: Final = (case("patient", "mlx5"), case("background", "mlx5"))
REQUESTS: Final = (case("unsupported", "strict"), case("requests", "strict"))
STREAMS: Final = (case("streams", "strict"), case("streams", "mtty"))
FAILURES: Final = ARCS[:2]

CHECKS: Final = (
    Check("next state", "the tables of first arcs, and what is true of every walk", next_states),
    Check("dirty log", "a tracker against a set of pages, and requests that it refuses", device_log),
    Check("resets", "resets while a request has the mutex", resets_that_meet_a_request),
    Check("device", "what it does in each state, streams in pieces, cut short and damaged", device_streams),
    *((AgainstLog("recorded log", "what mtty did on a real 6.12 kernel", NAME, NAME, LOGS),) if LOGS else ()),
    AgainstSpec("arcs", "lock-step: walks with failing arcs and resets, of three drivers", NAME, NAME, ARCS),
    AgainstSpec("streams", "lock-step: data files are read, written, refused, ended", NAME, NAME, STREAMS),
    AgainstSpec("background", "lock-step: saves that go on, fail and begin again", NAME, NAME, BACKGROUND),
    AgainstSpec("requests", "lock-step: every form of a request", NAME, NAME, REQUESTS),
    AgainstSpec("failures", "every place where a call may fail inside, failing", NAME, NAME, FAILURES, "faults"),
)
