"""What came of holding a model against its spec, as text: a row per check, what was not met, differences."""

from __future__ import annotations

from collections.abc import Iterator

from checker.conform.differences import Difference, Found, label
from checker.conform.plain import literal
from checker.conform.report import Part, Report
from checker.conform.spec_side import Expected
from checker.explorations import RawPath, RawStep
from checker.text_table import Column, render, wrap
from checker.trace import Trace
from checker.trace_build import build_trace, play
from checker.trace_table import trace_lines

WIDTH = 100
COLUMNS = [
    Column("case"),
    Column("check"),
    Column("states", right=True),
    Column("pairs", right=True),
    Column("covered", right=True),
    Column("calls", right=True),
    Column("seconds", right=True),
    Column("", least=8),
]
SHOWN = 8
"""Differences told in full, unless the user wants all that were kept."""


def report_lines(report: Report, *, every: bool) -> list[str]:
    """The report without its last line."""
    lines = [f"{report.model} against {report.spec}", ""]
    lines += render(COLUMNS, [_row(p) for p in report.parts], WIDTH)
    for part in report.parts:
        lines += _notes(part, every)
    lines += _unmet(report)
    if report.ghosts:
        lines += ["", *wrap("not compared, since the spec keeps them for its promises only: "
                            + ", ".join(report.ghosts), WIDTH)]  # fmt: skip
    kept = report.found.kept
    for number, one in enumerate(kept if every else _one_of_each(kept, SHOWN), start=1):
        lines += ["", *difference_lines(one, number, report.found)]
    if report.skipped:
        lines += ["", *wrap("no time left for: " + ", ".join(report.skipped), WIDTH)]
    return lines


def summary(report: Report) -> str:
    """The last line."""
    rate = f"{report.calls} calls in {report.seconds:.1f} s"
    if report.found.total:
        sorts = len(report.found.counts)
        return f"DIFFERS: {report.found.total} times, in {sorts} way{'s' if sorts > 1 else ''}; {rate}"
    share = f"{report.covered} of {report.pairs} pairs compared" if report.of("exhaustive") else ""
    parts = "; ".join(text for text in (share, rate) if text)
    if report.interrupted:
        return f"INTERRUPTED: no difference so far; {parts}"
    return f"{'CONFORMS' if report.conclusive else 'INCONCLUSIVE: no difference so far'}: {parts}"


def _row(part: Part) -> list[str]:
    states = str(part.states) if not part.reached else f"{part.states} of {part.reached}"
    pairs = "-" if part.pairs is None else str(part.pairs)
    note = part.stopped and f"ended early: {part.stopped}"
    if part.mode == "faults":
        note = f"{part.made} failures{'' if part.every else ', not in every pair'}" + (f"; {note}" if note else "")
    return [part.case, part.mode, states, pairs, str(part.covered), str(part.calls), f"{part.seconds:.1f}", note]


def _unmet(report: Report) -> list[str]:
    """What the spec has and no case came by."""
    told = []
    if names := report.unmet("idle"):
        told.append(f"actions that no case compared: {', '.join(names)}")
    if names := report.unmet("unjudged"):
        told.append(f"refusals that no case compared: {', '.join(names)}")
    if names := report.unmet("unchosen"):
        told.append(f"choices that no case made: {', '.join(names)}")
    return ["", *(line for text in told for line in wrap(text, WIDTH))] if told else []


def _notes(part: Part, every: bool) -> list[str]:
    """What there is to say about one check; what its case did not come by only if the user wants all."""
    told = []
    gaps = (("actions", part.idle), ("refusals", part.unjudged), ("choices", part.unchosen))
    told += [f"{what} never compared: {', '.join(names)}" for what, names in gaps if names and every]
    if part.faults:
        told.append(f"{part.faults} calls to which the spec has no answer (a fault of the spec)")
    if part.outside:
        told.append(f"{part.outside} states outside a boundary, in which nothing is called")
    if part.beyond:
        rows = [f"{action}: {name} ({count})" for (action, name), count in sorted(part.beyond.items())]
        told.append(f"choices that nature cannot make there, as the model declares: {', '.join(rows)}")
    if part.unused and every:
        rows = [f"{action}: {name} ({count})" for (action, name), count in sorted(part.unused.items())]
        told.append(f"choices that the model never asked for: {', '.join(rows)}")
    if part.ends:
        told += _ends(part, every)
    if part.rules and every:
        rows = [f"{action}: " + ", ".join(f"{n} {word}" for word, n in sorted(c.items()))
                for action, c in sorted(part.rules.items())]  # fmt: skip
        told += ["rules:", *(f"  {row}" for row in rows)]
    shown = [f"  {line}" for text in told for line in wrap(text, WIDTH - 2)]
    return ["", f"{part.case}, {part.mode}:", *shown] if shown else []


def _ends(part: Part, every: bool) -> list[str]:
    """What became of failures: in sum, or place by place."""
    sums: dict[str, int] = {}
    for (_, _, end), count in part.ends.items():
        sums[end] = sums.get(end, 0) + count
    excluded = sum(part.excluded.values())
    lines = [f"failures: {', '.join(f'{n} {end}' for end, n in sorted(sums.items()))}; "
             f"{excluded} more excluded by an axiom or a switch"]  # fmt: skip
    if every:
        lines += [f"  {action} at '{place}': {n} {end}" for (action, place, end), n in sorted(part.ends.items())]
        lines += [f"  {action} at '{place}': {n} excluded" for (action, place), n in sorted(part.excluded.items())]
    return lines


def _one_of_each(kept: list[Difference], most: int) -> list[Difference]:
    """The shortest of each sort."""
    first: dict[tuple[str, ...], Difference] = {}
    for one in kept:
        first.setdefault(one.sort, one)
    return list(first.values())[:most]


# --- one difference ---------------------------------------------------------------------------------------------


def difference_lines(one: Difference, number: int, found: Found) -> list[str]:
    """A difference with the calls that lead there; the last row of the table is what the spec says."""
    action = one.call.action if one.call is not None else "the initial state"
    count = found.counts[one.sort]
    lines = [f"{number}. {action}: {', '.join(one.sort[2:])} (case {one.case}, {one.found_by}, {count} such)"]
    if one.injected is not None:
        lines.append(f"   with a failure at place {one.injected.number} inside the call, '{one.injected.place}'")
    lines += ["", *trace_lines(trace_of(one), one.side.ground), ""]
    for detail in one.details:
        place = detail.where
        name = {"state": place, "outputs": f"output {place}", "restored": f"{place} when taken back"}
        lines += wrap(f"   {name.get(detail.what, detail.what)}: spec {detail.expected}, model {detail.got}", WIDTH)
    return lines


def trace_of(one: Difference) -> Trace:
    """The calls as the slow meaning of the spec runs them."""
    calls = [*one.path, *([one.call] if one.call is not None else [])]
    raw = RawPath(one.initial.tape, tuple(RawStep(c.index, c.codes, c.tape) for c in calls))
    played = play(one.side.ground, one.side.constants, raw)
    return build_trace(played, name="conforms", kind="conformance", configuration=one.case)


def call_texts(calls: tuple[Expected, ...]) -> Iterator[tuple[str, str]]:
    """Calls with their choices, and their answers, in plain words."""
    for call in calls:
        taken = "".join(f" ! {name}={literal(value)}" for name, value in call.choices if value is not False)
        yield f"{call.action}{literal(call.args)}{taken}", label(call.kind, call.errno)
