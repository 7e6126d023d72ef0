"""Every engine gives what the slow twin gives on specs with parts: counts, coverage, and the very same paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import slow
from checker.explorations import Limits
from spec.lang.frontend import load
from spec.lang.ground import ground
from tests.explicit.test_agreement import Explore, comparable, engine
from tests.lang.test_traps_engines import codes, machine_of
from tests.lang.trap_files import Run, runs

__all__ = ["engine"]

PARTS = [run for run in runs() if run.trap.startswith("part_")]
LIMITS = (Limits(), Limits(depth=1), Limits(states=3))


@pytest.mark.parametrize("run", PARTS, ids=str)
def test_specs_with_parts(engine: Explore, run: Run) -> None:
    ground = machine_of(run)
    for limits in LIMITS:
        expected = slow.explore(ground, codes(ground), limits)
        assert comparable(expected) == comparable(engine(ground, codes(ground), limits)), limits


def test_a_premise_met_only_in_runs_that_do_not_happen_is_not_met(engine: Explore) -> None:
    run = next(run for run in PARTS if run.trap == "part_asked_at_the_right_time")
    found = engine(machine_of(run), {}, Limits())
    assert not {"meter.only_at_two", "meter.nothing_ticks", "meter.it_never_begins"} & found.premises
    assert "meter.never_up" in found.premises


FAULTY = """
from spec.lang import *

class Meter(Spec):
    '''Looks at what may not be there.'''
    k: Annotated[int, Bounds(0, 2)] | None = None

    @ioctl
    def note(self) -> Outcome:
        '''Note it.'''
        self.k = 0
        return DONE

    @action_property("note")
    def the_old_note_was_small(self, old: Self, outcome: Outcome) -> bool:
        return implies(old.k < 2, outcome.done)

    @during
    def the_old_note_was_there(self, old: Self) -> bool:
        return implies(old.k < 2, self.k is not None)

class Caller(Spec):
    '''Notes twice.'''
    meter: Meter

    @ioctl
    def twice(self) -> Outcome:
        '''At once.'''
        self.meter.note()
        return self.meter.note()

    @final
    def over(self) -> bool:
        return True
"""


def test_a_promise_about_a_call_may_have_no_value(engine: Explore, tmp_path: Path) -> None:
    """By hand: nothing is there before the first call, so both promises are violated and both premises fault; before
    the second call 0 is there, so both premises are met as well."""
    path = tmp_path / "faulty.py"
    path.write_text(FAULTY, encoding="utf-8")
    finite = ground(load(f"{path}:Caller"))
    found = engine(finite, {}, Limits())
    assert comparable(slow.explore(finite, {}, Limits())) == comparable(found)
    names = {"meter.the_old_note_was_small", "meter.the_old_note_was_there"}
    assert names | {"bounds_are_kept"} == set(found.found)
    assert names == found.premises
