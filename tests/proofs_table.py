"""The table of proofs in docs/proofs.md, made anew: `python -m tests.proofs_table`.

Every shipped spec is checked with `--certificate` in each of its configurations, and every certificate that comes out
is verified. An invariant counts as proved where a verified certificate says so. It takes an hour or so.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spec.lang.catalogue import catalogue
from spec.lang.resolver import Resolver

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "proofs.md"
SECONDS = 600

HEAD = """\
# What is proved by induction

Every shipped spec, with the invariants that have a certificate: an inductive invariant that implies them, whose three
obligations were discharged by Z3 from files written by a second encoder (`docs/certificates.md`). Made by
`python -m tests.proofs_table`, which writes the certificates and verifies each.

An invariant of a spec counts where it is proved in every configuration that asks for it and does not violate it. Those
that a spec is there to break are counted as violated. `by` is what found the invariants: induction on the promises and
lemmas of the spec alone, or PDR with so many further clauses. Below the table stand, by name, the invariants that are
neither proved nor violated, with the reason.
"""


@dataclass
class Row:
    """One spec: its invariants by what came of them, and how the certificates were found."""

    spec: str
    proved: set[str] = field(default_factory=set)
    violated: set[str] = field(default_factory=set)
    left: dict[str, str] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    clauses: int = 0

    @property
    def open(self) -> dict[str, str]:
        """Invariants that are neither proved everywhere nor violated, with a reason."""
        return {name: why for name, why in self.left.items() if name not in self.violated}

    @property
    def share(self) -> float:
        """The part of the invariants that hold which is proved."""
        proved = self.proved - self.violated - self.left.keys()
        return len(proved) / (len(proved) + len(self.open)) if proved or self.open else 1.0

    def cells(self) -> list[str]:
        """The row of the table."""
        proved = len(self.proved - self.violated - self.left.keys())
        by = "+".join(sorted(self.methods)) + (f", {self.clauses} clauses" if self.clauses else "")
        return [self.spec, str(proved), str(len(self.violated)), str(len(self.open)), by or "-"]


def run(*words: str) -> tuple[int, Any]:
    """A command of the checker with JSON output: the exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "checker", *words, "--format", "json"], cwd=ROOT, capture_output=True, text=True
    )
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None


def measure(spec: str, folder: Path) -> Row:
    """Checks a spec, and verifies every certificate that comes out."""
    row = Row(spec)
    code, found = run("check", spec, "--certificate", str(folder), "--timeout", f"{SECONDS}s")
    assert found is not None, f"{spec}: exit {code}"
    results = [r for r in found["results"] if r["kind"] == "invariant"]
    verified = {str(place): _verified(place, row) for place in sorted(folder.glob("*")) if place.is_dir()}
    for r in results:
        name, place = r["property"], r.get("certificate")
        if r["verdict"] == "violated":
            row.violated.add(name)
        elif place is not None and verified.get(place) == "":
            row.proved.add(name)
        else:
            why = verified.get(place, "") if place else "no invariant was found in time"
            row.left.setdefault(name, f"{r['configuration']}: {why}")
    return row


def _verified(place: Path, row: Row) -> str:
    """Why a certificate is not one; empty if it is."""
    code, found = run("verify", str(place), "--cvc5", "0")
    stored = json.loads((place / "certificate.json").read_text())
    row.methods.add(stored["method"])
    row.clauses += sum(1 for conjunct in stored["invariant"] if "clause" in conjunct)
    if code == 0:
        return ""
    return f"the certificate was not verified (exit {code})" if found is None else str(found)[:200]


def page(rows: Iterable[Row]) -> str:
    """The whole page."""
    rows = list(rows)
    lines = ["| spec | proved | violated | open | by |", "|---|---:|---:|---:|---|"]
    lines += [f"| {' | '.join(row.cells())} |" for row in rows]
    left = [f"* `{row.spec}`, `{name}`: {why}" for row in rows for name, why in sorted(row.open.items())]
    proved = sum(len(row.proved - row.violated - row.left.keys()) for row in rows)
    total = proved + sum(len(row.open) for row in rows)
    summary = f"{proved} of {total} invariants that hold are proved."
    rest = ["", "## Not proved", "", *left] if left else []
    return "\n".join([HEAD, summary, "", *lines, *rest, ""])


def rows(names: Iterable[str]) -> Iterator[Row]:
    """The rows of these specs, each as soon as it is there."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            row = measure(name, Path(folder))
        print(f"{row.spec}: {row.cells()[1:]} {row.share:.0%} {row.open}", file=sys.stderr, flush=True)
        yield row


def main(names: list[str]) -> None:
    """Writes the page, or prints the rows of some specs."""
    if names:
        print(page(rows(names)))
    else:
        PAGE.write_text(page(rows(entry.name for entry in catalogue(Resolver()))))


if __name__ == "__main__":
    main(sys.argv[1:])
