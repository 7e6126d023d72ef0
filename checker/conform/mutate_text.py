"""What came of the mutants of a model, as text: a line per mutant, a table of mutants by checks, the survivors."""

from __future__ import annotations

from collections.abc import Sequence

from checker.conform.mutate import Judged, Mutated
from checker.conform.mutate_child import Ran
from checker.conform.mutate_find import file_of
from checker.text_table import Column, render

WIDTH = 118
HOW = {"": "", "failure": "", "exception": "exception", "time": "time"}
COLUMNS = [
    Column("mutant", 40),
    Column("killed by", 10),
    Column("how"),
    Column("steps", right=True),
    Column("seconds", right=True),
]


def mutated_lines(found: Mutated, *, every: bool, verbose: bool) -> list[str]:
    """The report without its last line; `every` shows what each check said of each mutant."""
    if found.ended == "control":
        broken = [f"  {r.check}: {r.text} ({r.how}, after {r.steps} steps)" for r in found.broken]
        return ["the model itself does not pass:", *broken]
    lines = render(COLUMNS, [_row(j) for j in found.judged], WIDTH)
    if every and found.judged:
        lines += ["", *_matrix(found)]
    if verbose:
        lines += ["", *(line for j in found.judged for line in _detail(j))]
    lines += ["", *_checks(found)]
    for judged in found.survivors:
        lines += ["", f"SURVIVOR {judged.mutant.name}: {judged.mutant.bug}", *_edit(judged)]
    return lines


def summary(found: Mutated) -> str:
    """The last line."""
    killed = len(found.judged) - len(found.survivors)
    missing = found.wanted - len(found.judged)
    if found.ended == "control":
        return f"NOTHING JUDGED: {len(found.broken)} checks refuse the model itself"
    said = f"{killed} of {len(found.judged)} mutants of {found.model} are killed"
    if found.survivors:
        said += f", {len(found.survivors)} survive"
    if missing:
        why = "interrupted" if found.ended == "interrupted" else "out of time"
        said += f"; {why}, {missing} are not judged"
    return f"{said}, in {found.seconds:.0f} s"


def idle_checks(found: Mutated) -> list[str]:
    """Checks that are neither the first nor the only ones to refuse any mutant."""
    firsts = {j.killer.check for j in found.judged if j.killer is not None}
    return [c.name for c in found.checks if c.name not in firsts]


def _row(judged: Judged) -> list[str]:
    killer = judged.killer
    return [
        judged.mutant.name,
        killer.check if killer is not None else "NONE",
        HOW[killer.how] if killer is not None else "",
        f"{judged.steps:,}",
        f"{judged.seconds:.2f}",
    ]


def _matrix(found: Mutated) -> list[str]:
    """Mutants by checks: x refused, ! broke down, t no end, . passed."""
    marks = {"": ".", "failure": "x", "exception": "!", "time": "t"}
    names = {c.name: str(n + 1) for n, c in enumerate(found.checks)}
    rows = []
    for judged in found.judged:
        said: dict[str, Ran] = {r.check: r for r in judged.ran}
        rows.append([judged.mutant.name, *(marks[said[c].how] if c in said else "" for c in names)])
    legend = [f"  {number:>2}  {name}" for name, number in names.items()]
    return [*render([Column("mutant", 40), *(Column(n, 2) for n in names.values())], rows, WIDTH), "", *legend]


def _checks(found: Mutated) -> list[str]:
    """What each check did: first and only kills."""
    firsts = [j.killer.check for j in found.judged if j.killer is not None]
    only = [j.killers[0] for j in found.judged if len(j.killers) == 1 and len(j.ran) == len(found.checks)]
    control = {r.check: r for r in found.control}
    rows = [
        [
            c.name,
            str(firsts.count(c.name)),
            str(only.count(c.name)),
            f"{control[c.name].steps:,}" if c.name in control else "",
            f"{control[c.name].seconds:.2f}" if c.name in control else "",
            c.about,
        ]
        for c in found.checks
    ]
    columns = [
        Column("check", 12),
        Column("first", right=True),
        Column("only", right=True),
        Column("steps", right=True),
        Column("seconds", right=True),
        Column("about", 30),
    ]
    return render(columns, rows, WIDTH)


def _detail(judged: Judged) -> list[str]:
    killer = judged.killer
    said = [f"    {killer.check}: {killer.text}"] if killer is not None else []
    return [f"  {judged.mutant.name}: {judged.mutant.bug}", *_edit(judged), *said]


def _edit(judged: Judged) -> list[str]:
    return [f"    {file_of(judged.mutant)}", *_marked("-", judged.mutant.old), *_marked("+", judged.mutant.new)]


def _marked(sign: str, text: str) -> Sequence[str]:
    return [f"    {sign} {line}" for line in text.splitlines()]
