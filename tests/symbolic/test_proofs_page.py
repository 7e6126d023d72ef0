"""docs/proofs.md names every shipped spec, and of each at least nine invariants of ten that hold are proved there."""

from __future__ import annotations

import re

import pytest

from spec.lang.catalogue import catalogue
from spec.lang.resolver import Resolver
from tests.proofs_table import PAGE, Row, page

ROW = re.compile(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \|", re.MULTILINE)


def counts() -> dict[str, tuple[int, int, int]]:
    """Proved, violated and open invariants by spec."""
    return {m[1]: (int(m[2]), int(m[3]), int(m[4])) for m in ROW.finditer(PAGE.read_text())}


def test_every_shipped_spec_has_a_row() -> None:
    assert list(counts()) == [entry.name for entry in catalogue(Resolver())]


@pytest.mark.parametrize("name", [entry.name for entry in catalogue(Resolver())])
def test_nine_of_ten_are_proved(name: str) -> None:
    proved, violated, left = counts()[name]
    assert proved + violated + left > 0
    assert proved >= 9 * left


def test_what_is_left_is_named_with_a_reason() -> None:
    text = PAGE.read_text()
    named = re.findall(r"^\* `(\w+)`, `\w+`: .+$", text, re.MULTILINE)
    assert {name: named.count(name) for name in named} == {n: left for n, (_, _, left) in counts().items() if left}


def test_a_row_counts_what_is_proved_in_all_configurations_only() -> None:
    row = Row("door", {"a", "b", "c"}, {"c"}, {"b": "core: no", "c": "core: no", "d": "core: no"})
    assert row.cells()[1:4] == ["1", "1", "2"]
    assert row.share == pytest.approx(1 / 3)
    text = page([row])
    assert "1 of 3 invariants" in text
    assert "* `door`, `d`: core: no" in text
