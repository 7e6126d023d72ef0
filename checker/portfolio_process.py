"""A second Python process that proves things, its messages, and the certainty that it never outlives this one.

NOTE(ends): the child reads its task from a pipe that stays open; when the pipe ends, because this process has closed it
or is gone, however it went, the child is gone too. It has a session of its own, so Ctrl-C at a terminal reaches only
this process, which then ends the child.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal

from checker.explorations import Limits
from checker.request import Instance
from checker.symbolic_answer import Answer
from spec.lang.ground import GroundMachine
from spec.lang.values import Value

CHILD = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from checker import portfolio_child; portfolio_child.main()"
)
"""The child finds modules where this process does."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the child is to find out."""

    ground: GroundMachine
    instance: Instance
    choices: tuple[Mapping[str, Value], ...]
    wanted: frozenset[str]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Message:
    """What the child says: how far it is, all its answers so far, that it is done, or what went wrong."""

    kind: Literal["say", "answers", "end", "error"]
    text: str = ""
    answers: Mapping[str, Answer] | None = None
    bits: int = 0
    gates: int = 0


class Beside:
    """The child of one task, from its start to its end; `running` until it has said all or is gone."""

    def __init__(self, task: Task) -> None:
        self.running = True
        self.messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # a child that cannot start says so by its end
            for each in (sys.path, sys.getrecursionlimit(), task):
                pickle.dump(each, self.process.stdin)
            self.process.stdin.flush()
        threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()

    def _read(self, stream: BinaryIO) -> None:
        with contextlib.suppress(EOFError, pickle.UnpicklingError, OSError, ValueError):
            while True:
                self.messages.put(pickle.load(stream))
        self.messages.put(None)

    def next(self, seconds: float) -> Message | None:
        """The next message, waiting for it so long; None if there is none, or none any more."""
        try:
            message = self.messages.get(timeout=seconds) if seconds > 0 else self.messages.get_nowait()
        except queue.Empty:
            return None
        if message is None:
            self.running = False
            return Message("end", self._how_it_ended())
        self.running = self.running and message.kind not in ("end", "error")
        return message

    def _how_it_ended(self) -> str:
        code = self.process.wait()
        if code == 0:
            return ""
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"the second process died ({name})"

    def close(self) -> None:
        """Ends the child, whatever it does."""
        self.running = False
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
