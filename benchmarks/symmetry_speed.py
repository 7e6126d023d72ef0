"""What symmetry saves on the shipped spec: the same search with and without it, at growing numbers of devices.

Run with `python benchmarks/symmetry_speed.py [--rounds N] [--devices N]`. Rounds with and without alternate, so that a
busy machine slows both alike; medians are printed. Both must count the same. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence

from checker.constants import as_slots, constant_choices
from checker.explicit import engine
from checker.explorations import Exploration, Limits
from checker.request import Settings, instances
from spec.lang import frontend
from spec.lang.ground import GroundMachine, ground

SPEC, CONFIGURATION = "dma_ownership", "members"


def instance(devices: int) -> tuple[GroundMachine, dict[str, Sequence[int]]]:
    """The machine of the configuration with so many devices in one group."""
    machine = frontend.load(SPEC)
    (asked,) = instances(machine, Settings(configuration=CONFIGURATION, sizes=(f"Device={devices}",)))
    finite = ground(machine, asked.sizes, asked.switches)
    return finite, {**as_slots(finite, constant_choices(finite, asked.constants)[0])}


def seconds(runs: Sequence[Exploration]) -> float:
    """The median time of a search, without compiling."""
    return statistics.median(r.seconds - r.extra.get("compile_seconds", 0.0) for r in runs)


def compare(devices: int, name: engine.Engine, rounds: int) -> str:
    """One row: both ways, alternating."""
    finite, constants = instance(devices)
    runs: dict[bool, list[Exploration]] = {True: [], False: []}
    for _ in range(rounds):
        for symmetry, found in runs.items():
            found.append(engine.explore(finite, constants, Limits(), engine=name, symmetry=symmetry))
    on, off = runs[True][-1], runs[False][-1]
    assert (on.states, on.transitions, on.refusals, on.found) == (off.states, off.transitions, off.refusals, off.found)
    saved = off.states / on.representatives
    spent = seconds(runs[True]), seconds(runs[False])
    return (
        f"| {name} | {devices} | {off.states:,} | {off.transitions:,} | {on.representatives:,} | {saved:.1f} "
        f"| {spent[1]:.3f} | {spent[0]:.3f} | {spent[1] / spent[0]:.1f} |"
    )


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--devices", type=int, default=5, help="most devices for generated C; Python stops at 4")
    asked = parser.parse_args()
    print(f"{SPEC}, configuration {CONFIGURATION}, one group, two owners: median of {asked.rounds} alternating rounds")
    columns = "engine", "devices", "states", "transitions", "representatives", "ratio", "off s", "on s", "off/on"
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for devices in range(3, asked.devices + 1):
        print(compare(devices, "c", asked.rounds), flush=True)
    for devices in range(3, min(asked.devices, 4) + 1):
        print(compare(devices, "python", asked.rounds), flush=True)


if __name__ == "__main__":
    main()
