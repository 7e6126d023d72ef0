"""The bindings of the migration model: instances with their numbers of pairs, and what they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from checker.conform.budget import Budget
from checker.conform.differences import Found
from checker.conform.explored import explore
from checker.conform.implementation import Answer, Case, Choice, Model, Plain, Setting
from checker.conform.lockstep import Lockstep
from checker.conform_cases import sides_of
from models.bind import dma_logging, migration
from models.bind.migration_model import ACTIONS, CHOICES, RunningMigration
from models.kernel.migration_manner import Manner
from spec.lang.frontend import load


def lockstep(model: Model, name: str) -> tuple[int, int, int]:
    """Pairs, those that were covered, and differences, over all choices of the constants."""
    case = next(case for case in model.cases if case.name == name)
    pairs = covered = differences = 0
    for side in sides_of(load(model.spec), case):
        explored, found = explore(side, Budget()), Found()
        covered += Lockstep(model, side, explored, Budget(), found, name).run().covered
        pairs += explored.pairs
        differences += found.total
    return pairs, covered, differences


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("arcs-strict", 4402),
        ("arcs-mtty", 5335),
        ("arcs-mlx5", 4938),
        ("unsupported-strict", 1192),
        ("patient-mlx5", 1986),
    ],
)
def test_small_instances(name: str, pairs: int) -> None:
    assert (pairs, pairs, 0) == lockstep(migration.MODEL, name)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "pairs"), [("streams-strict", 44993), ("background-mlx5", 86246)])
def test_larger_instances(name: str, pairs: int) -> None:
    assert (pairs, pairs, 0) == lockstep(migration.MODEL, name)


def test_logging_without_a_log() -> None:
    assert (846, 846, 0) == lockstep(dma_logging.MODEL, "without")


def test_every_case_of_the_spec_is_there() -> None:
    """All configurations with all profiles; the one for benchmarks is sampled only."""
    machine = load("migration")
    named = {(case.configuration, case.kernel) for case in migration.MODEL.cases}
    assert {(c, p) for c in machine.configurations for p in machine.profiles} == named
    assert {"recorded"} == {case.configuration for case in migration.MODEL.cases if case.large}


def test_every_action_and_choice_of_the_spec_is_known() -> None:
    machine = load("migration")
    assert set(machine.actions) == set(ACTIONS)
    choices = {f"{key}.{choice.name}" for key, f in machine.functions.items() for choice in f.choices}
    assert {".".join(name.split(".")[-2:]) for name in choices} == {*CHOICES, migration.OPENED}


def setting(**switches: Plain) -> Setting:
    machine = load("migration")
    case = Case("any", "strict", "arcs")
    known = next(iter(sides_of(machine, case))).setting
    return replace(known, switches={**known.switches, **switches})


@pytest.mark.parametrize("rule", migration.RULES)
def test_a_core_with_half_a_rule_is_not_known(rule: str) -> None:
    """Switches of the spec that only ask what a piece of the rule is good for."""
    with pytest.raises(ValueError, match="of one piece"):
        migration.MODEL.start(setting(**{rule: False}), ())


def test_an_unknown_field_is_told() -> None:
    with pytest.raises(ValueError, match="nothing for the field 'colour'"):
        migration.MODEL.start(replace(setting(), fields=("colour",)), ())


class Forgetful(RunningMigration):
    """Does not say that a call failed."""

    def perform(
        self, action: str, args: Sequence[Plain], choices: Sequence[Choice], inject: int | None = None
    ) -> Answer:  # type: ignore[override]
        answer = super().perform(action, tuple(args), tuple(choices), inject)
        return replace(answer, kind="done", errno="") if answer.errno == "EMFILE" else answer


def test_a_wrong_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "RunningMigration", Forgetful)
    pairs, covered, differences = lockstep(migration.MODEL, "arcs-strict")
    assert (pairs, True) == (4402, differences > 0), covered


def test_the_manner_of_a_profile() -> None:
    """As the switches say; a driver that saves in the background does so behind a first part."""
    assert Manner(capabilities=1, background="changes") == migration.manner_of(setting(asynchronous=True))
