"""Drawing small numbers for random machines.

Hypothesis draws only a seed and a scale; the rest comes from a generator of pseudo-random numbers. Drawing every
part by itself makes examples slow and, because Hypothesis likes to repeat parts of earlier ones, much alike. The
price is that a failing machine shrinks by its scale only.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Numbers and choices from a seed; `scale` 0..3 says how large machines may get."""

    def __init__(self, seed: int, scale: int) -> None:
        self._random = Random(seed)
        self.scale = scale

    def upto(self, most: int) -> int:
        """A number from 0 to `most`."""
        return self._random.randint(0, most) if most > 0 else 0

    def pick(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[self.upto(len(options) - 1)]

    def chance(self, one_in: int) -> bool:
        """True about once in that many draws."""
        return self.upto(one_in - 1) == one_in - 1
