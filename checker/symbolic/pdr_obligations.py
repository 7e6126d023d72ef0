"""Proof obligations: cubes that lead to something broken, and the level at which each has to be blocked next."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count

from checker.symbolic.circuit import Lit
from checker.symbolic.pdr_cubes import Cube


@dataclass(frozen=True, slots=True)
class Obligation:
    """From every state of `cube` the step of `inputs` is valid and leads into the cube of `target`.

    Without a target the states break something: with `inputs` by that step, without inputs by themselves.
    """

    cube: Cube
    inputs: dict[Lit, bool] | None = None
    target: Obligation | None = None


class Agenda:
    """Obligations by level, lowest first; among equals the one that came last."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Obligation]] = []
        self._number = count()

    def push(self, level: int, obligation: Obligation) -> None:
        """An obligation to block its cube at a level."""
        heapq.heappush(self._heap, (level, -next(self._number), obligation))

    def pop(self) -> tuple[int, Obligation]:
        """The next obligation with its level."""
        level, _, obligation = heapq.heappop(self._heap)
        return level, obligation

    def clear(self) -> None:
        """Forgets all of them."""
        self._heap.clear()

    def __bool__(self) -> bool:
        return bool(self._heap)
