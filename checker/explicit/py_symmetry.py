"""Canonical forms of packed states in Python: equal for the states of one orbit, and for no others.

As in `c/symmetry.h` elements are told apart by what the state says of them, and what is left open is tried in every
way; the least state that comes out is the form. What a stretch of bits says, and becomes, is remembered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from checker.explicit.layout import Layout
from checker.symmetry import Symmetry, exchange
from checker.symmetry_slots import Move, Relabelling, Slot, relabelled, shift

CHUNK = 12
"""Bits that are looked up together, or more where a sequence is longer."""

MOST_IMAGES = 2_000
"""Relabellings whose images are remembered at a time."""

LANE = 80
"""Bits for the sum of up to 2**16 hashes of 64 bits."""

ONES = (1 << 64) - 1

_Found = tuple[int, int, int]
"""What some relabellings lead to: first, at best, and how many of them to the best."""


class Forms:
    """Canonical forms under one group; the result depends on the orbit only."""

    def __init__(self, symmetry: Symmetry, layout: Layout) -> None:
        self._symmetry = symmetry
        self._layout = layout
        self._firsts = symmetry.firsts
        self._moving = [
            place
            for place, (slot, leaf) in enumerate(zip(symmetry.slots, layout.leaves, strict=True))
            if leaf.bits and (slot.keys or slot.mentions is not None)
        ]
        self._chunks = self._cut()
        moving = {place for chunk in self._chunks for place in chunk}
        self.fixed = layout.mask([place for place in range(len(layout.leaves)) if place not in moving])
        self._images: dict[Relabelling, _Image] = {}
        self._said: list[tuple[int, Sequence[int], dict[int, int]]] = [
            (layout.mask(chunk), chunk, {}) for chunk in self._chunks
        ]
        self._outer = [_Image(self, to) for to in symmetry.outer]
        self._alone = all(len(cell) == 1 for cell in symmetry.cells)
        self._home = [0] * symmetry.elements
        for number, cell in enumerate(symmetry.cells):
            for element in cell:
                self._home[element] = number

    def of(self, state: int) -> tuple[int, int]:
        """The form of a state and the size of its orbit."""
        moved = [outer.of(state) for outer in self._outer]
        if self._alone:
            best = min(moved)
            return best, self._symmetry.order // moved.count(best)
        _, best, count = _best([self._search(each, self._first_runs(each)) for each in moved])
        return best, self._symmetry.order // count

    # --- the pieces of a state ----------------------------------------------------------------------------------

    def _cut(self) -> list[list[int]]:
        """Slots in chunks; those of one sequence together, for the length says which entries count."""
        units: dict[int, list[int]] = {}
        for place in self._moving:
            slot = self._symmetry.slots[place]
            units.setdefault(slot.length if slot.length >= 0 else place, []).append(place)
        for place, unit in units.items():
            if place not in unit:
                unit.append(place)
        chunks: list[list[int]] = []
        room = 0
        for unit in units.values():
            bits = sum(self._layout.leaves[place].bits for place in unit)
            if not chunks or bits > room:
                chunks.append([])
                room = CHUNK
            chunks[-1] += unit
            room -= bits
        return chunks

    def chunks(self) -> list[tuple[int, Sequence[int]]]:
        """The mask and the slots of every chunk."""
        return [(mask, chunk) for mask, chunk, _ in self._said]

    def code(self, place: int, state: int) -> int:
        """The code of one slot."""
        leaf = self._layout.leaves[place]
        return state >> leaf.position & (1 << leaf.bits) - 1

    def says(self, slot: Slot, state: int) -> bool:
        """False for an entry past the end of its sequence."""
        return slot.length < 0 or self.code(slot.length, state) > slot.entry

    def image(self, chunk: Sequence[int], state: int, to: Relabelling) -> int:
        """What becomes of these slots."""
        total = 0
        for place in chunk:
            slot, code = self._symmetry.slots[place], self.code(place, state)
            if slot.mentions is not None and self.says(slot, state):
                code = relabelled(slot.mentions, slot.is_set, code, to)
            total |= code << self._layout.leaves[place + shift(slot.keys, to)].position
        return total

    def _image(self, to: Relabelling) -> _Image:
        found = self._images.get(to)
        if found is None:
            if len(self._images) >= MOST_IMAGES:
                self._images.clear()
            found = self._images[to] = _Image(self, to)
        return found

    # --- arrangements -------------------------------------------------------------------------------------------

    def _first_runs(self, state: int) -> list[list[int]]:
        """Cells, refined once."""
        total = 0
        for mask, chunk, known in self._said:
            part = state & mask
            said = known.get(part)
            if said is None:
                sums = [0] * self._symmetry.elements
                self._say(chunk, part, sums, self._home)
                said = known[part] = sum((one & ONES) << LANE * element for element, one in enumerate(sums))
            total += said
        sums = [total >> LANE * element & ONES for element in range(self._symmetry.elements)]
        return _apart(self._symmetry.cells, sums)

    def _refined(self, state: int, runs: Sequence[Sequence[int]]) -> list[list[int]]:
        """Runs go apart where the state says different things of their elements, in the ranks of all others."""
        ranks = [0] * self._symmetry.elements
        place = 0
        for run in runs:
            for element in run:
                ranks[element] = place
            place += len(run)
        sums = [0] * self._symmetry.elements
        for _, chunk, _ in self._said:
            self._say(chunk, state, sums, ranks)
        return _apart(runs, sums)

    def _say(self, chunk: Sequence[int], state: int, sums: list[int], ranks: Sequence[int]) -> None:
        """Adds to every element what these slots say of it, in the ranks of what else they mention."""
        for place in chunk:
            slot, code = self._symmetry.slots[place], self.code(place, state)
            items: list[tuple[int, tuple[Move, ...]]]
            if slot.mentions is None:
                items = [(code, ())] if code else []
            elif slot.is_set:
                items = [(bit, slot.mentions[bit]) for bit in range(code.bit_length()) if code >> bit & 1]
            else:
                items = [(code, slot.mentions[code])] if self.says(slot, state) else []
            for item, moves in items:
                bare = item - sum(step * (element - self._firsts[element]) for element, step in moves)
                mentioned = [element for element, _ in (*slot.keys, *moves)]
                what = (slot.base, bare, slot.is_set, *(ranks[element] for element in mentioned))
                for number, element in enumerate(mentioned):
                    sums[element] += hash((number, what)) & ONES

    # --- the search for the least -------------------------------------------------------------------------------

    def _search(self, state: int, runs: Sequence[Sequence[int]], only_first: bool = False) -> _Found:
        """All relabellings that an arrangement leaves open, or one of them.

        An element that is set apart goes first in its run, so that each relabelling is counted once. Where setting two
        elements apart leads to the same state at first, all that follows is the same for both.
        """
        while True:
            ways, split = 1, None
            for place, run in enumerate(runs):
                classes = self._classes(state, run)
                if len(classes) > 1:
                    split = place, run, classes
                    break
                ways *= math.factorial(len(run))
            if split is None:
                form = self._arranged(state, runs)
                return form, form, ways
            finer = self._refined(state, runs)
            if len(finer) == len(runs):
                break
            runs = finer
        place, run, classes = split
        parts: dict[int, _Found] = {}
        found: list[_Found] = []
        for members in classes[:1] if only_first else classes:
            rest = [element for element in run if element != members[0]]
            apart = self._refined(state, [*runs[:place], [members[0]], rest, *runs[place + 1 :]])
            first = self._search(state, apart, only_first=True)[0] if parts else None
            part = parts.get(first) if first is not None else None
            if part is None:
                part = self._search(state, apart, only_first)
                parts[part[0]] = part
            found.append((part[0], part[1], part[2] * len(members)))
        return _best(found)

    def _classes(self, state: int, run: Sequence[int]) -> list[list[int]]:
        """Elements that can simply change places, together."""
        classes: list[list[int]] = []
        for element in run:
            home = next((c for c in classes if self._is_alike(state, c[0], element)), None)
            if home is None:
                classes.append([element])
            else:
                home.append(element)
        return classes

    def _is_alike(self, state: int, one: int, two: int) -> bool:
        return self._image(exchange(self._symmetry.elements, one, two)).of(state) == state

    def _arranged(self, state: int, runs: Sequence[Sequence[int]]) -> int:
        """The state with the elements of each cell named in this order."""
        to = [0] * self._symmetry.elements
        targets = (element for cell in self._symmetry.cells for element in cell)
        for run in runs:
            for element in run:
                to[element] = next(targets)
        return self._image(tuple(to)).of(state)


def _best(found: Sequence[_Found]) -> _Found:
    """The least of all, and how many relabellings lead to it."""
    least = min(best for _, best, _ in found)
    return found[0][0], least, sum(count for _, best, count in found if best == least)


def _apart(runs: Sequence[Sequence[int]], sums: Sequence[int]) -> list[list[int]]:
    """Every run in the order of these numbers, in pieces of equal ones."""
    found: list[list[int]] = []
    for run in runs:
        last = None
        for element in sorted(run, key=sums.__getitem__):
            if sums[element] != last:
                found.append([])
                last = sums[element]
            found[-1].append(element)
    return found


class _Image:
    """One relabelling of packed states, chunk by chunk."""

    __slots__ = ("_forms", "_parts", "_to")

    def __init__(self, forms: Forms, to: Relabelling) -> None:
        self._forms = forms
        self._to = to
        self._parts: list[tuple[int, Sequence[int], dict[int, int]]] = [(m, c, {}) for m, c in forms.chunks()]

    def of(self, state: int) -> int:
        """The state after the relabelling."""
        total = state & self._forms.fixed
        for mask, chunk, known in self._parts:
            part = state & mask
            moved = known.get(part)
            if moved is None:
                moved = known[part] = self._forms.image(chunk, part, self._to)
            total |= moved
        return total
