"""The circuit of a machine on the corpus of traps: every run of `evaluate`, and every step of the circuit, agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.constants import constant_choices
from spec.lang.frontend import load
from spec.lang.ground import ground
from tests.lang import process_files, trap_files
from tests.symbolic.test_encode import agree

TRAPS = trap_files.runs()
PROCESSES = process_files.runs()


@pytest.mark.parametrize("run", TRAPS, ids=str)
def test_traps(run: trap_files.Run) -> None:
    machine = ground(load(f"{trap_files.HERE / run.trap}.py:Trap"), run.sizes, run.switches)
    for number, constants in enumerate(constant_choices(machine)[:3]):
        assert agree(machine, constants, number, 6) > 0


@pytest.mark.parametrize("run", PROCESSES, ids=str)
def test_processes(run: process_files.Run) -> None:
    machine = ground(load(f"{process_files.HERE / run.name}.py:Trap"), run.sizes, run.switches)
    assert agree(machine, constant_choices(machine)[0], 1, 6) > 0


EDGES = """
from spec.lang import *

class Thing(Sort, size=3):
    'A thing.'

class Edges(Spec):
    '''What random machines reach too seldom.'''
    row: Seq[Thing, Max(3)] = ()
    other: Seq[Thing, Max(3)] = ()
    low: Annotated[int, Bounds(0, 3)] = 0
    high: Annotated[int, Bounds(0, 3)] = 0
    seen: Annotated[int, Bounds(0, 9)] = 0
    small: Annotated[int, Bounds(0, 1)] | None = None
    wide: Annotated[int, Bounds(0, 3)] | None = None
    mark: Map[Thing, Thing | None] = everywhere(None)

    @ioctl
    def falls_off(self, t: Thing) -> Outcome:
        '''Refuses some, and ends without a word for the others.'''
        if t in self.row:
            return refuse(EBUSY, "there")
        self.row = self.row + (t,)
        if len(self.row) > 2:
            return refuse(EIO, "full", partial=True)
        return DONE

    @kernel
    def count_between(self, a: Annotated[int, Bounds(0, 3)], b: Annotated[int, Bounds(0, 3)]) -> None:
        '''Turns of a range with bounds that depend on the state.'''
        self.low = a
        self.high = b
        self.seen = 0
        for i in range(self.low, self.high):
            self.seen += i + 1

    @kernel
    def shift(self) -> None:
        '''Leaves other things behind the end.'''
        self.other = self.row[1:]
        self.row = without(self.row, first(t for t in Thing))

    @kernel
    def narrow(self, n: Annotated[int, Bounds(0, 3)] | None) -> None:
        '''An option of more numbers into one of fewer.'''
        self.wide = n
        self.small = self.wide

    @kernel
    def put(self, t: Thing, u: Thing | None) -> None:
        '''Marks.'''
        self.mark[t] = u

    @boundary
    def little_is_seen(self) -> bool:
        return self.seen < 5

    @boundary
    def asked_only_inside_the_other(self) -> bool:
        '''Faults outside the first boundary, where it is not asked.'''
        return self.seen < 5 or self.row[0] in self.row

    @goal
    def equal_rows(self) -> bool:
        return self.row == self.other and len(self.row) == 1

    @invariant
    def the_first_mark_decides(self) -> bool:
        '''Later things are not looked at once one decided, and may have none to look at.'''
        return all(self.points_up(t) for t in Thing)

    def points_up(self, t: Thing) -> bool:
        '''Faults for a thing without a mark, unless somebody before was not marked right.'''
        return self.named(self.mark[t]) != t

    def named(self, t: Thing) -> Thing:
        '''The thing itself.'''
        return t

    @goal
    def somebody_marks_itself(self) -> bool:
        return any(self.named(self.mark[t]) == t for t in Thing)

    @goal
    def the_first_marked_first(self) -> bool:
        found = first(self.named(self.mark[t]) for t in Thing if self.mark[t] != t)
        return found is not None
"""


def test_what_random_machines_reach_too_seldom(tmp_path: Path) -> None:
    file = tmp_path / "edges.py"
    file.write_text(EDGES)
    machine = ground(load(f"{file}:Edges"))
    for seed in range(2):
        assert agree(machine, {}, seed, 8) > 100
