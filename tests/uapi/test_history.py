"""Every shipped bug, candidate and proposal does what it declares: searched by two engines, down to the counts."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from checker.check import EngineName, Plan, SpecReport, check
from checker.constants import as_slots, constant_choices
from checker.explicit.compile import available
from checker.explicit.engine import explore
from checker.explorations import ALWAYS_ON, Limits
from checker.request import Settings, instances
from checker.verdict import Verdict
from spec.lang.catalogue import catalogue
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from spec.lang.resolver import Resolver
from tests.uapi.history_rows import ROWS
from tests.uapi.lassos import KINDS
from tests.uapi.row import Row

ENTRIES = {entry.name: entry for entry in catalogue(Resolver()) if entry.kind != "base"}
ENGINES: tuple[EngineName, ...] = ("c", "python") if available() else ("python",)

# Bugs of the merged interface and its forerunners; the numbers left out were never given or are no bug of this kind.
BUGS = {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13, 14, 16, 18, 19, 21, 22, 23, 25, 26, 27, 28, 30, 31, 32, 34}


@functools.cache
def machine(name: str) -> Machine:
    return load(f"{ENTRIES[name].module}:{ENTRIES[name].class_name}")


def counts(found: SpecReport) -> tuple[int, int, int]:
    """States, transitions and refusals of all searches together."""
    searches = [e for s in found.searched for e in s.searches]
    return sum(e.states for e in searches), sum(e.transitions for e in searches), sum(e.refusals for e in searches)


def shortest(found: SpecReport) -> dict[str, int]:
    """The steps to each broken promise; a goal that is not reached has no trace and is left out."""
    steps: dict[str, int] = {}
    for result in found.results:
        if result.verdict is Verdict.VIOLATED and result.trace is not None:
            steps[result.property] = min(steps.get(result.property, 10**6), len(result.trace.steps))
    return steps


def test_the_table_names_every_shipped_spec_that_is_no_base() -> None:
    assert {(name, entry.id) for name, entry in ENTRIES.items()} == {(name, row.id) for name, row in ROWS.items()}


def test_no_known_bug_is_missing() -> None:
    ids = {entry.id for entry in ENTRIES.values() if entry.kind == "history"}
    assert {f"B{n:02}" for n in BUGS} == {name for name in ids if name.startswith("B")}


@pytest.mark.parametrize("name", ENTRIES)
def test_the_declaration_is_that_of_the_table(name: str) -> None:
    entry, row = ENTRIES[name], ROWS[name]
    assert set(entry.breaks) == set(row.breaks)
    assert entry.breaks or entry.kind == "proposal", "a bug or a candidate breaks something"
    assert machine(name).role.cites


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_declared_is_broken_by_a_trace_of_the_known_length(name: str) -> None:
    reports = {engine: check(machine(name), name, Plan(engine=engine)) for engine in ENGINES}
    row = ROWS[name]
    for engine, found in reports.items():
        assert all(s.complete for s in found.searched)
        assert {e.engine for s in found.searched for e in s.searches} == {engine}
        assert (engine, *counts(found)) == (engine, row.states, row.transitions, row.refusals)
        steps = shortest(found)
        assert {promise: steps.get(promise) for promise in row.breaks} == row.breaks
        if not row.breaks:
            assert [r.property for r in found.results if r.verdict is Verdict.VIOLATED] == []
    traces = [{(r.configuration, r.property): r.trace for r in found.results} for found in reports.values()]
    assert all(found == traces[0] for found in traces)


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.told is not None], ids=lambda row: row.id)
def test_the_search_needs_the_steps_that_were_told_or_says_why_not(row: Row) -> None:
    lengths = set(row.breaks.values())
    assert row.told in lengths or row.differs
    assert lengths != {row.told} or not row.differs


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, e in ENTRIES.items() if e.base == "DmaOwnership" and e.breaks])
def test_the_edit_is_to_blame(name: str) -> None:
    """The spec that was edited keeps the promise under the same sizes, switches and constants."""
    base = load("spec.uapi.dma_ownership:DmaOwnership")
    promises = set(ENTRIES[name].breaks) & {*base.properties, *ALWAYS_ON}
    for instance in instances(machine(name), Settings()):
        finite = ground(base, instance.sizes, instance.switches)
        for choice in constant_choices(finite, {k: v for k, v in instance.constants.items() if k in base.constants}):
            found = explore(finite, as_slots(finite, choice), Limits())
            assert found.complete
            assert promises & set(found.found) == set()


def test_the_edit_is_to_blame_for_what_never_comes() -> None:
    """The same for promises about whole runs."""
    base = load("spec.uapi.dma_ownership:DmaOwnership")
    runs = {p.name for p in base.properties.values() if p.kind in KINDS}
    edits = {n: tuple(runs & set(e.breaks)) for n, e in ENTRIES.items() if e.base == "DmaOwnership"}
    assert {"B07", "B09", "B19", "B32", "B34", "P12", "P14", "P16"} == {ENTRIES[n].id for n, p in edits.items() if p}
    for name, promises in edits.items():
        if promises:
            same = replace(base, configurations=machine(name).configurations)
            results = check(same, name, Plan(Settings(properties=promises))).results
            assert {r.property for r in results} == set(promises)
            assert {r.verdict for r in results} <= {Verdict.HOLDS, Verdict.VACUOUS}
