"""Terms of the proofs for any size: Python literals where a value is known, Z3 terms where it is not.

Truth values are `bool` or a Z3 Boolean, numbers (integers, enum members, elements of sorts that stay finite) are `int`
or a Z3 integer, elements of an open sort are Z3 constants and applications of an uninterpreted sort. No quantifier
is ever given to Z3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import z3

Truth: TypeAlias = bool | z3.BoolRef
Number: TypeAlias = int | z3.ArithRef
Leaf: TypeAlias = bool | int | z3.ExprRef
"""A truth value, a number, or an element of an open sort."""


class Outside(Exception):
    """The text uses something that has no summary for any size; the message says what and where."""


def conj(items: Iterable[Truth]) -> Truth:
    """True if all are."""
    kept: list[z3.BoolRef] = []
    for item in items:
        if item is False:
            return False
        if item is not True:
            kept.append(item)
    return True if not kept else kept[0] if len(kept) == 1 else z3.And(kept)


def disj(items: Iterable[Truth]) -> Truth:
    """True if one is."""
    kept: list[z3.BoolRef] = []
    for item in items:
        if item is True:
            return True
        if item is not False:
            kept.append(item)
    return False if not kept else kept[0] if len(kept) == 1 else z3.Or(kept)


def neg(item: Truth) -> Truth:
    """True if it is not."""
    if isinstance(item, bool):
        return not item
    return item.arg(0) if z3.is_not(item) else z3.Not(item)


def implies(first: Truth, then: Truth) -> Truth:
    """True unless the first is true and the second is not."""
    return disj([neg(first), then])


def formula(item: Truth) -> z3.BoolRef:
    """The truth value as Z3 takes it."""
    return z3.BoolVal(item) if isinstance(item, bool) else item


def lift(item: Leaf) -> z3.ExprRef:
    """The leaf as Z3 takes it."""
    if isinstance(item, bool):
        return z3.BoolVal(item)
    return z3.IntVal(item) if isinstance(item, int) else item


def key_of(item: Leaf) -> object:
    """Equal for leaves that are the same term; Z3 keeps one object of each term that is alive (see `Facts.keep`)."""
    return (type(item), item) if isinstance(item, bool | int) else item.get_id()


def is_same(left: Leaf, right: Leaf) -> bool:
    """True if the two are one term; two terms that merely may be equal are not."""
    return key_of(left) == key_of(right)


def same(left: Leaf, right: Leaf) -> Truth:
    """True where the two are equal."""
    if is_same(left, right):
        return True
    if isinstance(left, bool | int) and isinstance(right, bool | int):
        return left == right
    if isinstance(left, bool):
        left, right = right, left
    if isinstance(right, bool):
        assert isinstance(left, z3.BoolRef)
        return left if right else neg(left)
    return lift(left) == lift(right)


def choose(test: Truth, then: Leaf, other: Leaf) -> Leaf:
    """`then if test else other`."""
    if isinstance(test, bool):
        return then if test else other
    if is_same(then, other):
        return then
    if isinstance(then, bool | z3.BoolRef):
        assert isinstance(other, bool | z3.BoolRef)
        if isinstance(then, bool):
            return disj([test, other]) if then else conj([neg(test), other])
        if isinstance(other, bool):
            return disj([neg(test), then]) if other else conj([test, then])
    return z3.If(test, lift(then), lift(other))


def choose_truth(test: Truth, then: Truth, other: Truth) -> Truth:
    """`choose` of truth values."""
    found = choose(test, then, other)
    assert isinstance(found, bool | z3.BoolRef)
    return found


def total(numbers: Iterable[Number]) -> Number:
    """The sum."""
    known, open_ = 0, []
    for number in numbers:
        if isinstance(number, int):
            known += number
        else:
            open_.append(number)
    if not open_:
        return known
    terms = [*open_, z3.IntVal(known)] if known else open_
    return terms[0] if len(terms) == 1 else z3.Sum(terms)


def one_if(test: Truth) -> Number:
    """1 where it is true, else 0."""
    return int(test) if isinstance(test, bool) else z3.If(test, z3.IntVal(1), z3.IntVal(0))


def at_most(left: Number, right: Number) -> Truth:
    """True where left <= right."""
    if isinstance(left, int) and isinstance(right, int):
        return left <= right
    return lift(left) <= lift(right)


def less(left: Number, right: Number) -> Truth:
    """True where left < right."""
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    return lift(left) < lift(right)
