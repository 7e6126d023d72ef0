"""Dirty tracking end to end: hardware records as it walks, software reads and clears, and no write is lost (P5)."""

from __future__ import annotations

import random

from models.checks.catalogue import FORMATS
from models.checks.steps import Steps
from models.hw.attributes import READ, WRITE
from models.hw.formats import all_sizes
from models.hw.memory import Memory
from models.hw.walker import Fault, Translation, Walker
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_dirty import clear_all, read_and_clear
from models.kernel.pgtable_map import map_range

PAGE = 1 << 12
M2 = 1 << 21
TRACKING = ("vtd-3", "amd-3", "arm1-39", "arm2-40", "toy")


class Tracked:
    """A table with a walker that records, and what was read from it."""

    def __init__(self, name: str) -> None:
        self.memory = Memory()
        self.flushes: list[tuple[int, int, bool]] = []
        self.shape = FORMATS[name]
        self.table = PageTable(self.memory, self.shape, flush=lambda *f: self.flushes.append(f), tracked=True)

    def touch(self, iova: int, write: bool) -> Translation | Fault:
        needed = WRITE if write else READ
        return Walker(self.memory, self.shape, records=True).walk(self.table.root, iova, needed).result

    def read(self, first: int, length: int, clear: bool = True) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        read_and_clear(self.table, first, length, lambda at, n: found.append((at, n)), clear)
        return found


def seen_once(steps: Steps, name: str) -> None:
    """A write is reported once, a read never; a page that was cleaned can be written again."""
    tracked = Tracked(name)
    steps.same(f"{name}: map", map_range(tracked.table, 0x1000, 0x8000, PAGE, READ | WRITE), 0)
    steps.holds(f"{name}: a read is translated", isinstance(tracked.touch(0x1000, False), Translation))
    steps.same(f"{name}: after a read", tracked.read(0, 0x4000), [])
    steps.holds(f"{name}: a write is translated", isinstance(tracked.touch(0x1000, True), Translation))
    steps.same(f"{name}: read without clearing", tracked.read(0, 0x4000, clear=False), [(0x1000, PAGE)])
    steps.same(f"{name}: nothing to flush", tracked.flushes, [])
    steps.same(f"{name}: read", tracked.read(0, 0x4000), [(0x1000, PAGE)])
    steps.same(f"{name}: flushed", tracked.flushes, [(0x1000, 0x1FFF, True)])
    steps.same(f"{name}: read again", tracked.read(0, 0x4000), [])
    steps.holds(f"{name}: a cleaned page can be written", isinstance(tracked.touch(0x1000, True), Translation))
    steps.same(f"{name}: and that is seen", tracked.read(0, 0x4000), [(0x1000, PAGE)])


