"""What can go wrong with a sequence: a place that it does not have, a bound below 0, more entries than fit."""

from __future__ import annotations

from checker.eval_world import Fault
from spec.lang.spans import Span
from spec.lang.types import SeqType, show
from spec.lang.values import Finite, Value, capacity

Row = tuple[Value, ...]


def entry(row: Row, place: int, span: Span) -> Value:
    """The entry at a place from 0; `Fault` outside the sequence."""
    if not 0 <= place < len(row):
        raise Fault(f"there is no entry {place} in a sequence of {len(row)}", span)
    return row[place]


def piece(row: Row, low: int, high: int | None, span: Span) -> Row:
    """The entries from one bound to before another, to the end without; `Fault` for a bound below 0."""
    if low < 0 or (high is not None and high < 0):
        raise Fault(f"a slice from {low} to {'the end' if high is None else high}; a bound is never below 0", span)
    return row[low:high]


def short_enough(row: Row, kind: SeqType, span: Span, finite: Finite) -> Row:
    """The sequence itself; `Fault` if the type has no room for it."""
    if len(row) > capacity(kind, finite):
        raise Fault(f"{len(row)} entries do not fit into {show(kind)}", span)
    return row
