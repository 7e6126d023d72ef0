"""How far a run is, on stderr: one live line on a terminal, else a plain line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from checker.explorations import Progress

PERIOD_LIVE = 0.2
PERIOD_PLAIN = 10.0


class ProgressLine:
    """Prints snapshots of a search; `what` names the search, `quiet` prints nothing at all."""

    def __init__(
        self, *, quiet: bool = False, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stream = stream if stream is not None else sys.stderr
        self.quiet = quiet
        self.live = self.stream.isatty()
        self.clock = clock
        self.what = ""
        self.last = clock()
        self.shown = False

    def start(self, what: str) -> None:
        """The next snapshots belong to this search."""
        self.what = what

    def __call__(self, progress: Progress, /) -> None:
        """Takes a snapshot and prints it if the last one is old enough."""
        if not self._is_due():
            return
        rate = int(progress.transitions / progress.seconds) if progress.seconds > 0 else 0
        self._print(
            f"depth {progress.depth}, {progress.states:,} states, {progress.queue:,} queued, "
            f"{progress.transitions:,} transitions, {rate:,}/s"
        )

    def say(self, text: str) -> None:
        """Prints how far a search is that counts no states, if the last line is old enough."""
        if self._is_due():
            self._print(text)

    def _is_due(self) -> bool:
        now = self.clock()
        if self.quiet or now - self.last < (PERIOD_LIVE if self.live else PERIOD_PLAIN):
            return False
        self.last = now
        return True

    def _print(self, progress: str) -> None:
        text = f"{self.what}: {progress}"
        self.stream.write(f"\r\x1b[K{text}" if self.live else text + "\n")
        self.stream.flush()
        self.shown = self.live

    def clear(self) -> None:
        """Removes the live line, so that results stand alone."""
        if self.shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.shown = False
