"""What proofs cost: induction, its certificate and bounded search beside exhaustion, at growing numbers of devices.

Run with `python benchmarks/symbolic_speed.py [--rounds N] [--config NAME] [--devices N]`. The engines alternate
within a round, so that a busy machine slows all alike; medians of processor time are printed (everything runs in one
thread; compiling is a process of its own and not counted). Every time of a symbolic engine has the encoding in it,
which is also shown by itself. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence

from checker.constants import as_slots, constant_choices
from checker.explicit import engine
from checker.explorations import Exploration, Limits
from checker.request import Instance, Settings, instances
from checker.symbolic import bmc
from checker.symbolic.certificate import write_certificates
from checker.symbolic.certificate_finding import Checks
from checker.symbolic.certificate_verify import Verified, verify
from checker.symbolic.encode import Encoded, encode
from checker.symbolic.induction import induct
from checker.symbolic.solver import Deadline
from spec.lang import frontend
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine
from spec.lang.values import Value

SPEC = "dma_ownership"
DEPTH = 20
PATIENCE = 60.0
Choice = dict[str, Value]


def instance(configuration: str, devices: int) -> tuple[Machine, Instance, GroundMachine, Choice]:
    """The machine of a configuration with so many devices, and its only choice of constants."""
    machine = frontend.load(SPEC)
    (asked,) = instances(machine, Settings(configuration=configuration, sizes=(f"Device={devices}",)))
    finite = ground(machine, asked.sizes, asked.switches)
    return machine, asked, finite, constant_choices(finite, asked.constants)[0]


def promises(encoded: Encoded) -> list[str]:
    """Everything that is to be proved, without lemmas."""
    return [a.name for a in encoded.system.asks if a.kind not in ("goal", "premise", "lemma")]


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Processor seconds, and what came out."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def exhaustion(finite: GroundMachine, choice: Choice) -> float:
    """Every state, one of each orbit, by the fastest engine; without compiling."""
    slots = {**as_slots(finite, choice)}
    seconds, found = timed(lambda: engine.explore(finite, slots, Limits(), symmetry=True))
    assert isinstance(found, Exploration) and found.complete
    return seconds


def induction(finite: GroundMachine, choice: Choice) -> float:
    """All promises with k = 1."""

    def work() -> int:
        encoded = encode(finite, choice)
        found = induct(encoded.system, promises(encoded), most=1, deadline=Deadline(PATIENCE))
        return len(set(promises(encoded)) - {name for proof in found.proofs for name in proof.promises})

    seconds, left = timed(work)
    assert left == 0, f"{left} promises were not proved"
    return seconds


def bounded(finite: GroundMachine, choice: Choice, *, local: bool) -> tuple[float, int]:
    """Bounded search for all promises; the depth that was reached in time."""

    def work() -> int:
        encoded = encode(finite, choice)
        names = promises(encoded)
        names += [a.name for a in encoded.system.asks if local and a.kind == "lemma"]
        found = bmc.search(encoded.system, names, depth=DEPTH, deadline=Deadline(PATIENCE), local=local)
        return DEPTH if found.bounded.reason == "end" else found.bounded.depth

    seconds, depth = timed(work)
    assert isinstance(depth, int)
    return seconds, depth


def certificate(machine: Machine, asked: Instance, finite: GroundMachine, choice: Choice) -> tuple[float, float]:
    """Writing the certificate of all promises, which makes it irredundant, and verifying it with Z3."""
    encoded = encode(finite, choice)
    lemmas = [a.name for a in encoded.system.asks if a.kind == "lemma"]
    with tempfile.TemporaryDirectory() as folder:
        target = SPEC
        rest = (finite, choice, tuple(promises(encoded)), lemmas, (), "induction")
        written, place = timed(lambda: write_certificates(folder, machine, target, asked, *rest))
        checks = Checks(cvc5_seconds=0.0, runs=0)
        verified, found = timed(lambda: verify(str(place), checks=checks))
    assert isinstance(found, Verified) and found.level == "ok", found
    return written, verified


def row(configuration: str, devices: int, rounds: int, plain: bool) -> str:
    """One row of the table."""
    machine, asked, finite, choice = instance(configuration, devices)
    columns: list[list[float]] = [[] for _ in range(7)]
    depth = DEPTH
    for _ in range(rounds):
        columns[0].append(exhaustion(finite, choice))
        columns[1].append(timed(lambda: encode(finite, choice))[0])
        columns[2].append(induction(finite, choice))
        written, verified = certificate(machine, asked, finite, choice)
        columns[3].append(written)
        columns[4].append(verified)
        columns[5].append(bounded(finite, choice, local=True)[0])
        if plain:
            seconds, depth = bounded(finite, choice, local=False)
            columns[6].append(seconds)
    shown = [f"{statistics.median(c):.2f}" if c else "-" for c in columns]
    shown[6] += f" (depth {depth})" if depth < DEPTH else ""
    ratio = statistics.median(columns[2]) / statistics.median(columns[0])
    return f"| {configuration} | {devices} | {' | '.join(shown)} | {ratio:.1f} |"


def main(words: Sequence[str] | None = None) -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--config", action="append", help="configurations; core and members")
    parser.add_argument("--devices", type=int, default=4, help="most devices, from 3")
    parser.add_argument("--plain", action="store_true", help="also bounded search that shares nothing with induction")
    asked = parser.parse_args(words)
    print(f"{SPEC}, all promises but deadlock and progress: median seconds of {asked.rounds} alternating rounds")
    engines = [
        "exhaustion",
        "encode",
        "induction",
        "certificate",
        "verify",
        f"bmc to {DEPTH}",
        f"bmc to {DEPTH}, plain",
    ]
    columns = ["configuration", "devices", *engines, "induction/exhaustion"]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for configuration in asked.config or ["core", "members"]:
        for devices in range(3, asked.devices + 1):
            print(row(configuration, devices, asked.rounds, asked.plain), flush=True)


if __name__ == "__main__":
    main()
