"""A shelf of wood: does what `shelf_spec` says, or does one thing wrong if it is given the name of a bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checker.conform.implementation import Answer, Case, Choice, Plain, Running, Setting
from models.hw.journal import Journal, Recorded

CHOICES = {
    "hook": "hang.breaks",
    "paper": "hang.no_paper",
    "slip-first": "slips.slipped",
    "slip-second": "slips.slipped",
}
"""Which choice of the spec decides at which place."""

STUCK = "stuck"

DIRT = {"extra state": 0, "slow poison": 5}
"""After more items than these were taken away, the shelf looks lit in the dark."""


class Shelf(Recorded):
    """Wood and hooks. `cells` hold an item's number, STUCK or None; `strings` are allocated pieces of string."""

    __slots__ = ("bug", "cells", "dirt", "heavy", "inject", "last", "lit", "reached", "script", "strict", "strings",
                 "tired", "touched", "warned")  # fmt: skip

    def __init__(self, setting: Setting, lit: bool, bug: str) -> None:
        self.journal = Journal()
        self.bug, self.lit = bug, lit or bug == "starts lit"
        self.strict = setting.switches["strict"]
        self.heavy = setting.constants["heavy"]
        self.cells: tuple[int | str | None, ...] = (None,) * setting.sizes["Place"]
        self.last: tuple[int, ...] = ()
        self.touched: frozenset[int] = frozenset()
        self.strings = 0
        self.dirt = 0
        self.tired = False
        self.script: tuple[Choice, ...] = ()
        self.reached: tuple[str, ...] = ()
        self.inject: int | None = None
        self.warned = False

    def fails(self, place: str) -> bool:
        """Whether the call fails here; asked at every place where it could."""
        number, self.reached = len(self.reached), (*self.reached, place)
        chosen = False
        wanted = [number for number, (name, _) in enumerate(self.script) if name == CHOICES.get(place)]
        if wanted:
            chosen = bool(self.script[wanted[0]][1])
            self.script = self.script[: wanted[0]] + self.script[wanted[0] + 1 :]
        return chosen or number == self.inject

    def put(self, i: int, p: int) -> Answer:
        if not self.lit:
            return self.refused("EACCES" if self.bug != "wrong errno" else "EPERM")
        if self.cells[p] is not None:
            return self.refused("EBUSY")
        if i in self.cells and self.bug != "no check":
            return self.refused("EINVAL")
        return self.hang(i, p)

    def hang(self, i: int, p: int) -> Answer:
        if self.fails("string"):
            return self.refused("ENOMEM")
        self.strings += 1
        if self.heavy[i] and self.bug not in ("forgotten choice", "no hooks") and self.fails("hook"):
            self.strings -= 1
            self.cells = (*self.cells[:p], STUCK, *self.cells[p + 1 :])
            return self.refused("EIO")
        if self.fails("paper"):
            if self.bug != "leak":
                self.strings -= 1
            return self.refused("ENOMEM")
        before = sum(1 for c in self.cells if isinstance(c, int))
        self.cells = (*self.cells[:p], i, *self.cells[p + 1 :])
        if self.bug != "wrong field" or not self.touched:
            self.last = (i,)
        if self.bug == "unrecorded":
            object.__setattr__(self, "touched", self.touched | {i})
        self.touched |= {i}
        before = before if self.bug != "wrong output" else 0
        return Answer("done", outputs={"where": p, "before": before}, **self.told())

    def take(self, p: int) -> Answer:
        if not isinstance(self.cells[p], int):
            return self.refused("ENOENT")
        if self.strict and not self.lit and self.bug != "no warning":
            self.warned = True
        self.cells = (*self.cells[:p], None, *self.cells[p + 1 :])
        self.strings -= 1
        self.dirt += 1
        return Answer("done", **self.told())

    def swap(self, a: int, b: int) -> Answer:
        if not self.lit:
            if self.bug == "tired swap" and self.tired:
                return self.refused("EAGAIN")
            self.tired = True
            return Answer("blocked", **self.told())
        old = self.cells
        if self.fails("slip-first"):
            return self.refused("EIO")
        self.cells = tuple(old[b] if p == a else cell for p, cell in enumerate(old))
        if self.fails("slip-second"):
            if self.bug != "no rollback":
                if self.fails("must put back"):
                    raise AssertionError("excluded by an axiom")
                self.cells = old
            return self.refused("EIO")
        if self.fails("polish") and self.bug == "polish":
            return self.refused("EAGAIN")
        self.cells = tuple(old[a] if p == b else cell for p, cell in enumerate(self.cells))
        if self.fails("squeak"):
            pass  # one may hear it, and that is all
        return Answer("done", **self.told())

    def lamp(self, lit: bool) -> Answer:
        if self.bug == "raises" and lit and len(self.touched) == 2:
            raise KeyError("bulb")
        if self.bug == "tired lamp" and not lit and self.touched and set(self.cells) == {None}:
            return self.refused("EAGAIN")
        self.lit = lit
        return Answer("done", **self.told())

    def told(self) -> dict[str, object]:
        return {"warned": self.warned, "reached": self.reached, "unused": tuple(name for name, _ in self.script)}

    def refused(self, errno: str) -> Answer:
        return Answer("refused", errno, **self.told())


