"""What answers allow to be said, case by case: premises, boundaries, bounds that were asked for and others."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.explorations import NO_DEADLOCK, RawPath
from checker.symbolic.answers import Proof
from checker.symbolic_answer import Answer, Proved, Solved, Walked, kept_boundary, premise_of
from checker.symbolic_judge import ONLY_EXPLICIT, Said, judge
from checker.verdict import ResultKind, Verdict
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from tests.symbolic.small_specs import PARITY

FENCED = (
    PARITY
    + """\
    @boundary
    def low(self) -> bool:
        return self.n < 8
"""
)

PROVED = Answer(proved=Proved("pdr", 1, (), (Proof("pdr", 1, ("x",)),)), by="pdr")
BROKEN = Answer(broken=Walked({}, RawPath((), ())), by="bmc")
CLEAR = Answer(clear=3, reason="depth", by="bmc")
LATE = Answer(clear=3, reason="time", by="bmc")
NOTHING = Answer(reason="memory", by="bmc")

IDLE, PLAIN, GOAL = "idle", "never_seven", "three"
"""An invariant with a premise, one without, and a goal."""


def machine(folder: Path, text: str) -> GroundMachine:
    (folder / "spec.py").write_text(text)
    return ground(load(str(folder / "spec.py")))


@pytest.fixture
def parity(tmp_path: Path) -> GroundMachine:
    return machine(tmp_path, PARITY)


@pytest.fixture
def fenced(tmp_path: Path) -> GroundMachine:
    return machine(tmp_path, FENCED)


def said(
    finite: GroundMachine,
    name: str,
    answer: Answer,
    premise: Answer | None = None,
    *,
    bounded: bool = False,
    seen: bool = False,
    depth_asked: bool = True,
    kept: Answer | None = None,
) -> Said:
    answers = {name: answer}
    answers |= {premise_of(name): premise} if premise is not None else {}
    answers |= {kept_boundary("low"): kept} if kept is not None else {}
    solved = Solved("bmc" if bounded else "pdr", bounded=bounded, depth_asked=depth_asked, answers=answers)
    kind: ResultKind = "goal" if name == GOAL else "invariant"
    return judge(finite, solved, name, kind, seen=seen)


@pytest.mark.parametrize(
    ("premise", "verdict"),
    [
        (None, Verdict.UNKNOWN),
        (NOTHING, Verdict.UNKNOWN),
        (CLEAR, Verdict.UNKNOWN),
        (LATE, Verdict.UNKNOWN),
        (BROKEN, Verdict.HOLDS),
        (PROVED, Verdict.VACUOUS),
    ],
)
def test_a_proof_counts_where_the_premise_was_seen(
    parity: GroundMachine, premise: Answer | None, verdict: Verdict
) -> None:
    found = said(parity, IDLE, PROVED, premise)
    assert found.verdict is verdict
    assert found.settled is (verdict is not Verdict.UNKNOWN)
    assert verdict is not Verdict.UNKNOWN or found.reason.startswith("proved, but its premise was not seen true")
    assert said(parity, IDLE, PROVED, premise, seen=True).verdict is Verdict.HOLDS
    assert said(parity, PLAIN, PROVED, premise).verdict is Verdict.HOLDS, "it has none"


def test_why_the_premise_was_not_seen(parity: GroundMachine) -> None:
    for premise, why in (
        (NOTHING, ": memory limit"),
        (LATE, " within 3 steps (time limit)"),
        (CLEAR, " within 3 steps"),
    ):
        found = said(parity, IDLE, PROVED, premise)
        assert found.reason == f"proved, but its premise was not seen true{why}"
        assert (found.bound is not None and found.bound.asked) is (premise is CLEAR)


@pytest.mark.parametrize(
    ("premise", "verdict"),
    [
        (None, Verdict.UNKNOWN),
        (NOTHING, Verdict.UNKNOWN),
        (CLEAR, Verdict.UNKNOWN),
        (BROKEN, Verdict.HOLDS_WITHIN),
        (PROVED, Verdict.VACUOUS),
    ],
)
def test_a_bound_counts_where_the_premise_was_seen(
    parity: GroundMachine, premise: Answer | None, verdict: Verdict
) -> None:
    found = said(parity, IDLE, CLEAR, premise, bounded=True)
    assert found.verdict is verdict and not found.settled
    assert "its premise never became true" in found.reason or verdict is Verdict.HOLDS_WITHIN
    assert said(parity, IDLE, CLEAR, premise, bounded=True, seen=True).verdict is Verdict.HOLDS_WITHIN
    assert said(parity, PLAIN, CLEAR, premise, bounded=True).verdict is Verdict.HOLDS_WITHIN


def test_a_bound_is_no_verdict_of_an_engine_that_proves(parity: GroundMachine) -> None:
    for answer in (CLEAR, LATE, NOTHING, Answer()):
        found = said(parity, PLAIN, answer)
        assert (found.verdict, found.bound, found.by) == (Verdict.UNKNOWN, None, "")
    for answer in (NOTHING, Answer()):
        assert said(parity, PLAIN, answer, bounded=True).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "depth_asked", "asked", "text"),
    [
        (CLEAR, True, True, "no violation within 3 steps"),
        (CLEAR, False, False, "no violation within 3 steps, the default bound"),
        (LATE, True, False, "no violation within 3 steps (time limit)"),
        (LATE, False, False, "no violation within 3 steps (time limit)"),
    ],
)
def test_a_bound_says_who_wanted_it(
    parity: GroundMachine, answer: Answer, depth_asked: bool, asked: bool, text: str
) -> None:
    for name in (PLAIN, GOAL):
        bound = said(parity, name, answer, bounded=True, depth_asked=depth_asked).bound
        assert bound is not None and (bound.text, bound.asked, bound.depth) == (text, asked, asked)


def test_goals(parity: GroundMachine) -> None:
    assert said(parity, GOAL, BROKEN).verdict is Verdict.HOLDS
    assert said(parity, GOAL, PROVED).verdict is Verdict.VIOLATED
    assert said(parity, GOAL, CLEAR).verdict is Verdict.UNKNOWN
    assert said(parity, GOAL, NOTHING).reason == "memory limit"


def test_inside_a_boundary_that_may_be_left(fenced: GroundMachine) -> None:
    for kept, bound in ((None, "inside the boundary low"), (BROKEN, "inside the boundary low"), (PROVED, None)):
        found = said(fenced, PLAIN, PROVED, kept=kept)
        assert found.verdict is (Verdict.HOLDS if bound is None else Verdict.HOLDS_WITHIN)
        assert (found.bound.text if found.bound is not None else None) == bound
        goal = said(fenced, GOAL, PROVED, kept=kept)
        assert goal.verdict is (Verdict.VIOLATED if bound is None else Verdict.UNKNOWN)
        vacuous = said(fenced, IDLE, PROVED, PROVED, kept=kept)
        assert (vacuous.verdict, vacuous.bound is None) == (Verdict.VACUOUS, bound is None)
        assert said(fenced, PLAIN, BROKEN, kept=kept).verdict is Verdict.VIOLATED


def test_what_only_a_search_answers(parity: GroundMachine) -> None:
    kinds: list[tuple[str, ResultKind]] = [(NO_DEADLOCK, "always"), (PLAIN, "leads_to"), (PLAIN, "refinement")]
    for name, kind in kinds:
        for answer in (PROVED, BROKEN, CLEAR):
            found = judge(parity, Solved("bmc", bounded=True, answers={name: answer}), name, kind)
            assert (found.verdict, found.reason) == (Verdict.UNKNOWN, ONLY_EXPLICIT)


def test_why_nothing_is_known(parity: GroundMachine) -> None:
    without = Solved("pdr", unsupported="too many values")
    assert judge(parity, without, PLAIN, "invariant").reason == "the machine has no circuit: too many values"
    missing = Solved("pdr", missing={PLAIN: "it is too wide"})
    assert judge(parity, missing, PLAIN, "invariant").reason == "not in the circuit: it is too wide"
    assert judge(parity, Solved("pdr"), PLAIN, "invariant").reason == "no engine decided it"
    assert said(parity, PLAIN, Answer(cti=("n = 5",), reason="time")).reason == "not inductive"
