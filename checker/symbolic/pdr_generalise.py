"""From a cube that is out of reach to a larger one: literals are dropped as long as no step leads into what is left.

NOTE(start): a cube that meets the initial states must never be blocked, whatever the question about steps says.
Source: A. Bradley, SAT-based model checking without unrolling (2011).
"""

from __future__ import annotations

from collections import Counter

from checker.symbolic.pdr_cubes import Cube, as_cube
from checker.symbolic.pdr_relation import Relation
from checker.symbolic.pdr_starts import Starts


class Generaliser:
    """Makes cubes larger. `used` counts how often a literal was kept; what is kept rarely is dropped first."""

    def __init__(self, relation: Relation, starts: Starts) -> None:
        self.relation = relation
        self.starts = starts
        self.used: Counter[int] = Counter()

    def blocked(self, level: int, cube: Cube) -> Cube | None:
        """For a cube that meets no initial state: a part of it that no step from the frame of this level leads into,
        None where a step leads into the cube itself."""
        part = self.relation.into(level, cube)
        return None if part is None else self._apart(cube, part)

    def enlarge(self, level: int, cube: Cube) -> Cube:
        """Drops literals of a cube that `blocked` gave at this level while it stays blocked."""
        for lit in sorted(cube, key=lambda lit: self.used[lit]):
            fewer = tuple(other for other in cube if other != lit)
            if lit in cube and not self.starts.meets(fewer):
                smaller = self.blocked(level, fewer)
                cube = cube if smaller is None else smaller
        self.used.update(cube)
        return cube

    def _apart(self, cube: Cube, part: Cube) -> Cube:
        """The part, and what of the cube keeps it apart from the initial states."""
        if not self.starts.meets(part):
            return part
        return as_cube({*part, *self.starts.apart(cube)})
