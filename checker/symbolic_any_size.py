"""Promises for any number of elements: what of a report holds beyond the sizes that were searched.

What is proved for any size is not believed by itself. Every obligation of the proofs is asked again, as text, of
another solver, and the promises are looked at once more at small sizes by engines that know of sizes
(`any_size_small`). Only where all of that agrees a promise is said to hold for any size. Where it contradicts a proof,
the promises proved with it are UNKNOWN: one of two engines is wrong, and nobody knows which. All that is said to hold
for any size is marked `experimental`; `docs/any-size.md` says why.

Otherwise nothing is taken back: a promise that is not proved for any size keeps its verdict at the sizes searched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from checker.any_size_lines import evidence, lines_of
from checker.any_size_small import DUE, Question, Small, look
from checker.any_size_wide import look_wide
from checker.check import SpecReport, Watcher
from checker.conclude import Searched
from checker.explorations import Limits
from checker.symbolic.solver import Deadline
from checker.symbolic.unsized import Proved, Unproved, prove_any_size
from checker.symbolic.unsized_confirm import Confirmed, confirm
from checker.symbolic.unsized_shapes import with_shapes
from checker.symbolic.unsized_terms import Outside
from checker.symbolic_answer import contradiction
from checker.verdict import PropertyResult, Verdict

METHOD = "induction for any size"
ASKED = ("invariant", "action", "during")
INTERNAL = "internal error"


@dataclass(frozen=True, slots=True)
class Grown:
    """What is known of one configuration: the answers by promise, and what was looked at besides.

    `wrong` says what contradicts the proofs; `doubt` what is missing for saying that anything holds for any size.
    """

    configuration: str
    answers: dict[str, Proved | Unproved]
    small: tuple[Small, ...] = ()
    confirmed: Confirmed | None = None
    wrong: str = ""
    doubt: str = ""

    @property
    def proved(self) -> list[Proved]:
        """The promises that were proved, whatever came of the second look."""
        return [a for a in self.answers.values() if isinstance(a, Proved)]


def grow(report: SpecReport, limits: Limits, watch: Watcher) -> tuple[SpecReport, list[str]]:
    """Asks what holds for any size, notes it in the rows, and says for people what it rests on.

    EngineError where a promise is broken at some sizes and yet proved for all.
    """
    grown: dict[str, Grown] = {}
    deadline = Deadline(limits.seconds, limits.memory)
    for s in report.searched:
        names = [r.property for r in report.results if _is_asked(r, s)]
        if names:
            watch.start(f"{s.ground.machine.name} {s.instance.configuration} any size")
            watch.say(f"{len(names)} promises")
            found = Grown(s.instance.configuration, _prove(report, s, names, deadline))
            _refuse_broken(found, report)
            grown[s.instance.configuration] = second_look(found, report, s, deadline, watch.say)
    rows = tuple(_row(r, grown) for r in report.results)
    lines = [line for g in grown.values() for line in lines_of(g.configuration, g.answers, g)]
    return replace(report, results=rows), lines


def _is_asked(row: PropertyResult, s: Searched) -> bool:
    """What is broken is asked as well: it must not be proved."""
    return row.configuration == s.instance.configuration and row.kind in ASKED


def _prove(report: SpecReport, s: Searched, names: Sequence[str], deadline: Deadline) -> dict[str, Proved | Unproved]:
    return prove_any_size(
        report.machine,
        s.ground.switches,
        names,
        deadline=deadline,
        sizes=s.ground.sizes,
        constants=s.instance.constants,
    )


def _refuse_broken(g: Grown, report: SpecReport) -> None:
    for row in report.results:
        proved = isinstance(g.answers.get(row.property), Proved)
        if row.configuration == g.configuration and row.verdict is Verdict.VIOLATED and proved:
            raise contradiction(row.property, row.proved_by, f"breaks it in {row.configuration}", METHOD, "proves it")


# --- the second look ------------------------------------------------------------------------------------------------


def second_look(g: Grown, report: SpecReport, s: Searched, deadline: Deadline, say: Callable[[str], None]) -> Grown:
    """The obligations asked again, and the small sizes; what they say against the proofs."""
    if not g.proved:
        return g
    obligations = {key: script for a in g.proved for key, script in a.obligations.items()}
    say(f"{len(obligations)} obligations")
    confirmed = confirm(obligations, deadline)
    if confirmed.refuted:
        key, solver = next(iter(confirmed.refuted.items()))
        return replace(g, confirmed=confirmed, wrong=f"{solver} has a model of an obligation: {key}")
    wide: list[Small] = []
    try:
        question = _question(g, report, s)
        small = look(question, deadline, say)
        if not any(each.wrong for each in small):
            wide = look_wide(question, deadline, say)
    except Outside as error:
        return replace(g, confirmed=confirmed, doubt=f"the small sizes cannot be asked: {error}")
    g = replace(g, small=(*small, *wide), confirmed=confirmed)
    bad = next((each for each in g.small if each.wrong), None)
    if bad is not None:
        return replace(g, wrong=f"at {bad.shown}: {bad.wrong}")
    if confirmed.open:
        many = f"{len(confirmed.open)} of {len(obligations)} obligations, the first is {confirmed.open[0]}"
        return replace(g, doubt=f"no other solver confirmed {many}")
    unseen = [each for each in small if max(each.sizes.values()) <= DUE and each.states is None]
    if unseen:
        return replace(g, doubt=f"not all states were searched at {unseen[0].shown}: {unseen[0].missing}")
    if unasked := [each for each in wide if not each.inductive]:
        return replace(g, doubt=f"steps were not asked about at {unasked[0].shown}: {unasked[0].missing}")
    return g


def _question(g: Grown, report: SpecReport, s: Searched) -> Question:
    shapes = {shape.name: shape for a in g.proved for shape in a.shapes}
    first = g.proved[0]
    machine, extra = with_shapes(report.machine, shapes.values(), first.fixed)
    names = frozenset(a.name for a in g.proved)
    support = names | {lemma for a in g.proved for lemma in a.lemmas} | {*extra}
    return Question(machine, s.ground.switches, s.instance.constants, first.sorts, first.sizes, names, support)


def _row(row: PropertyResult, grown: dict[str, Grown]) -> PropertyResult:
    """The row with its scope, where it holds; then no bound is left, for the steps of the proof start anywhere."""
    found = grown.get(row.configuration)
    answer = found.answers.get(row.property) if found is not None else None
    if found is None or not isinstance(answer, Proved):
        return row
    if found.wrong:
        reason = f"{INTERNAL}: proved for any size, but {found.wrong}"
        return replace(row, verdict=Verdict.UNKNOWN, bound=None, proved_by="", reason=reason)
    if found.doubt or row.verdict not in (Verdict.HOLDS, Verdict.HOLDS_WITHIN):
        return row
    if row.verdict is Verdict.HOLDS_WITHIN:
        row = replace(row, verdict=Verdict.HOLDS, bound=None, proved_by=METHOD, method=METHOD, k=1)
    rests_on = (*answer.lemmas, *answer.axioms, *answer.steps, *answer.assumed)
    row = replace(row, scope="any-size", any_size=answer.sorts, rests_on=rests_on, experimental=True)
    return replace(row, evidence=evidence(found.answers, found))
