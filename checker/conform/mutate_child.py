"""The checks of one edited model, in a process of their own that is made for them and ends with them.

The process is a copy of this one, so that what was prepared here (the states of a spec, a log that was read) is there
without being computed again; what belongs to the model is loaded anew, with the edit. It ends when the pipe does.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Literal

from checker.conform.mutate_edit import Edit, install

if TYPE_CHECKING:
    from checker.conform.mutate_find import Check

GRACE = 10.0
"""How much longer this process waits for one that does not notice that its time is over."""
MEMORY = 4 << 30
LONGEST = 300
"""Characters of a text."""
Limits = Callable[[str], "float | None"]
"""The seconds that a check may take, asked just before it begins."""


class TimeUpError(BaseException):
    """The time of the check is over."""


@dataclass(slots=True)
class Progress:
    """How many steps a check has done; the check counts."""

    steps: int = 0


@dataclass(frozen=True, slots=True)
class Ran:
    """What a check said: `how` is empty if it passed, and `text` is why it did not."""

    check: str
    how: Literal["", "failure", "exception", "time"]
    text: str
    steps: int
    seconds: float


def run_checks(checks: Sequence[Check], edit: Edit | None, limits: Limits, *, every: bool) -> Iterator[Ran]:
    """Runs checks on the model with an edit (None: as it is), until one refuses it; with `every`, all of them.

    `limits` gives the seconds that a check may take, just before it begins. One process does as many as it survives.
    """
    left = list(checks)
    for check in left:
        check.prepare()
    while left:
        for ran in _in_one_process(left, edit, limits, every):
            yield ran
            left = left[1:]
            if ran.how and not every:
                return


def _in_one_process(checks: Sequence[Check], edit: Edit | None, limits: Limits, every: bool) -> Iterator[Ran]:
    """At least one answer."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_in_child, args=(here, there, checks, edit), daemon=True)
    process.start()
    there.close()
    try:
        for check in checks:
            seconds = limits(check.name)
            here.send(seconds)
            began = time.monotonic()
            if not here.poll(None if seconds is None else seconds + GRACE):
                yield Ran(check.name, "time", "", 0, time.monotonic() - began)
                return
            try:
                ran: Ran = here.recv()
            except (EOFError, ConnectionResetError):
                process.join()
                code = process.exitcode or 0
                died = signal.Signals(-code).name if code < 0 else f"exit code {code}"
                yield Ran(check.name, "exception", f"the process died ({died})", 0, time.monotonic() - began)
                return
            yield ran
            if ran.how and not every:
                return
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        process.close()
        here.close()


def _in_child(other_end: Connection, parent: Connection, checks: Sequence[Check], edit: Edit | None) -> None:
    other_end.close()  # a copy of it here would keep the pipe open for ever
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _time_is_up)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY if most < 0 else min(MEMORY, most), most))
    install(edit, checks[0].packages)
    for check in checks:
        try:
            seconds: float | None = parent.recv()
        except EOFError:
            return
        parent.send(_one(check, seconds))


def _one(check: Check, seconds: float | None) -> Ran:
    progress = Progress()
    began = time.monotonic()
    how: Literal["", "failure", "exception", "time"] = ""
    text = ""
    try:
        signal.setitimer(signal.ITIMER_REAL, 0 if seconds is None else max(seconds, 0.01))
        try:
            text = check.run(progress)
            how = "failure" if text else ""
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeUpError:
        how = "time"
    except BaseException as error:  # whatever an edited model throws is an answer
        how, text = "exception", _told(error)
    return Ran(check.name, how, shortened(text), progress.steps, time.monotonic() - began)


def _time_is_up(number: int, frame: FrameType | None) -> None:
    raise TimeUpError


def _told(error: BaseException) -> str:
    """The exception and the last place that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def shortened(text: str) -> str:
    """One line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
