"""Refinement of atomic specs: known answers by hand, and a brute-force twin on random machines."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker import evaluate
from checker.constants import from_slots
from checker.explorations import Limits
from checker.refinement import refine
from checker.slow import state_key
from spec.lang.errors import SpecError
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, fold_for, ground
from spec.lang.ir import If, Not, Write
from spec.lang.machine import Machine, Refinement
from tests.random_machines import case_of, raw_machine

SPECS = Path(__file__).with_name("counters.py")

BROKEN = {
    "OtherErrno": (1, "the answer is -EPERM; drop of Counted changes nothing with the answer -EINVAL"),
    "OtherOutput": (3, "with the answer 0 left=1"),
    "DropsAll": (3, "changes holders from {g0: 2, g1: 0} to {g0: 0, g1: 0}"),
    "StartsHeld": (0, "no initial state of Counted"),
    "WritesWhatNeverChanges": (1, "Counted has no step that changes version from 0 to 1"),
    "Forgets": (3, "Counted has no step that changes holders"),
    "NoValue": (2, "the mapping has no value"),
}
"""Steps to the first thing that `Counted` cannot follow, counted by hand, and a part of the sentence."""


@pytest.mark.parametrize("name", ["Enumerated", "DropsBehind"])
def test_the_same_behaviour_in_other_words_is_a_refinement(name: str) -> None:
    machine = load(f"{SPECS}:{name}")
    found = refine(ground(machine), {}, machine.refinements["counted"])
    assert found.complete and found.path is None
    assert found.states == 3**2, "three counts for each of two groups"


@pytest.mark.parametrize("name", BROKEN)
def test_what_the_abstract_spec_cannot_follow_is_found(name: str) -> None:
    machine = load(f"{SPECS}:{name}")
    found = refine(ground(machine), {}, machine.refinements["counted"])
    steps, message = BROKEN[name]
    assert found.path is not None
    assert len(found.path.steps) == steps
    assert message in found.message


def test_a_bound_is_told() -> None:
    machine = load(f"{SPECS}:DropsAll")
    found = refine(ground(machine), {}, machine.refinements["counted"], Limits(depth=2))
    assert found.path is None and found.stopped == "depth" and not found.complete


def test_every_budget_gives_what_was_seen_until_then() -> None:
    machine = load(f"{SPECS}:Enumerated")
    for limits, why in ((Limits(memory=1), "memory"), (Limits(states=2), "states"), (Limits(seconds=0.0), "time")):
        found = refine(ground(machine), {}, machine.refinements["counted"], limits)
        assert (found.stopped, found.complete, found.path) == (why, False, None)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line, as a user starts it."""
    return subprocess.run([sys.executable, "-m", "checker", *words], capture_output=True, text=True, check=False)


