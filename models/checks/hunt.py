"""Short sequences of maps and unmaps under a walker that keeps all it may, at every write: P1 to P4, P6 and P7."""

from __future__ import annotations

import errno
import itertools
from typing import Any, Final

from models.checks.machine import PAGE, RID, RW, World
from models.checks.steps import Steps
from models.hw.adversary import absorb, may_fault, possible_pages
from models.kernel.pgtable_map import map_range
from models.kernel.pgtable_unmap import unmap_pages

SPACE = 8
"""Pages of the toy format that are looked at: two tables of the last level."""
LOOKED_AT: Final = tuple(n * PAGE for n in range(SPACE))
Operation = tuple[str, int, int, int]
OPERATIONS: Final[tuple[Operation, ...]] = (
    ("map", 0, 1, 0x80),
    ("map", 0, 4, 0x90),
    ("map", 2, 2, 0xA2),
    ("map", 2, 4, 0xB3),
    ("unmap", 0, 1, 0),
    ("unmap", 0, 4, 0),
    ("unmap", 2, 2, 0),
    ("unmap", 2, 4, 0),
    ("unmap", 0, 8, 0),
)
"""The verb, the first page, how many pages, the first output page."""
LONGER: Final[tuple[tuple[Operation, ...], ...]] = (
    (("map", 2, 2, 0xA2), ("unmap", 2, 2, 0), ("map", 0, 4, 0x90)),
    (("map", 0, 1, 0x80), ("map", 2, 4, 0xB3), ("unmap", 0, 8, 0), ("unmap", 2, 4, 0)),
    (("map", 0, 4, 0x90), ("map", 4, 4, 0xB0), ("unmap", 0, 8, 0), ("map", 2, 4, 0xB3)),
)
"""Some that need three: a table that small pages left, a hole in the middle, two tables at once."""

UNITS: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "ats": {"ats": True},
    "caching-mode": {"caching_mode": True},
    "no-walk-cache": {"walk_cache": False},
    "one-entry": {"split": "entry", "ats": True},
}


class Backwards:
    """Hardware that runs pending commands in the order that software hopes for least."""

    def choose(self, what: str, among: int) -> int:
        return among - 1


class Hunt:
    """A world in which the adversary acts at every moment and looks for what must not be."""

    def __init__(self, world: World, steps: Steps, pages: tuple[int, ...] = LOOKED_AT) -> None:
        self.world, self.pages, self.steps = world, pages, steps
        self.before: dict[int, set[int | None]] = {}
        self.busy = False
        world.watch(self.moment)
        world.flusher.between = self.moment
        world.flusher.oracle = Backwards()

    def moment(self) -> None:
        """P6: what any cache or walk can give is where a page was or will be, in the middle of every operation."""
        if self.busy:
            return
        self.busy = True
        absorb(self.world.unit, RID, None, self.pages)
        for iova, allowed in self.before.items():
            got = self.usable(iova)
            legal = allowed | {self.world.table.translate(iova)}
            self.steps.holds(f"{iova:#x} reaches {got} in the middle of an operation, {legal} are legal", got <= legal)
        self.busy = False

    def allow(self, iova: int, pa: int, length: int) -> None:
        """What a map asks for may be used before it returns."""
        for each in self.pages:
            if iova <= each < iova + length:
                self.before[each] = self.before.get(each, set()) | {pa + each - iova}

    def usable(self, iova: int) -> set[int | None]:
        """Every address that a request may reach now, through any cache."""
        found = possible_pages(self.world.unit, RID, None, iova)
        found += self.world.device.cache.find(None, iova)
        return {page.address(iova) for page in found}

    def perform(self, operation: Operation) -> None:
        verb, first, count, target = operation
        before = self.world.intent(self.pages)
        self.before = {iova: {pa} for iova, pa in before.items()}
        if verb == "map":
            self.allow(first * PAGE, target * PAGE, count * PAGE)
            error = map_range(self.world.table, first * PAGE, target * PAGE, count * PAGE, RW)
            self.steps.holds(f"{operation} gives {error}", error in (0, -errno.EADDRINUSE))
            if error:
                self.steps.same(f"{operation} changes nothing", self.world.intent(self.pages), before)
        else:
            removed = unmap_pages(self.world.table, first * PAGE, count * PAGE)
            after = self.world.intent(self.pages)
            gone = [iova for iova in self.pages if before[iova] != after[iova]]
            self.steps.same(f"{operation} says what it removed", removed, len(gone) * PAGE)
        self.before = {}
        self.settle()

    def settle(self) -> None:
        """After an operation: mapped pages are there, nothing else is, and no walker came near a freed table."""
        self.moment()
        for iova, pa in self.world.intent(self.pages).items():
            usable = self.usable(iova)
            self.steps.holds(f"{iova:#x} still reaches {usable}", usable <= {pa} - {None})
            if pa is not None:
                refused = may_fault(self.world.unit, RID, None, iova)
                self.steps.holds(f"{iova:#x} is mapped and may fault", not refused)
        self.steps.same("accesses to freed tables", list(self.world.memory.stray), [])


def hunt(world: World, operations: tuple[Operation, ...], steps: Steps) -> None:
    hunting = Hunt(world, steps)
    for operation in operations:
        hunting.perform(operation)


def sequences(unit: str, length: int, steps: Steps) -> None:
    """Every sequence of so many operations."""
    for operations in itertools.product(OPERATIONS, repeat=length):
        hunt(World(**UNITS[unit]), operations, steps)


def adversary(steps: Steps) -> None:
    """Every unit: the longer sequences that are known to matter, then all of two."""
    for unit in UNITS:
        for operations in LONGER:
            hunt(World(**UNITS[unit]), operations, steps)
    for unit in UNITS:
        sequences(unit, 2, steps)