@dataclass(frozen=True)
class Runs:
    """One shelf that runs."""

    shelf: Shelf
    fields: tuple[str, ...]

    def perform(
        self, action: str, args: tuple[Plain, ...], choices: tuple[Choice, ...], inject: int | None = None
    ) -> Answer:
        shelf = self.shelf
        shelf.script, shelf.reached, shelf.inject, shelf.warned = choices, (), inject, False
        match action, args:
            case "put", (int() as i, int() as p):
                return shelf.put(i, p)
            case "take", (int() as p,):
                return shelf.take(p)
            case "swap", (int() as a, int() as b):
                return shelf.swap(a, b)
            case "burn_out", ():
                return shelf.lamp(False)
            case "new_bulb", ():
                return shelf.lamp(True)
        raise AssertionError(f"no such call: {action}{args}")

    def state(self) -> tuple[Plain, ...]:
        shelf = self.shelf
        shown = {
            "on": tuple(self.cell(c) for c in shelf.cells),
            "lamp": "LIT" if shelf.lit or shelf.dirt > DIRT.get(shelf.bug, shelf.dirt) else "OFF",
            "touched": shelf.touched,
            "last": shelf.last,
        }
        return tuple(shown[name] for name in self.fields)

    @staticmethod
    def cell(content: int | str | None) -> Plain:
        if content is None:
            return None
        return ("Sticky", ()) if content == STUCK else ("Full", (content,))

    def mark(self) -> int:
        return self.shelf.journal.mark()

    def back(self, mark: int) -> None:
        self.shelf.journal.back(mark)

    def leaks(self) -> tuple[str, ...]:
        lost = self.shelf.strings - sum(1 for c in self.shelf.cells if isinstance(c, int))
        return ("string",) * lost


@dataclass(frozen=True)
class ShelfModel:
    """Binds the shelf to its spec."""

    spec: str
    bug: str = ""
    cases: tuple[Case, ...] = (
        Case("two", kernel="strict", configuration="two"),
        Case("lax", kernel="lax", configuration="one"),
        Case("wide", kernel="strict", configuration="two", sizes=("Item=3", "Place=4"), large=True),
    )
    choice_of: Mapping[str, str] = field(default_factory=lambda: CHOICES)
    beyond: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def start(self, setting: Setting, choices: tuple[Choice, ...]) -> Running:
        lit = dict(choices)["boot.lit"]
        assert isinstance(lit, bool)
        return Runs(Shelf(setting, lit, self.bug), setting.fields)


MODEL = ShelfModel(f"{Path(__file__).parent / 'shelf_spec.py'}:Shelf")
