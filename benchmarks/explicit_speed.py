"""How fast explicit search is on the shipped spec: both engines side by side, memory, and the first verdict.

Run with `python benchmarks/explicit_speed.py [--rounds N] [--python-states N]`. Rounds of the engines alternate, so
that a busy machine slows both alike; medians are printed. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from checker.constants import as_slots, constant_choices
from checker.explicit import engine
from checker.explorations import Exploration, Limits
from checker.request import Settings, instances
from spec.lang import frontend
from spec.lang.ground import GroundMachine, ground

SPEC, CONFIGURATION, SMALL = "dma_ownership", "everything", "core"
ROOT = Path(__file__).resolve().parent.parent


def instance(configuration: str) -> tuple[GroundMachine, dict[str, Sequence[int]]]:
    """The machine of a configuration at its first choice of constants."""
    machine = frontend.load(SPEC)
    (asked,) = instances(machine, Settings(configuration=configuration))
    finite = ground(machine, asked.sizes, asked.switches)
    return finite, {**as_slots(finite, constant_choices(finite, asked.constants)[0])}


def row(name: str, runs: list[Exploration]) -> str:
    """One engine: counts of the last run, median seconds, rates."""
    seconds = statistics.median(r.seconds - r.extra.get("compile_seconds", 0.0) for r in runs)
    last = runs[-1]
    return (
        f"| {name} | {last.states:,} | {last.transitions:,} | {last.refusals:,} | {last.bits} | {seconds:.2f} "
        f"| {last.transitions / seconds / 1e6:.2f} | {last.states / seconds / 1e6:.3f} |"
    )


def full_size(rounds: int, python_states: int) -> None:
    """Generated C over all states and generated Python over the first ones, alternating."""
    finite, constants = instance(CONFIGURATION)
    limit = Limits(states=python_states)
    runs: dict[str, list[Exploration]] = {"c": [], "c, same limit": [], "python": []}
    for _ in range(rounds):
        runs["c"].append(engine.explore(finite, constants, Limits(), engine="c"))
        runs["c, same limit"].append(engine.explore(finite, constants, limit, engine="c"))
        runs["python"].append(engine.explore(finite, constants, limit, engine="python"))
    print(f"{SPEC}, configuration {CONFIGURATION}: median of {rounds} alternating rounds, one core, without compiling")
    print("| engine | states | transitions | refusals | bits | seconds | M transitions/s | M states/s |")
    print("|---|---|---|---|---|---|---|---|")
    for name, found in runs.items():
        print(row(name, found))
    whole = runs["c"][-1]
    packed = 8 * whole.words
    visited = whole.extra["visited_bytes"] / whole.states
    print(
        f"\nvisited set: {visited:.1f} bytes a state; packed state {packed} bytes; 1.5 x + 4 is {1.5 * packed + 4:.1f}"
    )
    print("frontier: none of its own, the states in order of discovery are the queue")


def first_verdict(rounds: int) -> None:
    """`uapicheck check` of a small configuration as a user starts it, with an empty and with a filled cache."""
    command = [sys.executable, "-m", "checker", "check", SPEC, "--config", SMALL, "--quiet"]
    for engine_name in ("c", "python"):
        cold: list[float] = []
        warm: list[float] = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as cache:
                for times in (cold, warm):
                    started = time.perf_counter()
                    environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(ROOT)}
                    subprocess.run(
                        [*command, "--engine", engine_name], env=environment, capture_output=True, check=False
                    )
                    times.append(time.perf_counter() - started)
        print(
            f"first verdict, configuration {SMALL}, engine {engine_name}: "
            f"cold {statistics.median(cold):.2f} s, warm {statistics.median(warm):.2f} s"
        )


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python-states", type=int, default=10_000_000, help="most states for Python")
    asked = parser.parse_args()
    full_size(asked.rounds, asked.python_states)
    print()
    first_verdict(asked.rounds)


if __name__ == "__main__":
    main()
