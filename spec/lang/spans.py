"""Where a piece of spec text stands: every node of the language carries a `Span`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source text; lines and columns count from 1, `end_col` is exclusive.

    `file` is the name shown to people: a path, a module's path, or `REV:path`.
    """

    file: str
    line: int
    col: int
    end_line: int
    end_col: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}"


BUILTIN = Span("<built in>", 1, 1, 1, 1)
"""The place of things that the language itself provides."""
