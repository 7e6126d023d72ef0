"""What hardware may do or leave: every such choice is a question to an oracle, so that searches can answer it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol


class Oracle(Protocol):
    """Answers questions; `what` says which kind it is, for those who answer some kinds differently."""

    def choose(self, what: str, among: int) -> int:
        """One of 0 .. among - 1. Zero is what hardware does that caches nothing and uses nothing cached."""
        ...


@dataclass(slots=True)
class Plain:
    """Hardware without caches."""

    def choose(self, what: str, among: int) -> int:
        return 0


@dataclass(slots=True)
class Keeping:
    """Hardware that keeps everything and uses what it kept last."""

    def choose(self, what: str, among: int) -> int:
        return 0 if what.startswith("order") else among - 1


@dataclass(slots=True)
class Drawn:
    """Hardware that decides at random."""

    random: Random

    def choose(self, what: str, among: int) -> int:
        return self.random.randrange(among)


@dataclass(slots=True)
class Scripted:
    """Answers from a tape, and 0 when it is over; `asked` is every question so far: its kind, how many answers."""

    tape: Sequence[int] = ()
    asked: list[tuple[str, int]] = field(default_factory=list)

    def choose(self, what: str, among: int) -> int:
        position = len(self.asked)
        self.asked.append((what, among))
        return self.tape[position] if position < len(self.tape) else 0


def every_tape(run: Callable[[Scripted], object], most: int = 1_000_000) -> Iterator[tuple[int, ...]]:
    """Calls `run` once for every way to answer its questions, and gives the tape after each call.

    The run must be the same for the same answers. More than `most` calls are an AssertionError, never a silent stop.
    """
    tape: list[int] = []
    for _ in range(most):
        oracle = Scripted(tape)
        run(oracle)
        tape += [0] * (len(oracle.asked) - len(tape))
        yield tuple(tape)
        while tape and tape[-1] + 1 == oracle.asked[len(tape) - 1][1]:
            tape.pop()
        if not tape:
            return
        tape[-1] += 1
    raise AssertionError(f"more than {most} tapes")
