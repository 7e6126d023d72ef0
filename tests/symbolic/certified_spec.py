"""A spec whose promises need a lemma and a clause, written where a test wants it, and its certificate."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.request import Settings, instances
from checker.symbolic.certificate import write_certificates
from checker.symbolic.certificate_derive import derive
from checker.symbolic.certificate_finding import Checks
from checker.symbolic.certificate_form import FILE, Clause, parse
from checker.symbolic.certificate_verify import Verified, verify
from spec.lang.frontend import load
from spec.lang.ground import ground
from spec.lang.values import Value

TEXT = '''\
"""A room with seats."""
from enum import Enum, auto
from typing import Annotated, Self
from spec.lang import *

class Guest(Sort, size=2): "Somebody."
class Mood(Enum): CALM = auto(); LOUD = auto(); AWAY = auto()

class Room(Spec):
    """Guests take seats; the room counts them."""
    polite: Switch[bool] = axiom()
    member: Constant[Map[Guest, bool]] = every()

    seated: Set[Guest] = set()
    count: Annotated[int, Bounds(0, 3)] = 0
    mood: Map[Guest, Mood] = everywhere(Mood.AWAY)
    light: bool = False

    @ioctl
    def sit(self, g: Guest) -> Outcome:
        if g in self.seated:
            return refuse(EBUSY, "seated")
        if not self.member[g]:
            return refuse(EPERM, "no-member")
        self.seated = self.seated | {g}
        self.count += 1
        self.mood[g] = Mood.CALM
        self.light = True
        return DONE

    @ioctl
    def leave(self, g: Guest) -> Outcome:
        if g not in self.seated:
            return refuse(ENOENT, "not-seated")
        self.seated = self.seated - {g}
        self.count -= 1
        self.mood[g] = Mood.AWAY
        if self.count == 0:
            self.light = False
        return DONE

    @kernel
    def shout(self, g: Guest) -> None:
        require(self.light and g in self.seated and not self.polite)
        if self.count == 0:
            warn("somebody shouts in an empty room")
        self.mood[g] = Mood.LOUD

    @kernel
    def whisper(self, g: Guest) -> None:
        require(self.mood[g] is Mood.LOUD)
        self.mood[g] = Mood.CALM

    @invariant
    def nobody_sits_in_the_dark(self) -> bool:
        return implies(len(self.seated) > 0, self.light)

    @invariant
    def nobody_is_loud(self) -> bool:
        return all(self.mood[g] is not Mood.LOUD for g in Guest)

    @lemma
    def the_room_counts(self) -> bool:
        return self.count == len(self.seated)

    @action_property("leave")
    def leaving_is_one_less(self, old: Self, outcome: Outcome) -> bool:
        return implies(outcome.done, self.count + 1 == old.count)

    @during
    def one_at_a_time(self, old: Self) -> bool:
        return self.count <= old.count + 1
'''
PROMISES = (
    "nobody_sits_in_the_dark", "nobody_is_loud", "leaving_is_one_less", "one_at_a_time", "no_warnings",
    "bounds_are_kept", "refused_calls_change_nothing",
)  # fmt: skip
COUNT = Clause((("count", 0, (0, 1, 2)),), "count in 0..2")
"""Follows from the lemma, so it is left out where the lemma is there."""
MOODS = Clause((("mood", 0, (0, 2)),), "mood[g0] in {CALM, AWAY}")
QUICK = Checks(seconds=20, cvc5_seconds=0, runs=0, needed=False)
FULL = Checks(seconds=20, cvc5_seconds=0, runs=20)


@dataclass
class Stored:
    """A certificate on disk, and the spec it is of."""

    place: Path
    spec: Path

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        """Changes a file of the certificate."""
        path = self.place / file
        before = path.read_text()
        path.write_text(change(before))
        assert path.read_text() != before

    def edit_json(self, change: Callable[[Any], None]) -> None:
        """Changes the document in certificate.json, in the form in which it was written."""

        def changed(text: str) -> str:
            document = json.loads(text)
            change(document)
            return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

        self.edit("certificate.json", changed)

    def make_scripts(self) -> None:
        """Makes the scripts anew from certificate.json, as if nothing had happened."""
        text = (self.place / FILE).read_text()
        certificate = parse(text, "")
        for name, script in derive(certificate, load(certificate.target), text).scripts.items():
            (self.place / name).write_text(script.text())

    def verify(self, checks: Checks = FULL) -> Verified:
        """Verifies it."""
        return verify(self.place, checks=checks)

    def refusals(self, checks: Checks = FULL) -> list[str]:
        """The findings that refuse it; it must be refused."""
        verified = self.verify(checks)
        assert verified.level == "refused", verified.findings
        return [f"{f.about}: {f.message}" for f in verified.findings if f.level == "refused"]


def certify(
    directory: Path,
    *,
    text: str = TEXT,
    promises: tuple[str, ...] = PROMISES,
    lemmas: tuple[str, ...] = ("the_room_counts",),
    clauses: tuple[Clause, ...] = (),
    constants: dict[str, Value] | None = None,
) -> Stored:
    """Writes the spec and its certificate."""
    path = directory / "room.py"
    path.write_text(text)
    machine = load(str(path))
    instance = instances(machine, Settings())[0]
    finite = ground(machine, instance.sizes, instance.switches)
    fixed = constants or {}
    place = write_certificates(
        directory / "proofs", machine, str(path), instance, finite, fixed, promises, lemmas, clauses, "induction"
    )
    return Stored(place, path)