def every_entry_counts(steps: Steps, name: str) -> None:
    """Hardware marks the entry that it used; the page is dirty as a whole and clean as a whole (T9)."""
    tracked = Tracked(name)
    size = next((1 << n for n in range(13, 32) if all_sizes(FORMATS[name]) >> n & 1), PAGE)
    steps.same(f"{name}: map", map_range(tracked.table, size, size, size, READ | WRITE), 0)
    for offset in range(0, size, PAGE if size < M2 else size // 4):
        tracked.touch(size + offset, True)
        steps.same(f"{name}: written at {offset:#x}", tracked.read(size, size), [(size, size)])
        steps.same(f"{name}: clean after {offset:#x}", tracked.read(size, size), [])


def parts(steps: Steps) -> None:
    """Only the part of a page that is inside the window is recorded, but the page is cleaned as a whole."""
    tracked = Tracked("vtd-3")
    steps.same("map", map_range(tracked.table, M2, M2, M2, READ | WRITE), 0)
    tracked.touch(M2, True)
    inside = tracked.read(M2 + PAGE, 2 * PAGE, clear=False)
    steps.same("part of a large page", inside, [(M2 + PAGE, 2 * PAGE)])
    steps.same("its first part", tracked.read(M2, PAGE), [(M2, PAGE)])
    steps.same("cleaned as a whole", tracked.read(M2, M2), [])


def everything_clean(steps: Steps) -> None:
    """Enabling the tracking begins with clean pages, whatever their sizes."""
    tracked = Tracked("amd-3")
    for n in range(3):
        steps.same("map", map_range(tracked.table, n << 30, n << 30, PAGE << n, READ | WRITE), 0)
        tracked.touch(n << 30, True)
    clear_all(tracked.table)
    for n in range(3):
        steps.same("all clean", tracked.read(n << 30, M2), [])
    steps.same("flushed", tracked.flushes, [(0, (2 << 30) + 4 * PAGE - 1, True)])


def read_only(steps: Steps, name: str) -> None:
    tracked = Tracked(name)
    steps.same(f"{name}: map", map_range(tracked.table, 0, 0x8000, PAGE, READ), 0)
    found = tracked.touch(0, True)
    steps.holds(f"{name}: a read-only page refuses writes", isinstance(found, Fault) and found.reason == "not allowed")
    steps.same(f"{name}: and is not dirty", tracked.read(0, PAGE), [])


def preset(steps: Steps, name: str) -> None:
    """x86 first stage and RISC-V as software sets them up: hardware never needs to write an entry."""
    tracked = Tracked(name)
    steps.same(f"{name}: map", map_range(tracked.table, 0, 0x8000, PAGE, READ | WRITE), 0)
    leaf = tracked.table.tables()[-1][0]
    before = tracked.memory.load(leaf)
    tracked.touch(0, True)
    steps.same(f"{name}: the entry after a write", tracked.memory.load(leaf), before)


def accessed(steps: Steps, name: str) -> None:
    """Every entry on the way says that it was used."""
    tracked = Tracked(name)
    steps.same(f"{name}: map", map_range(tracked.table, 0, 0x8000, PAGE, READ | WRITE), 0)
    tracked.touch(0, False)
    for pa, _ in tracked.table.tables():
        word = tracked.memory.load(pa)
        steps.same(f"{name}: accessed at {pa:#x}", word, tracked.shape.visited(word, 0, False))


def dirty_twin(steps: Steps, name: str, rounds: int = 60) -> None:
    """Random writes and reads of windows: what is reported covers exactly the pages that were written since."""
    draw = random.Random(f"dirty/{name}")
    tracked = Tracked(name)
    window = 8 if name == "toy" else 64
    for first in range(0, window, 4):
        length = draw.choice((1, 2, 4)) * PAGE
        steps.same(f"{name}: map", map_range(tracked.table, first * PAGE, (64 + first) * PAGE, length, READ | WRITE), 0)
    leaves = list(tracked.table.leaves())
    written: set[int] = set()
    for _ in range(rounds):
        leaf = draw.choice(leaves)
        iova = leaf.iova + draw.randrange(1 << leaf.lg2) & -8
        if draw.random() < 0.7:
            tracked.touch(iova, True)
            written.add(leaf.iova)
            continue
        tracked.touch(iova, False)
        some = sorted(draw.sample(range(len(leaves)), 2))
        low, high = leaves[some[0]].iova, leaves[some[1]].iova
        expected = [(e.iova, 1 << e.lg2) for e in leaves if low <= e.iova < high and e.iova in written]
        clear = draw.random() < 0.6
        steps.same(f"{name}: written in {low:#x} to {high:#x}", tracked.read(low, high - low, clear), expected)
        written -= {at for at, _ in expected} if clear else set()


def dirty(steps: Steps) -> None:
    for name in TRACKING:
        seen_once(steps, name)
        every_entry_counts(steps, name)
        dirty_twin(steps, name)
    parts(steps)
    everything_clean(steps)
    for name in ("vtd-3", "amd-3", "arm1-39", "riscv-39", "x86-4"):
        read_only(steps, name)
    for name in ("x86-4", "riscv-39"):
        preset(steps, name)
    for name in ("vtd-3", "x86-4", "amd-3"):
        accessed(steps, name)
