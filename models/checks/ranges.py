"""Best page sizes against trying each, ranges against what a command covers, commands against what they remove."""

from __future__ import annotations

import random
from typing import Final

from models.checks.catalogue import FORMATS
from models.checks.mapping_twin import PAGE, best_size_by_trying
from models.checks.steps import Steps
from models.hw.attributes import READ, WRITE
from models.hw.caches import CachedConfig, CachedPage, CachedPointer, DeviceCache, DevicePage, UnitCaches
from models.hw.entries import Config
from models.hw.formats import all_sizes
from models.hw.invalidation import (
    DeviceConfig,
    DevicePages,
    Domain,
    Everything,
    Pages,
    Process,
    UnitCommand,
    overlaps,
)
from models.hw.ranges import block, counted, counted_pages, masked, sized_address, sized_block
from models.hw.walker import Pointer, Translation
from models.kernel.pgtable_sizes import best_size, run_length

TOP = (1 << 64) - 1
M2 = 1 << 21
RW = READ | WRITE


def draw_address(draw: random.Random) -> int:
    """Random prefixes, with many low zeros or ones."""
    value = draw.getrandbits(64) & draw.choice((TOP, -(1 << draw.randrange(64)) & TOP, (1 << draw.randrange(64)) - 1))
    return value & -PAGE


def best_sizes(steps: Steps, name: str, count: int) -> None:
    """T2, with random subsets of the sizes, the empty one, and lengths beyond 32 bits."""
    draw = random.Random(name)
    for _ in range(count):
        sizes = all_sizes(FORMATS[name]) & draw.choice((-1, -1, draw.getrandbits(64), 0))
        iova, pa = draw_address(draw), draw_address(draw)
        pa = draw.choice((pa, iova, pa & -(1 << 30) | iova & (1 << 30) - 1))
        length = max(PAGE, draw_address(draw) >> draw.randrange(50) & -PAGE)
        expected = best_size_by_trying(sizes, iova, pa, length)
        steps.same(f"best size of {length:#x} at {iova:#x}", best_size(sizes, iova, pa, length), expected)


