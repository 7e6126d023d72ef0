"""C3: the one order in which a class and its bases are asked for a method, the same as Python's.

Source: Barrett et al., "A Monotonic Superclass Linearization for Dylan", OOPSLA 1996.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

C = TypeVar("C", bound=Hashable)


class InconsistentOrder(ValueError):
    """No order keeps that of every class's own list of bases."""


def linearize(start: C, bases: Callable[[C], Sequence[C]]) -> tuple[C, ...]:
    """`start` first, every class before its bases, bases in their written order. Raises InconsistentOrder.

    The bases must not form a cycle.
    """
    return _order(start, bases, {})


def _order(start: C, bases: Callable[[C], Sequence[C]], known: dict[C, tuple[C, ...]]) -> tuple[C, ...]:
    if start not in known:
        direct = list(bases(start))
        queues = [list(_order(base, bases, known)) for base in direct]
        known[start] = (start, *_merge([*queues, direct]))
    return known[start]


def _merge(queues: list[list[C]]) -> list[C]:
    merged: list[C] = []
    queues = [queue for queue in queues if queue]
    while queues:
        behind = {item for queue in queues for item in queue[1:]}
        head = next((queue[0] for queue in queues if queue[0] not in behind), None)
        if head is None:
            raise InconsistentOrder("no order keeps that of every list of bases")
        merged.append(head)
        queues = [rest for queue in queues if (rest := queue[1:] if queue[0] == head else queue)]
    return merged
