"""Proofs and failed proofs for people: the clauses of an invariant, and counterexamples to induction."""

from __future__ import annotations

from collections.abc import Sequence

from checker.text_table import wrap
from checker.verdict import PropertyResult


def invariant_sections(results: Sequence[PropertyResult], width: int) -> list[str]:
    """Each invariant once, below the promises that it proves; without clauses the promises are the whole of it."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for r in results:
        if r.method:
            groups.setdefault((r.configuration, r.proved_by, r.invariant), []).append(r.property)
    lines: list[str] = []
    for (configuration, by, clauses), names in groups.items():
        lines += ["", *wrap(f"invariant of {configuration} ({by}), behind {', '.join(names)}:", width)]
        lines += [piece for clause in clauses for piece in wrap(f"  {clause}", width)]
        if not clauses:
            lines.append("  (the promises themselves)")
    return lines


def cti_sections(results: Sequence[PropertyResult], width: int, *, most: int | None) -> list[str]:
    """Counterexamples to induction, the first few of them or all."""
    told = [r for r in results if r.cti]
    lines: list[str] = []
    for r in told[:most]:
        lines += ["", f"NOT INDUCTIVE {r.property} ({r.configuration})"]
        lines += [piece for line in r.cti for piece in wrap(f"  {line}", width)]
    left = len(told) - len(told[:most])
    if left:
        more = "1 more counterexample" if left == 1 else f"{left} more counterexamples"
        lines += ["", f"{more} to induction not shown: name a property with --property, or ask for all with -v"]
    return lines
