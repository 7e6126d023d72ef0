"""The obligations of proofs for any size asked again, as text, of a solver that had no part in finding the proofs.

That is cvc5 where it is installed, and for what it leaves open, or without it, Z3 in a process of its own with other
settings. Nothing but text goes in and nothing but "unsat" counts.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from checker.symbolic.smt_solver import Solve, cvc5_solver, words
from checker.symbolic.solver import Deadline

SECONDS = 60.0
"""For all obligations together with one solver, if no limit was given."""

BATCH = 400_000
"""How many characters go to one process, unless a single script has more."""

AFRESH = """
import sys, z3
for name, value in (("smt.random_seed", 11), ("smt.arith.solver", 2), ("smt.relevancy", 0), ("smt.phase_selection", 0)):
    z3.set_param(name, value)
context = z3.Context()
sys.stdout.write(str(z3.Z3_eval_smtlib2_string(context.ref(), sys.stdin.read())))
"""


@dataclass(slots=True)
class Confirmed:
    """By which solver each obligation was confirmed; `refuted` are those that one of them has a model of."""

    by: dict[str, str] = field(default_factory=dict)
    refuted: dict[str, str] = field(default_factory=dict)
    open: tuple[str, ...] = ()

    @property
    def solvers(self) -> str:
        """Who confirmed how many."""
        names = list(dict.fromkeys(self.by.values()))
        return ", ".join(f"{sum(1 for who in self.by.values() if who == n)} by {n}" for n in names)


def confirm(obligations: Mapping[str, str], deadline: Deadline, pulse: Callable[[], None] = lambda: None) -> Confirmed:
    """Asks every obligation again: first cvc5, if there is one, then Z3 what is left."""
    found = Confirmed()
    for name, solve in _solvers():
        left = [key for key in obligations if key not in found.by and key not in found.refuted]
        until = Deadline(SECONDS if (rest := deadline.left()) is None else min(rest, SECONDS))
        for batch in _batches({key: obligations[key] for key in left}):
            pulse()
            for key, word in _ask(batch, obligations, solve, until).items():
                if word == "unsat":
                    found.by[key] = name
                elif word == "sat":
                    found.refuted[key] = name
    found.open = tuple(key for key in obligations if key not in found.by and key not in found.refuted)
    return found


def _solvers() -> Iterator[tuple[str, Solve]]:
    other = cvc5_solver()
    if other is not None:
        yield other
    yield "Z3 in another process", _z3_afresh


def _z3_afresh(script: str, seconds: float) -> list[str]:
    try:
        done = subprocess.run(
            [sys.executable, "-c", AFRESH], input=script.encode(), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return []
    return words(done.stdout.decode(errors="replace"))


def _batches(obligations: Mapping[str, str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for key, script in obligations.items():
        if batch and size + len(script) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(key)
        size += len(script)
    if batch:
        yield batch


def _ask(batch: list[str], obligations: Mapping[str, str], solve: Solve, until: Deadline) -> dict[str, str]:
    """The answers in order; what comes after one that was not reached is left open."""
    left = until.left()
    if left is not None and left <= 0:
        return {}
    text = joined(obligations[key] for key in batch)
    return dict(zip(batch, solve(text, SECONDS if left is None else left), strict=False))


def joined(scripts: Iterable[str]) -> str:
    """One script that asks them all, each with declarations of its own."""
    parts = ["(set-logic ALL)"]
    for script in scripts:
        body = [line for line in script.splitlines() if not line.startswith((";", "(set-info", "(set-logic"))]
        parts += ["(push 1)", *body, "(pop 1)"]
    return "\n".join([*parts, ""])
