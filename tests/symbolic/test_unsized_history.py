"""No promise that a shipped spec breaks at some size is proved for any size, in the configuration that breaks it."""

from __future__ import annotations

import functools

import pytest

from checker.constants import as_slots, constant_choices
from checker.explicit.engine import explore
from checker.explorations import Limits
from checker.symbolic.solver import Deadline
from checker.symbolic.unsized import Proved, prove_any_size
from spec.lang.catalogue import Entry, catalogue
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.machine import Configuration, Machine
from spec.lang.resolver import Resolver
from spec.lang.spans import BUILTIN

ENTRIES = [e for e in catalogue(Resolver()) if e.kind != "base"]


@functools.cache
def machine(entry: Entry) -> Machine:
    return load(f"{entry.module}:{entry.class_name}")


def configurations(found: Machine) -> list[Configuration]:
    return list(found.configurations.values()) or [Configuration("default", "", BUILTIN)]


def broken(found: Machine, chosen: Configuration) -> set[str]:
    """The invariants that some state of this configuration breaks, by a search of all states."""
    grounded = ground(found, chosen.sizes, chosen.switches)
    names = {p.name for p in grounded.properties if p.kind in ("invariant", "lemma")}
    lost: set[str] = set()
    for constants in constant_choices(grounded, chosen.constants):
        lost |= explore(grounded, as_slots(grounded, constants), Limits(states=300_000)).found.keys() & names
    return lost


def disagreements(entry: Entry, depth: int) -> tuple[int, list[str]]:
    """How many broken invariants were asked about, and which of them were proved all the same."""
    asked, wrong = 0, []
    found = machine(entry)
    for chosen in configurations(found):
        lost = sorted(broken(found, chosen))
        asked += len(lost)
        if lost:
            answers = prove_any_size(
                found,
                chosen.switches,
                lost,
                None,
                Deadline(600),
                sizes=chosen.sizes,
                constants=chosen.constants,
                depth=depth,
            )
            wrong += [f"{chosen.name}: {n}" for n, a in answers.items() if isinstance(a, Proved)]
    return asked, wrong


BREAKING = [e for e in ENTRIES if e.breaks]
FEW = [e for e in BREAKING if e.id == "B16"]


@pytest.mark.z3
@pytest.mark.parametrize("entry", FEW, ids=lambda e: e.id)
def test_what_a_known_bug_breaks_is_not_proved(entry: Entry) -> None:
    asked, wrong = disagreements(entry, 0)
    assert asked and not wrong


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("entry", BREAKING, ids=lambda e: e.id)
def test_what_any_shipped_spec_breaks_is_not_proved(entry: Entry) -> None:
    """Specs that break no invariant (but promises of other kinds) have nothing to be asked here."""
    _, wrong = disagreements(entry, 2)
    assert not wrong
