"""The one family of errors: what is wrong with a spec or a request, where, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from spec.lang.spans import Span


class UapiCheckError(Exception):
    """Root of all errors that are the user's or the environment's to mend; exit code 2."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a spec: a stable code, the place, the message, and a hint (may be empty)."""

    code: str
    span: Span
    message: str
    hint: str = ""


class SpecError(UapiCheckError):
    """A spec cannot be read; carries every problem found, not only the first, and the texts for excerpts."""

    def __init__(self, problems: Iterable[Problem], texts: dict[str, str] | None = None) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.span, p.code, p.message)))
        self.texts = dict(texts or {})
        super().__init__("\n".join(render_problem(p, self.texts) for p in self.problems))


class RequestError(UapiCheckError):
    """The request itself is off: an unknown name, a size of zero, a trace of another spec."""


class EngineError(UapiCheckError):
    """An engine's surroundings failed: the compiler, the cache directory, the memory."""


def render_problem(problem: Problem, texts: dict[str, str]) -> str:
    """`file:line:col: error[code]: message`, the source line, a caret line, and the hint."""
    span = problem.span
    lines = [f"{span}: error[{problem.code}]: {problem.message}"]
    source = texts.get(span.file, "").splitlines()
    if 1 <= span.line <= len(source):
        text = source[span.line - 1].expandtabs(1)
        end = span.end_col if span.end_line == span.line else len(text) + 1
        lines.append(f"  {text}")
        lines.append("  " + " " * (span.col - 1) + "^" * max(1, end - span.col))
    if problem.hint:
        lines.append(f"  hint: {problem.hint}")
    return "\n".join(lines)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest known name, or lists the known ones when none is close."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if not names:
        return "there are none"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"known: {shown}"
