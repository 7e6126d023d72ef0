"""`Verdict`: the five words a result may say, each a claim of fixed strength, and the row that carries one.

`docs/verdicts.md` says in prose what each word claims and what it does not.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from checker.trace import Trace

Scope = Literal["sizes", "any-size"]
ResultKind = Literal[
    "invariant", "action", "during", "goal", "always", "refinement", "leads_to", "always_eventually"
]


class Verdict(enum.Enum):
    """What was concluded; the value is the word in machine-readable reports."""

    HOLDS = "holds"
    HOLDS_WITHIN = "holds-within"
    VIOLATED = "violated"
    VACUOUS = "vacuous"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The word in text for people: `HOLDS WITHIN`."""
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Bound:
    """How far a search looked: `asked` if the user or the spec drew the line, else a budget ran out.

    `depth` if the user's own `--max-depth` is what ended it: then a goal or a premise that lies beyond is no defect.
    """

    text: str
    asked: bool
    depth: bool = False


@dataclass(frozen=True, slots=True)
class PropertyResult:
    """One property of one spec in one configuration.

    `states`, `transitions` and `refusals` are those of the searches that settled it, summed over the choices of the
    constants; `representatives` is how many states stood for all of these. `depth` is the length of the trace for a
    violation or a reached goal, else the greatest distance seen.
    `vacuous_here` marks a promise whose premise becomes true in another configuration only.
    `fairness` is what the verdict on a promise about whole runs rests on: `close: weak` for each fair action.
    `trace` is the counterexample, or the witness of a goal; `trace_file` is where it was written.
    `proved_by` says in few words who settled it. Of a proof `method` and `k` (of k-induction; 1 for an inductive
    invariant) are told, and the clauses of its `invariant` besides the promises themselves; `cti` shows a
    counterexample to induction. `certificate` is the directory of the certificate that covers it.
    Where it holds for any number of elements, `any_size` names the sorts, `rests_on` what the proof needed besides and
    `evidence` says who looked again; such rows are `experimental`.
    """

    spec: str
    configuration: str
    property: str
    kind: ResultKind
    verdict: Verdict
    engine: str
    states: int | None
    transitions: int | None
    refusals: int | None
    depth: int | None
    sizes: dict[str, int]
    switches: dict[str, bool | int | str]
    constants: dict[str, str]
    scope: Scope = "sizes"
    bound: Bound | None = None
    reason: str = ""
    seconds: float = 0.0
    trace: Trace | None = field(default=None, repr=False)
    trace_file: str | None = None
    vacuous_here: bool = False
    fairness: tuple[str, ...] = ()
    representatives: int | None = None
    proved_by: str = ""
    method: str = ""
    k: int | None = None
    invariant: tuple[str, ...] = ()
    cti: tuple[str, ...] = ()
    certificate: str | None = None
    any_size: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    evidence: str = ""
    experimental: bool = False


HOLDS_EXIT = 0
VIOLATED_EXIT = 1
USAGE_EXIT = 2
INCONCLUSIVE_EXIT = 3
INTERRUPTED_EXIT = 130


def exit_code(results: Iterable[PropertyResult], *, strict: bool = False, interrupted: bool = False) -> int:
    """The exit code of a run: 130 interrupted, 1 violated, 3 inconclusive, else 0.

    HOLDS WITHIN a bound that was asked for (a boundary, a depth) is 0, within a budget that ran out it is 3; `strict`
    makes 3 of both. What lies beyond a depth that was asked for counts likewise.
    """
    if interrupted:
        return INTERRUPTED_EXIT
    code = HOLDS_EXIT
    for result in results:
        if result.verdict is Verdict.VIOLATED:
            return VIOLATED_EXIT
        if is_inconclusive(result, strict=strict):
            code = INCONCLUSIVE_EXIT
    return code


def is_inconclusive(result: PropertyResult, *, strict: bool = False) -> bool:
    """True if the result is neither a violation nor as much of a promise as was asked for."""
    if result.verdict is Verdict.UNKNOWN and result.bound is not None and result.bound.asked and result.bound.depth:
        return strict
    if result.verdict is Verdict.HOLDS_WITHIN:
        return strict or result.bound is None or not result.bound.asked
    return result.verdict in (Verdict.VACUOUS, Verdict.UNKNOWN)
