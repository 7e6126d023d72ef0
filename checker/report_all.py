"""The table of `check --all`: every shipped spec beside what it declares to break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from checker.check import SpecReport
from checker.report_text import Shown
from checker.text_table import Column, render
from checker.verdict import Verdict, is_inconclusive
from spec.lang.catalogue import Entry

Word = Literal["as declared", "DIFFERS", "open", "error"]
WIDTH = 132
KINDS = ("base", "machine", "history", "candidate", "proposal")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row: the spec, its report (None if it cannot be read), and whether it does what it declares.

    `others` are promises broken besides those declared.
    """

    entry: Entry
    report: SpecReport | None
    word: Word
    note: str
    others: tuple[str, ...] = ()


def outcome_of(entry: Entry, report: SpecReport, *, strict: bool = False) -> Outcome:
    """Compares a report with the declaration.

    A spec that declares to break nothing must break nothing, and a base must not be vacuous anywhere either; one
    that declares to break something must break all of that, and what else it breaks is shown.
    """
    violated = list(dict.fromkeys(r.property for r in report.results if r.verdict is Verdict.VIOLATED))
    missing = [name for name in entry.breaks if name not in violated]
    others = [name for name in violated if name not in entry.breaks]
    unsettled = list(dict.fromkeys(r.property for r in report.results if is_inconclusive(r, strict=strict)))
    if missing:
        cut_short = any(not s.complete for s in report.searched)
        note = f"does not break {', '.join(missing)}"
        return Outcome(entry, report, "open" if cut_short else "DIFFERS", note)
    if not entry.breaks and violated:
        return Outcome(entry, report, "DIFFERS", f"breaks {', '.join(violated)}")
    if not entry.breaks and unsettled and (entry.kind == "base" or any(not s.complete for s in report.searched)):
        return Outcome(entry, report, "open", f"unsettled: {', '.join(unsettled)}")
    if not entry.breaks:
        return Outcome(entry, report, "as declared", "HOLDS")
    return Outcome(entry, report, "as declared", f"VIOLATED {', '.join(entry.breaks)}", tuple(others))


def all_lines(outcomes: Sequence[Outcome], shown: Shown) -> list[str]:
    """The table, by kind and number, and a last line; the names of broken promises when verbose."""
    columns = [
        Column("spec", 32),
        Column("kind", 9),
        Column("id", 11),
        Column("configs", 3, right=True),
        Column("states", 9, right=True),
        Column("transitions", 11, right=True),
        Column("trace", 3, right=True),
        Column("seconds", 4, right=True),
        Column("", 11),
        Column("verdict", 20),
    ]
    width = 2 * WIDTH if shown.verbose else WIDTH
    lines = render(columns, [_row(o, shown.verbose) for o in sorted(outcomes, key=_place)], width)
    good = sum(o.word == "as declared" for o in outcomes)
    seconds = sum(_seconds(o) for o in outcomes)
    verdict = Verdict.HOLDS if good == len(outcomes) else Verdict.VIOLATED
    text = f"{good} of {len(outcomes)} specs do what they declare ({seconds:.1f} seconds of search)"
    return [*lines, "", shown.style.verdict(verdict, text)]


def _place(outcome: Outcome) -> tuple[int, str]:
    return KINDS.index(outcome.entry.kind), outcome.entry.id


def _seconds(outcome: Outcome) -> float:
    if outcome.report is None:
        return 0.0
    return sum(e.seconds for s in outcome.report.searched for e in s.searches)


def _row(outcome: Outcome, verbose: int) -> list[str]:
    entry, report = outcome.entry, outcome.report
    if report is None:
        return [entry.name, entry.kind, entry.id, "", "", "", "", "", outcome.word, outcome.note]
    searches = [e for s in report.searched for e in s.searches]
    # The shortest way to what the spec is about: a declared break, or whatever else it breaks.
    of_interest = [r for r in report.results if r.property in entry.breaks] or list(report.results)
    lengths = [len(r.trace.steps) for r in of_interest if r.verdict is Verdict.VIOLATED and r.trace is not None]
    return [
        entry.name,
        entry.kind,
        entry.id,
        str(len(report.searched)),
        f"{sum(e.states for e in searches):,}",
        f"{sum(e.transitions for e in searches):,}",
        str(min(lengths)) if lengths else "-",
        f"{_seconds(outcome):.2f}",
        outcome.word,
        _verdict(outcome, verbose),
    ]


def _verdict(outcome: Outcome, verbose: int) -> str:
    """What was found: all of it when verbose or surprising, else only how many promises are broken."""
    others = outcome.others
    if verbose or outcome.word != "as declared":
        return outcome.note + (f"; also {', '.join(others)}" if others else "")
    if not outcome.entry.breaks:
        return outcome.note
    return f"VIOLATED {len(outcome.entry.breaks)}" + (f" +{len(others)}" if others else "")
