"""The frames of IC3: for each level the cubes that no state within that many steps is in.

NOTE(levels): a cube of level i is out of reach for i steps, hence for fewer too, so frame i is what is left by the
cubes of all levels >= i. Each cube is kept at its highest level only. Frame 0 is the initial states and has no cubes.
Source: N. Een, A. Mishchenko, R. Brayton, Efficient implementation of property directed reachability (2011).
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.symbolic.pdr_cubes import Cube


class Frames:
    """Cubes by level; level 0 stays empty."""

    def __init__(self) -> None:
        self.levels: list[dict[Cube, frozenset[int]]] = [{}]

    @property
    def top(self) -> int:
        """The highest level."""
        return len(self.levels) - 1

    def open(self) -> None:
        """One more level."""
        self.levels.append({})

    def blocks(self, cube: Cube, level: int) -> bool:
        """Whether one cube that is blocked at this level or above contains this one."""
        literals = frozenset(cube)
        return any(known <= literals for higher in self.levels[level:] for known in higher.values())

    def add(self, cube: Cube, level: int) -> None:
        """Blocks a cube at a level; cubes that it contains are forgotten at this level and below."""
        literals = frozenset(cube)
        for lower in self.levels[1 : level + 1]:
            for known in [k for k, parts in lower.items() if literals <= parts]:
                del lower[known]
        self.levels[level][cube] = literals

    def at(self, level: int) -> Iterator[Cube]:
        """The cubes of this level and of all above it: what is left by them is its frame."""
        for higher in self.levels[level:]:
            yield from higher

    def everything(self) -> Iterator[tuple[Cube, int]]:
        """Every cube with its level."""
        for level, cubes in enumerate(self.levels):
            yield from ((cube, level) for cube in cubes)
