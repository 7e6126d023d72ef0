"""How well founded a spec is: which actions, refusals and warnings were recorded, read, deduced or guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from checker.conclude import Searched
from spec.lang.machine import Provenance, Sure
from spec.lang.spans import Span

FactKind = Literal["actions", "refusals", "warnings"]
KINDS: tuple[FactKind, ...] = get_args(FactKind)
DEGREES: tuple[Sure, ...] = get_args(Sure)


@dataclass(frozen=True, slots=True)
class Fact:
    """One cited statement of a spec."""

    kind: FactKind
    label: str
    provenance: Provenance
    span: Span


def facts(searched: Sequence[Searched]) -> list[Fact]:
    """The facts that are in force in some configuration, in the order of the text."""
    found: dict[tuple[FactKind, str, Span], Fact] = {}
    for fact in (f for s in searched for f in _facts_of(s)):
        found.setdefault((fact.kind, fact.label, fact.span), fact)
    return sorted(found.values(), key=lambda f: (KINDS.index(f.kind), f.span, f.label))


def _facts_of(s: Searched) -> Iterable[Fact]:
    machine = s.ground.machine
    for action in (a for a in s.ground.actions if not a.point):
        yield Fact("actions", action.name, action.provenance, action.span)
    for number in s.ground.live_sites:
        site = machine.sites[number]
        if site.kind not in ("done", "pending"):
            yield Fact("refusals", f"{site.errno} {site.reason}".strip(), site.provenance, site.span)
    for number in s.ground.live_warnings:
        warning = machine.warnings[number]
        yield Fact("warnings", warning.message, warning.provenance, warning.span)


def count_lines(found: Sequence[Fact]) -> list[str]:
    """`refusals: 3 recorded, 12 read, 1 guessed`, one line per kind that occurs."""
    lines = []
    for kind in KINDS:
        of_kind = [f.provenance.sure for f in found if f.kind == kind]
        counts = [f"{of_kind.count(d)} {d}" for d in DEGREES if d in of_kind]
        if counts:
            lines.append(f"{kind}: {', '.join(counts)}")
    return lines


def fact_rows(found: Sequence[Fact]) -> list[tuple[str, str, str, str]]:
    """Degree, kind, name and citation of each, the least sure first."""
    ordered = sorted(found, key=lambda f: -DEGREES.index(f.provenance.sure))
    return [(f.provenance.sure, f.kind.removesuffix("s"), f.label, f.provenance.cites or str(f.span)) for f in ordered]
