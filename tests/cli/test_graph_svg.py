"""Our own drawing: nothing overlaps, edges meet their boxes and cross no other, and Graphviz is used where it is."""

from __future__ import annotations

import itertools
import os
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from checker.explicit.graph_layers import Place, crossings
from checker.explicit.graph_picture import Edge, Node, Part, Picture, Subject
from checker.explicit.graph_svg import by_graphviz, drawn, to_svg
from checker.explicit.graph_variables import named
from spec.lang.ground import GroundMachine
from spec.lang.values import Member
from tests.cli.graphs_by_hand import by_hand, door, drawn_by

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """A rectangle of the drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def has(self, point: Point, within: float = 0.0) -> bool:
        x, y = point
        return self.left + within < x < self.right - within and self.top + within < y < self.bottom - within

    def touches(self, point: Point) -> bool:
        """True if the point is on the border, to a tenth or so."""
        return self.has(point, -0.2) and not self.has(point, 0.2)


@dataclass
class Read:
    """A drawing read back: boxes by node, texts of each group, path of each edge."""

    canvas: Area
    boxes: dict[str, Area]
    box_texts: dict[str, list[Area]]
    labels: dict[str, list[Area]]
    paths: dict[str, list[Point]]
    words: dict[str, list[str]]


def read(text: str) -> Read:
    root = ET.fromstring(text)
    found = Read(Area(0, 0, float(root.attrib["width"]), float(root.attrib["height"])), {}, {}, {}, {}, {})
    for group in root.iter(f"{SVG}g"):
        name = group.attrib["id"]
        texts = [_text_area(t) for t in group.iter(f"{SVG}text")]
        found.words[name] = [t.text or "" for t in group.iter(f"{SVG}text")]
        if (path := group.find(f"{SVG}path")) is not None:
            found.paths[name] = list(sampled(path.attrib["d"]))
            found.labels[name] = texts
        else:
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            x, y, w, h = (float(rect.attrib[k]) for k in ("x", "y", "width", "height"))
            found.boxes[name] = Area(x, y, x + w, y + h)
            found.box_texts[name] = texts
    return found


def _text_area(text: ET.Element) -> Area:
    """From the top of tall letters to below the line."""
    x, y, size = (float(text.attrib[k]) for k in ("x", "y", "font-size"))
    return Area(x, y - 0.8 * size, x + float(text.attrib["textLength"]), y + 0.2 * size)


def sampled(path: str) -> Iterator[Point]:
    """Points along a path of M, L, C and Q."""
    at: Point = (0.0, 0.0)
    for letter, numbers in re.findall(r"([MLCQ])([-\d., ]+)", path):
        values = [float(n) for n in re.findall(r"-?\d+\.\d+", numbers)]
        points = list(zip(values[::2], values[1::2], strict=True))
        assert len(points) == {"M": 1, "L": 1, "C": 3, "Q": 2}[letter]
        if letter == "M":
            yield (at := points[0])
            continue
        for step in range(1, 21):
            yield _bezier([at, *points], step / 20)
        at = points[-1]


def _bezier(points: list[Point], t: float) -> Point:
    while len(points) > 1:
        pairs = itertools.pairwise(points)
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairs]
    return points[0]


def check_geometry(text: str) -> Read:
    """Everything that makes a drawing readable."""
    found = read(text)
    for (one, a), (two, b) in itertools.combinations(found.boxes.items(), 2):
        assert not a.meets(b), (one, two)
    for name, box in found.boxes.items():
        assert found.canvas.has((box.left, box.top)) and found.canvas.has((box.right, box.bottom))
        assert all(box.has((t.left, t.top)) and box.has((t.right, t.bottom)) for t in found.box_texts[name])
        lines = found.box_texts[name]
        assert all(not a.meets(b) for a, b in itertools.combinations(lines, 2))
    labels = [(name, area) for name, areas in found.labels.items() for area in areas]
    for name, area in labels:
        assert found.canvas.has((area.left, area.top)) and found.canvas.has((area.right, area.bottom)), name
        assert not any(area.meets(box) for box in found.boxes.values()), name
    for (one, a), (two, b) in itertools.combinations(labels, 2):
        assert not a.meets(b), (one, two)
    for name, points in found.paths.items():
        source, target = name.split("-")
        assert found.boxes[source].touches(points[0]) and found.boxes[target].touches(points[-1]), name
        for other, box in found.boxes.items():
            assert not any(box.has(p, 0.2) for p in points), (name, other)
        assert all(found.canvas.has(p) for p in points)
        assert not any(area.has(p) for p in points for _, area in labels), name
    return found


@pytest.fixture
def finite(tmp_path: Path) -> GroundMachine:
    return door(tmp_path)


@pytest.mark.parametrize("words", ["now", "holder", "now,holder", ""])
def test_the_door(finite: GroundMachine, words: str) -> None:
    found = drawn_by(finite, by_hand(finite), words)
    shown = check_geometry(drawn(found))
    assert [found.node_lines(i) for i in range(len(found.nodes))] == [shown.words[n] for n in shown.boxes]
    assert {f"n{e.source}-n{e.target}" for e in found.edges} == set(shown.paths)
    assert shown.boxes["n0"].top == min(box.top for box in shown.boxes.values()), "the initial node is on top"


def test_initial_and_marked_nodes_stand_out(finite: GroundMachine) -> None:
    root = ET.fromstring(drawn(drawn_by(finite, by_hand(finite), "now", bytes([0, 0, 1, 0, 0]))))
    found = {g.attrib["id"]: r.attrib["class"] for g in root.iter(f"{SVG}g") for r in g.iter(f"{SVG}rect")}
    assert {"n0": "node initial", "n1": "node", "n2": "node marked"} == found


def some_picture(finite: GroundMachine, seed: int) -> Picture:
    """A random graph with labels of many sizes; everything is reached from the first node."""
    draw = random.Random(seed)
    count = draw.randrange(1, 25)
    (now,) = named(finite, ["now"])
    values = [Member(now.type.name, draw.choice(["S", "LONGER", "L" * 30]), 0) for _ in range(count)]  # type: ignore[union-attr]
    nodes = tuple(Node(draw.randrange(1, 10**6), int(i == 0), draw.randrange(2), (v,)) for i, v in enumerate(values))
    pairs = {(draw.randrange(i), i) for i in range(1, count)}
    pairs |= {(draw.randrange(count), draw.randrange(count)) for _ in range(draw.randrange(3 * count))}
    words = ["up", "<&>", "a_long_name_of_an_action"]
    edges = tuple(
        Edge(a, b, tuple(Part(draw.choice(words), i + 1) for i in range(draw.randrange(1, 12))))
        for a, b in sorted(pairs)
    )
    subject = Subject("random", str(seed), {"Thing": 3}, {}, {}, "break", "x")
    return Picture(subject, finite, (now,), nodes, edges, 10, 10, False)


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs(finite: GroundMachine, seed: int) -> None:
    for part in range(3):
        found = some_picture(finite, 100 * part + seed)
        shown = check_geometry(drawn(found))
        assert len(found.nodes) == len(shown.boxes) and len(found.edges) == len(shown.paths)


def test_crossings_are_counted() -> None:
    """Two by two: parallel, crossed, and from one point."""

    def count(*pairs: tuple[int, int]) -> int:
        places = [Place(0, 1, 1), Place(0, 1, 1), Place(1, 1, 1), Place(1, 1, 1)]
        for upper, lower in pairs:
            places[upper].down.append(2 + lower)
        return crossings(places, [[0, 1], [2, 3]])

    assert (0, 1, 0, 1) == (
        count((0, 0), (1, 1)),
        count((0, 1), (1, 0)),
        count((0, 0), (0, 1)),
        count((0, 0), (0, 1), (1, 0), (1, 1)),
    )


def test_the_order_is_improved(finite: GroundMachine) -> None:
    """Six pairs that are listed crosswise can be drawn without a crossing."""
    base = some_picture(finite, 1)
    nodes = tuple(Node(1, int(i == 0), 0, base.nodes[0].values) for i in range(13))
    pairs = [(0, i) for i in range(1, 7)] + [(i, 13 - i) for i in range(1, 7)]
    edges = tuple(Edge(a, b, (Part("go", 1),)) for a, b in pairs)
    boxes = check_geometry(drawn(replace(base, nodes=nodes, edges=edges))).boxes
    upper = sorted(range(1, 7), key=lambda i: boxes[f"n{i}"].left)
    lower = sorted(range(7, 13), key=lambda i: boxes[f"n{i}"].left)
    assert [13 - i for i in upper] == lower


def test_an_empty_picture_is_still_a_document(finite: GroundMachine) -> None:
    base = some_picture(finite, 1)
    assert ET.fromstring(drawn(replace(base, nodes=(), edges=()))).tag == f"{SVG}svg"


# --- Graphviz ---------------------------------------------------------------------------------------------------


def program(folder: Path, text: str) -> None:
    """A stand-in for `dot`."""
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_graphviz_draws_where_it_is_installed(
    finite: GroundMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = drawn_by(finite, by_hand(finite), "now")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert drawn(found) == to_svg(found), "without it we draw"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    program(tmp_path, 'test "$1" = -Tsvg && echo "<svg><!--" && cat && echo "--></svg>"')
    assert to_svg(found).startswith("<svg><!--\ndigraph uapicheck {")
    for broken in ("exit 3", "echo nonsense", "kill -9 $$", "echo '</svg>'; exit 1"):
        program(tmp_path, broken)
        assert drawn(found) == to_svg(found), broken
    program(tmp_path, "exec sleep 20")
    assert "" == by_graphviz("digraph {}", seconds=0.05)
