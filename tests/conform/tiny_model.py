"""A package with a tiny model, its checks and its mutants, written to a directory for the tests of `mutate`."""

from __future__ import annotations

import textwrap
from pathlib import Path

COUNTER = '''
class Counter:
    """Counts up to three."""

    def __init__(self):
        self.value = 0

    def up(self):
        if self.value == 3:
            return "EBUSY"
        self.value += 1
        return ""

    def down(self):
        if self.value == 0:
            return "EINVAL"
        self.value -= 1
        return ""

    def label(self):
        return "counter"
'''

STEPS = """
class Check:
    def __init__(self, name, about, function):
        self.name, self.about, self.function = name, about, function

    def prepare(self):
        pass

    def run(self, progress):
        return self.function(progress)
"""

CHECKS = """
from PACKAGE.counter import Counter
from PACKAGE.steps import Check


def climbing(progress):
    counter = Counter()
    for n in range(4):
        progress.steps += 1
        expected = "" if n < 3 else "EBUSY"
        found = counter.up()
        if found != expected:
            return f"up number {n} gives {found!r}, not {expected!r}"
    return ""


def falling(progress):
    counter = Counter()
    counter.up()
    while counter.value:
        progress.steps += 1
        counter.down()
    progress.steps += 1
    return "" if counter.down() == "EINVAL" else "below zero"


CHECKS = (Check("climbing", "the upper end", climbing), Check("falling", "the lower end", falling))
"""

MUTANTS = """
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    name: str
    model: str
    module: str
    old: str
    new: str
    bug: str


def mutant(name, old, new):
    return Mutant(name, "counter", "PACKAGE.counter", old, new, f"the bug of {name}")


FAILS = mutant("fails", "if self.value == 3:", "if self.value == 4:")
BELOW = mutant("below", "if self.value == 0:", "if self.value == -1:")
CRASHES = mutant("crashes", "self.value += 1", "self.value += None")
HANGS = mutant("hangs", "self.value -= 1", "self.value -= 0")
LIVES = mutant("lives", 'return "counter"', 'return "a counter"')
BREAKS = mutant("breaks", "def __init__(self):", "def __init__(self, other):")
DIES = mutant("dies", 'return "EBUSY"', "import os; os._exit(3)")
"""


def write(directory: Path, package: str, mutants: str, checks: str = CHECKS) -> str:
    """Writes the package below a directory; the name of its catalogue. `mutants` are those that are listed."""
    place = directory / package
    (place / "checks").mkdir(parents=True)
    catalogue = MUTANTS + f"\nMUTANTS = ({mutants},)\n"
    for name, text in {
        "__init__": "",
        "checks/__init__": "",
        "counter": COUNTER,
        "steps": STEPS,
        "checks/counter": checks,
        "mutants": catalogue,
    }.items():
        (place / f"{name}.py").write_text(textwrap.dedent(text).replace("PACKAGE", package))
    return f"{package}.mutants"
