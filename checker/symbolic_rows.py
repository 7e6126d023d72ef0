"""Rows for what symbolic engines do not answer: promises about whole runs and refinements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checker.conclude import Searched, searched_row
from checker.explorations import RawPath
from checker.fairness import assumptions
from checker.request import LIVENESS
from checker.trace import Trace
from checker.trace_build import disagree
from checker.verdict import PropertyResult, ResultKind


def only_explicit(searched: Sequence[Searched], wanted: frozenset[str]) -> Iterator[PropertyResult]:
    """An UNKNOWN row per refinement and promise about whole runs, and configuration, in declared order."""

    def no_trace(s: Searched, number: int, name: str, path: RawPath) -> Trace | None:
        raise disagree(f"'{name}' was never searched", path)

    for s in searched:
        names: dict[str, ResultKind] = {r.name: "refinement" for r in s.ground.refinements}
        for p in s.ground.properties:
            if p.kind in LIVENESS:
                names[p.name] = "leads_to" if p.kind == "leads_to" else "always_eventually"
        for name, kind in names.items():
            if name in wanted:
                row = searched_row(s, name, kind, no_trace)
                yield replace(row, fairness=assumptions(s.ground)) if kind in LIVENESS else row
