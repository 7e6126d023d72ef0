"""Values of a machine without sizes: leaves, records and unions by case, sets and sequences by what is in them, maps.

NOTE(sequences): a sequence is seen as the set of its entries, a rank for each (what comes first has the smaller one),
its length, and whether it has an entry twice. What the ranks are is left open; two different entries differ in rank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from checker.symbolic.unsized_terms import (
    Leaf,
    Number,
    Outside,
    Truth,
    choose,
    choose_truth,
    conj,
    disj,
    implies,
    key_of,
    same,
)
from spec.lang.machine import RecordDecl
from spec.lang.types import OptionType, RecordType, Type, UnionType

Case = tuple[str, tuple[Type, ...]]
"""A case of a type: the name of a record with the types of its fields, "" for None, "." for the plain item."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A record, union or option: which case of its type it is, and the items of each case that it may be."""

    tag: Number
    parts: tuple[tuple[Value, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set, by the question what is in it."""

    has: Callable[[Value], Truth]
    known_empty: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence of elements of an open sort; see NOTE(sequences). `single` is true only if no entry stands twice."""

    has: Callable[[Leaf], Truth]
    rank: Callable[[Leaf], Number]
    size: Callable[[], Number]
    single: Callable[[], Truth]
    known_empty: bool = False


@dataclass(slots=True)
class Table:
    """A map, by the question what stands at a key; answers are kept in `memo`, as long as the facts behind them."""

    look: Callable[[tuple[Leaf, ...]], Value]
    memo: dict[object, object]

    def at(self, keys: tuple[Leaf, ...]) -> Value:
        """The entry at these keys."""
        place = (id(self), *(key_of(k) for k in keys))
        found = self.memo.get(place)
        if found is None:
            # what the place was made of has to stay, for Z3 and Python use the numbers of what is gone again
            found = self.memo[place] = (self, keys, self.look(keys))
        assert isinstance(found, tuple)
        value: Value = found[2]
        return value


Value: TypeAlias = Leaf | Sum | SetOf | Row | Table | None
"""None stands for what a function without result gives."""


def empty_row() -> Row:
    """No entries."""
    return Row(lambda _: False, lambda _: 0, lambda: 0, lambda: True, known_empty=True)


def empty_set() -> SetOf:
    """Nothing in it."""
    return SetOf(lambda _: False, known_empty=True)


def cases(kind: Type, records: dict[str, RecordDecl]) -> tuple[Case, ...] | None:
    """The cases of a record, union or option; None for other types."""
    match kind:
        case RecordType(name):
            return ((name, tuple(t for _, t in records[name].fields)),)
        case UnionType(names):
            return tuple((n, tuple(t for _, t in records[n].fields)) for n in names)
        case OptionType(item):
            inner = cases(item, records)
            return (("", ()), *(inner if inner is not None else ((".", (item,)),)))
        case _:
            return None


def convert(value: Value, source: Type, target: Type, records: dict[str, RecordDecl]) -> tuple[Value, Truth]:
    """The value of the one type seen as the other, and where that goes wrong: where it is a case that is missing there.

    Where it goes wrong the value is any; it is None where it goes wrong for sure.
    """
    there, here = cases(target, records), cases(source, records)
    if value is None:
        value, here = Sum(0, ((),)), (("", ()),)
    if not isinstance(value, Sum):
        if there is None:
            return value, False
        return Sum(1, (None, (value,))), False
    assert here is not None, "a plain value has no cases"
    if there is None:
        part = value.parts[-1]
        wrong = disj(same(value.tag, i) for i, (name, _) in enumerate(here) if name != ".")
        return (None if part is None else part[0]), wrong
    places = {name: i for i, (name, _) in enumerate(there)}
    tag: Number = 0
    parts: list[tuple[Value, ...] | None] = [None] * len(there)
    bad: list[Truth] = []
    for i, (name, _) in enumerate(here):
        if name in places:
            found = choose(same(value.tag, i), places[name], tag)
            tag = found
            parts[places[name]] = value.parts[i]
        else:
            bad.append(same(value.tag, i))
    return Sum(tag, tuple(parts)), disj(bad)


def equal(left: Value, right: Value) -> Truth:
    """True where two values of one type are equal; not for sets, maps and sequences."""
    match left, right:
        case Sum(first, ones), Sum(second, others):
            parts = [
                implies(same(first, i), conj(equal(a, b) for a, b in zip(one, other, strict=True)))
                for i, (one, other) in enumerate(zip(ones, others, strict=True))
                if one is not None and other is not None
            ]
            return conj([same(first, second), *parts])
        case (Table() | SetOf() | Row() | None, _) | (_, Table() | SetOf() | Row() | None):
            raise Outside(f"whole sets, sequences or maps are compared: {type(left).__name__}, {type(right).__name__}")
        case Sum(), _:
            raise AssertionError("a record is compared with a plain value")
        case _:
            assert not isinstance(right, Sum)
            return same(left, right)


def pick(test: Truth, then: Value, other: Value) -> Value:
    """`then if test else other`, for values of one type."""
    if isinstance(test, bool):
        return then if test else other
    if then is other:
        return then
    match then, other:
        case None, _:
            return other
        case _, None:
            return then
        case Sum(first, ones), Sum(second, others):
            tag = choose(test, first, second)
            return Sum(tag, tuple(_pick_part(test, a, b) for a, b in zip(ones, others, strict=True)))
        case SetOf(), SetOf():
            return SetOf(lambda v: choose_truth(test, then.has(v), other.has(v)))
        case Row(), Row():
            return pick_row(test, then, other)
        case Table(), Table():
            return Table(lambda keys: pick(test, then.at(keys), other.at(keys)), then.memo)
        case _:
            assert not isinstance(then, Sum | SetOf | Row | Table) and not isinstance(other, Sum | SetOf | Row | Table)
            return choose(test, then, other)


def _pick_part(
    test: Truth, then: tuple[Value, ...] | None, other: tuple[Value, ...] | None
) -> tuple[Value, ...] | None:
    if then is None or other is None:
        return other if then is None else then
    return tuple(pick(test, a, b) for a, b in zip(then, other, strict=True))


def pick_row(test: Truth, then: Row, other: Row) -> Row:
    """One of two sequences."""
    return Row(
        lambda x: choose_truth(test, then.has(x), other.has(x)),
        lambda x: choose(test, then.rank(x), other.rank(x)),
        lambda: choose(test, then.size(), other.size()),
        lambda: choose_truth(test, then.single(), other.single()),
    )


def written(base: Table, keys: tuple[Leaf, ...], value: Value) -> Table:
    """The map with another entry at these keys."""

    def look(at: tuple[Leaf, ...]) -> Value:
        hit = conj(same(a, k) for a, k in zip(at, keys, strict=True))
        if hit is True:
            return value
        return base.at(at) if hit is False else pick(hit, value, base.at(at))

    return Table(look, base.memo)


def leaves(value: Value) -> list[Leaf]:
    """The leaves that a plain value consists of; those of all its cases."""
    match value:
        case None:
            return []
        case Sum(tag, parts):
            return [tag, *(leaf for part in parts if part is not None for item in part for leaf in leaves(item))]
        case SetOf() | Row() | Table():
            raise Outside("a whole set, sequence or map is carried into a comprehension")
        case _:
            return [value]
