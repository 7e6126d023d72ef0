"""The tables of docs/mutants.md, made anew: `python -m tests.mutants_table [FILE.json ...]`.

A file is what `uapicheck mutate MODEL --format json` printed; models without one are run here, each mutant up to its
first killer, or with `--all-checks` by every check. That takes from minutes to hours. Everything else in the page
comes from the catalogue, and a test compares that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.mutants import MUTANTS
from models.mutations.mutant import Mutant

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "mutants.md"
MODELS = {"page_tables": "Page tables", "dma_ownership": "Ownership", "migration": "Migration"}
Found = Mapping[str, Any]
"""A document of `mutate --format json`."""

HEAD = """\
# Mutants

A check that never fails proves nothing. So each check of the reference implementation is held against faults that are
known to have been made, or nearly made: in the page tables of IOMMUs, in the ownership of groups, in VFIO and in
migration. Each mutant is one edit of one module (`models/mutations/`), and every one has to be noticed.

```
uapicheck mutate page_tables
uapicheck mutate dma_ownership --mutant no-rollback --all-checks -v
uapicheck mutate migration --format json
```

First the model itself has to pass every check (the control); if it does not, nothing is said of any mutant, and the
exit code is 3. Then each mutant is loaded in a process of its own: the edit is applied to the text of its module while
that is imported, and no file is written. The checks judge it in their order, until one refuses it; with `--all-checks`,
all do. A mutant that crashes is killed by the check that met the exception, one that does not come to an end by the
check that waited for it (20 times as long as the model takes, and 20 seconds at the least; `--check-timeout`).

| exit code | |
|---|---|
| 0 | every mutant is killed |
| 1 | at least one survives; it is shown with its edit |
| 2 | there is no such model, mutant or check, or an edit does not apply: its text has to occur exactly once |
| 3 | not everything was judged: the model itself does not pass, or `--timeout` was over |
| 130 | interrupted, with the table so far |

JSON (`--format json`): `{"schema": "uapicheck.mutate/1", "mutants": [{"name", "killed", "by", "steps", "seconds"}]}`,
and of each mutant `how` (failure, exception or time), `text`, `killers`, `bug`, `file`, `old`, `new` and `ran` (what
each check said); besides `model`, `survivors`, `wanted`, `checks`, `control`, `ended` and `seconds`. `steps` are those
of the check that refused, `seconds` those until then.

`MODEL` is a name in `models/mutants.py`; its checks are those of `models/checks/MODEL.py`, each with a name and a
function that takes steps. `--mutants MODULE` takes a catalogue from elsewhere, and the checks from the package
`checks` beside it. The recorded logs are part of the source tree; where they are not there, that check is left out.

