"""The stored counterexamples: one trace per shipped spec and promise that it declares to break.

`python -m tests.counterexamples` writes them anew. It is needed after every change of a spec's text, because a trace
carries the digest of that text.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from checker.check import Plan, SpecReport, check
from checker.cli_check import write_traces
from checker.request import Settings
from checker.verdict import Verdict
from spec.lang.catalogue import Entry, catalogue
from spec.lang.frontend import load
from spec.lang.resolver import Resolver

FOLDER = Path(__file__).resolve().parents[1] / "counterexamples"
ENDING = ".itf.json"
REFRESH = "python -m tests.counterexamples"


def broken_specs() -> list[Entry]:
    """The shipped specs that declare to break something."""
    return [entry for entry in catalogue(Resolver()) if entry.breaks]


def file_name(entry: Entry, promise: str) -> str:
    """As `uapicheck check NAME --trace-dir` calls the file of the first configuration that breaks the promise."""
    return f"{entry.name}.{promise}{ENDING}"


def wanted() -> dict[str, tuple[Entry, str]]:
    """The files that must be there, and what each is about."""
    return {file_name(entry, promise): (entry, promise) for entry in broken_specs() for promise in entry.breaks}


def stored(folder: Path = FOLDER) -> set[str]:
    """The trace files that are there."""
    return {path.name for path in folder.glob(f"*{ENDING}")}


def write(entry: Entry, folder: Path) -> None:
    """Searches one spec for what it declares to break, and writes the shortest traces."""
    machine = load(f"{entry.module}:{entry.class_name}")
    report = check(machine, entry.name, Plan(Settings(properties=entry.breaks)))
    write_traces(_first_of_each(report), str(folder))


def _first_of_each(report: SpecReport) -> SpecReport:
    first = {r.property: r for r in reversed(report.results) if r.verdict is Verdict.VIOLATED}
    return replace(report, results=tuple(first.values()))


def main() -> None:
    """Writes all files and removes those that nothing asks for."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))
    for entry in broken_specs():
        write(entry, FOLDER)
    for name in sorted(stored() - set(wanted())):
        (FOLDER / name).unlink()
    missing = sorted(set(wanted()) - stored())
    print(f"{len(stored())} counterexamples in {FOLDER.name}/", *(f"not found: {name}" for name in missing), sep="\n")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
