"""Fairness as written in spec text: read from arguments, kept by an override, exchanged by an edit."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import get_args

from spec.lang.declared import EditStep, KindMark
from spec.lang.errors import Problem, nearest
from spec.lang.machine import Fairness
from spec.lang.source import Report, span_of

FAIRNESS: tuple[Fairness, ...] = get_args(Fairness)


def read_fairness(node: ast.expr, file: str, report: Report) -> Fairness | None:
    """`"weak"`, `"strong"` or `""`; None after a report."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
    for word in FAIRNESS:
        if word == text:
            return word
    hint = nearest(text or "", [word for word in FAIRNESS if word])
    report(Problem("bad-argument", span_of(node, file), 'fairness is "weak", "strong" or ""', hint))
    return None


def kept(mark: KindMark, base: KindMark | None) -> KindMark:
    """The decorator of an override; what it leaves open about fairness is as in the base."""
    if base is None or mark.fair is not None or base.fair is None:
        return mark
    return replace(mark, fair=base.fair)


def with_fairness(mark: KindMark | None, step: EditStep) -> KindMark | None:
    """The mark after `.with_fairness(...)`; None where the method is no action."""
    fair = next((word for word in FAIRNESS if word == step.reason), None)
    if mark is None or fair is None:
        return None
    if mark.process is not None:
        return replace(mark, process=replace(mark.process, fair=fair))
    return replace(mark, fair=fair) if mark.word in ("ioctl", "kernel", "hardware", "fault") else None
