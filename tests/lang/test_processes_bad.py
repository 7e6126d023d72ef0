"""Every mistake in the text of processes and locks is told at its place, with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec.lang.errors import Problem, SpecError
from spec.lang.frontend import load
from tests.lang import process_bad
from tests.lang.elab_tools import expected_places


def problems(tmp_path: Path, text: str) -> list[Problem]:
    """What loading the text reports."""
    path = tmp_path / "case.py"
    path.write_text(process_bad.HEAD + text, encoding="utf-8")
    try:
        load(f"{path}:Case")
    except SpecError as error:
        return error.problems
    return []


@pytest.mark.parametrize(("code", "text"), process_bad.ALL)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, code: str, text: str) -> None:
    plain, places = expected_places(text)
    found = problems(tmp_path, plain)
    assert [(code, line + process_bad.FIRST, col) for line, col in places] == [
        (p.code, p.span.line, p.span.col) for p in found
    ]
    assert all(p.hint for p in found)


def test_the_head_alone_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path, process_bad.body("yield")) == []
