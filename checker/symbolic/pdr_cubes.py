"""Cubes: what IC3 says of states, a conjunction of bits.

NOTE(cubes): a cube is a tuple of non-zero ints ordered by bit, `bit + 1` where the bit of this index is set in every
state of the cube, negated where it is clear. It stands for all typed states that agree with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.symbolic.answers import Clause

Cube = tuple[int, ...]
"""See NOTE(cubes)."""

Bits = tuple[bool, ...]
"""The bits of one state, in order."""


def cube_of(bits: Sequence[bool]) -> Cube:
    """The cube of one state."""
    return as_cube(i + 1 if value else -(i + 1) for i, value in enumerate(bits))


def as_cube(literals: Iterable[int]) -> Cube:
    """Literals in the one order that cubes have."""
    return tuple(sorted(literals, key=abs))


def outside(cube: Cube) -> Clause:
    """What is true of exactly the states that are not in the cube."""
    return tuple((abs(lit) - 1, lit < 0) for lit in as_cube(cube))
