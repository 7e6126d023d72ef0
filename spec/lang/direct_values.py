"""Values of the direct run: sets that iterate in order, sequences that know their room, maps that never change.

All of them are immutable, so that a name for a value can never see a later write.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from spec.lang.direct_universe import DirectError, SpecFault
from spec.lang.words_values import Map, Record, Sort


class Ordering(Protocol):
    """What a set or sequence needs to know of the type of its items."""

    def accept(self, value: object) -> Any:
        """The value as one of the type; SpecFault or TypeError if it is none."""

    def code(self, value: Any) -> int:
        """The place of the value in the order of the type."""


def plain_order(value: Any) -> tuple[Any, ...]:
    """An order of values whose type is not known: None first, numbers, places, then records as they are declared."""
    match value:
        case None:
            return (0,)
        case bool() | int():
            return (1, int(value))
        case Sort():
            return (1, value.index)
        case enum.Enum():
            return (1, list(type(value)).index(value))
        case Record():
            items = [getattr(value, name) for name in type(value)._names]
            return (1, type(value)._order, *(plain_order(item) for item in items))
        case frozenset():
            return (1, tuple(sorted((plain_order(v) for v in value), reverse=True)))
        case _:
            raise TypeError(f"{value!r} cannot be in a set")


class SetValue(frozenset[Any]):
    """A set that iterates in the order of its items' type; `item` is None until it meets a typed place."""

    item: Ordering | None

    def __new__(cls, values: Iterable[Any] = (), item: Ordering | None = None) -> SetValue:
        taken = list(frozenset.__iter__(values) if isinstance(values, frozenset) else values)
        made = super().__new__(cls, taken if item is None else [item.accept(v) for v in taken])
        made.item = item
        return made

    def __iter__(self) -> Iterator[Any]:
        items = list(frozenset.__iter__(self))
        if self.item is not None:
            return iter(sorted(items, key=self.item.code))
        if len({type(v) for v in items if isinstance(v, Record)}) > 1:
            raise DirectError("the order of these records is not known; annotate the local: `s: Set[T] = ...`")
        return iter(sorted(items, key=plain_order))

    def __bool__(self) -> bool:
        raise TypeError("a set has no truth value; write len(s) > 0")

    def _with(self, other: object) -> tuple[SetValue, SetValue]:
        if not isinstance(other, frozenset):
            raise TypeError(f"{other!r} is not a set")
        item = self.item if self.item is not None else getattr(other, "item", None)
        return SetValue(self, item), SetValue(other, item)

    def __or__(self, other: Any) -> SetValue:
        a, b = self._with(other)
        return SetValue(frozenset.__or__(a, b), a.item)

    def __and__(self, other: Any) -> SetValue:
        a, b = self._with(other)
        return SetValue(frozenset.__and__(a, b), a.item)

    def __sub__(self, other: Any) -> SetValue:
        a, b = self._with(other)
        return SetValue(frozenset.__sub__(a, b), a.item)

    def __repr__(self) -> str:
        return "{" + ", ".join(repr(v) for v in sorted(frozenset.__iter__(self), key=plain_order)) + "}"


class SeqValue(tuple[Any, ...]):
    """A sequence; `room` is its greatest length and `item` the type of its entries, None until it has a place."""

    item: Ordering | None
    room: int | None

    def __new__(cls, values: Iterable[Any] = (), item: Ordering | None = None, room: int | None = None) -> SeqValue:
        taken = list(values)
        made = super().__new__(cls, taken if item is None else [item.accept(v) for v in taken])
        made.item, made.room = item, room
        if room is not None and len(taken) > room:
            raise SpecFault(f"a sequence of {len(taken)} where at most {room} fit")
        return made

    def __add__(self, other: Any) -> SeqValue:
        if not isinstance(other, tuple):
            raise TypeError(f"{other!r} is not a sequence")
        item = self.item if self.item is not None else getattr(other, "item", None)
        room = self.room if self.room is not None else getattr(other, "room", None)
        return SeqValue([*self, *other], item, room)

    def __radd__(self, other: Any) -> SeqValue:
        return SeqValue([*other, *self], self.item, self.room)

    def __bool__(self) -> bool:
        raise TypeError("a sequence has no truth value; write len(s) > 0")


def piece(row: Any, low: int, low_back: bool, high: int | None, high_back: bool) -> SeqValue:
    """`row[low:high]`; a bound that is `back` is a literal that counts from the end, any other is never below 0."""
    if not isinstance(row, tuple):
        raise TypeError(f"{row!r} is not a sequence")
    if any(type(bound) is not int for bound in (low, high) if bound is not None):
        raise TypeError(f"{low!r}:{high!r} are not places in a sequence")
    if low < 0 or (high is not None and high < 0):
        raise SpecFault(f"a slice from {low} to {high}")
    end = high if high is None or not high_back else -high
    return SeqValue(tuple.__getitem__(row, slice(-low if low_back else low, end)), *_typing(row))


def from_end(row: Any, count: int) -> Any:
    """`row[-count]`; a fault where there are fewer."""
    if not isinstance(row, tuple):
        raise TypeError(f"{row!r} is not a sequence")
    if not 0 < count <= len(row):
        raise SpecFault(f"place -{count} of a sequence of {len(row)}")
    return tuple.__getitem__(row, -count)


def _typing(row: Any) -> tuple[Ordering | None, int | None]:
    return getattr(row, "item", None), getattr(row, "room", None)


class FrozenMap(Map[Any, Any]):
    """A whole map as a value; `keys` in order."""

    __slots__ = ("_entries",)

    def __init__(self, entries: dict[Any, Any]) -> None:
        self._entries = entries

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._entries[key]
        except KeyError:
            raise SpecFault(f"{key!r} is not a key of the map") from None

    def put(self, key: Any, value: object) -> FrozenMap:
        """The map with another value at one key."""
        if key not in self._entries:
            raise SpecFault(f"{key!r} is not a key of the map")
        return FrozenMap({**self._entries, key: value})

    def entries(self) -> dict[Any, Any]:
        """Keys and values, in key order; not to be changed."""
        return self._entries

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenMap) and self._entries == other._entries

    def __hash__(self) -> int:
        return hash(tuple(self._entries.values()))

    def __bool__(self) -> bool:
        raise TypeError("a map has no truth value")

    def __repr__(self) -> str:
        return repr(self._entries)
