"""Searches with symmetry find what searches without find, number by number and path by path, from fewer states."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from checker import slow, slow_symmetry
from checker.constants import as_slots, constant_choices, from_slots, relabel
from checker.evaluate import initial_states, steps
from checker.explicit import c_engine, compile, engine, py_search
from checker.explorations import Exploration, Limits
from checker.request import Settings, instances
from checker.slow_symmetry import orbit, relabellings
from checker.symmetry import symmetry_of
from spec.lang.catalogue import catalogue
from spec.lang.ground import GroundMachine, ground
from spec.lang.resolver import Resolver
from spec.lang.types import BOOL, MapType
from tests.agreement.cases import machine_of
from tests.build import Build
from tests.explicit.family import closed_form, family
from tests.explicit.test_c_random import TINY
from tests.random_symmetric import case, cases
from tests.words import FALSE, TRUE, at, compare, done, everywhere, give, lit, outcome, over, put, quant, var, when

Constants = dict[str, tuple[int, ...]]
Explore = Callable[[GroundMachine, Constants, Limits], Exploration]

LIMITS = (Limits(states=30), Limits(depth=1, states=20))
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=25)


def in_c(ground: GroundMachine, constants: Constants, limits: Limits) -> Exploration:
    """By generated C with tiny batches, so that few states make it do all that many would."""
    flags = (*TINY, "-DSYM_KNOWN=2")
    with c_engine.CSearch(ground, constants, limits, flags=flags, symmetry=True) as search:
        search.run()
        return search.exploration(0.0, {})


def in_python(ground: GroundMachine, constants: Constants, limits: Limits) -> Exploration:
    """By generated Python."""
    return py_search.explore(ground, constants, limits, symmetry=True)


@pytest.fixture(params=["c", "python"])
def explore(request: pytest.FixtureRequest) -> Explore:
    """Each engine that can run here."""
    if request.param == "c" and not compile.available():
        pytest.skip("no C compiler")
    return in_c if request.param == "c" else in_python


def comparable(found: Exploration) -> Exploration:
    """The result without what may differ between engines."""
    return replace(found, engine="", words=0, seconds=0.0, extra={}, symmetric=())


def whole(found: Exploration) -> Exploration:
    """The result without how many states stood for the others."""
    return replace(comparable(found), representatives=0)


# --- random machines --------------------------------------------------------------------------------------------


@SETTINGS
@given(cases())
def test_random_machines_in_python(drawn: tuple[GroundMachine, Constants]) -> None:
    _compare(in_python, *drawn)


@pytest.mark.skipif(not compile.available(), reason="no C compiler")
@SETTINGS
@given(cases())
def test_random_machines_in_c(drawn: tuple[GroundMachine, Constants]) -> None:
    _compare(in_c, *drawn)


def _compare(explore: Explore, ground: GroundMachine, constants: Constants) -> None:
    """With the twin that relabels values, and where that saw everything with the search of every state."""
    for limits in LIMITS:
        twin = slow_symmetry.explore(ground, constants, limits)
        assert comparable(twin) == comparable(explore(ground, constants, limits)), limits
        if twin.complete and twin.states <= 150:
            assert whole(twin) == whole(slow.explore(ground, constants))


def test_random_machines_are_worth_comparing() -> None:
    """Enough of them have orbits of more than one state, keep their sorts apart from all order, and go somewhere."""
    drawn = [case(seed) for seed in range(60)]
    found = [in_python(*one, Limits(states=60)) for one in drawn]
    assert sum(symmetry_of(*one) is not None for one in drawn) >= 40
    assert sum(f.representatives * 2 < f.states for f in found) >= 5
    assert sum(f.states > 10 for f in found) >= 15


@SETTINGS
@given(cases())
def test_relabelling_turns_steps_into_steps(drawn: tuple[GroundMachine, Constants]) -> None:
    """What `symmetric_sorts` promises, by `evaluate`: of some reachable states, each relabelled in some way."""
    ground, codes = drawn
    constants = from_slots(ground, codes)
    group = list(relabellings(ground, constants))
    random = Random(len(group))
    twin = slow._Search(ground, constants, Limits(states=10), None)
    twin.run()
    known = list(twin.states.values())
    for state in random.sample(known, min(4, len(known))):
        names = random.choice(group)
        other = {n: relabel(state[n], f.type, ground, names) for n, f in ground.fields.items()}
        assert _seen(ground, constants, state, names) == _seen(ground, constants, other, {})
    begin = {slow.state_key(ground, state) for _, state in initial_states(ground, constants)}
    assert begin == set().union(*(orbit(ground, group, state) for _, state in initial_states(ground, constants)))


def _seen(
    ground: GroundMachine, constants: object, state: object, names: dict[str, tuple[int, ...]]
) -> list[tuple[object, ...]]:
    """What the steps of a state do, their arguments and successors relabelled, as a bag."""
    rows = []
    for step in steps(ground, constants, state):  # type: ignore[arg-type]
        params = ground.functions[step.action.function].params
        args = tuple(relabel(v, p.type, ground, names) for v, p in zip(step.args, params, strict=True))
        after = {n: relabel(step.run.after[n], f.type, ground, names) for n, f in ground.fields.items()}
        run = step.run
        marks = (run.kind, run.outcome.site if run.outcome else -1, run.warnings, sorted(run.sites), sorted(run.during))
        rows.append((step.action.name, repr(args), marks, slow.state_key(ground, after)))
    return sorted(rows)


# --- numbers worked out by hand ---------------------------------------------------------------------------------


def lamps() -> GroundMachine:
    """Three lamps are turned on one by one; with two on the search has gone far enough."""
    b = Build("Lamps")
    device = b.sort("Device", 3)
    kind = MapType((device,), BOOL)
    on = b.field("on", kind, everywhere(FALSE, kind))
    d = var("d", device)
    lit_up = b.site("refused", "EBUSY", "lit")
    b.action("turn_on", {"d": device}, when(at(on, d), give(outcome(lit_up))), put("on", TRUE, d), done())
    many = quant("count", over("d", device), None, at(on, d))
    b.promise("boundary", "few", compare(many, "<", lit(2)))
    return b.ground()


def test_numbers_are_those_of_all_states(explore: Explore) -> None:
    """None on: 3 ways on. One of 3 on: 2 ways on, 1 refusal. Two of 3 on: outside."""
    found = explore(lamps(), {}, Limits())
    assert (found.states, found.representatives, found.symmetric) == (1 + 3 + 3, 3, ("Device",))
    assert (found.transitions, found.refusals, found.outside) == (3 + 3 * 2, 3, 3)
    assert (found.depth, found.complete) == (2, True)
    early = explore(lamps(), {}, Limits(states=2))
    assert (early.stopped, early.states, early.representatives, early.transitions) == ("states", 4, 2, 3)


# --- machines of any size ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(4, 2, 2, 1), (6, 2, 2, 2), (8, 2, 3, 1), (5, 1, 4, 1)])
def test_counts_have_a_closed_form(explore: Explore, size: tuple[int, int, int, int]) -> None:
    """More states than are looked at, by a number that was worked out without a search."""
    ground, constants = family(*size)
    found = explore(ground, {k: tuple(v) for k, v in constants.items()}, Limits())
    assert (closed_form(*size), True, {}) == (found.states, found.complete, found.found)
    assert found.representatives * 4 < found.states


# --- shipped specs ----------------------------------------------------------------------------------------------


@functools.cache
def shipped(*, bases: bool = False) -> list[tuple[str, str]]:
    """Every configuration of every shipped spec that is searched by default; or only of those that extend no other."""
    targets = [
        f"{entry.module}:{entry.class_name}" for entry in catalogue(Resolver()) if entry.kind == "base" or not bases
    ]
    return [(target, one.configuration) for target in targets for one in instances(machine_of(target), Settings())]


def _both(target: str, configuration: str, name: str, most: int) -> tuple[int, int]:
    """Asserts that both ways find the same; how many states there are, and how many stood for them."""
    machine = machine_of(target)
    (instance,) = instances(machine, Settings(configuration=configuration))
    finite = ground(machine, instance.sizes, instance.switches)
    states = representatives = 0
    for choice in constant_choices(finite, instance.constants):
        codes = as_slots(finite, choice)
        every = engine.explore(finite, codes, Limits(states=most), engine=name)  # type: ignore[arg-type]
        if not every.complete:
            return 0, 0
        some = engine.explore(finite, codes, Limits(), engine=name, symmetry=True)  # type: ignore[arg-type]
        assert whole(every) == whole(some)
        states, representatives = states + some.states, representatives + some.representatives
    return states, representatives


@pytest.mark.parametrize("bases", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_shipped_specs_with_and_without(bases: bool) -> None:
    """All paths too: the first way to a violation is the same, byte for byte."""
    name, most = ("c", 30_000) if compile.available() else ("python", 1_000)
    total = {one: _both(*one, name, most) for one in shipped(bases=bases)}
    states, stored = (sum(column) for column in zip(*total.values(), strict=True))
    assert stored < states, "something is reduced even where only small configurations are looked at"
    if name == "c":
        owners = [both for (target, _), both in total.items() if "dma_ownership" in target]
        assert sum(stored for _, stored in owners) * 2 < sum(states for states, _ in owners)
        assert max(states / stored for states, stored in total.values() if stored) > 8


@pytest.mark.slow
def test_shipped_specs_in_python() -> None:
    for target, configuration in shipped():
        _both(target, configuration, "python", 15_000)
