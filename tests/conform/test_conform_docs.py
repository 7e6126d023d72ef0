"""The example of docs/conform.md is a model that conforms, and one slip in it is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sessions import Run

PAGE = Path(__file__).parents[2] / "docs" / "conform.md"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The files of the page."""
    found = re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name, text in found:
        (tmp_path / name).write_text(text)
    assert [name for name, _ in found] == ["latch_spec.py", "latch_model.py"]
    return tmp_path / "latch_model.py"


def test_the_example_conforms(example: Path, run: Run) -> None:
    """By hand: nobody, either user: 3 states; take by two users where it is free twice each, else once; drop once."""
    done = run("conform", str(example), "--format", "json", "--examples", "10")
    assert done.code == 0, done.err
    assert done.json["pairs"] == done.json["covered"] == (2 * 2 + 1) + 2 * (2 + 1)
    faults = next(case for case in done.json["cases"] if case["check"] == "faults")
    assert {row["end"] for row in faults["places"]} == {"as its choice"}


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ('"EBUSY"', '"EPERM"', "errno"),
        ("self.latch.holder = args[0]", "self.latch.holder = 0", "holder"),
        ("        self.latch.journal.back(mark)", "        pass", "restored"),
        ('{"first": True}', "{}", "outputs"),
    ],
)
def test_a_slip_in_it_is_found(example: Path, run: Run, before: str, after: str, what: str) -> None:
    text = example.read_text()
    assert before in text
    example.write_text(text.replace(before, after))
    done = run("conform", str(example), "--only", "exhaustive")
    assert done.code == 1
    assert f": {what} (case two, lock-step" in done.out
