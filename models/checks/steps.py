"""What a check is: a function that takes steps, each of which compares what the model did with what it should do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Counts(Protocol):
    """Who wants to know how many steps were taken, also if the check does not come to its end."""

    steps: int


class FailedError(Exception):
    """A step that went wrong; the text says how."""


class Steps:
    """The steps of one check."""

    __slots__ = ("progress",)

    def __init__(self, progress: Counts) -> None:
        self.progress = progress

    def same(self, what: str, found: object, expected: object) -> None:
        """One step: the value is the expected one."""
        self.progress.steps += 1
        if found != expected:
            raise FailedError(f"{what}: {shown(found)}, not {shown(expected)}")

    def holds(self, what: str, truth: bool) -> None:
        """One step: what is said is true."""
        self.progress.steps += 1
        if not truth:
            raise FailedError(f"not so: {what}")

    def taken(self) -> None:
        """One step that cannot go wrong by itself."""
        self.progress.steps += 1


def shown(value: object) -> str:
    """Addresses and entries are read in hexadecimal."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 255:
        return hex(value)
    if isinstance(value, tuple | list):
        return "(" + ", ".join(shown(v) for v in value) + ")"
    return repr(value)


@dataclass(frozen=True, slots=True)
class Check:
    """A check by name; `about` says in a few words what it would notice."""

    name: str
    about: str
    function: Callable[[Steps], None]

    def prepare(self) -> None:
        """Nothing of it can be computed without the model."""

    def run(self, progress: Counts) -> str:
        """Why the model is wrong, or nothing."""
        try:
            self.function(Steps(progress))
        except FailedError as failed:
            return str(failed)
        return ""


class Silent:
    """For tests: the steps of a check that nobody counts."""

    def __init__(self) -> None:
        self.steps = 0
