"""ARCHITECTURE.md stays true: its list of files is the one that the files themselves give."""

from __future__ import annotations

from tests.architecture import FOLDERS, PAGE, ROOT, first_line, page


def test_the_list_of_files_is_up_to_date() -> None:
    """Refresh with `python -m tests.architecture`."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_every_module_says_what_it_is_for() -> None:
    """A module without a first line cannot be found by a newcomer."""
    silent = [
        str(p.relative_to(ROOT))
        for folder in FOLDERS
        for p in [*(ROOT / folder).glob("*.py"), *(ROOT / folder).glob("*.h")]
        if p.stat().st_size and not first_line(p)
    ]
    assert silent == []
