"""How fast the reachable graph is built on the shipped spec: both engines side by side, and the memory it takes.

Run with `python benchmarks/state_graph_speed.py [--rounds N]`. Rounds of the engines alternate, so
that a busy machine slows both alike; medians are printed. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from dataclasses import dataclass

from explicit_speed import CONFIGURATION, SPEC, instance

from checker.explicit import engine, graph_of

SMALL = "private"


@dataclass(frozen=True, slots=True)
class Run:
    """A graph without labels: its size, the bytes it keeps for edges, the seconds from the start of the search."""

    states: int
    edges: int
    kept: int
    seconds: float


def measured(configuration: str, name: engine.Engine) -> Run:
    """One run, with its graph given back."""
    finite, constants = instance(configuration)
    began = time.perf_counter()
    graph = graph_of.state_graph(finite, constants, engine=name)
    kept = sum(part.itemsize * len(part) for part in (graph.first, graph.target, graph.instance))
    return Run(graph.states, graph.edges, kept, time.perf_counter() - began)


def row(name: str, runs: list[Run]) -> str:
    """One engine: counts of the last run, median seconds, rate, bytes of the finished graph for each edge."""
    last, seconds = runs[-1], statistics.median(run.seconds for run in runs)
    return (
        f"| {name} | {last.states:,} | {last.edges:,} | {seconds:.2f} | {last.edges / seconds / 1e6:.3f} "
        f"| {last.kept / max(last.edges, 1):.1f} |"
    )


def main() -> None:
    """Generated C over a large configuration, both engines over a small one, alternating."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    large: list[Run] = []
    small: dict[engine.Engine, list[Run]] = {"c": [], "python": []}
    for configuration in (CONFIGURATION, SMALL):
        measured(configuration, "c")  # compiles, so that no round does
    for _ in range(rounds):
        large.append(measured(CONFIGURATION, "c"))
        for name, runs in small.items():
            runs.append(measured(SMALL, name))
    print(f"{SPEC}: median of {rounds} alternating rounds; the search and its graph")
    print("| engine, configuration | states | edges | seconds | M edges/s | bytes an edge |")
    print("|---|---|---|---|---|---|")
    print(row(f"c, {CONFIGURATION}", large))
    for name, runs in small.items():
        print(row(f"{name}, {SMALL}", runs))
    ratio = statistics.median(p.seconds / c.seconds for c, p in zip(small["c"], small["python"], strict=True))
    print(f"\nC against Python, {SMALL}: {ratio:.1f} times as fast")
    print(f"most memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
