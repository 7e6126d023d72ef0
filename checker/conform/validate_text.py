"""What a log said about a spec, as text: a table per op, what was skipped and why, every step that differs."""

from __future__ import annotations

from collections.abc import Sequence

from checker.conform.protocol import About
from checker.conform.validate import Differing, Tally, Validated
from checker.text_table import Column, render

WIDTH = 100
SHOWN = 20
"""Steps that differ, unless the user wants them all."""

COLUMNS = [
    Column("op"),
    Column("agree", right=True),
    Column("differ", right=True),
    Column("skipped", right=True),
    Column("loose", right=True),
]
DECIDED: dict[About, str] = {
    "state": "the state machine decides",
    "arguments": "the form of the call decides",
    "descriptors": "the table of open files decides, before any driver",
}


def validated_lines(
    found: Validated, *, title: str, unjudged: Sequence[str], every: bool, side: str = "spec"
) -> list[str]:
    """The report without its last line; `side` is the word for what the log is held against."""
    lines = [title, "", *_table(found), "", *_deciders(found)]
    if found.why_skipped:
        lines += ["", "skipped:"]
        rows = sorted(found.why_skipped.items(), key=lambda row: (-row[1], row[0]))
        lines += [f"  {count:>6}  {op}: {why}" for (op, why), count in rows]
    shown = found.differ if every else found.differ[:SHOWN]
    told = found.told()
    for place, differing in enumerate(shown):
        lines += ["", *_differing(differing, side), *("  there     " + line for line in told.get(place, ()))]
    if len(shown) < len(found.differ):
        lines += ["", f"... and {len(found.differ) - len(shown)} more; -v shows all"]
    if unjudged:
        lines += ["", f"refusals of the spec that no recorded step judged ({len(unjudged)}):"]
        lines += [f"  {name}" for name in unjudged]
    return lines


def summary(found: Validated) -> str:
    """The last line."""
    total = found.total
    judged = total.agree + total.differ
    if not judged:
        return f"NOTHING JUDGED: all {total.steps} steps are skipped"
    explained = sum(1 for d in found.differ if d.explained)
    state = found.deciders.get("state", Tally())
    words = "AGREES" if not total.differ else "DIFFERS"
    parts = [f"{words}: {total.agree} of {judged} judged steps agree ({share(total)})"]
    if state.steps:
        parts.append(f"of those that the state machine decides {state.agree} of {state.steps} ({share(state)})")
    if total.differ:
        parts.append(f"{total.differ} differ, {explained} of them explained")
    parts.append(f"{total.skipped} of {total.steps} skipped")
    return "; ".join(parts)


def share(tally: Tally) -> str:
    """The part of the judged steps that agree; rounded down, so that 100 % means all."""
    judged = tally.agree + tally.differ
    return f"{tally.agree * 10000 // judged / 100:.2f} %" if judged else "-"


def _table(found: Validated) -> list[str]:
    rows = sorted(found.ops.items(), key=lambda row: (-row[1].steps, row[0]))
    total = found.total
    cells = [[op, *map(str, (t.agree, t.differ, t.skipped, t.loose))] for op, t in [*rows, ("all", total)]]
    return render(COLUMNS, cells, WIDTH)


def _deciders(found: Validated) -> list[str]:
    lines = []
    for about, words in DECIDED.items():
        if about in found.deciders:
            tally = found.deciders[about]
            lines.append(f"{words}: {tally.agree} of {tally.steps} agree ({share(tally)})")
    return lines


def _differing(d: Differing, side: str) -> list[str]:
    after = f"after {d.valid} valid steps" if not d.again else f"the sequence first differed after {d.valid} steps"
    lines = [
        f"{d.sequence}, step {d.step} (line {d.line}), {d.op}: {after}",
        f"  call      {d.call}",
        f"  {side:<9} {d.expected}",
        f"  recorded  {d.recorded}",
        f"  reason    {d.reason}",
    ]
    return [*lines, f"  explained {d.explained}"] if d.explained else lines