In the tables below `x` is a refusal, `!` an exception, `t` no end in time, `.` a check that was passed before that; a
check that is not named in a row came later. Commits are those that mended the fault in Linux. Numbers of sections, `B`,
`I`, `P`, `T` and `U` are those of the notes that the models are written from: bugs, invariants, proposals, and the
kernel's own tests of page tables. Made by `python -m tests.mutants_table`.
"""

REASONS: Mapping[str, Mapping[str, str]] = {
    "page_tables": {},
    "dma_ownership": {
        "core": "It compares every answer and all of the state with the spec in every state that can be reached; the"
        " cases by hand before it are chosen for these faults, and meet them sooner.",
        "isolation: switches": "It asks where DMA goes in the middle of every call, with failures inside; what is wrong"
        " there with invalidation is met sooner where pages come and go.",
        "isolation: slots": "The same for PASIDs and resets, where the cases by hand look only between the calls.",
        "boot": "As `core`, for devices that appear at boot, are deferred, or may not be blocked.",
        "recorded log": "It is the only one whose answers come from a real kernel, and not from anybody's reading of"
        " one; what it would notice, the checks before it notice sooner.",
        "isolation: at random": "It is the only one with five devices, three groups and three owners; no known fault"
        " needs so many.",
    },
    "migration": {
        "requests": "It compares every form of a request, many more than were recorded; the recorded log refuses sooner"
        " what it would refuse.",
        "failures": "It makes calls fail also where the spec has no choice; no known fault of migration lies there.",
    },
}
"""Checks that are not the first to refuse any mutant, and why they are there all the same."""


def mutants(model: str) -> list[Mutant]:
    """Those of a model, in the order of the catalogue."""
    return [mutant for mutant in MUTANTS if mutant.model == model]


def run(model: str, every: bool) -> Found:
    """Runs the command; its document."""
    command = [
        sys.executable,
        "-m",
        "checker",
        "mutate",
        model,
        "--format",
        "json",
        *(["--all-checks"] if every else []),
    ]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False, text=True)
    found: Found = json.loads(done.stdout)
    return found


def page(found: Mapping[str, Found]) -> str:
    """The whole page."""
    return HEAD + "".join(section(title, model, found[model]) for model, title in MODELS.items())


def section(title: str, model: str, found: Found) -> str:
    """A model: the checks, then a row for each mutant."""
    by_name = {row["name"]: row for row in found["mutants"]}
    rows = [mutant_row(mutant, by_name.get(mutant.name), found["checks"]) for mutant in mutants(model)]
    head = ("mutant", "file", "what was wrong", "killed by", "how", "steps", "seconds")
    lines = [f"\n## {title}\n", *checks(model, found), "", line(head), line(["---"] * len(head)), *rows]
    return "\n".join(lines) + "\n"


def checks(model: str, found: Found) -> list[str]:
    """The checks with what they were the first, or the only ones, to refuse."""
    firsts = [row["by"] for row in found["mutants"]]
    complete = [row for row in found["mutants"] if len(row["ran"]) == len(found["checks"])]
    only = [row["killers"][0] for row in complete if len(row["killers"]) == 1]
    head = ("check", "what it looks at", "first", "only", "steps", "seconds")
    lines = [line(head), line(["---"] * len(head))]
    control = {row["check"]: row for row in found["control"]}
    for number, check in enumerate(found["checks"], 1):
        name, done = check["name"], control.get(check["name"], {"steps": "", "seconds": 0.0})
        cells = (f"{number} {name}", check["about"], firsts.count(name), only.count(name))
        lines.append(line((*cells, done["steps"], f"{done['seconds']:.1f}")))
    for name in idle(found):
        lines += ["", f"`{name}` is not the first to refuse any of these. {reason(model, name)}"]
    return lines


def idle(found: Found) -> list[str]:
    """Checks that are not the first to refuse any mutant."""
    firsts = {row["by"] for row in found["mutants"]}
    return [check["name"] for check in found["checks"] if check["name"] not in firsts]


def reason(model: str, check: str) -> str:
    """Why such a check is there. KeyError if nobody has said so."""
    return REASONS[model][check]


def mutant_row(mutant: Mutant, row: Found | None, all_checks: Sequence[Found]) -> str:
    """One mutant; without a result the last cells are empty."""
    place = mutant.module.replace(".", "/").removeprefix("models/") + ".py"
    known = (f"`{mutant.name}`", f"`{place}`", mutant.bug)
    if row is None:
        return line((*known, "", "", "", ""))
    marks = {None: ".", "failure": "x", "exception": "!", "time": "t"}
    numbers = {check["name"]: number for number, check in enumerate(all_checks, 1)}
    how = " ".join(f"{numbers[ran['check']]}{marks[ran['how']]}" for ran in row["ran"])
    return line((*known, row["by"] or "**none**", how, row["steps"], f"{row['seconds']:.2f}"))


def line(cells: Sequence[object]) -> str:
    """A row of a table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def main(arguments: Sequence[str]) -> None:
    """Writes the page from the files, and from runs for what is in none of them."""
    every = "--all-checks" in arguments
    found: dict[str, Found] = {}
    for name in arguments:
        if name.endswith(".json"):
            document = json.loads(Path(name).read_text(encoding="utf-8"))
            found[document["model"]] = document
    for model in MODELS:
        if model not in found:
            found[model] = run(model, every)
    PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
