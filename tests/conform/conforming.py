"""The shelf held against its spec, in full or in part, and what the slow twin says to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from checker.conform.budget import Budget
from checker.conform.compare import Comparer, Walked
from checker.conform.differences import Difference, Found
from checker.conform.explored import Explored, explore
from checker.conform.implementation import Case, Model
from checker.conform.inject import FaultTour
from checker.conform.lockstep import Lockstep
from checker.conform.modules import model_of
from checker.conform.spec_side import SpecSide
from checker.conform_cases import sides_of
from spec.lang.frontend import load
from spec.lang.machine import Machine
from tests.conform.slow_lockstep import Differing, Slow, slow_lockstep

HERE = Path(__file__).parent
SHELF = str(HERE / "shelf_model.py")
EVERYTHING = 10**9
"""As many differences of a sort as there are."""


@cache
def machine() -> Machine:
    """The spec of the shelf."""
    return load(model_of(SHELF)[0].spec)


def shelf(bug: str = "") -> Model:
    """The shelf, with one thing wrong if a bug is named."""
    return replace(model_of(SHELF)[0], bug=bug)  # type: ignore[type-var]


def sides(model: Model, name: str = "two") -> Iterator[SpecSide]:
    """The sides of a case, made anew."""
    yield from sides_of(machine(), next(c for c in model.cases if c.name == name))


def held(model: Model, case: str = "two", keep: int = EVERYTHING) -> tuple[list[Explored], list[Walked], Found]:
    """Exhaustive lock-step over all choices of the constants."""
    found, explored, walked = Found(keep), [], []
    for side in sides(model, case):
        explored.append(explore(side, Budget()))
        walked.append(Lockstep(model, side, explored[-1], Budget(), found, case).run())
    return explored, walked, found


def failed(model: Model, case: str = "two") -> tuple[list[FaultTour], Found]:
    """Failures at every place."""
    found, tours = Found(EVERYTHING), []
    for side in sides(model, case):
        tours.append(FaultTour(model, side, explore(side, Budget()), Budget(), found, case))
        tours[-1].run()
    return tours, found


def slow(model: Model, case: str = "two") -> list[Slow]:
    """The twin, over the same choices of the constants."""
    return [slow_lockstep(model, side.ground, side.constants) for side in sides(model, case)]  # type: ignore[arg-type]


def named(found: Found) -> dict[Differing, int]:
    """Differences of lock-step as the twin names them, with the length of the path."""
    return {_name(one): one.length for one in reversed(found.kept)}


def _name(one: Difference) -> Differing:
    from tests.conform.slow_lockstep import words

    assert one.call is not None
    layout = one.side.engine.layout
    before = layout.decode(layout.unpack(one.after ^ one.call.change))
    state = tuple(words(before[f]) for f in one.side.ground.fields)
    return (state, one.call.action, one.call.args, one.call.choices)


def one_case(model: Model, name: str) -> Case:
    """A case by its name."""
    return next(c for c in model.cases if c.name == name)


__all__ = ["Comparer", "failed", "held", "machine", "named", "one_case", "shelf", "sides", "slow"]
