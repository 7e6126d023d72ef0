"""Sequences for any size: one more entry at the end, one entry out, and whether there is none."""

from __future__ import annotations

from collections.abc import Callable

from checker.symbolic.unsized_scene import Frame
from checker.symbolic.unsized_terms import (
    Leaf,
    Number,
    Outside,
    Truth,
    at_most,
    choose,
    conj,
    disj,
    implies,
    is_same,
    less,
    neg,
    same,
    total,
)
from checker.symbolic.unsized_values import Row, SetOf, Value
from checker.symbolic.unsized_world import World
from spec.lang.types import SeqType, SortType, Type

SEQUENCES = "a sequence is seen as its set of entries with ranks, its length, and whether an entry stands twice"


def comes_before(world: World, row: Row, first: Leaf, then: Leaf) -> Truth:
    """True where the one entry stands before the other; two different entries never have one rank."""
    if is_same(first, then):
        return False
    one, two = row.rank(first), row.rank(then)
    apart = implies(conj([row.has(first), row.has(then), neg(same(first, then))]), neg(same(one, two)))
    world.facts.say(apart, "entries of a sequence differ in rank")
    return less(one, two)


def appended(world: World, row: Row, item: Leaf, kind: SeqType, frame: Frame) -> Row:
    """`row + (item,)`."""
    world.used(SEQUENCES)
    facts, sort = world.facts, sort_of(kind)
    if not world.is_open(sort):
        raise Outside(f"a sequence of elements of {sort}, which is a sort with a size")
    name, scope = facts.fresh("appended"), frame.scope

    def rank(x: Leaf) -> Number:
        top = facts.number(f"{name}.top", scope)
        if name not in facts.cache:
            facts.cache[name] = name
            below = lambda terms: implies(row.has(terms[0]), less(row.rank(terms[0]), top))  # noqa: E731
            facts.say_all((sort,), below, "what is appended comes last")
        found = choose(conj([same(x, item), neg(row.has(item))]), top, row.rank(x))
        assert isinstance(found, int) or not isinstance(found, bool)
        return found

    return Row(
        lambda x: disj([row.has(x), same(x, item)]),
        rank,
        lambda: total([row.size(), 1]),
        lambda: conj([row.single(), neg(row.has(item))]),
    )


def without_item(world: World, row: Row, item: Leaf, frame: Frame) -> Row:
    """The sequence without every entry equal to the item, the others keeping their order."""
    world.used(SEQUENCES)
    facts = world.facts
    name, scope = facts.fresh("removed"), frame.scope

    def size() -> Number:
        left = facts.number(f"{name}.size", scope)
        before, had = row.size(), row.has(item)
        facts.say(at_most(0, left), "a length is not negative")
        facts.say(implies(neg(had), same(left, before)), "without an entry that is not there nothing changes")
        facts.say(implies(had, less(left, before)), "without an entry there are fewer")
        one = conj([had, row.single()])
        facts.say(implies(one, same(total([left, 1]), before)), "without an entry that stands once there is one fewer")
        return left

    def single() -> Truth:
        found = facts.truth(f"{name}.single", scope)
        facts.say(implies(row.single(), found), "what is left of a sequence without repetition has none")
        return found

    return Row(lambda x: conj([row.has(x), neg(same(x, item))]), row.rank, size, single)


def row_equal(left: Row, right: Row, where: str) -> Truth:
    """True where two sequences are equal, one of which is empty for sure."""
    if left.known_empty or right.known_empty:
        return same(left.size(), right.size())
    raise Outside(f"{where}: two sequences are compared, each of which may have entries")


def set_equal(world: World, left: SetOf, right: SetOf, item: Type) -> Truth:
    """True where two sets are equal."""
    facts = world.facts
    name = facts.fresh("equal")
    found = facts.truth(name)
    differs: list[Truth] = []
    for place, (sorts, build) in enumerate(world.shapes(item)):

        def alike(terms: tuple[Leaf, ...], build: Callable[[tuple[Leaf, ...]], Value] = build) -> Truth:
            return same(left.has(build(terms)), right.has(build(terms)))

        facts.say_all(sorts, alike, "equal sets have equal items", found)
        where = tuple(facts.element(f"{name}.{place}.{i}", (), sort) for i, sort in enumerate(sorts))
        differs.append(neg(alike(where)))
    facts.say(disj([found, *differs]), "sets that differ do so in some item")
    return found


def sort_of(kind: SeqType) -> str:
    """The sort of the entries."""
    if not isinstance(kind.item, SortType):
        raise Outside("a sequence of something else than elements of a sort")
    return kind.item.name
