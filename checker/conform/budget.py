"""How long and how large a run may grow; a limit that is met is told, never thrown at the user."""

from __future__ import annotations

import time
from pathlib import Path

STATM = Path("/proc/self/statm")
PAGE = 4096


class Over(Exception):
    """A limit is met; the argument is its name, `time` or `memory`."""


class Budget:
    """The limits of a whole run, seconds and bytes; None is none."""

    def __init__(self, seconds: float | None = None, memory: int | None = None) -> None:
        self.seconds, self.memory = seconds, memory
        self.began = time.monotonic()
        self._looks = 0

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float | None:
        """Seconds that are left."""
        return None if self.seconds is None else max(0.0, self.seconds - self.spent)

    def look(self) -> None:
        """Over if a limit is met; the memory is looked at now and then only."""
        if self.seconds is not None and self.spent >= self.seconds:
            raise Over("time")
        self._looks += 1
        if self.memory is not None and self._looks % 256 == 1 and resident() > self.memory:
            raise Over("memory")


def resident() -> int:
    """The bytes that this process holds; 0 where the system does not say."""
    try:
        return int(STATM.read_text().split()[1]) * PAGE
    except OSError:
        return 0
