"""A second look at what was proved for any size: the same promises at small sizes, by engines that know of sizes.

Two questions for every combination of small sizes of the open sorts, at every choice of the constants. The explicit
search asks whether a reachable state breaks a proved promise. Induction for given sizes asks whether the promises and
lemmas that the proof rests on keep one another from every typed state, reachable or not; this shares no summary with
the proof for any size. A "no" to either contradicts the proof, and then nothing is said to hold for any size.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from checker.constants import as_slots, constant_choices
from checker.explicit.engine import explore
from checker.explorations import Exploration, Limits
from checker.request import Instance
from checker.symbolic.induction import induct
from checker.symbolic.solver import Deadline
from checker.symbolic.sym_values import Unsupported
from checker.symbolic.system import System
from checker.symbolic_system import coded
from spec.lang import ir
from spec.lang.errors import RequestError, SpecError
from spec.lang.ground import GroundMachine, ground
from spec.lang.ir import Expr
from spec.lang.machine import Machine
from spec.lang.switches import SwitchValue
from spec.lang.values import Value
from spec.lang.walk import subexpressions

DUE = 2
"""Every combination of sizes up to this one has to be searched to its end before anything holds for any size."""

MORE = 3
"""Combinations with a sort of this size are looked at as far as there is time."""

FEW = 2_000
"""So many states are searched without compiling anything."""

SECONDS = 300.0
"""For the combinations that are due, if no limit was given."""

MORE_SECONDS = 10.0
"""For those that are not."""

INTERRUPT = "interrupt"
"""Why an engine stopped: Ctrl-C, which ends all of this."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was proved: `names` of promises, `support` with the lemmas of the spec and of its sequences besides."""

    machine: Machine
    switches: Mapping[str, SwitchValue | Expr]
    constants: Mapping[str, Expr | None]
    open_sorts: Sequence[str]
    sizes: Mapping[str, int]
    names: frozenset[str]
    support: frozenset[str]

    @property
    def given(self) -> dict[str, Expr | None]:
        """What constants are given; one that is given element by element takes every choice, as in the proof."""
        given = {n: None if _is_listed(e) else e for n, e in self.constants.items()}
        for name, decl in self.machine.constants.items():
            if name not in given and _is_listed(decl.init):
                given[name] = None
        return given


@dataclass(frozen=True, slots=True)
class Small:
    """What was seen at one combination of sizes of the open sorts.

    `states` is how many a search found, None where it did not come to an end; `inductive` is None where induction gave
    no answer. `wrong` names what is broken there in spite of the proof, `missing` says why something was not seen.
    """

    sizes: dict[str, int]
    states: int | None = None
    inductive: bool | None = None
    wrong: str = ""
    missing: str = ""

    @property
    def shown(self) -> str:
        """The sizes as one writes them."""
        return " ".join(f"{name}={size}" for name, size in self.sizes.items())


def look(question: Question, deadline: Deadline, say: Callable[[str], None]) -> list[Small]:
    """All combinations that are due, then more of them while there is time; ends at the first contradiction."""
    found: list[Small] = []
    due = Deadline(_least(deadline.left(), SECONDS), deadline.memory)
    for sizes in combinations(question.open_sorts, 1, DUE):
        found.append(at_sizes(question, sizes, due, say))
        if found[-1].wrong:
            return found
    more = Deadline(_least(deadline.left(), MORE_SECONDS), deadline.memory)
    for sizes in combinations(question.open_sorts, DUE + 1, MORE):
        left = more.left()
        if left is not None and left <= 0:
            break
        found.append(at_sizes(question, sizes, more, say))
        if found[-1].wrong:
            break
    return found


def _least(left: float | None, most: float) -> float:
    return most if left is None else min(left, most)


def combinations(sorts: Sequence[str], least: int, most: int) -> Iterator[dict[str, int]]:
    """Sizes up to `most` where some sort has at least `least`, small ones first."""
    rows = [r for r in itertools.product(range(1, most + 1), repeat=len(sorts)) if max(r, default=1) >= least]
    yield from (dict(zip(sorts, row, strict=True)) for row in sorted(rows, key=lambda r: (prod(r), r)))


