"""Random maps, unmaps and overlaps in every format, step by step against a dictionary and the walker (U5, U8)."""

from __future__ import annotations

import errno
import random

from models.checks.catalogue import FORMATS, SMALL_SET
from models.checks.mapping_twin import PAGE, Twin
from models.checks.steps import Steps
from models.hw.attributes import READ, RIGHTS, WRITE
from models.hw.formats import all_sizes
from models.hw.memory import Memory
from models.hw.walker import Fault, Translation, Walker
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_pages, map_range
from models.kernel.pgtable_unmap import unmap_pages

WINDOW = 1 << 25
"""Bytes around each place where things are mapped."""
OPERATIONS = 150
"""Of each format, in the check of a mutant; tests take more, and take all formats."""
TAKEN = (*SMALL_SET, "vtd-4k", "x86-47", "amd-2", "arm1-48", "riscv-39x4")


class Driver:
    """One table and its twin, and the same call to both."""

    def __init__(self, name: str, seed: int, steps: Steps) -> None:
        self.steps = steps
        self.name = name
        self.random = random.Random(f"{name}/{seed}")
        self.shape = FORMATS[name]
        self.memory = Memory()
        self.flushes: list[tuple[int, int, bool]] = []
        self.table = PageTable(self.memory, self.shape, flush=lambda *f: self.flushes.append(f))
        self.twin = Twin(all_sizes(self.shape))
        self.counts = {"map": 0, "overlap": 0, "unmap": 0, "larger": 0}
        self.places = self._places()

    def _places(self) -> list[int]:
        """The low end, a middle that is no round number, and the high end of every half of the address space."""
        _, highest = self.table.lowest_and_highest(0)
        window = min(WINDOW, highest + 1)
        found = [0, highest + 1 - window]
        if highest >= 1 << 36:
            found.append(0x7_FFFF_F000 & -window)
        if self.shape.signed:
            found += [(1 << 64) - window, self.table.lowest_and_highest(1 << 63)[0]]
        return found

    def draw(self) -> tuple[int, int]:
        """An aligned range inside one window."""
        window = min(WINDOW, self.table.lowest_and_highest(0)[1] + 1)
        length = min(window, self.random.choice((1, 1, 1, 2, 3, 8, 16, 17, 40, 512, 513)) * PAGE)
        step = self.random.choice((1, 1, 2, 16, 512)) * PAGE
        if self.random.random() < 0.2 and window == WINDOW:
            length, step = self.random.choice((1, 2)) << 21, 1 << 21
        offset = self.random.randrange(0, window - length + 1, step)
        return self.random.choice(self.places) + offset, length

    def step(self) -> None:
        if self.random.random() < 0.6:
            self.map()
        else:
            self.unmap()

    def map(self) -> None:
        iova, length = self.draw()
        limit = min(self.shape.oa_bits, 46)
        pa = self.random.randrange(0, (1 << limit) - length, PAGE)
        if self.random.random() < 0.7:
            pa = pa & -(1 << 25) | iova & (1 << 25) - 1
            pa = pa if pa + length <= 1 << limit else iova & (1 << 25) - 1
        prot = self.random.choice((READ, READ | WRITE))
        whole = self.random.random() < 0.5
        before = dict(self.twin.pages)
        expected = self.twin.map(iova, pa, length, prot)
        self.counts["map" if expected == length else "overlap"] += 1
        error = 0 if expected == length else -errno.EADDRINUSE
        what = f"{self.name}: map {length:#x} bytes at {iova:#x}"
        if whole:
            self.steps.same(what, map_range(self.table, iova, pa, length, prot), error)
            if error:
                self.twin.pages = before
        else:
            self.steps.same(what, map_pages(self.table, iova, pa, length, prot), (error, expected))

    def unmap(self) -> None:
        iova, length = self.draw()
        if self.twin.pages and self.random.random() < 0.8:
            iova = self.random.choice(list(self.twin.pages)[:64])
            if self.random.random() < 0.9:
                iova = self.twin.pages[iova].leaf
            if self.random.random() < 0.3:
                large = max(self.random.choices(list(self.twin.pages), k=40), key=lambda p: self.twin.pages[p].size)
                iova, length = self.twin.pages[large].leaf, PAGE
        self.flushes.clear()
        expected = self.twin.unmap(iova, length)
        what = f"{self.name}: unmap {length:#x} bytes at {iova:#x}"
        self.steps.same(what, unmap_pages(self.table, iova, length), expected)
        flushed = [(iova, iova + expected - 1)] if expected else []
        self.steps.same(f"{what}: flushed", [(f[0], f[1]) for f in self.flushes], flushed)
        self.counts["unmap"] += expected > 0
        self.counts["larger"] += expected > length

    def look(self) -> None:
        """One address through software and through the walker."""
        iova = self.random.choice([*list(self.twin.pages)[:9], self.draw()[0]]) + self.random.randrange(0, PAGE, 8)
        page = self.twin.pages.get(iova & -PAGE)
        walked = Walker(self.memory, self.shape).walk(self.table.root, iova, READ).result
        what = f"{self.name}: {iova:#x}"
        if page is None:
            self.steps.holds(f"{what} is not mapped for the walker", isinstance(walked, Fault))
            self.steps.same(f"{what} by software", self.table.translate(iova), None)
            return
        self.steps.holds(f"{what} is mapped for the walker", isinstance(walked, Translation))
        assert isinstance(walked, Translation)
        target = page.pa + iova % PAGE
        self.steps.same(
            f"{what} walked and found", (walked.address(iova), self.table.translate(iova)), (target, target)
        )
        self.steps.same(f"{what}: rights", walked.allowed & RIGHTS & (READ | WRITE), page.prot)

    def compare(self) -> None:
        found = sorted((leaf.iova, 1 << leaf.lg2, leaf.oa) for leaf in self.table.leaves())
        self.steps.same(f"{self.name}: leaves", found, self.twin.leaves())

    def finish(self) -> None:
        self.compare()
        for leaf, size, _ in self.twin.leaves():
            self.steps.same(f"{self.name}: unmap {leaf:#x}", unmap_pages(self.table, leaf, size), size)
        self.steps.same(f"{self.name}: leaves at the end", list(self.table.leaves()), [])
        self.table.destroy()
        self.steps.same(f"{self.name}: memory in use at the end", self.memory.used(), 0)
        self.steps.same(f"{self.name}: accesses to memory of nobody", list(self.memory.stray), [])


def drive(name: str, operations: int, steps: Steps) -> None:
    """Every kind of outcome comes about."""
    driver = Driver(name, operations, steps)
    for n in range(operations):
        driver.step()
        driver.look()
        if n % 100 == 0:
            driver.compare()
    driver.finish()
    seen = {kind for kind, count in driver.counts.items() if count}
    expected = {"map", "overlap", "unmap"} | ({"larger"} if all_sizes(FORMATS[name]) != PAGE else set())
    steps.holds(f"{name}: {driver.counts} has every kind", expected <= seen)


def twin(steps: Steps) -> None:
    """Formats that differ in kind."""
    for name in TAKEN:
        drive(name, OPERATIONS, steps)
