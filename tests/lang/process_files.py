"""The corpus of processes: small specs in which the parsed meaning and Python's generators could differ.

A file's docstring has `run:` lines: settings (sort sizes and switches), `->`, and worked out by hand
`violated=name,...` (everything that is not named there holds), `never=action,...` (what can never happen) and, where
the hand can count, `states=`, `transitions=` and `refusals=`.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "process_traps"
NAMES = sorted(p.stem for p in HERE.glob("*.py") if p.stem != "__init__")


@dataclass(frozen=True)
class Run:
    """One line of expectations."""

    name: str
    sizes: dict[str, int]
    switches: dict[str, bool]
    violated: frozenset[str]
    never: frozenset[str]
    counts: dict[str, int]

    def __str__(self) -> str:
        return "-".join([self.name, *(f"{k}={v}" for k, v in (self.sizes | self.switches).items())])


def runs() -> list[Run]:
    """All expectations of all files."""
    found = []
    for name in NAMES:
        doc = (HERE / f"{name}.py").read_text(encoding="utf-8").split('"""')[1]
        for settings, expected in re.findall(r"^run:(.*)->(.*)$", doc, re.MULTILINE):
            given = dict(item.split("=") for item in settings.split())
            sizes = {k: int(v) for k, v in given.items() if v.isdigit()}
            switches = {k: v == "True" for k, v in given.items() if k not in sizes}
            words = dict(word.split("=") for word in expected.split())
            counts = {key: int(value) for key, value in words.items() if value.isdigit()}
            violated, never = (
                frozenset(words[k].split(",")) if k in words else frozenset() for k in ("violated", "never")
            )
            found.append(Run(name, sizes, switches, violated, never, counts))
    return found


def trap_class(name: str) -> Any:
    """The class of a file, imported by Python."""
    return importlib.import_module(f"tests.lang.process_traps.{name}").Trap
