"""`uapicheck list`: the shipped specs."""

from __future__ import annotations

import sys

from checker.cli_options import FormatName
from checker.report_json import list_json
from checker.text_table import Column, render, wrap
from spec.lang.catalogue import Entry, catalogue
from spec.lang.resolver import Resolver

WIDTH = 100
HEADINGS = {
    "base": "Specs",
    "history": "History: bugs that were fixed, each breaking what it must",
    "proposal": "Proposals",
    "candidate": "Candidates: behaviour of today that breaks a promise",
    "machine": "Machines",
}


def run_list(output_format: FormatName, verbose: int) -> int:
    """Prints the catalogue."""
    entries = catalogue(Resolver())
    if output_format == "json":
        sys.stdout.write(list_json(entries) + "\n")
    else:
        sys.stdout.write("\n".join(list_lines(entries, verbose)) + "\n")
    return 0


def list_lines(entries: list[Entry], verbose: int = 0) -> list[str]:
    """The catalogue for people, by kind; with the promises of each when verbose."""
    lines: list[str] = []
    for kind, heading in HEADINGS.items():
        rows = [_row(e) for e in entries if e.kind == kind]
        if not rows:
            continue
        columns = [Column("name", 20), Column("id", 4), Column("title", 40)]
        kept = [0, 2] if kind in ("base", "machine") else [0, 1, 2]
        table = render([columns[i] for i in kept], [[row[i] for i in kept] for row in rows], WIDTH)
        lines += ["", heading, *table] if lines else [heading, *table]
    if verbose:
        for entry in entries:
            lines += ["", f"{entry.name} ({entry.module}:{entry.class_name})"]
            lines += [piece for name in entry.properties for piece in wrap(f"  {name}", WIDTH)]
    return lines


def _row(entry: Entry) -> list[str]:
    breaks = f"\nbreaks {', '.join(entry.breaks)}" if entry.breaks else ""
    status = f" [{entry.status}]" if entry.status else ""
    return [entry.name, entry.id, entry.title + status + breaks]
