"""Colour for the words that carry a verdict, and nothing where colour is not wanted."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from checker.verdict import Verdict

GREEN, YELLOW, RED, BOLD, DIM = 32, 33, 31, 1, 2


class Style:
    """Marks up text for a terminal; off for files, pipes, `NO_COLOR` and `--no-color`."""

    def __init__(self, on: bool = False) -> None:
        self.on = on

    @classmethod
    def of(cls, stream: TextIO | None = None, *, no_color: bool = False) -> Style:
        """Colour if the stream is a terminal and nobody objects."""
        stream = stream if stream is not None else sys.stdout
        unwanted = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(stream.isatty() and not unwanted)

    def mark(self, text: str, code: int) -> str:
        """The text with one attribute."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text

    def verdict(self, verdict: Verdict, text: str) -> str:
        """The text in the colour of the verdict."""
        match verdict:
            case Verdict.HOLDS:
                return self.mark(text, GREEN)
            case Verdict.VIOLATED:
                return self.mark(text, RED)
            case Verdict.HOLDS_WITHIN | Verdict.VACUOUS | Verdict.UNKNOWN:
                return self.mark(text, YELLOW)
