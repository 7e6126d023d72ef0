"""Every bug and proposal about one migrating device breaks what it declares, and the spec that it edits does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.check import Plan, check
from checker.request import Settings
from checker.verdict import Verdict
from spec.lang.catalogue import catalogue
from spec.lang.frontend import load
from spec.lang.resolver import Resolver
from tests.uapi.migration_rows import BUGS, PROPOSALS
from tests.uapi.test_migration import MIGRATION, RACE, violated


def entries() -> dict[str, Any]:
    ours = ("history.migration_driver", "proposals.migration_arcs")
    return {e.name: e for e in catalogue(Resolver()) if e.kind != "base" and e.module.endswith(ours)}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*BUGS, *PROPOSALS])
def test_the_edit_breaks_what_it_says_and_the_spec_without_it_does_not(name: str) -> None:
    row, entry = (BUGS | PROPOSALS)[name], entries()[name]
    edit = load(f"{entry.module}:{entry.class_name}")
    found = violated(check(edit, name, Plan()))
    assert row.breaks == {promise: found.get(promise) for promise in entry.breaks}
    base = load(RACE if "ResetRace" in edit.bases else MIGRATION)
    shared = {name: c for name, c in edit.configurations.items() if c.switches.keys() <= base.switches.keys()}
    kept = check(replace(base, configurations=shared), name, Plan())
    assert shared
    assert set() == set(entry.breaks) & set(violated(kept))


@pytest.mark.parametrize(
    ("name", "config", "promise"),
    [
        ("error_stands_still", "obedient", "a_device_in_error_stands_still"),
        ("user_cleans_before_resuming", "cleaning", "a_resuming_device_has_no_past"),
    ],
)
def test_what_a_proposal_would_need_is_named(name: str, config: str, promise: str) -> None:
    entry = entries()[name]
    report = check(load(f"{entry.module}:{entry.class_name}"), name, Plan(Settings(configuration=config)))
    assert {Verdict.HOLDS} == {r.verdict for r in report.results if r.property == promise}
