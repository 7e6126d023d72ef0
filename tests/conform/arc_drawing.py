"""The arcs of one capability set as SVG and as Mermaid text, on a fixed layout.

Columns: what saves, what runs or stands still, what resumes. Rows: running, quiescent, stopped. Every arc then joins
neighbours, so that no line crosses another or a box; `drawing` refuses a set of arcs for which that is not so.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from spec.uapi.migration_arcs import State
from tests.conform.arc_sets import CapabilitySet, mark

Place = tuple[int, int]
Point = tuple[float, float]

PLACES: dict[State, Place] = {
    State.PRE_COPY: (0, 0),
    State.RUNNING: (1, 0),
    State.ERROR: (2, 0),
    State.PRE_COPY_P2P: (0, 1),
    State.RUNNING_P2P: (1, 1),
    State.STOP_COPY: (0, 2),
    State.STOP: (1, 2),
    State.RESUMING: (2, 2),
}
"""Column and row; a row without a state is left out."""
KINDS = {0: "saves", 1: "plain", 2: "resumes"}

WIDTH, HEIGHT = 132.0, 38.0
COLUMN, ROW = 232.0, 104.0
LEFT, TOP = 24.0, 62.0
APART = 8.0
"""From the middle between two boxes to each of two arcs that go opposite ways."""

STYLE = """
  text { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px; fill: #1b1f24 }
  .title { font-size: 14px; font-weight: bold }
  .box { stroke: #57606a; stroke-width: 1.2 }
  .saves { fill: #dbe9f6 }
  .plain { fill: #f4f6f8 }
  .resumes { fill: #e4f0dc }
  .error { fill: #f8d0cc; stroke-dasharray: 5 3 }
  .arc { fill: none; stroke: #57606a; stroke-width: 1.4 }
""".strip("\n")
LEGEND = (
    "fd+ opens a session and returns a data file, fd- ends it, fd= keeps it",
    "blue: the state can be read out; green: a state can be written in",
)
ERROR_NOTE = ("an arc that fails may end here;", "only a reset leads out")


def drawing(chosen: CapabilitySet) -> str:
    """The picture as SVG."""
    shown = [*chosen.states, State.ERROR]
    rows = sorted({PLACES[s][1] for s in shown})
    centers = {s: _center(s, rows) for s in shown}
    height = TOP + ROW * (len(rows) - 1) + HEIGHT + 34 + 18 * len(LEGEND)
    width = LEFT * 2 + COLUMN * 2 + WIDTH + 56
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}">',
        f"<title>Migration arcs: {', '.join(chosen.capabilities)}</title>",
        f"<style>\n{STYLE}\n</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#57606a"/></marker></defs>',
        _text(LEFT, 28, f"Migration arcs: {', '.join(chosen.capabilities)}", "title"),
        *(line for s in shown for line in _box(s, centers[s])),
        *(line for a, b in chosen.arcs for line in _arc(a, b, centers)),
        *(_text(LEFT, height - 18 * (len(LEGEND) - n) + 2, text) for n, text in enumerate(LEGEND)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _center(s: State, rows: list[int]) -> Point:
    column, row = PLACES[s]
    return LEFT + WIDTH / 2 + COLUMN * column, TOP + HEIGHT / 2 + ROW * rows.index(row)


def _box(s: State, center: Point) -> list[str]:
    x, y = center
    kind = "error" if s is State.ERROR else KINDS[PLACES[s][0]]
    place = f'x="{_n(x - WIDTH / 2)}" y="{_n(y - HEIGHT / 2)}" width="{_n(WIDTH)}" height="{_n(HEIGHT)}"'
    notes = ERROR_NOTE if s is State.ERROR else ()
    return [
        f'<rect class="box {kind}" {place} rx="6"/>',
        _text(x, y + 4, s.name, anchor="middle"),
        *(_text(x, y + HEIGHT / 2 + 16 * n, note, anchor="middle") for n, note in enumerate(notes, start=1)),
    ]


def _arc(a: State, b: State, centers: dict[State, Point]) -> list[str]:
    """A line between two neighbours, on the right-hand side of its direction, with its mark beside it."""
    (ax, ay), (bx, by) = centers[a], centers[b]
    between = [s for s, c in centers.items() if s not in (a, b) and _on_segment(c, (ax, ay), (bx, by))]
    if (ax != bx and ay != by) or between:
        raise ValueError(f"{a.name} and {b.name} are no neighbours in the layout")
    dx, dy = _sign(bx - ax), _sign(by - ay)
    side_x, side_y = -dy * APART, dx * APART
    start = (ax + dx * WIDTH / 2 + side_x, ay + dy * HEIGHT / 2 + side_y)
    end = (bx - dx * WIDTH / 2 + side_x, by - dy * HEIGHT / 2 + side_y)
    line = f'<path class="arc" d="M{_n(start[0])},{_n(start[1])} L{_n(end[0])},{_n(end[1])}" marker-end="url(#tip)"/>'
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    label = mark(a, b)
    return [line, *([_label(label, middle, side_x, side_y)] if label else [])]


def _label(label: str, middle: Point, side_x: float, side_y: float) -> str:
    """Outside the pair of arcs: above or below a level one, left or right of an upright one."""
    x, y = middle
    if side_y:
        return _text(x, y - 6 if side_y < 0 else y + 14, label, anchor="middle")
    return _text(x + (6 if side_x > 0 else -6), y + 4, label, anchor="start" if side_x > 0 else "end")


def _on_segment(point: Point, one: Point, other: Point) -> bool:
    (x, y), (ax, ay), (bx, by) = point, one, other
    return min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "") -> str:
    attributes = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{_n(x)}" y="{_n(y)}"{attributes}>{escape(text)}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def mermaid(chosen: CapabilitySet) -> list[str]:
    """The arcs as the lines of a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> RUNNING"]
    for a, b in chosen.arcs:
        label = mark(a, b)
        lines.append(f"    {a.name} --> {b.name}" + (f" : {label}" if label else ""))
    return [*lines, f"    ERROR : ERROR ({' '.join(ERROR_NOTE)})"]
