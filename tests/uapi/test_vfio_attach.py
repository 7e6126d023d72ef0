"""The shipped DMA ownership as a part of a small VFIO: numbers worked out by hand, and faults on either side."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import slow
from checker.constants import as_slots, constant_choices
from checker.explicit import compile as c_compiler
from checker.explicit.engine import explore
from checker.explorations import Exploration, Limits
from spec.lang.direct_universe import universe
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground
from spec.lang.words_calls import everywhere
from tests.lang.two_meanings import Pair
from tests.uapi import vfio_attach

HERE = Path(__file__).parent / "vfio_attach.py"
ENGINES = ["evaluate", "python", *(["c"] if c_compiler.available() else [])]
GOALS = {"a_claimed_group_keeps_kernel_drivers_out"}
"""The goal of the whole; those of the part that these calls reach are in the part's own spec."""


def machine(name: str) -> GroundMachine:
    """A class of the file, with one group of two devices."""
    return ground(load(f"{HERE}:{name}"), {"Device": 2})


def search(name: str, engine: str) -> Exploration:
    """All states, by the meaning itself or by an engine."""
    finite = machine(name)
    (choice,) = constant_choices(finite)
    constants = as_slots(finite, choice)
    return (
        slow.explore(finite, constants) if engine == "evaluate" else explore(finite, constants, Limits(), engine=engine)
    )


def broken(name: str, found: Exploration) -> dict[str, int]:
    """What is violated, with the length of the path; goals that are reached are no violations."""
    goals = {p.name for p in machine(name).properties if p.kind == "goal"}
    return {prop: len(path.steps) for prop, path in found.found.items() if prop not in goals}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_state_and_step_is_accounted_for(engine: str) -> None:
    """By hand, with a driver of the kernel, of VFIO or none per device: 9 states without container; with one of two
    containers neither device has a driver of the kernel, 2 * 4 states. Steps: 12 binds and 12 unbinds without
    container, 2 * (4 + 4) with; 2 * 3 groups join, 8 leave. Refused: 2 * 4 binds, 2 * (4 + 2) joins without a VFIO
    driver or beside one of the kernel, 2 * 8 that joined already, 9 that leave nothing."""
    found = search("VfioAttach", engine)
    assert (17, 54, 45, True) == (found.states, found.transitions, found.refusals, found.complete)
    assert {} == broken("VfioAttach", found)
    assert found.found.keys() >= GOALS
    assert "ownership.the_last_release_restores_the_default_domain" in found.premises


@pytest.mark.parametrize("engine", ENGINES)
def test_a_release_that_the_whole_forgets(engine: str) -> None:
    assert {"a_container_owns_its_groups": 3, "the_kernel_has_the_group_back": 3} == broken(
        "ForgetsToRelease", search("ForgetsToRelease", engine)
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_write_before_the_claim_is_refused(engine: str) -> None:
    found = broken("JoinsBeforeClaiming", search("JoinsBeforeClaiming", engine))
    assert {"a_container_owns_its_groups": 2, "refused_calls_change_nothing": 2} == found


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fault_of_the_part_breaks_the_promises_of_the_part_and_of_the_whole(engine: str) -> None:
    """A promise about steps of the part is broken by a release that only the whole makes."""
    found = broken("AttachesToIt", search("AttachesToIt", engine))
    assert 3 == found["ownership.the_last_release_restores_the_default_domain"]
    assert 3 == found["the_kernel_has_the_group_back"]


def test_both_meanings_agree() -> None:
    sizes = {"Device": 2, "Group": 1, "Owner": 2, "TableId": 1}
    with universe(**sizes):
        home = everywhere(next(iter(vfio_attach.Group)))
    pair = Pair(vfio_attach.VfioAttach, sizes, {}, {"home": home})
    assert 17 == pair.check()
