"""What holds for any size in words for people: the proofs, what they rest on, and what was looked at besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from checker.any_size_small import DUE, Small
from checker.symbolic.unsized import Proved, Unproved
from checker.symbolic.unsized_confirm import Confirmed
from checker.text_table import wrap

WIDTH = 100


class Looked(Protocol):
    """What a second look at the proofs of one configuration gave."""

    @property
    def small(self) -> tuple[Small, ...]: ...
    @property
    def confirmed(self) -> Confirmed | None: ...
    @property
    def wrong(self) -> str: ...
    @property
    def doubt(self) -> str: ...


def lines_of(configuration: str, answers: Mapping[str, Proved | Unproved], looked: Looked) -> list[str]:
    """The promises that hold for any size and all that they rest on together; then those that are not proved."""
    proved = [a for a in answers.values() if isinstance(a, Proved)]
    lines = _proved_lines(configuration, answers, proved, looked) if proved else []
    unproved = [a for a in answers.values() if isinstance(a, Unproved)]
    lines += ["", f"{configuration}: only at these sizes:"] if unproved else []
    for reason in dict.fromkeys(a.reason for a in unproved):
        names = [a.name for a in unproved if a.reason == reason]
        lines += wrap(f"  {', '.join(names)}: {reason}", WIDTH)
    return lines


def _proved_lines(
    configuration: str, answers: Mapping[str, Proved | Unproved], proved: Sequence[Proved], looked: Looked
) -> list[str]:
    sizes = " ".join(f"{name}={size}" for name, size in proved[0].sizes.items())
    sorts = ", ".join(proved[0].sorts)
    if looked.wrong:
        names = ", ".join(a.name for a in proved)
        text = f"INTERNAL ERROR: {configuration}: the proofs for any number of {sorts} contradict another engine: "
        return ["", *wrap(f"{text}{looked.wrong}. None of these is known to hold: {names}. Please report this", WIDTH)]
    obligations = {key: script for a in proved for key, script in a.obligations.items()}
    facts = sum(script.count("(assert") for script in obligations.values())
    count = f"{len(proved)} of {len(answers)} promises, {len(obligations):,} obligations, {facts:,} ground facts"
    if looked.doubt:
        text = f"{configuration}: nothing is said to hold for any number of {sorts}, though proofs were found ({count})"
        return ["", *wrap(f"{text}: {looked.doubt}", WIDTH)]
    lines = [
        "",
        *wrap(f"{configuration}: EXPERIMENTAL: {evidence(answers, looked)}", WIDTH),
        *wrap(f"  proved for any number of {sorts}{f' at {sizes}' if sizes else ''}: {count}", WIDTH),
    ]
    if looked.confirmed is not None:
        lines += wrap(f"  obligations asked again: {looked.confirmed.solvers}", WIDTH)
    done = [s for s in looked.small if s.states is not None]
    lines += wrap(
        f"  all reachable states searched besides, none breaks one of them: {_shown(done, proved[0].sorts)}", WIDTH
    )
    kept = [s for s in looked.small if s.inductive]
    lines += wrap(
        f"  kept by all steps from all states that keep them, asked besides: {_shown(kept, proved[0].sorts)}", WIDTH
    )
    return [*lines, *_rests_on(answers, proved)]


def evidence(answers: Mapping[str, Proved | Unproved], looked: Looked) -> str:
    """One sentence: what was proved, which sizes were searched besides, and which solver confirmed it."""
    proved = [a for a in answers.values() if isinstance(a, Proved)]
    sorts = proved[0].sorts
    sizes = " ".join(f"{name}={size}" for name, size in proved[0].sizes.items())
    searched = _shown([s for s in looked.small if s.states is not None], sorts)
    solvers = looked.confirmed.solvers if looked.confirmed is not None else "nobody"
    many = f"{len(proved)} promise{'s' if len(proved) > 1 else ''}"
    return (
        f"{many} proved by induction for any number of {', '.join(sorts)}{f' at {sizes}' if sizes else ''}; "
        f"all states searched besides at {searched}; obligations confirmed: {solvers}"
    )


def _shown(small: Sequence[Small], sorts: Sequence[str]) -> str:
    """The combinations of sizes; those that are due in one word if all are there."""
    due = [s for s in small if max(s.sizes.values(), default=1) <= DUE]
    more = [s for s in small if s not in due]
    if len(due) < DUE ** len(sorts):
        return ", ".join(s.shown for s in small) or "none"
    return ", ".join([" ".join(f"{name}=1..{DUE}" for name in sorts), *(s.shown for s in more)])


def _rests_on(answers: Mapping[str, Proved | Unproved], proved: Sequence[Proved]) -> list[str]:
    lines: list[str] = []
    for title, parts in (
        ("with the lemmas", [x for a in proved for x in a.lemmas if x not in answers]),
        ("with facts about numbers of elements", [x for a in proved for x in a.axioms]),
        ("the text seen as", [x for a in proved for x in a.steps]),
        ("assumed of the constants", [x for a in proved for x in a.assumed]),
        ("in", [a.fragment for a in proved]),
    ):
        told = list(dict.fromkeys(parts))
        lines += wrap(f"  {title}: {'; '.join(told)}", WIDTH) if told else []
    return lines
