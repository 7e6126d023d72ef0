"""The second process of `checker.portfolio`: induction first, then bounded model checking and PDR in turn."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from checker.check_symbolic import Names, names_of, over_circuits
from checker.portfolio_process import Message, Task
from checker.symbolic.solver import Deadline
from checker.symbolic.sym_values import Unsupported
from checker.symbolic_session import Session
from checker.symbolic_system import coded
from spec.lang.errors import UapiCheckError

FIRST_SECONDS = 1.0
"""How long an engine has in the first round; in every further round twice as long."""

Send = Callable[[Message], None]


def main() -> None:
    """Reads a task from stdin, writes messages to stdout; see NOTE(ends) in `portfolio_process`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else gets between the messages

    def send(message: Message) -> None:
        pickle.dump(message, out)
        out.flush()

    sys.setrecursionlimit(pickle.load(sys.stdin.buffer))
    task: Task = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        send(Message("end", work(task, send)))
    except UapiCheckError as error:
        send(Message("error", str(error)))
    except Exception as error:
        send(Message("error", f"the second process failed, please report: {type(error).__name__}: {error}"))


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def work(task: Task, send: Send) -> str:
    """Sends answers as they come; returns why nothing could be asked, if so."""
    names = names_of(task.ground, task.wanted)
    send(Message("say", "circuit"))
    try:
        parts = coded(task.ground, task.instance, task.choices)
    except Unsupported as unsupported:
        return str(unsupported)
    deadline = Deadline(task.limits.seconds, task.limits.memory)
    sessions = [Session(part, deadline, lambda text: send(Message("say", text))) for part in parts]
    bits = max(len(p.encoded.system.state) for p in parts)
    gates = max(len(p.encoded.system.circuit.gates) for p in parts)

    def tell() -> None:
        answers = {name: over_circuits([s.of(name) for s in sessions]) for name in names.every}
        send(Message("answers", "", answers, bits, gates))

    prove(sessions, names, task.limits.depth, tell)
    return ""


def prove(sessions: Sequence[Session], names: Names, depth: int | None, tell: Callable[[], None]) -> None:
    """Until all is decided, no engine can use more time, or the time is over."""
    for session in sessions:
        session.induct(names.promises)
        tell()
    seconds = FIRST_SECONDS
    while any(_round(session, names, depth, seconds, tell) for session in sessions):
        seconds *= 2


def _round(session: Session, names: Names, depth: int | None, seconds: float, tell: Callable[[], None]) -> bool:
    """Each engine once for a while; True if one of them could use more time."""

    def soon() -> Deadline:
        left = session.deadline.left()
        return Deadline(seconds if left is None else min(seconds, left), session.deadline.memory)

    reasons = [session.bmc(names.every, depth, soon())]
    tell()
    for asked in (names.promises, (*names.goals, *names.premises)):
        reasons.append(session.pdr(asked, soon()))
        tell()
    session.shorten(seconds)
    tell()
    return "time" in reasons and bool(session.open(names.every)) and session.deadline.left() != 0