def at_sizes(question: Question, sizes: dict[str, int], deadline: Deadline, say: Callable[[str], None]) -> Small:
    """Both questions at one combination."""
    given = question.given
    try:
        finite = ground(question.machine, {**question.sizes, **sizes}, question.switches)
        choices = constant_choices(finite, given)
    except (RequestError, SpecError) as error:
        return Small(sizes, missing=str(error).partition("\n")[0])
    small = Small(sizes)
    say(f"small sizes: {small.shown}")
    states, wrong, missing = _search(question, finite, choices, deadline)
    if wrong:
        return Small(sizes, states, None, f"{', '.join(sorted(wrong))}: a search breaks it", missing)
    instance = Instance("", "", dict(finite.sizes), {}, given)
    inductive, lost, why = _inductive(question, finite, instance, choices, deadline)
    notes = "; ".join(part for part in (missing, why) if part)
    return Small(sizes, states, inductive, broken_by_a_step(lost), notes)


def _is_listed(source: Expr | None) -> bool:
    return source is not None and any(isinstance(part, ir.Listed) for part in subexpressions(source))


def _search(
    question: Question, finite: GroundMachine, choices: Sequence[Mapping[str, Value]], deadline: Deadline
) -> tuple[int | None, set[str], str]:
    states, complete = 0, True
    for choice in choices:
        run = _explore(finite, choice, Limits(seconds=deadline.left(), memory=deadline.memory))
        states += run.states
        complete = complete and (run.complete or run.stopped == "enough")
        if run.stopped == INTERRUPT:
            raise KeyboardInterrupt
        if wrong := question.names & run.found.keys():
            return None, set(wrong), ""
        if not complete:
            return None, set(), f"the search was stopped: {run.stopped}"
    return states, set(), ""


def _explore(finite: GroundMachine, choice: Mapping[str, Value], limits: Limits) -> Exploration:
    """A search in Python where there are few states, else by the engine that is fast once it is compiled."""
    codes = as_slots(finite, choice)
    few = explore(finite, codes, replace(limits, states=FEW), engine="python", symmetry=True)
    return few if few.stopped != "states" else explore(finite, codes, limits, symmetry=True)


def _inductive(
    question: Question,
    finite: GroundMachine,
    instance: Instance,
    choices: Sequence[Mapping[str, Value]],
    deadline: Deadline,
) -> tuple[bool | None, str, str]:
    """Whether they keep one another; if not, what is lost; and why there is no answer."""
    if not choices:
        return True, "", ""
    try:
        parts = coded(finite, instance, choices)
    except Unsupported as error:
        return None, "", f"no circuit: {error}"
    for part in parts:
        inductive, lost, why = kept(part.encoded.system, question.support, deadline)
        if not inductive:
            return inductive, lost, why
    return True, "", ""


def kept(system: System, support: frozenset[str], deadline: Deadline) -> tuple[bool | None, str, str]:
    """Whether these keep one another in one circuit; if not, what is lost; and why there is no answer.

    `KeyboardInterrupt` after Ctrl-C.
    """
    asked, known = sorted(support), {ask.name for ask in system.asks}
    if missing := [name for name in asked if name not in known]:
        return None, "", f"no circuit for {', '.join(missing)}"
    found = induct(system, asked, most=1, deadline=deadline)
    if lost := [name for name in asked if name in found.broken or name in found.ctis]:
        return False, ", ".join(lost), ""
    reasons = [found.reasons[name] for name in asked if name in found.reasons]
    if INTERRUPT in reasons:
        raise KeyboardInterrupt
    return (None, "", f"induction was stopped: {reasons[0]}") if reasons else (True, "", "")


def broken_by_a_step(lost: str) -> str:
    """What contradicts a proof, in words."""
    return f"{lost}: a step from a state that keeps all of them breaks it" if lost else ""
