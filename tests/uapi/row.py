"""What a shipped bug, candidate or proposal must show: counts, shortest traces, and the trace known beforehand.

`told` is the number of steps of the shortest trace that the reports and reviews give, and `differs` says why the
search needs another number of steps, if it does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One spec: all its configurations and choices of constants together."""

    id: str
    states: int
    transitions: int
    refusals: int
    breaks: dict[str, int]
    told: int | None = None
    differs: str = ""
