"""What a verification is asked to do, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "refused", "unknown", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `about` is the obligation or the file; `refused` and `unknown` say what is not shown."""

    level: Level
    about: str
    message: str


@dataclass(frozen=True, slots=True)
class Checks:
    """How thorough to be: seconds for one question of Z3 and for one script of cvc5 (0: not asked), how many runs to
    compare, and whether to ask for every conjunct if it is needed."""

    seconds: float = 60.0
    cvc5_seconds: float = 20.0
    runs: int = 100
    needed: bool = True
