"""The catalogue of mutants: every edit applies, every bug table is drawn from, the page has them all, and all die."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from checker.conform.mutate_find import checks_of, edit_of, mutants_of
from models.mutants import MUTANTS
from models.mutations.mutant import Mutant
from tests.mutants_table import HEAD, MODELS, PAGE, REASONS, mutant_row, mutants
from tests.sessions import Run

PAGE_TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_an_edit_applies_to_one_place_and_is_small(mutant: Mutant) -> None:
    edit = edit_of(mutant)
    assert edit.text
    assert max(mutant.old.count("\n"), mutant.new.count("\n")) <= 5
    assert re.fullmatch(r"[a-z0-9-]+", mutant.name) and mutant.bug


def test_there_are_enough_of_each_kind() -> None:
    counts = Counter(mutant.model for mutant in MUTANTS)
    assert counts["page_tables"] >= 25 and counts["dma_ownership"] >= 25 and counts["migration"] >= 15
    assert set(counts) == set(MODELS)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("model", MODELS)
def test_checks_are_found_and_have_names(model: str) -> None:
    wanted = mutants_of(model, "models.mutants", ())
    found = checks_of(model, "models.mutants", wanted, ())
    assert len({check.name for check in found}) == len(found) > 5
    assert all(check.about for check in found)


def test_the_page_has_every_mutant_in_order() -> None:
    assert PAGE_TEXT.startswith(HEAD)
    expected = [mutant_row(m, None, []).split(" | ")[:3] for model in MODELS for m in mutants(model)]
    found = [row.split(" | ")[:3] for row in PAGE_TEXT.splitlines() if re.match(r"\| `[a-z0-9-]+` \| `", row)]
    assert found == expected, "write it anew: python -m tests.mutants_table"


def test_the_page_knows_no_survivor_and_no_idle_check_without_a_reason() -> None:
    assert "**none**" not in PAGE_TEXT
    said = re.findall(r"^`([^`]+)` is not the first to refuse any of these\. (.+)$", PAGE_TEXT, re.MULTILINE)
    for name, why in said:
        assert why in {reasons.get(name) for reasons in REASONS.values()}


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_all_mutants_die(run: Run, model: str) -> None:
    done = run("mutate", model, "--format", "json")
    assert done.json["survivors"] == []
    assert done.code == 0, done.json["ended"]
