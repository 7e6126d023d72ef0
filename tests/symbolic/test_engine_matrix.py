"""Every shipped spec through the symbolic engines, against exhaustive search: breaks as short, and no false proof."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from checker.constants import constant_choices
from checker.request import Instance, Settings, instances
from checker.symbolic_session import Session
from spec.lang.catalogue import catalogue
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.machine import Machine
from spec.lang.resolver import Resolver
from tests.symbolic.engine_rows import (
    Told,
    asked,
    broken,
    by_explicit,
    promises,
    proved,
    seen,
    sessions,
    wrongly_proved,
)

FAST = (
    "claim_under_mutex", "vfio_removal", "group_outlives_its_devices", "probe_before_default_domain", "ownership_v4",
    "explicit_none_state", "one_call_for_all_types", "cookie_is_a_file", "use_from_the_probe",
    "claim_without_iommu_operations",
)  # fmt: skip
"""Specs with small circuits, some of them broken."""

PDR_SECONDS = 60.0
SPACER_SECONDS = 10.0
"""They may give up after that; they may not be wrong."""


@cache
def machine(name: str) -> Machine:
    return load(name)


def specs() -> list[str]:
    return [f"{entry.module}:{entry.class_name}" for entry in catalogue(Resolver())]


def configurations(target: str) -> list[str]:
    return [instance.configuration for instance in instances(machine(target), Settings())]


@cache
def row(target: str, configuration: str) -> tuple[GroundMachine, Instance, Told]:
    instance = next(i for i in instances(machine(target), Settings()) if i.configuration == configuration)
    finite = ground(machine(target), instance.sizes, instance.switches)
    return finite, instance, by_explicit(finite, constant_choices(finite, instance.constants))


def bmc_finds_what_search_finds(target: str, configuration: str, *, local: bool = False) -> None:
    """Exactly the same names, with paths exactly as long, and no premise that search never sees true."""
    finite, instance, search = row(target, configuration)
    (one,) = sessions(finite, instance)
    names = asked(one)
    one.bmc(names, search.deepest, local=local)
    assert broken(one) == {name: length for name, length in search.lengths.items() if name in names}
    assert search.lengths.keys() <= set(names)
    assert seen(one) <= search.premises


def helped_bmc_finds_what_search_finds(target: str, configuration: str) -> None:
    bmc_finds_what_search_finds(target, configuration, local=True)


def induction_proves_nothing_that_is_broken(target: str, configuration: str) -> None:
    finite, instance, search = row(target, configuration)
    (one,) = sessions(finite, instance)
    one.induct(promises(one))
    assert wrongly_proved(one, search) == []
    assert broken(one).items() <= search.lengths.items(), "what the base case finds is shortest"


def pdr_decides_as_search_does(target: str, configuration: str) -> None:
    reachability_agrees(target, configuration, Session.pdr, PDR_SECONDS)


def spacer_decides_as_search_does(target: str, configuration: str) -> None:
    reachability_agrees(target, configuration, Session.spacer, SPACER_SECONDS)


def reachability_agrees(
    target: str, configuration: str, engine: Callable[[Session, list[str]], str], seconds: float
) -> None:
    finite, instance, search = row(target, configuration)
    (one,) = sessions(finite, instance, seconds)
    engine(one, promises(one))
    assert wrongly_proved(one, search) == []
    assert broken(one).keys() <= search.lengths.keys()
    assert all(length >= search.lengths[name] for name, length in broken(one).items())
    one.shorten(seconds)
    assert all(search.lengths[n] == a.broken.length for n, a in one.answers.items() if a.broken and a.shortest)


CHECKS = (
    bmc_finds_what_search_finds,
    helped_bmc_finds_what_search_finds,
    induction_proves_nothing_that_is_broken,
    pdr_decides_as_search_does,
    spacer_decides_as_search_does,
)


@pytest.mark.z3
@pytest.mark.parametrize("check", CHECKS[:4])
@pytest.mark.parametrize("target", FAST)
def test_a_small_spec(target: str, check: Callable[[str, str], None]) -> None:
    for configuration in configurations(target):
        check(target, configuration)


@pytest.mark.z3
@pytest.mark.parametrize("target", ("vfio_removal", "group_outlives_its_devices", "one_call_for_all_types"))
def test_a_small_spec_by_spacer(target: str) -> None:
    for configuration in configurations(target):
        spacer_decides_as_search_does(target, configuration)


@pytest.mark.z3
@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("target", specs())
def test_every_spec(target: str, check: Callable[[str, str], None]) -> None:
    for configuration in configurations(target):
        check(target, configuration)


@pytest.mark.z3
def test_induction_proves_something() -> None:
    """The comparison is not about nothing: most promises of a small spec without bugs are proved."""
    finite, instance, search = row("spec.uapi.dma_ownership:DmaOwnership", "emulated")
    (one,) = sessions(finite, instance)
    one.induct(promises(one))
    assert len(proved(one)) > len(promises(one)) // 2
    assert search.lengths.keys().isdisjoint(proved(one))