def runs(steps: Steps, name: str, count: int) -> None:
    """Every page of a run has the best size for its place, and a run is neither empty nor too long."""
    draw = random.Random(name)
    sizes = all_sizes(FORMATS[name])
    for _ in range(count):
        iova = draw_address(draw) & (1 << 40) - 1
        pa = draw.choice((iova, draw_address(draw))) & (1 << 40) - 1
        length = draw.randrange(1, 3000) * PAGE
        size = best_size(sizes, iova, pa, length)
        found = run_length(sizes, size, iova, pa, length)
        steps.holds(f"{found} pages of {size:#x} at {iova:#x}", found >= 1 and found * size <= length)
        for n in sorted({0, 1, found // 2, found - 1} & set(range(found))):
            done = n * size
            best = best_size_by_trying(sizes, iova + done, pa + done, length - done)
            steps.same(f"page {n} of a run at {iova:#x}", size, best)


def page_sizes(steps: Steps) -> None:
    """Every format."""
    for name in FORMATS:
        best_sizes(steps, name, 150)
        runs(steps, name, 30)


BLOCKS: Final = (
    (0x1000, 0x1FFF, (0x1000, 12)),
    (0x1000, 0x2FFF, (0, 14)),  # two pages, but on both sides of a boundary: not log2 of the length
    (0, TOP, (0, 64)),  # everything, without wrapping
    (M2, 2 * M2 - 1, (M2, 21)),
)
SIZED: Final = (
    (0x1000, 12, 0x1000),
    (0x2000, 13, 0x2001),
    (0, 14, 0x1001),
    (M2, 21, 0x2F_F001),
    (0, 64, 0x7FFF_FFFF_FFFF_F001),
)


def ranges(steps: Steps) -> None:
    """By hand, then at random: a block has both ends, is aligned, and its half would not do; sizes come back."""
    for first, last, expected in BLOCKS:
        steps.same(f"block of {first:#x} to {last:#x}", block(first, last), expected)
    steps.same("too large for one command", masked(0x1000, 0x2FFF, 1), None)
    steps.same("as large as a command can be", masked(0x1000, 0x2FFF, 2), (0, 2))
    for base, order, word in SIZED:
        steps.same(f"sized address of 2^{order} at {base:#x}", sized_address(base, order), word)
    for order in range(12, 65):
        for base in (0, 1 << 63, 0x5A5A_5A5A_5A5A_5000):
            low = base >> order << order
            steps.same(f"2^{order} at {low:#x} comes back", sized_block(sized_address(low, order)), (low, order))
    draw = random.Random(1)
    for _ in range(2000):
        first, last = sorted((draw_address(draw), draw_address(draw) | PAGE - 1))
        base, order = block(first, last)
        what = f"block of {first:#x} to {last:#x}"
        steps.holds(f"{what} has both ends", base <= first and last < base + (1 << order) and base % (1 << order) == 0)
        steps.holds(f"{what} is the least", order == 12 or first >> order - 1 != last >> order - 1)


def counted_ranges(steps: Steps) -> None:
    """NUM is one less than the count; together the commands cover exactly the pages of the range."""
    for pages in range(1, 1200):
        at = 7 * PAGE
        for address, scale, count in counted(at, at + pages * PAGE - 1):
            steps.same(f"{pages} pages: a command begins where the last one ended", address, at)
            steps.holds(f"{pages} pages: five bits each", 0 <= count < 32 and 0 <= scale < 32)
            at += counted_pages(scale, count) * PAGE
        steps.same(f"{pages} pages: the end", at, (7 + pages) * PAGE)


def page(base: int, lg2: int = 12) -> Translation:
    return Translation(base, lg2, base, RW, False, False)


def filled() -> UnitCaches:
    """Entries that differ in one thing each."""
    caches = UnitCaches()
    for rid in 1, 2:
        caches.keep_config(CachedConfig(rid, None, Config("bypass")))
    for name_tag, pasid, base, lg2 in (
        (1, None, 0x1000, 12),
        (1, None, 0x2000, 12),
        (1, None, M2, 21),
        (2, None, 0x1000, 12),
        (1, 5, 0x1000, 12),
    ):
        caches.keep_page(CachedPage(name_tag, pasid, "second", base, lg2, page(base, lg2)))
    caches.keep_page(CachedPage(1, 6, "nested", 0x9000, 12, page(0x9000)))
    caches.keep_pointer(CachedPointer(1, None, "second", Pointer(0, 21, 0, 0x5000, 3)))
    caches.keep_pointer(CachedPointer(2, None, "second", Pointer(0, 21, 0, 0x6000, 3)))
    return caches


ALL_PAGES: Final = frozenset({0, 1, 2, 3, 4, 5})
REMOVED: Final[tuple[tuple[UnitCommand, frozenset[int], frozenset[int], frozenset[int]], ...]] = (
    (DeviceConfig(1), ALL_PAGES, frozenset({0, 1}), frozenset({1})),
    (DeviceConfig(), ALL_PAGES, frozenset({0, 1}), frozenset()),
    (Everything(), frozenset(), frozenset(), frozenset({0, 1})),
    (Domain(1), frozenset({3}), frozenset({1}), frozenset({0, 1})),
    (Process(1, 5), frozenset({0, 1, 2, 3, 5}), frozenset({0, 1}), frozenset({0, 1})),
    (Process(1, None), frozenset({3, 4, 5}), frozenset({1}), frozenset({0, 1})),
    (Pages(1, 0x1000, 12), frozenset({1, 2, 3}), frozenset({1}), frozenset({0, 1})),
    (Pages(1, 0x1000, 12, leaf_only=True), frozenset({1, 2, 3}), frozenset({0, 1}), frozenset({0, 1})),
    (Pages(1, 0, 14), frozenset({2, 3}), frozenset({1}), frozenset({0, 1})),
    (Pages(1, M2 + 0x5000, 12), frozenset({0, 1, 3, 4}), frozenset({0, 1}), frozenset({0, 1})),
    (Pages(2, 0, 64), frozenset({0, 1, 2, 4, 5}), frozenset({0}), frozenset({0, 1})),
)
"""What is left of the pages, pointers and entries of `filled`, by position, after a command."""
DROPPED: Final[tuple[tuple[DevicePages, list[int]], ...]] = (
    (DevicePages(1, 0x1000, 12), [1, 2]),
    (DevicePages(1, 0, 14), [2]),
    (DevicePages(1, 0x1000, 12, 5), [0, 1]),
    (DevicePages(1, 0, 64, all_pasids=True), []),
)


def commands(steps: Steps) -> None:
    """What every command removes, entry by entry; page 5 is combined, so pages of its second stage take it along."""
    for command, pages, pointers, configs in REMOVED:
        before, caches = filled(), filled()
        caches.invalidate(command)
        steps.same(f"{command}: pages", {before.pages.index(p) for p in caches.pages}, set(pages))
        steps.same(f"{command}: pointers", {before.pointers.index(p) for p in caches.pointers}, set(pointers))
        steps.same(f"{command}: device entries", {before.configs.index(c) for c in caches.configs}, set(configs))
    for wanted, kept in DROPPED:
        cache = DeviceCache()
        entries = [DevicePage(None, page(0x1000)), DevicePage(None, page(0x2000)), DevicePage(5, page(0x1000))]
        for entry in entries:
            cache.keep(entry)
        cache.invalidate(wanted)
        steps.same(f"{wanted}: a device keeps", [entries.index(e) for e in cache.pages], kept)


def overlapping(steps: Steps) -> None:
    """Symmetric, and what arithmetic on bytes says."""
    draw = random.Random(1)
    for _ in range(2000):
        one, two = draw.randrange(12, 20), draw.randrange(12, 20)
        a, b = draw.randrange(1 << 22) >> one << one, draw.randrange(1 << 22) >> two << two
        expected = a < b + (1 << two) and b < a + (1 << one)
        found = (overlaps(a, one, b, two), overlaps(b, two, a, one))
        steps.same(f"2^{one} at {a:#x} and 2^{two} at {b:#x}", found, (expected, expected))


def invalidation(steps: Steps) -> None:
    for part in ranges, counted_ranges, commands, overlapping:
        part(steps)
