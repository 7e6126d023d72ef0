"""The contract of map and unmap, case by case: U1 to U8 of the kernel's own tests, errors, all or nothing, growth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from models.checks import caching, contract
from models.checks.catalogue import FORMATS, SMALL_SET
from models.checks.steps import Silent, Steps

Case = Callable[[Steps], None]
Each = Callable[[Steps, str], None]


@pytest.mark.parametrize("case", contract.PLAIN, ids=lambda f: f.__name__)
def test_a_case(case: Case) -> None:
    case(Steps(Silent()))


@pytest.mark.parametrize("each", contract.EACH_FORMAT, ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", FORMATS)
def test_a_case_in_every_format(each: Each, name: str) -> None:
    each(Steps(Silent()), name)


@pytest.mark.parametrize(("some", "names"), contract.SOME_FORMATS, ids=lambda f: getattr(f, "__name__", ""))
def test_a_case_in_some_formats(some: Each, names: Sequence[str]) -> None:
    for name in names:
        some(Steps(Silent()), name)


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("name", SMALL_SET)
def test_an_empty_table_gives_way_to_a_leaf(name: str, careful: bool) -> None:
    contract.empty_table_gives_way(Steps(Silent()), name, careful)


@pytest.mark.parametrize(
    "case",
    [
        caching.flush_says_that_tables_went,
        caching.table_completed_by_its_last_leaf,
        caching.freed_after_the_flush,
        caching.gather_without_gaps,
        caching.destroyed,
    ],
    ids=lambda f: f.__name__,
)
def test_what_is_flushed_before_what_is_freed(case: Case) -> None:
    case(Steps(Silent()))
