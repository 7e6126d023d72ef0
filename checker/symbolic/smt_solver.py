"""Runs scripts of SMT-LIB: by the text front end of Z3, and by cvc5 where that is installed.

Nothing but the text of the script and the words of the answers goes in and out.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import z3

WORDS = ("sat", "unsat", "unknown")
EXPECTATION = "(set-info :status unsat)\n"
"""Z3 stops with an error where the answer is not the one that the script expects; we want the answer."""

CVC5 = """
import sys, cvc5
solver = cvc5.Solver()
solver.setOption("incremental", "true")
parser = cvc5.InputParser(solver)
parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "script")
while True:
    command = parser.nextCommand()
    if command.isNull():
        break
    sys.stdout.write(str(command.invoke(solver, parser.getSymbolManager())))
    sys.stdout.flush()
"""

_stops: list[Callable[[], object]] = []
"""How to stop each solver that is at work now."""

Solve = Callable[[str, float], list[str]]
"""From a script and seconds for the whole of it to the answers of its questions, fewer where the time was over."""


def z3_answers(script: str, seconds: float) -> list[str]:
    """Z3's answers; a question that takes longer than `seconds` is `unknown`."""
    context = z3.Context()
    limit = f"(set-option :timeout {max(1, int(seconds * 1000))})\n"
    with _stoppable(context.interrupt):
        try:
            said = z3.Z3_eval_smtlib2_string(context.ref(), limit + script.replace(EXPECTATION, "", 1))
        except z3.Z3Exception as error:
            said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
    return words(str(said))


def stop_solvers() -> None:
    """Stops what other threads have asked: they get the answers so far, or none."""
    for stop in list(_stops):
        stop()


@contextmanager
def _stoppable(stop: Callable[[], object]) -> Iterator[None]:
    _stops.append(stop)
    try:
        yield
    finally:
        _stops.remove(stop)


def cvc5_solver() -> tuple[str, Solve] | None:
    """cvc5 and what it is called; None where neither the program nor the Python package is installed."""
    binary = shutil.which("cvc5")
    if binary is not None:
        return "cvc5", lambda script, seconds: _by_program(binary, script, seconds)
    if importlib.util.find_spec("cvc5") is not None:
        return "cvc5 (Python)", lambda script, seconds: run_program([sys.executable, "-c", CVC5], script, seconds)
    return None


def _by_program(binary: str, script: str, seconds: float) -> list[str]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "script.smt2")
        path.write_text(script, encoding="utf-8")
        return run_program([binary, "--lang=smt2", "--incremental", str(path)], "", seconds)


def run_program(command: list[str], script: str, seconds: float) -> list[str]:
    """The answers of a program; those given before the time was over, if it was."""
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process,
        _stoppable(process.kill),
    ):
        try:
            said, _ = process.communicate(script.encode(), seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
    return words(said.decode(errors="replace"))


def words(said: str) -> list[str]:
    """The answers in what a solver printed; anything else that it printed ends them, and is no answer."""
    found: list[str] = []
    for line in said.split("\n"):
        word = line.strip()
        if word == "timeout":
            word = "unknown"
        if word in WORDS:
            found.append(word)
        elif word:
            break
    return found
