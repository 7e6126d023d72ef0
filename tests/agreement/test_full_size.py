"""Generated C and generated Python agree on every shipped spec at full size, in all that a search says.

That includes the benchmark configuration to its end: three million states, two minutes for Python.
"""

from __future__ import annotations

import pytest

from checker.explicit import c_engine, compile, py_search
from checker.explorations import ALWAYS_ON, Exploration, Limits
from checker.request import Settings, instances
from checker.trace import to_json
from checker.trace_build import build_trace, play
from spec.lang.catalogue import catalogue
from spec.lang.resolver import Resolver
from tests.agreement.cases import MAIN, Case, cases, instance_of, machine_of
from tests.explicit.c_reference import agree

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not compile.available(), reason="no C compiler")]

SPECS = {entry.name: f"{entry.module}:{entry.class_name}" for entry in catalogue(Resolver())}
MAIN_NAME = next(name for name, target in SPECS.items() if target == MAIN)


def traces(case: Case, found: Exploration) -> dict[str, str]:
    """The stored form of every violation and goal, as `evaluate` plays the engine's path."""
    made = {}
    for name, path in found.found.items():
        kind = "always" if name in ALWAYS_ON else case.ground.machine.properties[name].kind
        trace = build_trace(play(case.ground, case.constants, path), name=name, kind=kind, configuration=case.name)
        made[name] = to_json(trace, case.ground)
    return made


def compare(case: Case, limits: Limits) -> Exploration:
    """Searches with both engines; what they agree on."""
    in_c = c_engine.explore(case.ground, case.slots, limits)
    in_python = py_search.explore(case.ground, case.slots, limits)
    assert in_c.words == in_python.words
    agree(in_c, in_python)
    assert traces(case, in_c) == traces(case, in_python)
    return in_c


def compare_all(target: str, configuration: str) -> None:
    """Every choice of the constants of one configuration; what the spec declares to break must be among it."""
    searched = [compare(case, Limits()) for case in cases(target, instance_of(target, configuration))]
    assert searched and all(found.complete and found.states > 0 for found in searched)
    breaks = set(machine_of(target).role.breaks)
    assert not breaks or any(breaks & found.found.keys() for found in searched), "no violation was compared"


@pytest.mark.parametrize("configuration", [i.configuration for i in instances(machine_of(MAIN), Settings())])
def test_engines_agree_on_every_configuration(configuration: str) -> None:
    compare_all(MAIN, configuration)


@pytest.mark.parametrize("name", sorted(SPECS.keys() - {MAIN_NAME}))
def test_engines_agree_on_every_other_shipped_spec(name: str) -> None:
    found = instances(machine_of(SPECS[name]), Settings())
    assert found
    for instance in found:
        compare_all(SPECS[name], instance.configuration)


@pytest.mark.parametrize(
    "limits", [Limits(), Limits(states=100_000), Limits(depth=7)], ids=["all", "100000-states", "7-steps"]
)
def test_engines_agree_on_the_benchmark(limits: Limits) -> None:
    (case,) = cases(MAIN, instance_of(MAIN, "everything"))
    found = compare(case, limits)
    assert found.complete == (limits == Limits()) and found.states >= 100_000
