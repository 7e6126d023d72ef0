"""Dirty tracking end to end: hardware sets bits as it walks, software reads and clears them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.checks import dirty, walks
from models.checks.caching import no_write_is_lost
from models.checks.steps import Silent, Steps


@pytest.mark.parametrize("name", dirty.TRACKING)
def test_a_write_is_seen_once(name: str) -> None:
    dirty.seen_once(Steps(Silent()), name)


@pytest.mark.parametrize("name", dirty.TRACKING)
def test_any_entry_of_a_contiguous_page_counts(name: str) -> None:
    dirty.every_entry_counts(Steps(Silent()), name)


@pytest.mark.parametrize("name", dirty.TRACKING)
def test_reports_against_a_set_of_pages(name: str) -> None:
    dirty.dirty_twin(Steps(Silent()), name, rounds=400)


@pytest.mark.parametrize("name", ["vtd-3", "amd-3", "arm1-39", "riscv-39", "x86-4"])
def test_a_read_only_page_is_never_written(name: str) -> None:
    dirty.read_only(Steps(Silent()), name)


@pytest.mark.parametrize("name", ["x86-4", "riscv-39"])
def test_formats_with_dirty_preset_have_nothing_to_record(name: str) -> None:
    dirty.preset(Steps(Silent()), name)


@pytest.mark.parametrize("name", ["vtd-3", "x86-4", "amd-3"])
def test_the_accessed_bit_is_set_on_the_way(name: str) -> None:
    dirty.accessed(Steps(Silent()), name)


@pytest.mark.parametrize(
    "case",
    [dirty.parts, dirty.everything_clean, walks.overtaken, walks.access_flag],
    ids=lambda f: f.__name__,
)
def test_a_case(case: Callable[[Steps], None]) -> None:
    case(Steps(Silent()))


@pytest.mark.slow
def test_no_write_is_lost() -> None:
    no_write_is_lost(Steps(Silent()))
