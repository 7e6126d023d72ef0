"""The group of relabellings that a search may use: symmetric sorts, cut down to what leaves the constants alone.

NOTE(group): within a cell every permutation is in the group. `outer` has one relabelling per way in which cells may
change places; the group is every outer one followed by every one within the cells.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.symmetric_sorts import symmetric_sorts
from checker.symmetry_slots import Relabelling, Slot, Slots, hidden, image, named
from spec.lang.ground import GroundMachine
from spec.lang.values import leaves

MAX_OUTER = 120
"""With more ways for cells to change places than this, they stay where they are."""

MAX_ORDER = 1 << 31
"""The largest group: the numbers of states in 2**32 orbits still fit into 64 bits."""

MAX_ELEMENTS, MAX_SLOTS = 512, 1024
"""Engines have room for as many elements; states with more slots are not relabelled."""

SMALL_ORDER = 8
"""Up to this many relabellings all are tried in turn, which is faster than telling elements apart."""


@dataclass(frozen=True, slots=True)
class Symmetry:
    """The group of one machine at one choice of constants, and the slots of its states, fields in order."""

    sorts: dict[str, int]
    elements: int
    cells: tuple[tuple[int, ...], ...]
    outer: tuple[Relabelling, ...]
    slots: tuple[Slot, ...]

    @property
    def order(self) -> int:
        """How many relabellings there are."""
        return len(self.outer) * math.prod(math.factorial(len(cell)) for cell in self.cells)

    @property
    def firsts(self) -> tuple[int, ...]:
        """For each element the first one of its sort."""
        starts = sorted(self.sorts.values())
        return tuple(max(start for start in starts if start <= element) for element in range(self.elements))

    @property
    def names(self) -> tuple[str, ...]:
        """The sorts with elements that change places."""
        moved = {e for cell in self.cells if len(cell) > 1 for e in cell}
        moved |= {e for outer in self.outer for e, target in enumerate(outer) if e != target}
        return tuple(sorted(name for name, first in self.sorts.items() if first in {self.firsts[e] for e in moved}))

    @property
    def identity(self) -> Relabelling:
        """The relabelling that changes nothing."""
        return tuple(range(self.elements))

    def relabellings(self) -> Iterator[Relabelling]:
        """The whole group."""
        inner = [itertools.permutations(cell) for cell in self.cells]
        for orders in itertools.product(*inner):
            within = list(range(self.elements))
            for cell, order in zip(self.cells, orders, strict=True):
                for element, target in zip(cell, order, strict=True):
                    within[element] = target
            for outer in self.outer:
                yield tuple(within[target] for target in outer)


def symmetry_of(ground: GroundMachine, constants: Mapping[str, Sequence[int]]) -> Symmetry | None:
    """The relabellings of symmetric sorts that leave the constants (codes per slot) as they are; None for none."""
    sorts = usable_sorts(ground)
    if sum(len(leaves(field.type, ground)) for field in ground.fields.values()) > MAX_SLOTS:
        return None
    while sorts and sum(ground.sizes[name] for name in sorts) <= MAX_ELEMENTS:
        found = _group(ground, constants, sorts)
        if found.order <= MAX_ORDER:
            return found if found.order > 1 else None
        sorts.remove(max(sorts, key=lambda name: ground.sizes[name]))
    return None


def usable_sorts(ground: GroundMachine) -> list[str]:
    """Symmetric sorts with something to exchange, in whose codes elements can be found."""
    kinds = [f.type for f in ground.fields.values()] + [c.type for c in ground.constants.values()]
    met = {name for kind in kinds for name in named(kind, ground)}
    lost = {name for kind in kinds for name in hidden(kind, ground)}
    found = symmetric_sorts(ground)
    return [name for name, size in ground.sizes.items() if size > 1 and name in (found & met) - lost]


def _group(ground: GroundMachine, constants: Mapping[str, Sequence[int]], sorts: Sequence[str]) -> Symmetry:
    sizes = [ground.sizes[name] for name in sorts]
    first = dict(zip(sorts, itertools.accumulate(sizes, initial=0), strict=False))
    slots = Slots(ground, first)
    rigid = slots.row(c.type for c in ground.constants.values())
    codes = tuple(code for name in ground.constants for code in constants[name])
    fixes = functools.partial(_fixes, rigid, codes)
    members = [range(first[name], first[name] + ground.sizes[name]) for name in sorts]
    cells = [_cells(row, sum(sizes), fixes) for row in members]
    states = slots.row(f.type for f in ground.fields.values())
    outer = tuple(to for to in _exchanges(cells, sum(sizes)) if fixes(to))
    if len(outer) > MAX_OUTER:
        outer = (tuple(range(sum(sizes))),)
    found = Symmetry(first, sum(sizes), tuple(cell for row in cells for cell in row), outer, states)
    if found.order > SMALL_ORDER:
        return found
    alone = tuple((element,) for element in range(found.elements))
    return replace(found, cells=alone, outer=tuple(sorted(found.relabellings())))


def _fixes(slots: tuple[Slot, ...], codes: tuple[int, ...], to: Relabelling) -> bool:
    return image(slots, codes, to) == codes


def _cells(row: range, elements: int, fixes: functools.partial[bool]) -> list[tuple[int, ...]]:
    """Elements any two of which may change places with all others staying; this is an equivalence."""
    cells: list[list[int]] = []
    for element in row:
        home = next((cell for cell in cells if fixes(exchange(elements, cell[0], element))), None)
        if home is None:
            cells.append([element])
        else:
            home.append(element)
    return [tuple(cell) for cell in cells]


def exchange(elements: int, one: int, two: int) -> Relabelling:
    """Two elements change places."""
    to = list(range(elements))
    to[one], to[two] = two, one
    return tuple(to)


def _exchanges(cells: Sequence[Sequence[tuple[int, ...]]], elements: int) -> list[Relabelling]:
    """Every way in which cells of one sort and size may change places, members in order; the identity first."""
    alike = [[c for c in row if len(c) == n] for row in cells for n in sorted({len(c) for c in row})]
    if math.prod(math.factorial(len(group)) for group in alike) > 64 * MAX_OUTER:
        return [tuple(range(elements))]
    found: list[Relabelling] = []
    for orders in itertools.product(*(itertools.permutations(group) for group in alike)):
        to = list(range(elements))
        for group, order in zip(alike, orders, strict=True):
            for cell, target in zip(group, order, strict=True):
                for element, goal in zip(cell, target, strict=True):
                    to[element] = goal
        found.append(tuple(to))
    return found
