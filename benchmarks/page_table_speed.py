"""How fast pages are mapped and unmapped: 4 KiB pages, one call each and many in one call, in every three-level format.

Run with `python benchmarks/page_table_speed.py [--pages N] [--rounds N]`. Processor time of this process is taken, so
that other work on the machine counts little; medians are printed. Every round checks a translation and that all pages
went. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from models.hw.attributes import READ, WRITE
from models.hw.format_amd import AmdHost
from models.hw.format_arm import ArmLpae
from models.hw.format_riscv import Riscv
from models.hw.format_vtd import VtdSecond
from models.hw.format_x86 import X86First
from models.hw.formats import PAGE, Format
from models.hw.memory import Memory
from models.kernel.pgtable import PageTable
from models.kernel.pgtable_map import map_pages
from models.kernel.pgtable_unmap import unmap_pages

FORMATS: dict[str, Format] = {
    "VT-d second stage": VtdSecond(3),
    "x86-64 first stage": X86First(3),
    "AMD v1": AmdHost(),
    "ARM LPAE stage 1": ArmLpae(1, 39, 3),
    "ARM LPAE stage 2": ArmLpae(2, 39, 3),
    "RISC-V Sv39": Riscv(3),
}
START, TARGET = 0x1000_0000, 0x4000_1000
"""The target is odd among pages, so that no page larger than 4 KiB ever fits."""


def seconds(run: Callable[[], None]) -> float:
    before = time.process_time()
    run()
    return time.process_time() - before


def single_calls(table: PageTable, pages: int) -> tuple[float, float]:
    """A call for every page, a flush for every unmap."""

    def map_all() -> None:
        for offset in range(0, pages * PAGE, PAGE):
            map_pages(table, START + offset, TARGET + offset, PAGE, READ | WRITE)

    def unmap_all() -> None:
        for offset in range(0, pages * PAGE, PAGE):
            unmap_pages(table, START + offset, PAGE)

    return measure(table, pages, map_all, unmap_all)


def one_call(table: PageTable, pages: int) -> tuple[float, float]:
    """All pages in one call."""

    def map_all() -> None:
        map_pages(table, START, TARGET, pages * PAGE, READ | WRITE)

    def unmap_all() -> None:
        unmap_pages(table, START, pages * PAGE)

    return measure(table, pages, map_all, unmap_all)


def measure(
    table: PageTable, pages: int, map_all: Callable[[], None], unmap_all: Callable[[], None]
) -> tuple[float, float]:
    """Seconds for both ways, after a look at what came of them."""
    mapped = seconds(map_all)
    last = (pages - 1) * PAGE
    assert table.translate(START + last) == TARGET + last
    assert sum(1 for leaf in table.leaves() if leaf.lg2 == 12) == pages
    unmapped = seconds(unmap_all)
    assert next(table.leaves(), None) is None
    return mapped, unmapped


def row(name: str, shape: Format, how: str, pages: int, rounds: int) -> str:
    """Pages a second, of maps, of unmaps, and of both together."""
    run = single_calls if how == "one a call" else one_call
    taken = [run(PageTable(Memory(), shape, offered=PAGE), pages) for _ in range(rounds)]
    mapped, unmapped = (statistics.median(t[n] for t in taken) for n in (0, 1))
    both = 2 * pages / (mapped + unmapped)
    return f"| {name} | {how} | {pages / mapped:,.0f} | {pages / unmapped:,.0f} | {both:,.0f} |"


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(f"{asked.pages:,} pages of 4 KiB, median of {asked.rounds} rounds, pages a second of processor time")
    print("| format | calls | map | unmap | both |\n|---|---|---|---|---|")
    for name, shape in FORMATS.items():
        for how in ("one a call", "all at once"):
            print(row(name, shape, how, asked.pages, asked.rounds), flush=True)


if __name__ == "__main__":
    main()
