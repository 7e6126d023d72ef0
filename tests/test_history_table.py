"""The table of the record says what the shipped specs do, and leaves nothing out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.history_table import (
    PAGE,
    REFRESH,
    SECTIONS,
    Measured,
    edit_lines,
    letters,
    measure,
    page,
    reasons,
    row,
    shipped,
    without_seconds,
)
from tests.uapi.history_rows import ROWS
from tests.uapi.test_history import BUGS

PAGE_TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
PROPOSALS = range(1, 28)
MIGRATION_BUGS = {1, 2, 4, 5, 6, 8, 9, 11, 12, 14, 16, 17, 18, 19, 20, 21, 22}
MIGRATION_PROPOSALS = range(1, 21)
PROBLEMS_OF_V1 = range(1, 13)
ENTRIES = {entry.name: entry for entry in shipped()}


def test_the_page_has_all_rows_in_order() -> None:
    """Bugs, candidates, proposals, each by number; what has no spec stands among the others."""
    expected = page({name: Measured(0, dict.fromkeys(entry.breaks), 0.0) for name, entry in ENTRIES.items()})
    assert outline(expected) == outline(PAGE_TEXT), f"write it anew: {REFRESH}"


def outline(text: str) -> list[str]:
    """The page with the first cells of each row: all that does not need a search."""
    return [" | ".join(line.split(" | ")[:5]) for line in text.splitlines()]


@pytest.mark.parametrize("name", [name for name in ROWS if name in ENTRIES])
def test_the_numbers_are_those_that_are_pinned(name: str) -> None:
    """`tests/uapi/test_history.py` compares these counts with a fresh search by every engine."""
    pinned = row(ENTRIES[name], Measured(ROWS[name].states, ROWS[name].breaks, 0.0))
    assert without_seconds(pinned) in without_seconds(PAGE_TEXT).splitlines(), f"write it anew: {REFRESH}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ENTRIES)
def test_the_table_is_what_a_check_finds(name: str) -> None:
    assert without_seconds(row(ENTRIES[name], measure(ENTRIES[name]))) in without_seconds(PAGE_TEXT).splitlines()


def test_every_number_of_the_record_has_a_row() -> None:
    ids = re.findall(r"^\| ([A-Z]+\d+)[^|]* \|", PAGE_TEXT, re.MULTILINE)
    numbers = {"B": BUGS, "P": PROPOSALS, "M": MIGRATION_BUGS, "V": PROBLEMS_OF_V1, "MP": MIGRATION_PROPOSALS}
    wanted = {f"{letter}{n:02}" for letter, those in numbers.items() for n in those}
    assert sorted(wanted - set(ids)) == []
    assert {letter for titles in SECTIONS.values() for letter in titles} == {letters(name) for name in ids}


def test_no_reason_is_given_for_what_has_a_spec() -> None:
    expressed = {entry.id.split("-")[0] for entry in ENTRIES.values()}
    assert [] == [r.id for r in reasons() if r.id in expressed], "take it out of history_not_expressed.toml"
    assert all(r.reason.endswith(".") and "\n" not in r.reason for r in reasons())


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("hot_add_skips_attach", 1),  # one switch
        ("variant_driver_without_flag", 2),  # one method of one statement
        ("flush_queue_races_removal", 9),  # a process: two lines of head, four of test, three more steps
        ("claim_leaks_a_reference", 10),
    ],
)
def test_lines_of_edits_counted_by_hand(name: str, lines: int) -> None:
    assert lines == edit_lines(ENTRIES[name])


def test_a_row_says_what_is_broken_and_in_how_many_steps() -> None:
    entry = replace(ENTRIES["hot_add_skips_attach"], breaks=("one", "two"), status="open")
    text = row(entry, Measured(1234, {"one": 3, "two": None, "more": 1}, 0.26))
    assert text.startswith("| B16 | `hot_add_skips_attach` | A device that joined an owned group")
    assert text.endswith("[open] | 1 | `one`<br>`two` | 3<br>- | 1,234 | 0.3 |")
    with pytest.raises(AssertionError, match="does not break two"):
        row(entry, Measured(1, {"one": 3}, 0.0))


def test_only_the_seconds_are_left_out() -> None:
    assert "| B16 | 3\nprose | 4 |" == without_seconds("| B16 | 3 | 0.5 |\nprose | 4 |")
