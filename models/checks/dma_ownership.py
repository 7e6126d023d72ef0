"""The checks of ownership: through files, by DMA at every moment, against the spec, against a recorded kernel."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from checker.conform.implementation import Case
from checker.mutant_checks import AgainstLog, AgainstSpec, there
from models.checks import isolation_runs
from models.checks.core_calls import core_calls
from models.checks.steps import Check, Steps
from models.checks.vfio_files import vfio_files

NAME: Final = "dma_ownership"
"""Of the model and of its spec."""
RECORDED: Final = Path(__file__).parents[2] / "tests" / "kernel-6.12"
LOGS: Final = there([RECORDED / "vfio-ownership.jsonl.gz"])


def case(configuration: str, kernel: str) -> Case:
    return Case(f"{configuration}-{kernel}", kernel, configuration, ("Device=2",))


def isolation(names: Iterable[str], steps: Steps) -> None:
    """Some runs of the isolation check, one after the other."""
    for name in names:
        isolation_runs.check(name, steps)


OLD, NEW = "6.12.y", "7.0"
CORE: Final = (case("core", OLD), case("core", NEW), case("private", NEW), case("members", OLD))
RESETS: Final = (case("reset", NEW), case("pasid", OLD))
BOOT: Final = (case("boot", NEW), case("firmware", OLD))
FAILURES: Final = (case("core", OLD), case("reset", NEW))

CHECKS: Final = (
    Check("calls", "the core by hand: every call in every mode, failures, resets, members, drivers", core_calls),
    Check("files", "sequences of open, ioctl and close by users of VFIO and iommufd", vfio_files),
    AgainstSpec("core", "lock-step: claims, switches, private domains, members", NAME, NAME, CORE),
    AgainstSpec("resets", "lock-step: resets and PASIDs", NAME, NAME, RESETS),
    Check(
        "isolation: pages",
        "DMA at every write while pages come and go",
        partial(isolation, ("pages", "large-pages", "no-ats", "caching-mode")),
    ),
    Check(
        "isolation: switches",
        "DMA at every write of claim, attach, replace, detach, release, with failures",
        partial(isolation, ("switch", "failures", "owners", "members")),
    ),
    Check("isolation: slots", "DMA with PASIDs and in resets", partial(isolation, ("slots", "reset"))),
    AgainstSpec("boot", "lock-step: boot, deferred devices, direct regions", NAME, NAME, BOOT),
    AgainstSpec("failures", "every place where a call may fail inside, failing", NAME, NAME, FAILURES, "faults"),
    *((AgainstLog("recorded log", "what a real 6.12 kernel did", NAME, NAME, LOGS),) if LOGS else ()),
    Check("isolation: at random", "long sequences in a larger world", isolation_runs.check_at_random),
)
