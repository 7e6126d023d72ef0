"""A small spec on disk and the command line as a function, so that tests read like sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sessions import Run, sessions

DOOR = '''\
"""A door."""
from enum import Enum, auto
from spec.lang import *

class State(Enum): SHUT = auto(); OPEN = auto(); LOCKED = auto()
class Person(Sort, size=2): "Somebody."
class Era(OrderedEnum): OLD = auto(); NEW = auto()

class Door(Spec):
    """A door with a lock."""
    era: Switch[Era] = Era.NEW
    pick: Switch[bool] = until(Era.OLD)
    careful: Switch[bool] = axiom()
    strong: Constant[Map[Person, bool]] = everywhere(True)

    now: State = State.SHUT
    holder: Person | None = None

    profiles = {"1.0": profile(era=Era.OLD), "2.0": profile(era=Era.NEW)}
    configurations = {
        "one": configuration("One person.", Person=1),
        "two": configuration("Two.", Person=2, strong=every()),
        "big": configuration("Benchmark: many.", Person=9),
    }

    @ioctl(cites="house/door.c:door_open()", sure="read")
    def open(self, who: Person, *, slips: bool) -> Outcome:
        """Open it."""
        if self.now is State.LOCKED and self.holder != who and not self.pick:
            return refuse(EPERM, "locked", sure="recorded", cites="house log 7")
        if not self.strong[who] and slips and self.careful:
            return refuse(EIO, "too-weak")
        self.now = State.OPEN
        return DONE

    @ioctl
    def lock(self, who: Person) -> Outcome:
        if self.now is not State.SHUT:
            return refuse(EBUSY, "not-shut")
        self.now = State.LOCKED
        self.holder = who
        return DONE

    @kernel
    def shut(self) -> None:
        require(self.now is State.OPEN)
        self.now = State.SHUT

    @invariant
    def a_locked_door_has_a_holder(self) -> bool:
        """Somebody can open it again."""
        return implies(self.now is State.LOCKED, self.holder is not None)

    @invariant
    def the_first_person_never_locks(self) -> bool:
        """False on purpose."""
        return not any(self.holder == p and self.now is State.LOCKED for p in Person)

    @goal
    def it_opens(self) -> bool:
        return self.now is State.OPEN

@history("D1", breaks=("a_locked_door_has_a_holder",))
class Forgetful(Door):
    """Nobody is written down."""
    the_first_person_never_locks = None

    def lock(self, who: Person) -> Outcome:
        if self.now is not State.SHUT:
            return refuse(EBUSY, "not-shut")
        self.now = State.LOCKED
        return DONE
'''


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`run("check", "door.py")` in an empty folder with `door.py` in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "door.py").write_text(DOOR)
    return sessions(capsys)


@pytest.fixture
def stored(run: Run, tmp_path: Path) -> Path:
    """A counterexample of `door.py:Door` on disk."""
    wanted = ("--property", "the_first_person_never_locks", "--config", "one", "--trace-dir", ".")
    assert run("check", "door.py:Door", "--engine", "evaluate", *wanted).code == 1
    return tmp_path / "door.the_first_person_never_locks.itf.json"
