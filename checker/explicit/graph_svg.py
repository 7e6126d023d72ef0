"""Pictures as SVG: by Graphviz where its `dot` is installed, else drawn here on a layered layout."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from checker.explicit.graph_layers import GAP, Chain, Layout, layout
from checker.explicit.graph_networkx import distances
from checker.explicit.graph_picture import Edge, Picture
from checker.explicit.graph_text import INITIAL_NOTE, part_lines, to_dot

MARGIN = 24.0
NODE_SIZE, LABEL_SIZE, CAPTION_SIZE = 12.0, 11.0, 13.0
LEADING = 1.3
LOOP = 24.0
"""How far an edge from a node to itself stands out."""
STRAIGHT = 9.0
"""The last piece of an edge, so that its tip points at the box."""

STYLE = """
  text { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1b1f24 }
  .node { fill: #f4f6f8; stroke: #57606a; stroke-width: 1 }
  .initial { stroke: #1b1f24; stroke-width: 2.5 }
  .marked { fill: #f8d0cc }
  .edge { fill: none; stroke: #57606a; stroke-width: 1 }
""".strip("\n")


def to_svg(picture: Picture) -> str:
    """The picture as SVG; with Graphviz the bytes depend on its version."""
    return by_graphviz(to_dot(picture)) or drawn(picture)


def by_graphviz(text: str, seconds: float = 60.0) -> str:
    """What `dot` makes of DOT text; "" if it is not installed, fails or does not come to an end."""
    program = shutil.which("dot")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=text, capture_output=True, text=True, encoding="utf-8", timeout=seconds
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 and "</svg>" in done.stdout else ""


def text_size(lines: Sequence[str], size: float) -> tuple[float, float]:
    """Width and height of lines in a monospaced face."""
    return max((len(line) for line in lines), default=0) * size * 0.6, len(lines) * size * LEADING


def drawn(picture: Picture) -> str:
    """The picture as SVG on our own layout: every byte is settled by the picture."""
    return _Drawing(picture).document()


@dataclass(frozen=True, slots=True)
class _Box:
    """The rectangle of a node; the place in the layout also has room for its loop."""

    x: float
    y: float
    width: float
    height: float


Stop = tuple[float, float, float]
"""A vertical piece of an edge: x, and where it begins and ends."""


class _Drawing:
    """One drawing: sizes first, then the layout, then the elements."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.lines = [picture.node_lines(n) for n in range(len(picture.nodes))]
        self.loops = {e.source: e for e in picture.edges if e.source == e.target}
        self.edges = [e for e in picture.edges if e.source != e.target]
        self.sizes = [self._box_size(n) for n in range(len(picture.nodes))]
        labels = [(e.source, e.target, self._label_size(e)) for e in self.edges]
        self.layout: Layout = layout([self._room(n) for n in range(len(self.sizes))], distances(picture), labels)
        self.captions = [picture.title, f"{picture.caption}; {INITIAL_NOTE}"]
        self._measure_rows()
        self.boxes = [self._box(n) for n in range(len(self.sizes))]
        self.ports = self._ports()

    # --- sizes --------------------------------------------------------------------------------------------------

    def _box_size(self, number: int) -> tuple[float, float]:
        width, height = text_size(self.lines[number], NODE_SIZE)
        return width + 16, height + 12

    def _label_size(self, edge: Edge) -> tuple[float, float]:
        width, height = text_size(part_lines(edge), LABEL_SIZE)
        return width + 14, height

    def _room(self, number: int) -> tuple[float, float]:
        width, height = self.sizes[number]
        if number not in self.loops:
            return width, height
        label_width, label_height = text_size(part_lines(self.loops[number]), LABEL_SIZE)
        return width + LOOP + 6 + label_width, max(height, label_height)

    def _measure_rows(self) -> None:
        """The top and bottom of every row; rows with flat lines between them stand further apart."""
        places, y = self.layout.places, MARGIN + len(self.captions) * CAPTION_SIZE * LEADING + 12
        self.rows: list[tuple[float, float]] = []
        for row in self.layout.rows:
            height = max((places[n].height for n in row), default=0.0)
            self.rows.append((y, y + height))
            spread = max((abs(places[n].x - places[m].x) for n in row for m in places[n].down), default=0.0)
            y += height + 24 + min(70.0, spread * 0.06)
        self.height = (self.rows[-1][1] if self.rows else y) + MARGIN

    def _box(self, number: int) -> _Box:
        place, (width, height) = self.layout.places[number], self.sizes[number]
        top, bottom = self.rows[place.row]
        return _Box(MARGIN + place.left, (top + bottom - height) / 2, width, height)

    def _line(self, place: int) -> float:
        """Where an edge passes a place: at the left of a label, in the middle of a place without one."""
        spot = self.layout.places[place]
        return MARGIN + (spot.x if spot.height == 0 else spot.left + 3)

    def _ends(self, chain: Chain) -> tuple[float, float]:
        """Where an edge leaves the room of its first inner place towards its two ends."""
        if self._is_flat(chain):
            spot = self.layout.places[chain.label]
            near, far = MARGIN + spot.left + 1, MARGIN + spot.right - 1
            turned = self.layout.places[chain.source].x > self.layout.places[chain.target].x
            return (far, near) if turned else (near, far)
        return self._line(chain.inner[0]), self._line(chain.inner[-1])

    def _is_flat(self, chain: Chain) -> bool:
        return self.layout.places[chain.source].row == self.layout.places[chain.target].row

    def _ports(self) -> dict[tuple[int, int, bool], float]:
        """Where each edge (by place in the list, True for its source) meets its box: spread by where it comes from."""
        wanted: dict[tuple[int, bool], list[tuple[float, int, bool]]] = {}
        for number, chain in enumerate(self.layout.chains):
            for is_source, box, x in zip((True, False), (chain.source, chain.target), self._ends(chain), strict=True):
                first = self.layout.places[chain.inner[0 if is_source else -1]].row
                below = first > self.layout.places[box].row
                wanted.setdefault((box, below), []).append((x, number, is_source))
        ports: dict[tuple[int, int, bool], float] = {}
        for (box, _), several in wanted.items():
            for place, (_, number, is_source) in enumerate(sorted(several), start=1):
                ports[box, number, is_source] = self.boxes[box].x + self.boxes[box].width * place / (len(several) + 1)
        return ports

    # --- elements -----------------------------------------------------------------------------------------------

    def document(self) -> str:
        """The whole SVG text."""
        caption_width, _ = text_size(self.captions, CAPTION_SIZE)
        width = max(self.layout.width, caption_width) + 2 * MARGIN
        size = f'width="{width:.0f}" height="{self.height:.0f}" viewBox="0 0 {width:.0f} {self.height:.0f}"'
        parts = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            f"<title>{escape(self.picture.title)}</title>",
            f"<style>\n{STYLE}\n</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" fill="#57606a"/></marker></defs>',
            f'<rect width="{width:.0f}" height="{self.height:.0f}" fill="white"/>',
        ]
        y = MARGIN + CAPTION_SIZE
        parts.append(_text(self.captions, MARGIN, y, CAPTION_SIZE))
        for number, chain in enumerate(self.layout.chains):
            parts.append(self._edge(number, chain))
        parts += [self._loop(number, edge) for number, edge in self.loops.items()]
        parts += [self._node(number) for number in range(len(self.boxes))]
        return "\n".join([*parts, "</svg>", ""])

    def _node(self, number: int) -> str:
        node, box = self.picture.nodes[number], self.boxes[number]
        names = ["node", *(["initial"] if node.initial else []), *(["marked"] if node.marked else [])]
        shape = (
            f'<rect class="{" ".join(names)}" x="{box.x:.1f}" y="{box.y:.1f}" '
            f'width="{box.width:.1f}" height="{box.height:.1f}" rx="5"/>'
        )
        text = _text(self.lines[number], box.x + 8, box.y + 6 + NODE_SIZE, NODE_SIZE)
        return f'<g id="n{number}">{shape}{text}</g>'

    def _edge(self, number: int, chain: Chain) -> str:
        edge = self.edges[number]
        path = self._flat_path(number, chain) if self._is_flat(chain) else self._path(number, chain)
        spot = self.layout.places[chain.label]
        top, bottom = self.rows[spot.row]
        lines = part_lines(edge)
        _, height = text_size(lines, LABEL_SIZE)
        y = (top + bottom - height) / 2 + LABEL_SIZE
        return self._edge_group(edge, path, _text(lines, MARGIN + spot.left + 8, y, LABEL_SIZE))

    def _edge_group(self, edge: Edge, path: str, label: str) -> str:
        told = escape("\n".join(part.text for part in edge.parts))
        line = f'<path class="edge" d="{path}" marker-end="url(#tip)"/>'
        return f'<g id="n{edge.source}-n{edge.target}"><title>{told}</title>{line}{label}</g>'

    def _loop(self, number: int, edge: Edge) -> str:
        box = self.boxes[number]
        x, y, out = box.x + box.width, box.y + box.height / 2, box.x + box.width + LOOP
        path = f"M{x:.1f},{y - 7:.1f} C{out:.1f},{y - 16:.1f} {out:.1f},{y + 16:.1f} {x:.1f},{y + 7:.1f}"
        lines = part_lines(edge)
        _, height = text_size(lines, LABEL_SIZE)
        return self._edge_group(edge, path, _text(lines, out, y - height / 2 + LABEL_SIZE, LABEL_SIZE))

    def _path(self, number: int, chain: Chain) -> str:
        places = self.layout.places
        down = places[chain.inner[0]].row > places[chain.source].row
        stops: list[Stop] = [self._start(number, chain, down)]
        for inner in chain.inner:
            top, bottom = self.rows[places[inner].row]
            stops.append((self._line(inner), *((top, bottom) if down else (bottom, top))))
        stops.append(self._end(number, chain, down))
        return _smooth(stops)

    def _start(self, number: int, chain: Chain, down: bool) -> Stop:
        box, (top, bottom) = self.boxes[chain.source], self.rows[self.layout.places[chain.source].row]
        port = self.ports[chain.source, number, True]
        return (port, box.y + box.height, bottom) if down else (port, box.y, top)

    def _end(self, number: int, chain: Chain, down: bool) -> Stop:
        box, (top, bottom) = self.boxes[chain.target], self.rows[self.layout.places[chain.target].row]
        port = self.ports[chain.target, number, False]
        return (port, top - STRAIGHT, box.y) if down else (port, bottom + STRAIGHT, box.y + box.height)

    def _flat_path(self, number: int, chain: Chain) -> str:
        """Down from the source, under the label, and up into the target of the same row."""
        top, bottom = self.rows[self.layout.places[chain.label].row]
        first, last = self._ends(chain)
        low = bottom + GAP / 4
        way_down = _smooth([self._start(number, chain, True), (first, top, bottom)])
        turn = f"Q{first:.1f},{low:.1f} {(first + last) / 2:.1f},{low:.1f} Q{last:.1f},{low:.1f}"
        return f"{way_down} {turn} {_onwards([(last, bottom, top), self._end(number, chain, False)])}"


def _smooth(stops: Sequence[Stop]) -> str:
    """A path along vertical pieces, with curves that stay between the rows."""
    return "M" + _onwards(stops)


def _onwards(stops: Sequence[Stop]) -> str:
    """The path from its first point on, without the letter for how to get there."""
    x, begin, end = stops[0]
    steps = [f"{x:.1f},{begin:.1f}" + (f" L{x:.1f},{end:.1f}" if begin != end else "")]
    for nx, enter, leave in stops[1:]:
        middle = (end + enter) / 2
        steps.append(f"C{x:.1f},{middle:.1f} {nx:.1f},{middle:.1f} {nx:.1f},{enter:.1f}")
        if enter != leave:
            steps.append(f"L{nx:.1f},{leave:.1f}")
        x, end = nx, leave
    return " ".join(steps)


def _text(lines: Sequence[str], x: float, y: float, size: float) -> str:
    """Lines of text, each held to the width it was measured with, whatever face a viewer takes."""
    return "".join(
        f'<text x="{x:.1f}" y="{y + place * size * LEADING:.1f}" font-size="{size:.0f}" '
        f'textLength="{text_size([line], size)[0]:.1f}" lengthAdjust="spacingAndGlyphs">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
