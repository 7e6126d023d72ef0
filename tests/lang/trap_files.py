"""The trap corpus: small specs in which the parsed meaning and Python could differ, each judged by hand.

A trap's docstring has `run:` lines: settings (sort sizes and switches), `->`, then the numbers worked out by hand:
states, transitions, refusals (0), outside (0), `violated=name:steps,...`, `goals=name:steps,...`, and optionally
`tapes=action:2,3` (the numbers of choices in the order read, in the longest run) and `faults=action:n` (faulting runs
over all states).
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "traps"
NAMES = sorted(p.stem for p in HERE.glob("*.py") if p.stem != "__init__")


@dataclass(frozen=True)
class Run:
    """One line of expectations."""

    trap: str
    sizes: dict[str, int]
    switches: dict[str, bool | str]
    expected: dict[str, str]

    def __str__(self) -> str:
        settings = [f"{k}={v}" for k, v in (self.sizes | self.switches).items()]
        return "-".join([self.trap, *settings])

    def number(self, name: str) -> int:
        """An expected number, 0 if not given."""
        return int(self.expected.get(name, "0"))

    def steps_by_name(self, name: str) -> dict[str, int]:
        """An expected list of names with numbers of steps."""
        pairs = (item.split(":") for item in self.expected.get(name, "").split(",") if item)
        return {key: int(value) for key, value in pairs}


def runs() -> list[Run]:
    """All expectations of all traps."""
    found = []
    for name in NAMES:
        doc = (HERE / f"{name}.py").read_text().split('"""')[1]
        lines = re.findall(r"^run:(.*)->(.*)$", doc, re.MULTILINE)
        assert lines, f"{name} expects nothing"
        for settings, expected in lines:
            given = dict(item.split("=") for item in settings.split())
            sizes = {k: int(v) for k, v in given.items() if v.isdigit()}
            switches = {k: v == "True" if v in ("True", "False") else v for k, v in given.items() if k not in sizes}
            found.append(Run(name, sizes, switches, dict(item.split("=") for item in expected.split())))
    return found


def trap_class(name: str) -> Any:
    """The class of a trap, imported by Python."""
    return importlib.import_module(f"tests.lang.traps.{name}").Trap
