"""The runs of the isolation check, by name, from small to large; each is exhaustive within what its line says.

`CHECKS` are the quick ones, which stop at the first violation; `run` gives the whole report of any.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from models.checks.isolation import Report, explore, wander
from models.checks.isolation_core import CoreStage, Size
from models.checks.isolation_vfio import VfioStage
from models.checks.steps import Check, FailedError, Steps
from models.kernel.version import V6_12, V7_0, Version


class Last:
    """A unit that runs what came last first, of the commands that wait together."""

    def choose(self, what: str, among: int) -> int:
        return among - 1


@dataclass(frozen=True, slots=True)
class Run:
    """Every sequence of `depth` calls of these kinds (all, if none is named), after the calls `first`."""

    about: str
    size: Size
    kinds: str
    depth: int
    version: Version = V7_0
    failures: bool = False
    ats: bool = True
    caching_mode: bool = False
    is_kdump: bool = False
    vfio: bool = False
    first: tuple[str, ...] = ()

    def stage(self) -> CoreStage:
        if self.vfio:
            return VfioStage(self.size, self.version)
        return CoreStage(self.size, self.version, ats=self.ats, caching_mode=self.caching_mode, is_kdump=self.is_kdump)


ALL: Final = ""
ONE: Final = Size((0,), ("o1",), 1, 2)
PAIR: Final = Size((0, 0), ("o1",), 2)
SLOTS: Final = Size((0, 0), ("o1",), 1, pasids=True)
TWO: Final = Size((0, 1), ("o1", "o2"), 1)
OWN: Final = "claim release attach detach"
MOVES: Final = f"{OWN} prepare done attach-pasid detach-pasid"
CONTAINER: Final = ("open(g0)", "set(g0, c0)", "set-iommu(c0)", "map(c0, 0)", "get-device(g0, 0x10)")
CONTEXT: Final = ("bind-iommufd(0x10, f0)", "map(f0, 0)", "attach-pt(0x10, f0)", "bind-iommufd(0x11, f0)")

RUNS: Final[dict[str, Run]] = {
    "pages": Run("one device, two pages that come and go below it", ONE, f"{OWN} map unmap", 5),
    "large-pages": Run(
        "a large page in place of small ones", Size((0,), ("o1",), 1), "claim attach unmap map-large unmap-large map", 6
    ),
    "switch": Run("two devices that move together", PAIR, f"{OWN} replace unmap free", 3, V6_12),
    "failures": Run("an inner failure of a switch", PAIR, "claim attach replace", 3, V6_12, failures=True),
    "slots": Run("PASIDs and inner failures", SLOTS, f"{OWN} attach-pasid detach-pasid", 3, failures=True),
    "reset": Run("resets beside everything else", SLOTS, MOVES, 4),
    "members": Run("members that come and go, default domains", PAIR, f"{OWN} add remove use unuse write-type", 3),
    "owners": Run("two groups, two owners", TWO, f"{OWN} unmap", 3),
    "no-ats": Run("devices without caches of their own", PAIR, f"{OWN} replace", 3, ats=False),
    "caching-mode": Run("a unit that keeps absences", ONE, f"{OWN} map unmap", 4, caching_mode=True),
    "kdump": Run("first attaches that wait", PAIR, f"{OWN} add remove", 3, failures=True, is_kdump=True),
    "files": Run("a container from its first file on", Size((0,), ("c0",)), ALL, 5, V6_12, failures=True, vfio=True),
    "container": Run(
        "a container with an open device", Size((0, 0), ("c0",)), ALL, 3, V6_12, vfio=True, first=CONTAINER
    ),
    "iommufd": Run("devices in iommufds", Size((0, 0), ("f0", "f1")), ALL, 3, V6_12, vfio=True, first=CONTEXT),
    # The larger ones.
    "pages-6": Run("as pages, longer", ONE, f"{OWN} map unmap free", 6),
    "switch-4": Run("as switch, longer", PAIR, f"{OWN} replace unmap free", 4, V6_12),
    "failures-4": Run("as failures, longer", PAIR, f"{OWN} replace", 4, failures=True),
    "reset-5": Run("as reset, longer", SLOTS, MOVES, 5),
    "members-4": Run("as members, longer", PAIR, f"{OWN} add remove use unuse write-type", 4),
    "owners-4": Run("two groups, two owners", TWO, f"{OWN} unmap free", 4),
    "everything-3": Run("two devices and every call, with a failure", SLOTS, ALL, 3, failures=True),
    "container-4": Run(
        "as container, with a failure", Size((0, 1), ("c0",)), ALL, 4, failures=True, vfio=True, first=CONTAINER
    ),
    "iommufd-4": Run("as iommufd, longer", Size((0, 0), ("f0", "f1")), ALL, 4, vfio=True, first=CONTEXT),
    "both-5": Run("a group between a container and an iommufd", Size((0,), ("c0", "f0")), ALL, 5, vfio=True),
}
"""By name; those that end in a number take long."""
LARGE: Final = tuple(name for name in RUNS if name[-1].isdigit())
QUICK: Final = tuple(name for name in RUNS if name not in LARGE)


def run(name: str, stop: bool = False, last_first: bool = True) -> Report:
    """One run; with `stop` it ends at the first violation."""
    it = RUNS[name]
    stage = it.stage()
    kinds = frozenset(it.kinds.split())
    return explore(
        stage,
        it.depth,
        Last() if last_first else None,
        it.failures,
        lambda call: not kinds or call.split("(")[0] in kinds,
        stop,
        it.first,
    )


def at_random(seed: int, calls: int, stop: bool = True) -> Report:
    """One long sequence in a larger world: five devices in three groups, three owners, every call, failures inside."""
    size = Size((0, 0, 1, 1, 2), ("o1", "o2", "o3"), 2, 3, 2, pasids=True)
    return wander(CoreStage(size), calls, seed, stop=stop)


def files_at_random(seed: int, calls: int, stop: bool = True) -> Report:
    """The same above VFIO: two containers and two iommufds."""
    size = Size((0, 0, 1, 1, 2), ("c0", "c1", "f0", "f1"), pages=2)
    return wander(VfioStage(size), calls, seed, stop=stop)


def check(name: str, steps: Steps) -> None:
    """A quick run as a check: every probed moment is a step."""
    report = run(name, stop=True)
    steps.progress.steps += report.probed
    if report.violations:
        raise FailedError(str(report.violations[0]))


def check_at_random(steps: Steps) -> None:
    for seed in range(6):
        report = files_at_random(seed, 60) if seed % 2 else at_random(seed, 60)
        steps.progress.steps += report.probed
        if report.violations:
            raise FailedError(str(report.violations[0]))


CHECKS: Final[tuple[Check, ...]] = (
    *(Check(f"isolation: {name}", RUNS[name].about, partial(check, name)) for name in QUICK),
    Check("isolation: at random", "long sequences in a larger world", check_at_random),
)
