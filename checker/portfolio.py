"""Explicit search first, and where that takes long a second process beside it that tries to prove what is undecided.

NOTE(alone): for a while exhaustive search goes alone. What it finishes is reported from it alone, be it in that time or
later, so that a report does not depend on who was faster; the second process must agree with it all the same.
NOTE(enough): once everything that was asked for is decided the search is stopped. Where it stops at a limit of its own
(memory, states, depth) the second process may go on for as long as the search took.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from checker.explorations import ALWAYS_ON, Exploration, Progress
from checker.portfolio_process import Beside, Message, Task
from checker.request import CHECKED
from checker.symbolic_answer import Solved
from checker.symbolic_judge import judge
from checker.verdict import ResultKind
from spec.lang.errors import EngineError

GOES_ON = ("memory", "states", "depth")
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Alone:
    """How long explicit search goes alone: until so many seconds are over or so many states are stored."""

    seconds: float = 10.0
    states: int = 2_000_000


class Watch(Protocol):
    """Told how far a search is."""

    def __call__(self, progress: Progress, /) -> None:
        """So many states."""

    def say(self, text: str) -> None:
        """Anything else."""


class Enough(KeyboardInterrupt):
    """Ends a search as Ctrl-C does: everything that was asked for is decided."""


class Portfolio:
    """Watches the searches of one configuration, starts the second process when it is time, and listens to it.

    Use as a context manager: the second process ends with it.
    """

    def __init__(self, alone: Alone, task: Task, watch: Watch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.alone = alone
        self.task = task
        self.watch = watch
        self.clock = clock
        self.began = clock()
        self.beside: Beside | None = None
        self.enough = False
        self.solved = Solved("portfolio", bounded=True, depth_asked=task.limits.depth is not None)

    def __enter__(self) -> Portfolio:
        return self

    def __exit__(self, *_: object) -> None:
        if self.beside is not None:
            self.beside.close()

    @property
    def started(self) -> bool:
        """True once there is a second process."""
        return self.beside is not None

    def __call__(self, progress: Progress, /) -> None:
        """A search goes on; `Enough` when it need not."""
        self.watch(progress)
        if self.beside is None:
            spent = self.clock() - self.began
            if spent >= self.alone.seconds or progress.stored >= self.alone.states:
                self.beside = Beside(self.task)
        elif self._listen(0.0):
            self.enough = self._is_decided()
            if self.enough:
                raise Enough

    def after(self, searches: list[Exploration], seconds: float | None) -> None:
        """The searches are over; where only a limit of theirs ended them the second process may go on.

        Ctrl-C ends it, as `KeyboardInterrupt`. `seconds` is all the time that is left.
        """
        if self.beside is None:
            return
        self._listen(0.0)
        if not any(e.stopped in GOES_ON for e in searches):
            return
        spent = self.clock() - self.began
        until = self.clock() + min(max(spent, self.alone.seconds), spent if seconds is None else seconds)
        while self.beside.running and self.clock() < until and not self._is_decided():
            self._listen(POLL_SECONDS)

    def _listen(self, seconds: float) -> bool:
        """Takes in what the second process says; True if there was any news."""
        news = False
        while self.beside is not None and self.beside.running:
            message = self.beside.next(seconds)
            if message is None:
                break
            news = self._take(message) or news
            seconds = 0.0
        return news

    def _take(self, message: Message) -> bool:
        match message.kind:
            case "say":
                self.watch.say(message.text)
            case "error":
                raise EngineError(message.text)
            case "answers":
                self.solved.bits, self.solved.gates = message.bits, message.gates
                self.solved.answers = dict(message.answers or {})
                self.solved.seconds = self.clock() - self.began
            case "end":
                self.solved.unsupported = message.text
        return message.kind == "answers"

    def _is_decided(self) -> bool:
        """True if nothing that the searches answer is open."""
        ground = self.task.ground
        kinds: dict[str, ResultKind] = {name: "always" for name in ALWAYS_ON if name in self.task.wanted}
        for p in ground.properties:
            if p.name in self.task.wanted and p.kind in CHECKED:
                kinds[p.name] = "goal" if p.kind == "goal" else "invariant"
        said = [judge(ground, self.solved, name, kind) for name, kind in kinds.items()]
        return all(each.settled for each in said)
