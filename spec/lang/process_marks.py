"""The arguments of `@process`, read from their text."""

from __future__ import annotations

import ast

from spec.lang.declared import ProcessMark
from spec.lang.errors import Problem
from spec.lang.fairness import read_fairness
from spec.lang.source import Report, span_of


def read_process_mark(words: dict[str, ast.expr], file: str, report: Report) -> ProcessMark:
    """What `thread=`, `fair=`, `fair_start=` and `keeps_locks=` say; mistakes are reported and left out."""
    thread = None
    match words.get("thread"):
        case None:
            pass
        case ast.Name(id=name) as node:
            thread = (name, span_of(node, file))
        case node:
            report(Problem("bad-argument", span_of(node, file), "thread= names a sort", "write thread=Thread"))
    keeps = False
    match words.get("keeps_locks"):
        case None:
            pass
        case ast.Constant(value=bool(value)):
            keeps = value
        case node:
            report(Problem("bad-argument", span_of(node, file), "keeps_locks= is True or False", "write True"))
    fair = read_fairness(words["fair"], file, report) if "fair" in words else None
    start = read_fairness(words["fair_start"], file, report) if "fair_start" in words else None
    return ProcessMark(thread, "weak" if fair is None else fair, start or "", keeps)
