"""What the answers of symbolic engines allow to be said: a verdict with its bound, its reason and who proved it.

A proof is about runs inside the boundaries, and about promises whose premise was seen true; both are said.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.explorations import NO_DEADLOCK
from checker.symbolic_answer import Answer, Solved, kept_boundary, premise_of
from checker.verdict import Bound, ResultKind, Verdict
from spec.lang.ground import GroundMachine
from spec.lang.machine import Property

ONLY_EXPLICIT = "only exhaustive search answers this"
UNREACHED = "no reachable state satisfies it"
IDLE = "its premise never became true"
WHY = {"time": "time limit", "memory": "memory limit", "interrupt": "interrupted", "depth": "", "": ""}


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict that rests on an answer; `bounded` if it says no more than that nothing happens within some steps."""

    verdict: Verdict
    bound: Bound | None
    reason: str
    answer: Answer
    bounded: bool = False

    @property
    def settled(self) -> bool:
        """True if nobody could say more."""
        return self.verdict is not Verdict.UNKNOWN and not self.bounded

    @property
    def by(self) -> str:
        """Who settled it; empty where nobody did."""
        if self.verdict is Verdict.UNKNOWN:
            return ""
        return self.answer.proved.text if self.answer.proved is not None else self.answer.by


def judge(ground: GroundMachine, solved: Solved, name: str, kind: ResultKind, *, seen: bool = False) -> Said:
    """What is known of one promise or goal; `seen` if its premise was true in some other search."""
    answer = solved.of(name)
    if name == NO_DEADLOCK or kind in ("refinement", "leads_to", "always_eventually"):
        return Said(Verdict.UNKNOWN, None, ONLY_EXPLICIT, answer)
    if answer.broken is not None:
        note = "" if answer.shortest else "perhaps not by a shortest way"
        return Said(Verdict.HOLDS if kind == "goal" else Verdict.VIOLATED, None, note, answer)
    inside = boundary_left_open(ground, solved)
    if kind == "goal":
        return _goal(solved, answer, inside)
    if answer.proved is not None:
        return _proved(ground, solved, name, answer, inside, seen)
    if solved.bounded and answer.clear >= 0:
        return _bounded(ground, solved, name, answer, seen)
    return Said(Verdict.UNKNOWN, None, _why_open(solved, answer, name), answer)


def _goal(solved: Solved, answer: Answer, inside: Bound | None) -> Said:
    if answer.proved is not None:
        if inside is None:
            return Said(Verdict.VIOLATED, None, UNREACHED, answer)
        return Said(Verdict.UNKNOWN, inside, f"not reached: {inside.text}", answer)
    if answer.clear >= 0:
        bound = bound_of(solved, answer)
        return Said(Verdict.UNKNOWN, bound, f"not reached {_within(solved, answer)}", answer)
    return Said(Verdict.UNKNOWN, None, _why_open(solved, answer), answer)


def _proved(
    ground: GroundMachine, solved: Solved, name: str, answer: Answer, inside: Bound | None, seen: bool
) -> Said:
    premise = solved.of(premise_of(name))
    if seen or not needs_premise(ground, name) or premise.broken is not None:
        return Said(Verdict.HOLDS if inside is None else Verdict.HOLDS_WITHIN, inside, "", answer)
    if premise.proved is not None:
        return Said(Verdict.VACUOUS, inside, IDLE, premise)
    if premise.clear < 0:
        return Said(Verdict.UNKNOWN, None, f"proved, but its premise was not seen true: {_why(premise)}", answer)
    reason = f"proved, but its premise was not seen true {_within(solved, premise)}"
    return Said(Verdict.UNKNOWN, bound_of(solved, premise), reason, answer)


def _bounded(ground: GroundMachine, solved: Solved, name: str, answer: Answer, seen: bool) -> Said:
    bound = bound_of(solved, answer)
    premise = solved.of(premise_of(name))
    if seen or not needs_premise(ground, name) or premise.broken is not None:
        return Said(Verdict.HOLDS_WITHIN, bound, "", answer, bounded=True)
    if premise.proved is not None:
        return Said(Verdict.VACUOUS, bound, IDLE, answer, bounded=True)
    return Said(Verdict.UNKNOWN, bound, f"its premise never became true: {bound.text}", answer)


def needs_premise(ground: GroundMachine, name: str) -> bool:
    """True for a promise that says nothing until something was seen: its premise, or the call that it is about."""
    declared = promise(ground, name)
    if declared is None or declared.kind == "during":
        return False
    return declared.kind == "action" or declared.premise is not None


def promise(ground: GroundMachine, name: str) -> Property | None:
    """The property of this name, if the machine has one."""
    return next((p for p in ground.properties if p.name == name), None)


def boundary_left_open(ground: GroundMachine, solved: Solved) -> Bound | None:
    """The boundaries of which nobody proved that no run leaves them."""
    names = [p.name for p in ground.properties if p.kind == "boundary"]
    names = [name for name in names if solved.of(kept_boundary(name)).proved is None]
    return Bound(f"inside the boundary {' and '.join(names)}", True) if names else None


def bound_of(solved: Solved, answer: Answer) -> Bound:
    """How many steps were looked at: as many as the user asked for, or as there was time for."""
    asked = solved.depth_asked and _limit(solved, answer) in ("depth", "")
    return Bound(f"no violation {_within(solved, answer)}", asked, depth=asked)


def _within(solved: Solved, answer: Answer) -> str:
    """`within 7 steps (time limit)`."""
    steps = f"within {answer.clear} step{'' if answer.clear == 1 else 's'}"
    limit = _limit(solved, answer)
    if limit in ("depth", ""):
        return steps if solved.depth_asked else f"{steps}, the default bound"
    return f"{steps} ({WHY.get(limit, limit)})"


def _limit(solved: Solved, answer: Answer) -> str:
    """What ended the search; where more than a bound was asked for that may be the limit at which a prover stopped."""
    steps_were_it = answer.reason in ("depth", "")
    return answer.gave_up if steps_were_it and answer.gave_up and not solved.bounded else answer.reason


def _why(answer: Answer) -> str:
    return WHY.get(answer.reason, answer.reason) or "nobody looked"


def _why_open(solved: Solved, answer: Answer, name: str = "") -> str:
    if solved.unsupported:
        return f"the machine has no circuit: {solved.unsupported}"
    if name in solved.missing:
        return f"not in the circuit: {solved.missing[name]}"
    if answer.cti:
        return "not inductive"
    return _why(answer) if answer.reason else "no engine decided it"
