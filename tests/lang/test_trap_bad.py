"""Texts that Python would run in a surprising way are rejected, with the right error at the right line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spec.lang.errors import SpecError
from spec.lang.frontend import load

HERE = Path(__file__).parent / "trap_bad"
NAMES = sorted(p.stem for p in HERE.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_surprising_text_is_rejected_where_it_stands(name: str) -> None:
    path = HERE / f"{name}.py"
    expected = re.search(r"^reject: (\S+) (\d+)$", path.read_text(), re.MULTILINE)
    assert expected is not None
    with pytest.raises(SpecError) as caught:
        load(f"{path}:Trap")
    first = caught.value.problems[0]
    assert (expected[1], int(expected[2])) == (first.code, first.span.line)


def test_the_rejected_texts_differ_from_an_accepted_one_by_their_mistake(tmp_path: Path) -> None:
    text = (HERE / "bool_equals_int.py").read_text().replace("self.b == 1", "self.b == True")
    path = tmp_path / "fine.py"
    path.write_text(text)
    assert "Trap" == load(f"{path}:Trap").name
