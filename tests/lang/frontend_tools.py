"""Writes spec texts into files and loads them; what the tests of the front end share."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from spec.lang.errors import Problem, SpecError
from spec.lang.frontend import load
from spec.lang.machine import Machine

HEADER = "from __future__ import annotations\n\nfrom spec.lang import *\n\n"
"""Four lines before the text of every test."""

DOOR = """
class Key(Sort, size=2): "A key."
class Era(OrderedEnum): E1 = auto(); E2 = auto(); E3 = auto()

class Door(Spec):
    '''A door that one key at a time may open.

    More about it.
    '''

    era: Switch[Era] = Era.E3
    creaks: Switch[bool] = since(Era.E2)
    sound: Switch[bool] = axiom()
    master: Constant[Map[Key, bool]] = everywhere(False)
    holder: Key | None = None  # who opened it
    opened: Annotated[int, Bounds(0, 2)] = 0
    "How often it was opened."

    profiles = {"old": profile(era=Era.E1)}
    configurations = {"one": configuration("A single key.", Key=1, creaks=False, master=every())}

    @ioctl(cites="door.c:open()", sure="read")
    def open(self, k: Key, *, stuck: bool) -> Outcome:
        '''Open it.'''
        if self.holder is not None:
            return refuse(EBUSY, "held")
        if self.opened >= 2:
            return refuse(EPERM, "worn")
        elif stuck:
            return refuse(EIO, "stuck")
        self.take(k)
        return DONE

    def take(self, k: Key) -> None:
        self.holder = k
        self.opened += 1

    @kernel
    def close(self) -> None:
        '''Close it.'''
        require(self.holder is not None)
        self.holder = None

    @invariant
    def held_means_opened(self) -> bool:
        return implies(self.holder is not None, self.opened > 0)

    @action_property("open")
    def opening_counts(self, old: Self, outcome: Outcome, k: Key) -> bool:
        return implies(outcome.done, self.opened == old.opened + 1)
"""


def write(folder: Path, text: str, name: str = "case.py", header: str = HEADER) -> str:
    """Writes one spec file and says where."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + textwrap.dedent(text).strip("\n") + "\n", encoding="utf-8")
    return str(path)


def load_text(folder: Path, text: str, cls: str = "", name: str = "case.py") -> Machine:
    """The machine of a text."""
    path = write(folder, text, name)
    return load(f"{path}:{cls}" if cls else path)


def problems_of(folder: Path, text: str, cls: str = "", name: str = "case.py") -> tuple[Problem, ...]:
    """All problems of a text that cannot be loaded."""
    with pytest.raises(SpecError) as caught:
        load_text(folder, text, cls, name)
    return caught.value.problems


def only_problem(folder: Path, text: str, cls: str = "", name: str = "case.py") -> Problem:
    """The one problem of a text."""
    problems = problems_of(folder, text, cls, name)
    assert len(problems) == 1, problems
    return problems[0]


def place(text: str, needle: str) -> tuple[int, int]:
    """Line and column at which a piece of text stands once it is written to a file."""
    whole = HEADER + textwrap.dedent(text).strip("\n") + "\n"
    assert whole.count(needle) == 1, needle
    at = whole.index(needle)
    return whole.count("\n", 0, at) + 1, at - (whole.rfind("\n", 0, at) + 1) + 1