def test_check_tells_of_refinements_and_replay_confirms(tmp_path: Path) -> None:
    told = run("check", f"{SPECS}:DropsAll", "--format", "json", "--trace-dir", str(tmp_path))
    rows = {row["property"]: row for row in json.loads(told.stdout)["results"]}
    assert told.returncode == 1
    assert rows["counted"]["verdict"] == "violated" and rows["counted"]["kind"] == "refinement"
    (stored,) = tmp_path.iterdir()
    replayed = run("replay", str(stored))
    assert replayed.returncode == 1 and "changes holders from" in replayed.stdout.replace("\n", " ")
    assert run("check", f"{SPECS}:Enumerated").returncode == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("counted: Refines[Nothing]", "unknown-name"),
        ("counted: Refines[Counted] = 3", "bad-argument"),
        ("other: Refines[Counted]", "no-image"),
        ("@image('other.version')\n    def i(self) -> int:\n        return 0", "unknown-refinement"),
        (
            "counted: Refines[Counted]\n    @image('counted.hodlers')\n    def i(self) -> int:\n        return 0",
            "unknown-field",
        ),
        (
            "counted: Refines[Counted]\n    @image('counted')\n    def i(self) -> int:\n        return 0",
            "bad-decorator",
        ),
        (
            "counted: Refines[Counted]\n    @image('counted.version')\n    def i(self) -> bool:\n        return True",
            "bad-image",
        ),
        (
            "counted: Refines[Counted]\n    @image('counted.version')\n    def i(self, g: Group) -> int:\n"
            "        return 0",
            "bad-image",
        ),
        ("counted: Refines[Small]", "recursive-refinement"),
        ("counted: Refines[Large]", "no-image"),
    ],
)
def test_what_is_wrong_with_a_refinement_is_told(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(
        SPECS.read_text()
        + "\n\nclass Large(Counted):\n    large: bool = False\n    @kernel\n    def grow(self) -> None:\n"
        + "        self.large = True\n"
        + f"\n\nclass Small(Enumerated):\n    {text}\n"
    )
    with pytest.raises(SpecError) as caught:
        load(f"{path}:Small")
    assert code in {p.code for p in caught.value.problems}


# --- processes ------------------------------------------------------------------------------------------------------

LOCKED = SPECS.with_name("locked.py")

PLACES = {"Locked": {"add": ("add.has_read",)}, "LateRefusal": {"add": ("add.lock",)}}
"""The one block in which the count changes, read off the text."""

MISPLACED = {
    "Unlocked": (5, "there is no point at which add of Atomic could have answered 0 now=1"),
    "WritesTwice": (3, "add has already taken effect, and yet this block changes count from 1 to 0"),
    "AddsTwice": (3, "add has already taken effect, and yet this block changes count from 1 to 2"),
    "WrongAnswer": (3, "there is no point at which add of Atomic could have answered -EIO"),
}
"""By hand: both read, both write, the second answers; up and down; up and no."""


@pytest.mark.parametrize("name", PLACES)
def test_a_process_takes_effect_at_one_point(name: str) -> None:
    machine = load(f"{LOCKED}:{name}")
    found = refine(ground(machine), {}, machine.refinements["atomic"])
    assert found.complete and found.path is None
    assert found.points == PLACES[name]


@pytest.mark.parametrize("name", MISPLACED)
def test_a_process_without_such_a_point_is_found(name: str) -> None:
    machine = load(f"{LOCKED}:{name}")
    found = refine(ground(machine), {}, machine.refinements["atomic"])
    steps, message = MISPLACED[name]
    assert found.path is not None and found.message == message
    assert len(found.path.steps) == steps


def test_what_is_refined_must_be_atomic(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(LOCKED.read_text() + "\n\nclass Above(Spec):\n    locked: Refines[Unlocked]\n")
    with pytest.raises(SpecError, match="is a process, and what is refined must be atomic"):
        load(f"{path}:Above")


# --- random machines ------------------------------------------------------------------------------------------------


def edited(machine: Machine, seed: int) -> Machine:
    """The machine with one write left out, or one test turned round."""
    places = [
        (name, at)
        for name, f in machine.functions.items()
        for at, stmt in enumerate(f.body)
        if isinstance(stmt, Write | If)
    ]
    if not places:
        return machine
    name, at = places[seed % len(places)]
    function = machine.functions[name]
    stmt = function.body[at]
    new = (replace(stmt, test=Not(stmt.test.type, stmt.span, stmt.test)),) if isinstance(stmt, If) else ()
    body = (*function.body[:at], *new, *function.body[at + 1 :])
    return replace(machine, functions={**machine.functions, name: replace(function, body=body)})


def follows(concrete: GroundMachine, abstract: GroundMachine, constants: dict[str, tuple[int, ...]]) -> int | None:
    """By brute force: the depth of the first step that the abstract machine does not have; None if it has them all."""
    rigid, other = from_slots(concrete, constants), from_slots(abstract, constants)

    def whole(ground: GroundMachine, state: evaluate.State, values: dict[str, object]) -> dict[str, object]:
        inits = {n: fold_for(ground, f.init) for n, f in ground.machine.fields.items()}
        fixed = {n: evaluate.closed_value(ground, init, values) for n, init in inits.items()}  # type: ignore[arg-type]
        return {**fixed, **state}

    def answers(ground: GroundMachine, values: dict[str, object], state: evaluate.State) -> list[object]:
        rows = []
        for step in evaluate.steps(ground, values, state):  # type: ignore[arg-type]
            if step.run.kind == "step" and step.run.outcome is not None:
                site = ground.machine.sites[step.run.outcome.site]
                after = whole(ground, step.run.after, values)
                rows.append((step.action.name, step.args, site.kind, site.errno, step.run.outcome.outputs, after))
        return rows

    starts = [whole(abstract, s, other) for _, s in evaluate.initial_states(abstract, other)]  # type: ignore[arg-type]
    level = [s for _, s in evaluate.initial_states(concrete, rigid)]
    if any(whole(concrete, s, rigid) not in starts for s in level):  # type: ignore[arg-type]
        return 0
    seen = {state_key(concrete, s) for s in level}
    depth = 0
    while level:
        depth += 1
        later = []
        for state in level:
            seen_as = {n: v for n, v in whole(concrete, state, rigid).items() if n in abstract.fields}  # type: ignore[arg-type]
            allowed = answers(abstract, other, seen_as)  # type: ignore[arg-type]
            for row in answers(concrete, rigid, state):  # type: ignore[arg-type]
                if row not in allowed:
                    return depth
            for step in evaluate.steps(concrete, rigid, state):
                key = state_key(concrete, step.run.after)
                if step.run.kind == "step" and key not in seen:
                    seen.add(key)
                    later.append(step.run.after)
        level = later
        if len(seen) > 80:
            return -1
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_random_machines_and_their_edits(seed: int) -> None:
    machine = raw_machine(seed, 1 + seed % 3)
    # only processes have pending answers, and what is refined has no process
    atomic = (replace(s, kind="partial") if s.kind == "pending" else s for s in machine.sites)
    machine = replace(machine, sites=tuple(atomic))
    abstract, constants = case_of(ground(machine))
    other = edited(machine, seed)
    try:
        concrete = ground(other)
    except SpecError:
        return
    rigid = {name: constants[name] for name in concrete.constants if name in constants}
    if rigid.keys() != concrete.constants.keys() or not abstract.constants.keys() <= rigid.keys():
        return
    promise = Refinement("same", machine, {}, "", machine.fields[next(iter(machine.fields))].span)
    found = refine(concrete, from_slots(concrete, rigid), promise, Limits(states=80))
    expected = follows(concrete, abstract, constants)
    if found.path is not None:
        assert expected == len(found.path.steps)
    elif found.complete:
        assert expected is None
