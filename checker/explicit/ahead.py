"""Compiles beside a search what will be searched next: a compiler takes longer than most searches of a spec."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from checker.explicit import compile
from checker.explicit.c_model import program
from spec.lang.ground import GroundMachine

MOMENT = 0.02
"""Seconds between two attempts to stop a compiler."""


class Ahead:
    """Compiles searches in threads of its own; use as a context manager, whose end stops what is still compiled.

    Nothing depends on it but time: a search whose text is being compiled waits for that, and compiles it itself where
    it failed or was stopped. Does nothing where no compiler works.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="compile")
        self._asked: list[Future[None]] = []

    def add(self, ground: GroundMachine) -> None:
        """The search of this machine is needed soon."""
        compiler = compile.find_compiler()
        if compiler is None or not compile.available():
            return
        text = program(ground).text
        asked = compile.begin(text, compiler, compile.flags_for(text), self._pool)
        if asked is not None:
            self._asked.append(asked)

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for asked in self._asked:
            asked.cancel()
        while not all(asked.done() for asked in self._asked):
            compile.stop()  # again and again: one that is just about to begin is not there yet
            time.sleep(MOMENT)
        self._pool.shutdown()
