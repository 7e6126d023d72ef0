"""Which variables a picture takes when nobody says: control first, as many as there is room for, none for nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker import slow_graph
from checker.explicit.graph_choice import choose
from checker.explicit.graph_variables import is_control
from spec.lang.frontend import load
from spec.lang.ground import GroundMachine, ground

CLOCK = '''\
"""A clock with drawers."""
from enum import Enum, auto
from typing import Annotated
from spec.lang import *


class Mode(Enum): A = auto(); B = auto(); C = auto()
class Drawer(Sort, size=2): "A drawer."


class Clock(Spec):
    """Every part moves by itself, but `shadow` follows `mode` and `still` stays False."""
    mark: Ghost[bool] = False
    still: bool = False
    mode: Mode = Mode.A
    shadow: bool = False
    drawers: Map[Drawer, Mode] = everywhere(Mode.A)
    count: Annotated[int, Bounds(0, 3)] = 0

    @kernel
    def tick(self) -> None:
        self.mode = Mode.B if self.mode is Mode.A else Mode.C if self.mode is Mode.B else Mode.A
        self.shadow = self.mode is Mode.B
        self.still = False

    @kernel
    def toggle(self) -> None:
        self.mark = not self.mark

    @kernel
    def put(self, d: Drawer, m: Mode) -> None:
        self.drawers[d] = m

    @kernel
    def up(self) -> None:
        require(self.count < 3)
        self.count += 1
'''
CONTROL = (
    "    still: bool = False\n",
    "    mode: Mode = Mode.A\n",
    "    shadow: bool = False\n",
    "    mark: Ghost[bool] = False\n",
)
TICK = CLOCK[CLOCK.index("    @kernel\n    def tick") : CLOCK.index("    @kernel\n    def put")]


def without(text: str, *pieces: str) -> str:
    for piece in pieces:
        assert piece in text
        text = text.replace(piece, "")
    return text


DRAWERS = without(CLOCK, TICK, *CONTROL)
PUT = DRAWERS[DRAWERS.index("    @kernel\n    def put") : DRAWERS.index("    @kernel\n    def up")]
COUNT = without(DRAWERS, PUT, "    drawers: Map[Drawer, Mode] = everywhere(Mode.A)\n")


def clock(folder: Path, text: str) -> GroundMachine:
    (folder / "clock.py").write_text(text)
    return ground(load(f"{folder}/clock.py"))


@pytest.mark.parametrize(
    ("text", "most", "names"),
    [
        # 3 modes, twice that with the ghost, 9 times with the drawers: 3 * 2 * 9 * 4 states in all.
        (CLOCK, 54, ["mark", "mode", "drawers[d0]", "drawers[d1]"]),
        (CLOCK, 30, ["mode", "drawers[d0]", "drawers[d1]"]),
        (CLOCK, 26, ["mark", "mode"]),
        (CLOCK, 5, ["mode"]),
        (CLOCK, 2, ["shadow"]),
        (CLOCK, 1, []),
        (DRAWERS, 35, ["drawers[d0]", "drawers[d1]"]),
        (DRAWERS, 8, ["drawers[d0]"]),
        (DRAWERS, 2, []),
        (COUNT, 3, []),
        (COUNT, 4, ["count"]),
    ],
)
def test_what_is_chosen(tmp_path: Path, text: str, most: int, names: list[str]) -> None:
    finite = clock(tmp_path, text)
    assert names == [v.name for v in choose(slow_graph.state_graph(finite, {}), finite, most)]


def test_data_is_taken_where_no_control_fits(tmp_path: Path) -> None:
    """Two counters of four values each: one fits."""
    text = COUNT.replace("    count:", "    more: Annotated[int, Bounds(0, 3)] = 0\n    count:")
    text += "\n    @kernel\n    def further(self) -> None:\n        require(self.more < 3)\n        self.more += 1\n"
    finite = clock(tmp_path, text)
    assert ["more"] == [v.name for v in choose(slow_graph.state_graph(finite, {}), finite, 15)]


def test_a_small_graph_shows_what_varies(tmp_path: Path) -> None:
    """All 216 states fit; `still` is written and never varies."""
    finite = clock(tmp_path, CLOCK)
    found = choose(slow_graph.state_graph(finite, {}), finite, 216)
    assert ["mark", "mode", "shadow", "drawers[d0]", "drawers[d1]", "count"] == [v.name for v in found]


def test_of_what_a_process_keeps_only_where_it_is_counts(tmp_path: Path) -> None:
    finite = clock(tmp_path, CLOCK)
    fields = {name: replace(decl, hidden=True) for name, decl in finite.machine.fields.items()}
    process = replace(finite, machine=replace(finite.machine, fields=fields))
    assert ["mark", "still", "mode", "shadow", "drawers"] == [n for n in finite.fields if is_control(finite, n)]
    assert ["mode", "drawers"] == [n for n in finite.fields if is_control(process, n)]
