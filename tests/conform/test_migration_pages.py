"""The pages of docs/migration are what the spec says now, well-formed, and as the kernel's table says."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from spec.uapi.migration_arcs import State
from tests.conform.arc_drawing import PLACES, drawing, mermaid
from tests.conform.arc_sets import SETS, CapabilitySet
from tests.conform.judging import table
from tests.migration_pages import PAGES, REFRESH, SHORT, files, page

LONG = {short: state.name for state, short in SHORT.items()}


def test_pages_are_what_the_spec_says() -> None:
    made = files()
    assert set(made) == {p.name for p in PAGES.iterdir()}, REFRESH
    for name, text in made.items():
        assert text == (PAGES / name).read_text(encoding="utf-8"), f"{name}: {REFRESH}"


def tables(text: str) -> dict[str, list[list[str]]]:
    """The simple tables of a page by the first word of their head."""
    found: dict[str, list[list[str]]] = {}
    lines = text.splitlines()
    rules = [n for n, line in enumerate(lines) if re.fullmatch(r"=+(  =+)+", line)]
    for top, below, bottom in zip(rules[::3], rules[1::3], rules[2::3], strict=True):
        starts = [0, *(m.end() for m in re.finditer(" +", lines[top]))]
        ends = [*starts[1:], 200]
        rows = [[line[a:b].strip() for a, b in zip(starts, ends, strict=True)] for line in lines[top + 1 : bottom]]
        assert below == top + 2
        found[rows[0][0] + " " + rows[0][-1]] = [rows[0], *rows[2:]]
    return found


def kernel_rows(chosen: CapabilitySet) -> list[dict[str, str | None]]:
    """The rows of the recorded table for a set of capabilities, between states that this set can be asked for."""
    flags = 1 + 2 * chosen.p2p + 4 * chosen.pre_copy
    (mask,) = [m for m in table().values() if m["flags"] == flags]
    names = {s.name for s in chosen.states}
    return [row for row in mask["arcs"] if row["cur"] in names and row["new"] in names]


@pytest.mark.parametrize("chosen", SETS, ids=lambda c: c.name)
def test_first_arcs_on_the_page_are_those_of_the_kernel(chosen: CapabilitySet) -> None:
    (head, *rows) = next(t for name, t in tables(page(chosen)).items() if name.startswith("current"))
    on_page = {(row[0], LONG[c]): LONG.get(cell) for row in rows for c, cell in zip(head[1:], row[1:], strict=True)}
    recorded = {(str(row["cur"]), str(row["new"])): row["next"] for row in kernel_rows(chosen)}
    assert len(chosen.states) ** 2 == len(on_page)
    assert recorded == on_page


@pytest.mark.parametrize("chosen", SETS, ids=lambda c: c.name)
def test_paths_on_the_page_are_those_of_the_kernel(chosen: CapabilitySet) -> None:
    rows = tables(page(chosen))["from data_fd"][1:]
    on_page = {(a, b): None if path == "EINVAL" else [LONG[s] for s in path.split()] for a, b, path, _, _ in rows}
    recorded = {
        (str(row["cur"]), str(row["new"])): row["path"] for row in kernel_rows(chosen) if row["cur"] != row["new"]
    }
    assert recorded == on_page


def test_paths_that_were_worked_out_by_hand() -> None:
    """Where a session ends on the way, and where it goes on (all capabilities)."""
    rows = {(r[0], r[1]): r[2:] for r in tables(page(SETS[3]))["from data_fd"][1:]}
    assert ["PC R RP S", "ends", "-1"] == rows["PRE_COPY", "STOP"]
    assert ["PC PP SC", "goes on", "-1"] == rows["PRE_COPY", "STOP_COPY"]
    assert ["SC S RE", "ends", "new"] == rows["STOP_COPY", "RESUMING"]
    assert ["RE S RP R PC", "ends", "new"] == rows["RESUMING", "PRE_COPY"]
    assert ["R RP PP", "none", "new"] == rows["RUNNING", "PRE_COPY_P2P"]
    assert ["EINVAL", "goes on", "-1"] == rows["STOP_COPY", "PRE_COPY"]


@pytest.mark.parametrize("chosen", SETS, ids=lambda c: c.name)
def test_every_arc_is_drawn_once(chosen: CapabilitySet) -> None:
    root = ElementTree.fromstring(drawing(chosen))
    space = "{http://www.w3.org/2000/svg}"
    paths = [p for p in root.iter(f"{space}path") if p.get("class") == "arc"]
    boxes = [r for r in root.iter(f"{space}rect")]
    assert len(chosen.arcs) == len(paths) == len({p.get("d") for p in paths})
    assert len(chosen.states) + 1 == len(boxes)
    arrows = [line for line in mermaid(chosen) if "-->" in line]
    assert [f"{a.name} --> {b.name}" for a, b in chosen.arcs] == [a.strip().partition(" :")[0] for a in arrows[1:]]


@pytest.mark.parametrize("chosen", SETS, ids=lambda c: c.name)
def test_no_text_is_under_another_or_outside(chosen: CapabilitySet) -> None:
    """Texts by their extent (a monospaced letter of 12 pixels is 7.2 wide), boxes by theirs."""
    root = ElementTree.fromstring(drawing(chosen))
    space = "{http://www.w3.org/2000/svg}"
    areas = []
    for text in root.iter(f"{space}text"):
        width = len(text.text or "") * (8.5 if text.get("class") == "title" else 7.3)
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        x -= {"middle": width / 2, "end": width}.get(text.get("text-anchor", ""), 0)
        areas.append((x, y - 10, x + width, y + 3))
    assert all(x >= 0 and right <= float(root.get("width", 0)) for x, _, right, _ in areas)
    for n, (left, top, right, bottom) in enumerate(areas):
        for a, b, c, d in areas[n + 1 :]:
            assert right <= a or c <= left or bottom <= b or d <= top
    for path in (p for p in root.iter(f"{space}path") if p.get("class") == "arc"):
        x1, y1, x2, y2 = (float(v) for v in re.findall(r"[\d.]+", path.get("d", "")))
        for left, top, right, bottom in areas:
            inside = min(x1, x2) < right and max(x1, x2) > left and min(y1, y2) < bottom and max(y1, y2) > top
            assert not inside, (path.get("d"), left, top)


@pytest.mark.parametrize("ends", [(State.RUNNING, State.STOP_COPY), (State.RUNNING, State.STOP)])
def test_an_arc_that_does_not_fit_the_layout_is_refused(ends: tuple[State, State]) -> None:
    """One that is aslant, and one that would pass through RUNNING_P2P."""

    class Odd(CapabilitySet):
        __slots__ = ()

        @property
        def arcs(self) -> list[tuple[State, State]]:
            return [ends]

    with pytest.raises(ValueError, match="no neighbours"):
        drawing(Odd("odd", True, True))
    assert len(set(PLACES.values())) == len(PLACES)


def test_well_formed_by_docutils_where_it_is_installed() -> None:
    core = pytest.importorskip("docutils.core")
    for chosen in SETS:
        settings = {"report_level": 1, "halt_level": 1, "file_insertion_enabled": False}
        core.publish_doctree(page(chosen), settings_overrides=settings)
