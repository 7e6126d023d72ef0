"""A layered layout for a directed graph: boxes in rows by distance, labels in rows between, nothing overlaps.

The method is that of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures"
(IEEE SMC 11, 1981): an edge that passes a row gets a place in it, orders are improved row by row by barycentres, and
coordinates are least squares under the distances to be kept, solved by pooling adjacent violators.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

GAP = 22.0
"""Between two things in one row."""

SWEEPS = 24
CROWDED = 4_000
"""With more places than this the order is improved less often."""


@dataclass(slots=True)
class Place:
    """Something in a row: a box, a label, or room for an edge that passes. `x` is its centre."""

    row: int
    width: float
    height: float
    up: list[int] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    x: float = 0.0

    @property
    def left(self) -> float:
        """The left border."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """The right border."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Chain:
    """The places of an edge from `source` to `target`, both left out; `label` is the one for its label."""

    source: int
    target: int
    inner: tuple[int, ...]
    label: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Places by number, the boxes first; rows from top to bottom, in order from left to right; chains as edges."""

    places: list[Place]
    rows: list[list[int]]
    chains: list[Chain]
    width: float


Size = tuple[float, float]


def layout(boxes: Sequence[Size], layers: Sequence[int], edges: Sequence[tuple[int, int, Size]]) -> Layout:
    """Places boxes (width, height) in layers and edges (source, target, size of the label) between them.

    No edge joins a box with itself or leads down by more than one layer, which is so for distances from a start.
    Layer k is row 2k; labels have the odd rows. An edge inside a layer has its label in the row below.
    """
    places = [Place(2 * layer, *size) for size, layer in zip(boxes, layers, strict=True)]
    chains = [_chain(places, source, target, size) for source, target, size in edges]
    rows = _ordered(places)
    _place(places, rows)
    left = min((p.left for p in places), default=0.0)
    for place in places:
        place.x -= left
    return Layout(places, rows, chains, max((p.right for p in places), default=0.0))


def _chain(places: list[Place], source: int, target: int, size: Size) -> Chain:
    top, bottom = places[source].row, places[target].row
    if top == bottom:
        return Chain(source, target, (label := _add(places, top + 1, size, [source, target]),), label)
    upper, lower = (source, target) if top < bottom else (target, source)
    first, last = places[upper].row, places[lower].row
    middle = (first + last) // 2
    labelled = middle if middle % 2 else middle + 1
    above = upper
    inner: list[int] = []
    for row in range(first + 1, last):
        above = _add(places, row, size if row == labelled else (6.0, 0.0), [above])
        inner.append(above)
    places[above].down.append(lower)
    places[lower].up.append(above)
    ordered = inner if upper == source else inner[::-1]
    return Chain(source, target, tuple(ordered), inner[labelled - first - 1])


def _add(places: list[Place], row: int, size: Size, above: list[int]) -> int:
    number = len(places)
    places.append(Place(row, *size, up=list(above)))
    for upper in above:
        places[upper].down.append(number)
    return number


# --- the order in each row --------------------------------------------------------------------------------------


def _ordered(places: Sequence[Place]) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(1 + max((p.row for p in places), default=-1))]
    for number, place in enumerate(places):
        rows[place.row].append(number)
    best, fewest = [list(row) for row in rows], crossings(places, rows)
    for sweep in range(SWEEPS if len(places) <= CROWDED else 4):
        if not fewest:
            break
        _sweep(places, rows, downwards=sweep % 2 == 0)
        now = crossings(places, rows)
        if now < fewest:
            best, fewest = [list(row) for row in rows], now
    return best


def _sweep(places: Sequence[Place], rows: list[list[int]], *, downwards: bool) -> None:
    """Sorts every row by the mean position of what it is joined to in the row before."""
    position = {number: i for row in rows for i, number in enumerate(row)}
    for row in rows if downwards else reversed(rows):
        key = {n: _mean(position, places[n].up if downwards else places[n].down, position[n]) for n in row}
        row.sort(key=key.__getitem__)
        position.update((number, i) for i, number in enumerate(row))


def _mean(position: dict[int, int], joined: Sequence[int], otherwise: int) -> float:
    return sum(position[n] for n in joined) / len(joined) if joined else float(otherwise)


def crossings(places: Sequence[Place], rows: Sequence[Sequence[int]]) -> int:
    """How many pairs of edges cross between adjacent rows."""
    position = {number: i for row in rows for i, number in enumerate(row)}
    total = 0
    for row in rows:
        ends: list[int] = []
        for number in row:
            mine = sorted(position[n] for n in places[number].down)
            total += sum(len(ends) - bisect_left(ends, end + 1) for end in mine)
            for end in mine:
                insort(ends, end)
    return total


# --- coordinates ------------------------------------------------------------------------------------------------


def _place(places: list[Place], rows: Sequence[Sequence[int]]) -> None:
    for turn in range(8):
        for row in rows if turn % 2 == 0 else reversed(rows):
            wanted = {n: _wanted(places, places[n].up if turn % 2 == 0 else places[n].down) for n in row}
            _settle(places, row, {n: x for n, x in wanted.items() if x is not None})
    for row in rows:
        wanted = {n: _wanted(places, [*places[n].up, *places[n].down]) for n in row}
        _settle(places, row, {n: x for n, x in wanted.items() if x is not None})


def _wanted(places: Sequence[Place], joined: Iterable[int]) -> float | None:
    xs = [places[n].x for n in joined]
    return sum(xs) / len(xs) if xs else None


def _settle(places: list[Place], row: Sequence[int], wanted: dict[int, float]) -> None:
    """Moves a row as near as can be to the wanted places without changing its order or going below the gaps."""
    offsets, offset = [], 0.0
    for before, number in zip([None, *row], row, strict=False):
        if before is not None:
            offset += (places[before].width + places[number].width) / 2 + GAP
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for number, shift in zip(row, offsets, strict=True):
        pools.append((wanted.get(number, places[number].x) - shift, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (high, many), (low, few) = pools[-2], pools[-1]
            pools[-2:] = [((high * many + low * few) / (many + few), many + few)]
    base = [value for value, count in pools for _ in range(count)]
    for number, shift, start in zip(row, offsets, base, strict=True):
        places[number].x = start + shift
