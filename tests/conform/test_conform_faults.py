"""Failures at inner places: all or nothing, or what the spec says; walks and Hypothesis machines beyond small sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.conform import machine
from checker.conform.agreed import agree
from checker.conform.budget import Budget
from checker.conform.differences import Found
from checker.conform.explored import explore
from checker.conform.inject import FaultTour, reading_at
from checker.conform.machine import run_machine
from checker.conform.run import part_of
from checker.conform.sample import Sampler
from checker.conform.shorten import shortened
from tests.conform.conforming import failed, one_case, shelf, sides
from tests.conform.shelf_model import CHOICES


def test_every_place_of_the_shelf_ends_as_it_should() -> None:
    """By hand: string is an allocation before anything; polish and squeak do no harm; the rest are choices."""
    tours, found = failed(shelf())
    assert found.total == 0
    ends: dict[tuple[str, str], set[str]] = {}
    for tour in tours:
        for action, place, end in tour.injections.ends:
            ends.setdefault((action, place), set()).add(end)
    assert ends == {
        ("put", "string"): {"refused"},
        ("put", "hook"): {"as its choice"},
        ("put", "paper"): {"as its choice"},
        ("swap", "slip-first"): {"as its choice"},
        ("swap", "slip-second"): {"as its choice"},
        ("swap", "polish"): {"done all the same"},
        ("swap", "squeak"): {"done all the same"},
    }


def test_what_an_axiom_excludes_is_counted_apart() -> None:
    """Each failing second slip puts back once, in every lit state and for every pair of places."""
    tours, _ = failed(shelf())
    for tour, side in zip(tours, sides(shelf()), strict=True):
        lit = sum(1 for state in explore(side, Budget()).targets if "LIT" in side.plain(state))
        assert dict(tour.injections.excluded) == {("swap", "must put back"): 4 * lit}


@pytest.mark.parametrize(
    ("bug", "place", "what"),
    [("polish", "polish", "on"), ("no rollback", "slip-second", "on"), ("leak", "paper", "leak")],
)
def test_half_done_is_found(bug: str, place: str, what: str) -> None:
    _, found = failed(shelf(bug))
    assert {one.injected.place for one in found.kept if one.injected is not None} == {place}
    assert all(what in one.sort[2:] or "leak" in one.sort[2:] for one in found.kept)
    assert found.kept[0].length <= 2


def test_without_knowing_the_choices_any_outcome_of_the_spec_will_do() -> None:
    model = replace(shelf(), choice_of={})  # type: ignore[type-var, call-arg]
    tours, found = failed(model)
    assert found.total == 0
    ends = {end for tour in tours for _, place, end in tour.injections.ends if place == "hook"}
    assert ends == {"as another choice"}


def test_which_reading_a_place_is() -> None:
    choices = (("slips.slipped", False), ("slips.slipped", False))
    reached = ("slip-first", "slip-second", "polish")
    assert [reading_at(CHOICES, choices, reached, n) for n in range(3)] == [0, 1, None]
    assert reading_at(CHOICES, choices[:1], reached, 1) is None
    assert reading_at({}, choices, reached, 0) is None


def test_once_for_each_part_of_the_state() -> None:
    """Fewer failures, at the same places."""
    side = next(sides(shelf()))
    explored = explore(side, Budget())
    tours = [FaultTour(shelf(), side, explored, Budget(), Found(), every=every) for every in (True, False)]
    for tour in tours:
        tour.run()
    assert 0 < tours[1].injections.made < tours[0].injections.made
    assert {key for key in tours[1].injections.ends} == {key for key in tours[0].injections.ends}


# --- larger sizes -----------------------------------------------------------------------------------------------


def test_walks_are_the_same_for_the_same_seed() -> None:
    seen = []
    for seed in (1, 1, 2):
        sampler = Sampler(shelf(), next(sides(shelf(), "wide")), Budget(), Found(), "wide", seed)
        walked = sampler.run(3000)
        seen.append((walked.calls, walked.covered, frozenset(sampler.known)))
    assert seen[0] == seen[1] != seen[2]


def test_walks_compare_refusals_too() -> None:
    """No walk goes through a refused call; it is compared in passing."""
    model, found = shelf("wrong errno"), Found()
    Sampler(model, next(sides(model, "wide")), Budget(), found, "wide", 0).run(2_000)
    assert {one.sort for one in found.kept} == {("sampled", "put", "errno")}


def test_walks_find_what_shows_late_and_make_it_short() -> None:
    """Six items taken away, then the dark: put and take six times, and the lamp goes out before the last."""
    model, found = shelf("slow poison"), Found()
    Sampler(model, next(sides(model, "wide")), Budget(), found, "wide", 0).run(20_000)
    before = found.kept[0]
    short = shortened(model, before)
    assert 13 <= short.length <= before.length
    assert short.length <= 15
    assert short.sort == before.sort


def machine_run(bug: str, case: str = "wide", examples: int = 40) -> tuple[Found, dict[str, set[str]]]:
    model, found = shelf(bug), Found()
    chosen = list(sides(model, case))
    part = part_of(one_case(model, case), "hypothesis", chosen[0])
    run_machine(model, chosen, Budget(), found, part, examples, 0)
    return found, {action: set(counts) for action, counts in part.rules.items()}


def test_hypothesis_covers_every_rule_of_a_good_model() -> None:
    found, rules = machine_run("")
    assert found.total == 0
    assert set(rules) == {"put", "take", "swap", "burn_out", "new_bulb"}
    assert rules["put"] >= {"done", "refused"}
    assert rules["burn_out"] == {"done", "in passing"}


def test_hypothesis_gets_far() -> None:
    """All but a few steps are calls, and no step is wasted on a call that is not enabled. By hand: 4 places hold one of
    3 items, stuck things or nothing, so there are hundreds of states, most of them many calls away."""
    model, found = shelf(), Found()
    chosen = list(sides(model, "wide"))
    part = part_of(one_case(model, "wide"), "hypothesis", chosen[0])
    run_machine(model, chosen, Budget(), found, part, 40, 0)
    assert part.states > 200
    assert part.covered > 5 * part.states
    assert part.calls == sum(counts.total() for counts in part.rules.values()) >= part.covered
    assert part.idle == [] == part.unjudged == part.unchosen


def test_hypothesis_knows_what_nature_cannot_choose() -> None:
    """A choice that the model declares impossible is set apart, and the run goes on where the model then is."""
    declared = {("put", "hang.breaks"): "this shelf has no hooks"}
    for beyond, most in ((declared, 0), ({}, 1)):
        model, found = replace(shelf("no hooks"), beyond=beyond), Found()  # type: ignore[type-var, call-arg]
        chosen = list(sides(model, "wide"))
        part = part_of(one_case(model, "wide"), "hypothesis", chosen[0])
        run_machine(model, chosen, Budget(), found, part, 40, 0)
        assert found.total == most
        assert bool(part.beyond) == bool(beyond)


def test_hypothesis_goes_through_calls_that_change_nothing() -> None:
    """A blocked call that is remembered by the model only shows at the next one; what is found is made short."""
    found, _ = machine_run("tired swap")
    assert found.kept[0].sort[:2] == ("hypothesis", "swap")
    assert shortened(shelf("tired swap"), found.kept[0]).length <= 3


def test_an_engine_that_contradicts_the_meaning_of_the_spec_is_no_finding() -> None:
    side = next(sides(shelf()))
    start = side.initial()[0].state
    call = next(call for entry in side.entries(start) for call in entry.expected)
    agree(side, start, call)
    for wrong in (replace(call, change=call.change ^ 1), replace(call, warned=True), replace(call, site=call.site + 1)):
        with pytest.raises(AssertionError, match="the meaning of the spec"):
            agree(side, start, wrong)


@pytest.mark.slow
@pytest.mark.parametrize(("bug", "most"), [("wrong errno", 1), ("no warning", 3)])
def test_hypothesis_shrinks_what_it_finds(bug: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis brings it down to a few calls; leaving calls out, as the command does, to the fewest."""
    monkeypatch.setattr(machine, "SHRINKING", 1000.0)
    found, _ = machine_run(bug)
    assert found.kept[0].length <= 10
    assert shortened(shelf(bug), found.kept[0]).length == most


@pytest.mark.parametrize(("bug", "what"), [("wrong errno", "errno"), ("wrong field", "last")])
def test_hypothesis_keeps_what_it_has_when_the_time_for_shrinking_is_over(
    bug: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "SHRINKING", 0.2)
    found, _ = machine_run(bug)
    assert found.total == 1
    assert found.kept[0].sort == ("hypothesis", "put", what)
