"""How fast a model is held against its spec: compared calls a second, and what of that is the spec's and the model's.

Run with `python benchmarks/conform_speed.py [MODEL] [--case NAME] [--rounds N]`. Processor time of this process is
taken, so that other work on the machine counts little; medians of alternating rounds are printed. `explore` is the
search of the spec with every answer in plain words, `compare` the lock-step on top of it. `model` is the same tour with
perform, state and back only, nothing compared; what is left of `compare` is the engine's own. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from checker.conform.budget import Budget
from checker.conform.differences import Found
from checker.conform.explored import explore
from checker.conform.implementation import Case, Model, Running
from checker.conform.lockstep import Lockstep
from checker.conform.modules import model_of
from checker.conform.spec_side import Entry, SpecSide
from checker.conform_cases import sides_of
from spec.lang.frontend import load


@dataclass
class Row:
    """One round over all choices of the constants."""

    pairs: int = 0
    calls: int = 0
    explore: float = 0.0
    compare: float = 0.0
    model: float = 0.0
    bare_calls: int = 0
    differences: int = 0


class Bare(Lockstep):
    """The tour without comparing: what the model alone takes."""

    def compare(self, running: Running, state: int, entries: Sequence[Entry]) -> int:
        perform, read, back, mark, count = running.perform, running.state, running.back, running.mark(), 0
        for entry in entries:
            for call in entry.expected:
                perform(call.action, call.args, call.choices)
                read()
                back(mark)
            count += len(entry.expected)
        self.walked.calls += count
        return count


def measure(model: Model, sides: Sequence[SpecSide]) -> Row:
    """One round; sides that were used before have everything in plain words already, so each round has new ones."""
    row = Row()
    for side in sides:
        found, began = Found(), time.process_time()
        explored = explore(side, Budget())
        searched = time.process_time()
        walked = Lockstep(model, side, explored, Budget(), found).run()
        compared = time.process_time()
        bare = Bare(model, side, explored, Budget(), found).run()
        row.model += time.process_time() - compared
        row.explore += searched - began
        row.compare += compared - searched
        row.pairs += walked.covered
        row.calls += walked.calls
        row.bare_calls += bare.calls
        row.differences += found.total
    return row


def show(case: Case, rows: Sequence[Row]) -> None:
    """The medians of a case."""
    pairs, calls = rows[0].pairs, rows[0].calls
    searched, compared, model = (
        statistics.median(getattr(r, n) for r in rows) for n in ("explore", "compare", "model")
    )
    each = 1e6 / calls if calls else 0.0
    whole = calls / (searched + compared) if searched + compared else 0.0
    print(
        f"{case.name:<22} {pairs:>8} {whole:>9.0f} {calls / compared if compared else 0:>9.0f}"
        f" {searched * each:>8.1f} {model * each:>8.1f} {(compared - model) * each:>8.1f}"
        f" {'' if not rows[0].differences else f'{rows[0].differences} differences'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="dma_ownership")
    parser.add_argument("--case", action="append")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    sys.setrecursionlimit(10_000)
    model, _ = model_of(wanted.model)
    machine = load(model.spec)
    cases = [c for c in model.cases if (c.name in wanted.case if wanted.case else not c.large)]
    print(f"{'case':<22} {'pairs':>8} {'calls/s':>9} {'without':>9} {'spec':>8} {'model':>8} {'engine':>8}")
    print(f"{'':<22} {'':>8} {'':>9} {'search':>9} {'us/call':>8} {'us/call':>8} {'us/call':>8}")
    for case in cases:
        show(case, [measure(model, list(sides_of(machine, case))) for _ in range(wanted.rounds)])


if __name__ == "__main__":
    main()
