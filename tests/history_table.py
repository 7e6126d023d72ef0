"""The table of the record in spec/uapi/history/README.md, measured anew: `python -m tests.history_table`.

Every bug, candidate and proposal with the size of its edit, what it breaks and how fast that is found. It is needed
after a change of a spec; whatever the catalogue has is taken by itself.
"""

from __future__ import annotations

import ast
import re
import sys
import time
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

from checker.check import Plan, SpecReport, check
from checker.verdict import Verdict
from spec.lang.catalogue import Entry, catalogue
from spec.lang.frontend import load
from spec.lang.machine import RoleKind
from spec.lang.resolver import Resolver

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "spec" / "uapi" / "history" / "README.md"
REASONS = Path(__file__).with_name("history_not_expressed.toml")
REFRESH = "python -m tests.history_table"
SETTINGS = ("configurations", "profiles")
"""Declarations that say where to look, not what is different."""

HEAD = """\
# The record

Every bug that was found in the reports, reviews and fixes from 2021 to 2026, the proposals that were debated meanwhile,
and what is still open: first of the DMA ownership of IOMMU groups, then of VFIO migration. Each is an edit of a spec
beside this folder, and the tables show what the checker says about it. Made by `python -m tests.history_table`; a test
compares everything but the seconds.

`lines` is the length of the edit: the body of its class without docstrings, comments, blank lines and configurations
(0 where a configuration sets what is different).
`breaks` names the promises that the edit is declared to break, with the number of steps of the shortest trace to each
(also in `counterexamples/`); a goal that is not reached has no trace. `states` counts all configurations and choices of
constants together; `seconds` is the time from the text of the spec to the verdicts on all its promises, on one core of
an ordinary machine. Run a row with `uapicheck check NAME`. Numbers that are missing were never given.
"""
KINDS: tuple[RoleKind, ...] = ("history", "candidate", "proposal")
SECTIONS = {
    "DMA ownership": {"B": "Bugs", "OC": "Candidates, not settled", "P": "Proposals"},
    "Migration": {
        "M": "Bugs",
        "MC": "Candidates, not settled",
        "W": "Orders of a VMM that nobody is known to have shipped",
        "V": "What the first protocol could not keep, and what was proposed for it",
        "I": "Ways to lose a dirty page, and one to lose none",
        "MP": "Proposals",
    },
}
"""By family: the titles of its tables by the letters of the ids that stand there."""
COLUMNS = ("id", "spec", "what is different", "lines", "breaks", "trace", "states", "seconds")
NUMBERS = ("lines", "trace", "states", "seconds")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a check found: states of all searches, the steps to each broken promise (None without a trace), seconds."""

    states: int
    steps: Mapping[str, int | None]
    seconds: float


@dataclass(frozen=True, slots=True)
class Reason:
    """A row that no spec expresses."""

    id: str
    title: str
    reason: str


def shipped() -> list[Entry]:
    """Everything that has a row: what is not a base."""
    return [entry for entry in catalogue(Resolver()) if entry.kind in KINDS]


def reasons() -> list[Reason]:
    """The rows that have no spec."""
    return [Reason(name, **row) for name, row in tomllib.loads(REASONS.read_text(encoding="utf-8")).items()]


def measure(entry: Entry) -> Measured:
    """Checks one spec as `uapicheck check NAME` does, from its text to the verdicts."""
    began = time.monotonic()
    found = check(load(f"{entry.module}:{entry.class_name}"), entry.name, Plan())
    return measured(found, time.monotonic() - began)


def measured(found: SpecReport, seconds: float) -> Measured:
    """The numbers of a report; AssertionError if a search was not complete."""
    assert all(s.complete for s in found.searched)
    searches = [e for s in found.searched for e in s.searches]
    steps: dict[str, int | None] = {}
    for result in found.results:
        if result.verdict is Verdict.VIOLATED:
            known = steps.setdefault(result.property, None)
            if result.trace is not None:
                steps[result.property] = min(known or len(result.trace.steps), len(result.trace.steps))
    return Measured(sum(e.states for e in searches), steps, seconds)


def edit_lines(entry: Entry) -> int:
    """The lines of the class body that say something: no docstring, comment, blank line or configuration."""
    text = (ROOT / entry.span_file).read_text(encoding="utf-8")
    tree = next(n for n in ast.parse(text).body if isinstance(n, ast.ClassDef) and n.name == entry.class_name)
    left_out = {n for node in ast.walk(tree) for n in _docstring(node)} | _settings(tree)
    first = min([tree.body[0].lineno, *(d.lineno for n in tree.body for d in getattr(n, "decorator_list", []))])
    lines = {n for n in range(first, (tree.end_lineno or first) + 1)} - left_out
    return sum(1 for n in lines if re.match(r"\s*[^#\s]", text.splitlines()[n - 1]))


def _docstring(node: ast.AST) -> range:
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
        return _range(node.body[0])
    return range(0)


def _settings(tree: ast.ClassDef) -> set[int]:
    return {
        n
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in SETTINGS
        for n in _range(node)
    }


def _range(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


# --- text -------------------------------------------------------------------------------------------------------


def row(entry: Entry, found: Measured) -> str:
    """The row of a spec."""
    status = f" [{entry.status}]" if entry.status else ""
    missing = [name for name in entry.breaks if name not in found.steps]
    assert not missing, f"{entry.name} does not break {', '.join(missing)}"
    lengths = ["-" if (steps := found.steps[name]) is None else str(steps) for name in entry.breaks]
    cells = [
        entry.id,
        f"`{entry.name}`",
        entry.title + status,
        str(edit_lines(entry)),
        "<br>".join(f"`{name}`" for name in entry.breaks) or "nothing",
        "<br>".join(lengths) or "-",
        f"{found.states:,}",
        f"{found.seconds:.1f}",
    ]
    return _line(cells)


def row_without_spec(reason: Reason) -> str:
    """The row of what no spec expresses."""
    return _line([reason.id, "-", f"{reason.title} Not expressed: {reason.reason}", "-", "-", "-", "-", "-"])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def page(found: Mapping[str, Measured]) -> str:
    """The whole page, from the measurement of every shipped spec by name."""
    rows = [(entry.id, row(entry, found[entry.name])) for entry in shipped()]
    rows += [(reason.id, row_without_spec(reason)) for reason in reasons()]
    tables: dict[str, list[tuple[tuple[int, str], str]]] = {}
    for name, text in rows:
        tables.setdefault(letters(name), []).append((_number(name), text))
    rule = ["--:" if name in NUMBERS else "---" for name in COLUMNS]
    parts = [HEAD]
    for family, titles in SECTIONS.items():
        parts.append(f"## {family}\n")
        for prefix, title in titles.items():
            lines = [_line(COLUMNS), _line(rule), *(text for _, text in sorted(tables.pop(prefix, [])))]
            parts.append("\n".join([f"### {title}", "", *lines, ""]))
    assert not tables, f"ids that belong nowhere: {', '.join(tables)}"
    return "\n".join(parts)


def letters(name: str) -> str:
    """What an id begins with: it says where the row belongs."""
    return name[: len(name) - len(name.lstrip(ascii_uppercase))]


def _number(name: str) -> tuple[int, str]:
    digits = re.search(r"\d+", name)
    return int(digits.group()) if digits else 0, name


def without_seconds(text: str) -> str:
    """The page with the last column of its tables taken out."""
    return "\n".join(line.rsplit(" | ", 1)[0] if line.startswith("| ") else line for line in text.splitlines())


def main() -> None:
    """Measures every spec and writes the page."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))
    PAGE.write_text(page({entry.name: measure(entry) for entry in shipped()}), encoding="utf-8")


if __name__ == "__main__":
    main()
