"""Where a command writes: results to stdout in the chosen format, progress to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from checker.cli_options import FormatName
from checker.progress import ProgressLine
from checker.report_text import Shown
from checker.style import Style


class Output:
    """The streams and the manner of one run."""

    def __init__(self, output_format: FormatName, *, quiet: bool, verbose: int, no_color: bool, invariants: bool = False
    ) -> None:
        self.format: FormatName = output_format
        self.quiet = quiet
        self.shown = Shown(verbose, Style.of(no_color=no_color), invariants)
        self.progress = ProgressLine(quiet=quiet)

    @property
    def is_json(self) -> bool:
        """True if stdout is to hold one JSON document and nothing else."""
        return self.format == "json"

    def lines(self, lines: Iterable[str]) -> None:
        """Prints lines of the result."""
        self.progress.clear()
        for line in lines:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Prints a diagnostic line."""
        self.progress.clear()
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
