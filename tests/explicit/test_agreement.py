"""Every engine gives what the slow twin gives: states, counts, coverage, and the very same paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from checker import slow
from checker.constants import from_slots
from checker.explicit import c_engine, compile, py_search
from checker.explorations import Exploration, Limits
from spec.lang.ground import GroundMachine
from spec.lang.types import BOOL, INT, NONE, MapType, OptionType
from tests.build import Build
from tests.explicit import c_corpus
from tests.explicit.family import closed_form, family
from tests.machines_by_hand import ALL, claim_machine
from tests.random_machines import case_of, cases
from tests.words import (
    arith,
    at,
    bounded,
    call,
    choice,
    compare,
    done,
    eq,
    everywhere,
    give,
    inject,
    lit,
    ne,
    none,
    plus,
    project,
    put,
    require,
    var,
    warn,
)

Constants = dict[str, tuple[int, ...]]
Explore = Callable[[GroundMachine, Constants, Limits], Exploration]
LIMITS = (Limits(states=150), Limits(depth=0), Limits(depth=1), Limits(depth=3, states=90), Limits(states=1))

ENGINES: dict[str, Explore] = {
    "python": lambda ground, constants, limits: py_search.explore(ground, dict(constants), limits),
    "c": lambda ground, constants, limits: c_engine.explore(ground, dict(constants), limits),
}


def comparable(found: Exploration) -> Exploration:
    """The result without what may differ between engines: its name, how it packs, how long it took."""
    return replace(found, engine="", words=0, seconds=0.0, extra={})


def by_hand() -> dict[str, tuple[GroundMachine, Constants]]:
    """Machines written by hand with constants; together they use every node, fault, and kind of property."""
    machines = {f"{n}-{seed}": build(seed) for n, build in c_corpus.ALL.items() for seed in (0, 1)}
    machines["claim-leaky-3"] = claim_machine(3, rollback=False)
    found = {n: (g, {k: tuple(v) for k, v in c_corpus.constants_of(g).items()}) for n, g in machines.items()}
    found |= {f"{name}-choice{place}": case_of(build(), place) for name, build in ALL.items() for place in (0, 1)}
    ground, constants = family(4, 2, 2, 1)
    return found | {"family": (ground, {k: tuple(v) for k, v in constants.items()})}


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Explore:
    """Each engine that can run here."""
    if request.param == "c" and not compile.available():
        pytest.skip("no C compiler")
    return ENGINES[request.param]


@pytest.mark.parametrize("name", sorted(by_hand()))
def test_machines_by_hand(engine: Explore, name: str) -> None:
    ground, constants = by_hand()[name]
    for limits in LIMITS:
        expected = slow.explore(ground, constants, limits)
        assert comparable(expected) == comparable(engine(ground, constants, limits)), limits


def corners() -> GroundMachine:
    """Where engines could go apart unseen: a warning before a false `require`, boundaries after a false one."""
    b = Build("Corners")
    kind = bounded(0, 3)
    n = b.field("n", kind, lit(0))
    row = MapType((kind,), kind)
    t = b.field("t", row, everywhere(lit(0), row))
    odd = b.warning("odd")
    b.function("noted", {}, [warn(odd), give(eq(n, lit(9)))], returns=BOOL)
    b.action("never", {}, require(call("Corners.noted", returns=BOOL)), put("n", lit(0)), kind="kernel", returns=NONE)
    b.action("up", {}, put("n", plus(n, 1)), kind="kernel", returns=NONE)
    b.action("set", {"k": kind}, put("t", n, var("k", kind)), done())
    b.promise("boundary", "small", compare(n, "<", lit(2)))
    b.promise("boundary", "safe", compare(at(t, plus(n, 2)), "<", lit(2)))
    return b.ground()


def test_corners(engine: Explore) -> None:
    found = engine(corners(), {}, Limits())
    assert comparable(slow.explore(corners(), {}, Limits())) == comparable(found)
    assert (frozenset(), set(), True) == (found.warnings, set(found.found), found.outside > 0)


def orders() -> GroundMachine:
    """Keys before values, faults before later choices, operands before the calls that change them."""
    b = Build("Orders")
    kind = bounded(0, 2)
    row = MapType((kind,), kind)
    n, o = b.field("n", kind, lit(0)), b.field("o", OptionType(kind), none(OptionType(kind)))
    t = b.field("t", row, everywhere(lit(0), row))
    up = put("n", arith(plus(n, 1), "%", lit(3)))
    b.function("bump", {}, [up, give(n)], returns=INT)
    bump = call("Orders.bump", returns=INT)
    b.action("key", {}, put("t", bump, n), kind="kernel", returns=NONE)
    b.action("sum", {}, put("n", arith(arith(n, "+", bump), "%", lit(3))), kind="kernel", returns=NONE)
    late = arith(project(o, INT), "+", choice("c", kind))
    b.action("late", {}, put("n", late), kind="kernel", returns=NONE, choices={"c": kind})
    b.action(
        "some", {}, require(eq(n, lit(2))), put("o", inject(lit(0), OptionType(kind))), kind="kernel", returns=NONE
    )
    b.promise("invariant", "the_entry_of_the_old_key", ne(at(t, lit(1)), lit(1)))
    return b.ground()


def test_orders(engine: Explore) -> None:
    found = engine(orders(), {}, Limits())
    assert comparable(slow.explore(orders(), {}, Limits())) == comparable(found)
    assert () == found.found["bounds_are_kept"].steps[-1].tape
    assert "the_entry_of_the_old_key" not in found.found


@given(cases())
@settings(max_examples=250, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_random_machines_in_python(case: tuple[GroundMachine, Constants]) -> None:
    for limits in (Limits(states=60), Limits(depth=2, states=100)):
        expected = slow.explore(*case, limits)
        assert comparable(expected) == comparable(ENGINES["python"](*case, limits))


def states_of_both(ground: GroundMachine, constants: Constants) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The slots of all states in order of discovery, by the slow twin and in Python: counts alone may agree by luck."""
    limits = Limits(states=120)
    twin = slow._Search(ground, from_slots(ground, constants), limits, None)
    twin.run()
    search = py_search.PySearch(ground, constants, limits)
    search.run()
    return list(twin.states), [search.layout.unpack(state) for state in search.order]


@pytest.mark.parametrize("name", sorted(by_hand()))
def test_states_of_machines_by_hand(name: str) -> None:
    expected, found = states_of_both(*by_hand()[name])
    assert expected == found


@given(cases())
@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_states_of_random_machines(case: tuple[GroundMachine, Constants]) -> None:
    expected, found = states_of_both(*case)
    assert expected == found


@pytest.mark.parametrize("size", [(2, 1, 1, 1), (4, 2, 2, 1), (6, 3, 2, 1), (4, 2, 3, 1), (6, 2, 1, 3)])
def test_counts_have_a_closed_form(engine: Explore, size: tuple[int, int, int, int]) -> None:
    ground, constants = family(*size)
    found = engine(ground, {k: tuple(v) for k, v in constants.items()}, Limits())
    assert (closed_form(*size), True, {}) == (found.states, found.complete, found.found)
