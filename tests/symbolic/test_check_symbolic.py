"""One configuration through the engines: boundaries, constants, several circuits; and no path counts unwalked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.check import Plan, SpecReport, check
from checker.check_symbolic import over_circuits, solve
from checker.constants import constant_choices
from checker.explorations import Limits, RawPath
from checker.request import Instance, Settings
from checker.symbolic import bmc
from checker.symbolic.answers import Path as ModelPath
from checker.symbolic.answers import Proof
from checker.symbolic.solver import Deadline
from checker.symbolic_answer import Answer, Proved, Walked
from checker.symbolic_path import walk
from checker.symbolic_reachable import Reachable
from checker.symbolic_system import coded
from checker.verdict import Verdict
from spec.lang.errors import EngineError
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.types import BOOL
from spec.lang.values import Elem, MapValue
from tests.build import Build
from tests.machines_by_hand import door_machine
from tests.symbolic.engine_rows import session
from tests.symbolic.small_specs import PARITY
from tests.words import both, lit, no, put

pytestmark = pytest.mark.z3

FENCE = '''\
"""A counter behind a fence."""
from spec.lang import *
class Fence(Spec):
    """A counter."""
    most: Switch[Annotated[int, Bounds(0, 8)]] = 8
    n: Annotated[int, Bounds(0, 9)] = 0
    @kernel
    def up(self) -> None:
        require(self.n < self.most)
        self.n = self.n + 1
    @boundary
    def low(self) -> bool:
        return self.n < 5
    @invariant
    def never_six(self) -> bool:
        return self.n != 6
    @invariant
    def never_five(self) -> bool:
        return self.n != 5
    @goal
    def seven(self) -> bool:
        return self.n == 7
'''
"""With `most` 8 the state 5 is reached, lies outside and is not expanded: 6 and 7 are only never seen. With 4 nothing
is outside."""

TAKEN = '''\
"""Who may take what is a constant."""
from spec.lang import *
class User(Sort, size=3, ordered=True): "Somebody."
class Take(Spec):
    """A thing to take."""
    may: Constant[Map[User, bool]] = every()
    by: User | None = None
    @ioctl
    def take(self, u: User) -> Outcome:
        if not self.may[u]:
            return refuse(EPERM, "may-not")
        self.by = u
        return DONE
    @assume
    def somebody_may(self) -> bool:
        return any(self.may[u] for u in User)
    @invariant
    def who_took_might(self) -> bool:
        return all(implies(self.by == u, self.may[u]) for u in User)
    @invariant
    def the_last_never_took(self) -> bool:
        return not any(self.by == u and not any(v > u for v in User) for u in User)
'''
"""Seven choices of the constant. The last user takes the thing in the first step, where it may."""


def report(text: str, folder: Path, engine: str, *switches: str, limits: Limits | None = None) -> SpecReport:
    (folder / "spec.py").write_text(text)
    plan = Plan(Settings(switches=switches), engine, limits or Limits())  # type: ignore[arg-type]
    return check(load(str(folder / "spec.py")), "spec.py", plan)


def said(report: SpecReport) -> dict[str, tuple[Verdict, str | None]]:
    return {r.property: (r.verdict, r.bound.text if r.bound else None) for r in report.results}


@pytest.mark.parametrize("engine", ["induction", "pdr", "spacer"])
def test_a_proof_says_within_which_boundary(tmp_path: Path, engine: str) -> None:
    inside = "inside the boundary low"
    for most in ("8", "4"):
        found, told = (said(report(FENCE, tmp_path, e, f"most={most}")) for e in (engine, "evaluate"))
        del found["no_deadlock"]
        assert found == {name: told[name] for name in found}
    assert told["never_six"] == (Verdict.HOLDS, None) == told["never_five"]
    eight = said(report(FENCE, tmp_path, engine, "most=8"))
    assert eight["never_six"] == (Verdict.HOLDS_WITHIN, inside)
    assert eight["never_five"][0] is Verdict.VIOLATED
    assert eight["seven"] == (Verdict.UNKNOWN, inside)


@pytest.mark.parametrize("engine", ["bmc", "induction", "pdr"])
def test_open_constants_are_all_choices_at_once(tmp_path: Path, engine: str) -> None:
    found = report(TAKEN, tmp_path, engine, limits=Limits(depth=3))
    rows = {r.property: r for r in found.results}
    broken = rows["the_last_never_took"]
    assert broken.verdict is Verdict.VIOLATED and broken.trace is not None
    assert len(broken.trace.steps) == 1
    (may,) = broken.trace.constants
    assert isinstance(may.value, MapValue) and may.value.entries[2] is True
    holds = rows["who_took_might"].verdict
    assert holds is (Verdict.HOLDS_WITHIN if engine == "bmc" else Verdict.HOLDS)
    assert broken.constants == {"may": "every choice, up to symmetry: 7"}


@pytest.mark.parametrize("made", [False, True])
def test_what_is_fixed_of_the_constants(made: bool) -> None:
    """A constant that is made from an open one leaves no way but a circuit for every choice."""
    b = Build("Made")
    first = b.constant("first", BOOL)
    second = b.constant("second", BOOL, no(first) if made else lit(True))
    x = b.field("x", BOOL, lit(False))
    b.action("flip", {}, put("x", both(both(first, no(second)), no(x))), kind="kernel")
    b.promise("invariant", "never_on", no(x))
    finite, here = ground(b.machine()), Instance("default", "")
    choices = constant_choices(finite, here.constants)
    assert len(choices) == 2
    parts = coded(finite, here, choices)
    assert [part.encoded.fixed for part in parts] == (choices if made else [{"second": True}])
    solved = solve(finite, here, choices, frozenset({"never_on"}), "bmc", Limits(depth=3), lambda _: None)
    broken = solved.of("never_on").broken
    assert (broken is not None and (broken.length, broken.constants) == (1, {"first": True, "second": False})) is made


def answer(broken: int | None = None, *, proved: bool = False, clear: int = -1, shortest: bool = True) -> Answer:
    path = Walked({}, RawPath((), tuple([None] * broken))) if broken is not None else None  # type: ignore[arg-type]
    proof = Proved("pdr", 1, ("c",), (Proof("pdr", 1, ("x",)),)) if proved else None
    return Answer(broken=path, proved=proof, clear=clear, shortest=shortest, by="pdr")


def test_several_circuits_are_broken_in_one_and_proved_in_all() -> None:
    assert over_circuits([answer(proved=True), answer(clear=4)]).proved is None
    assert over_circuits([answer(proved=True), answer(clear=4)]).clear == 4
    both = over_circuits([answer(proved=True), answer(proved=True)])
    assert both.proved is not None and len(both.proved.proofs) == 2
    assert over_circuits([answer(clear=3), answer(clear=1)]).clear == 1
    nearest = over_circuits([answer(5), answer(proved=True), answer(3)])
    assert nearest.broken is not None and (nearest.broken.length, nearest.shortest) == (3, True)
    assert not over_circuits([answer(3), answer(clear=1)]).shortest, "the other one may be broken in 2"
    assert over_circuits([answer(3), answer(clear=2)]).shortest
    assert not over_circuits([answer(3), answer(5, shortest=False)]).shortest
    one = answer(7, shortest=False)
    assert over_circuits([one]) is one


def test_a_path_that_evaluate_does_not_follow_is_loud() -> None:
    """Every part of a model is bent in turn; none of it may pass."""
    finite = door_machine()
    (part,) = coded(finite, Instance("default", ""), ({},))
    one = session(part)
    names = [ask.name for ask in part.encoded.system.asks]
    found = bmc.search(part.encoded.system, names, depth=3, deadline=Deadline()).found
    name, path = next((n, p) for n, p in found.items() if len(p.states) == 2 and n == "never_locked")
    assert walk(part.ground, part.encoded, name, path).length == 1
    first, last = path.states
    bent = [
        replace(path, states=(last, last)),
        replace(path, states=(first, first)),
        replace(path, inputs=({**path.inputs[0], **{lit: False for lit in part.encoded.system.inputs}},)),
        ModelPath((first,), (), path.start),
    ]
    for each in bent:
        with pytest.raises(EngineError, match="internal disagreement"):
            walk(part.ground, part.encoded, name, each)
    assert one.answers == {}


def test_a_model_of_another_property_is_loud(tmp_path: Path) -> None:
    (tmp_path / "parity.py").write_text(PARITY)
    finite = ground(load(str(tmp_path / "parity.py")))
    (part,) = coded(finite, Instance("default", ""), ({},))
    found = bmc.search(part.encoded.system, ["eight"], depth=4, deadline=Deadline()).found
    with pytest.raises(EngineError, match=r"internal disagreement.*'never_seven'"):
        walk(part.ground, part.encoded, "never_seven", found["eight"])


def test_reachable_states_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "parity.py").write_text(PARITY)
    finite = ground(load(str(tmp_path / "parity.py")))
    whole = Reachable(finite)
    assert [whole.of({"n": n}, {}).word for n in (0, 8, 3)] == ["yes", "yes", "no"]
    assert [whole.of({"n": n}, {}).steps for n in (0, 2, 8)] == [0, 1, 4]
    part = Reachable(finite, Limits(states=2))
    assert [part.of({"n": n}, {}).word for n in (0, 8, 3)] == ["yes", "not known", "not known"]


def test_the_elements_of_traces_are_those_of_the_spec(tmp_path: Path) -> None:
    found = report(TAKEN, tmp_path, "bmc", limits=Limits(depth=1))
    trace = next(r.trace for r in found.results if r.property == "the_last_never_took")
    assert trace is not None and trace.states[-1].values["by"] == Elem("User", 2)
