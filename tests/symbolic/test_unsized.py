"""Proofs for any size: what is proved, what it rests on, and that nothing is proved that some size breaks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import z3

from checker.constants import as_slots, constant_choices
from checker.explicit.engine import explore
from checker.explorations import Limits
from checker.symbolic.solver import Deadline
from checker.symbolic.unsized import Proved, Unproved, prove_any_size
from checker.symbolic.unsized_count import AXIOM, Tally, add_tally, cover
from checker.symbolic.unsized_facts import Facts
from spec.lang.errors import RequestError
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Machine
from tests.symbolic.unsized_specs import WRONG, text

NAMES = ["counted", "excluded", "alike", "at_most_three"]


def spec(tmp_path: Path, changes: dict[str, str]) -> Machine:
    path = tmp_path / "claims.py"
    path.write_text(text(changes))
    return load(str(path))


def proved(machine: Machine, names: list[str], depth: int = 2) -> set[str]:
    answers = prove_any_size(machine, {}, names, depth=depth)
    return {name for name, answer in answers.items() if isinstance(answer, Proved)}


def broken(machine: Machine) -> set[str]:
    """What some state of two or three devices and one or two groups breaks."""
    lost: set[str] = set()
    for sizes in ({"Device": 2, "Group": 2, "Owner": 1}, {"Device": 3, "Group": 1, "Owner": 1}):
        grounded = ground(machine, sizes)
        for constants in constant_choices(grounded):
            lost |= explore(grounded, as_slots(grounded, constants), Limits(), engine="python").found.keys()
    return lost & set(NAMES)


@pytest.mark.z3
def test_what_is_right_is_proved_and_says_what_it_rests_on(tmp_path: Path) -> None:
    answers = prove_any_size(spec(tmp_path, {}), {}, NAMES)
    assert {n for n, a in answers.items() if isinstance(a, Proved)} == {"counted", "excluded", "alike"}
    counted, alike, three = answers["counted"], answers["alike"], answers["at_most_three"]
    assert isinstance(counted, Proved) and isinstance(alike, Proved) and isinstance(three, Unproved)
    assert counted.sorts == ("Device", "Group", "Owner") and counted.sizes == {}
    assert any(a.startswith(AXIOM + "counts that differ only at named elements: sum(1 for d") for a in counted.axioms)
    assert "integer arithmetic" in counted.fragment
    assert "no entry of members stands twice" in alike.lemmas
    assert any("left is summarised" in step for step in alike.steps)
    assert three.reason.startswith("not inductive with the lemmas at hand: use: ")


@pytest.mark.z3
@pytest.mark.parametrize("name", ["a device joins off", "claim looks at one", "the undo is cut short"])
def test_what_is_nearly_right_is_not_proved(tmp_path: Path, name: str) -> None:
    changes, lost = WRONG[name]
    machine = spec(tmp_path, changes)
    assert proved(machine, sorted(lost)) == set()


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_nothing_is_proved_that_a_small_size_breaks(tmp_path: Path, name: str) -> None:
    changes, lost = WRONG[name]
    machine = spec(tmp_path, changes)
    really = broken(machine)
    assert lost <= really
    assert not proved(machine, NAMES) & really


@pytest.mark.z3
def test_without_the_helping_promise_the_other_is_not_proved(tmp_path: Path) -> None:
    machine = spec(tmp_path, {})
    alone = prove_any_size(machine, {}, ["excluded"], ())
    assert isinstance(alone["excluded"], Unproved)
    helped = prove_any_size(machine, {}, ["excluded"], ("counted",))
    assert isinstance(helped["excluded"], Proved)
    assert helped["excluded"].lemmas == ("counted", "no entry of members stands twice")


@pytest.mark.z3
def test_time_that_is_over_proves_nothing(tmp_path: Path) -> None:
    found = prove_any_size(spec(tmp_path, {}), {}, ["counted"], None, Deadline(0.0))
    assert found == {"counted": Unproved("counted", "the proof was not finished: time")}


@pytest.mark.z3
def test_other_promises_are_left_alone_and_unknown_names_are_errors(tmp_path: Path) -> None:
    machine = spec(tmp_path, {})
    found = prove_any_size(machine, {}, ["no_warnings"])
    assert isinstance(found["no_warnings"], Unproved)
    with pytest.raises(RequestError, match="no constant 'away'"):
        prove_any_size(machine, {}, ["counted"], constants={"away": None})


# --- counts ---------------------------------------------------------------------------------------------------------


def finite(size: int, keys: int) -> tuple[Facts, list[z3.ExprRef]]:
    """A sort of this many elements, the first of which are key elements."""
    facts = Facts(["Device"], 9, {"Device": size})
    elements = [term for term, _ in facts.terms["Device"]]
    facts.keys["Device"] = elements[:keys]
    return facts, elements


def among(chosen: tuple[bool, ...], elements: list[z3.ExprRef]) -> Callable[[object], z3.BoolRef]:
    """The predicate that is true of exactly the chosen elements."""
    return lambda x: z3.Or([x == e for e, is_in in zip(elements, chosen, strict=True) if is_in])


@pytest.mark.z3
@pytest.mark.parametrize("size, keys", [(1, 0), (1, 1), (2, 0), (2, 1), (3, 1), (3, 2)])
def test_cardinalities_of_finite_sets_are_models_of_the_axioms(size: int, keys: int) -> None:
    """All pairs of sets, as the values of one count in two states: the true numbers are never excluded."""
    for one, two in itertools.product(itertools.product((False, True), repeat=size), repeat=2):
        facts, elements = finite(size, keys)
        numbers = [facts.number("one"), facts.number("two")]
        for number, chosen, name in zip(numbers, (one, two), ("one", "two"), strict=True):
            add_tally(facts, Tally(number, "Device", among(chosen, elements), True, "what", (), name, "text"))
        facts.saturate(lambda f=facts: cover(f))  # type: ignore[misc]
        solver = z3.Solver()
        solver.add([fact for fact, _ in facts.said])
        assert solver.check(numbers[0] == sum(one), numbers[1] == sum(two)) == z3.sat
        assert solver.check(numbers[0] < sum(one)) == z3.unsat
        assert solver.check(numbers[0] == 0) == (z3.sat if not any(one) else z3.unsat)
        if all(a == b for a, b in zip(one[keys:], two[keys:], strict=True)):
            assert solver.check(numbers[0] - numbers[1] != sum(one) - sum(two)) == z3.unsat


@pytest.mark.z3
@pytest.mark.parametrize("extra", [0, 1, 2])
def test_lengths_of_sequences_with_repetitions_are_models_too(extra: int) -> None:
    for chosen in itertools.product((False, True), repeat=3):
        facts, elements = finite(3, 1)
        number = facts.number("length")
        exact = extra == 0 or not any(chosen)
        add_tally(facts, Tally(number, "Device", among(chosen, elements), exact, "what", (), "length", "text"))
        facts.saturate(lambda f=facts: cover(f))  # type: ignore[misc]
        solver = z3.Solver()
        solver.add([fact for fact, _ in facts.said])
        assert solver.check(number == sum(chosen) + (extra if any(chosen) else 0)) == z3.sat


# --- a shipped spec -------------------------------------------------------------------------------------------------

HELD = [
    "kernel_and_userspace_never_share_a_group",
    "owner_count_is_the_number_of_holders",
    "a_group_has_an_owner_exactly_while_claimed",
    "all_claims_carry_the_cookie_of_the_owner",
    "a_group_claim_carries_the_cookie_of_the_owner",
    "members_use_the_domain_of_their_group",
    "groups_refer_to_living_domains",
    "hardware_uses_living_domains",
]


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("configuration", ["core", "members", "groups"])
def test_dma_ownership_is_exclusive_for_any_number(configuration: str) -> None:
    machine = load("dma_ownership")
    chosen = machine.configurations[configuration]
    found = prove_any_size(machine, chosen.switches, HELD, sizes=chosen.sizes, constants=chosen.constants)
    assert {name: answer for name, answer in found.items() if isinstance(answer, Unproved)} == {}
