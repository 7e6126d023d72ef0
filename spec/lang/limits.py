"""Whether the types of a machine are small enough to be coded, once sizes are known."""

from __future__ import annotations

from collections.abc import Iterator

from spec.lang.errors import Problem
from spec.lang.machine import Function
from spec.lang.spans import Span
from spec.lang.types import (
    BoolType,
    EnumType,
    IntType,
    MapType,
    NoneType,
    OptionType,
    OutcomeType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
    show,
)
from spec.lang.values import Finite, bounds, capacity, cardinality, key_count, leaves

MAX_CODES = 1 << 62
"""The most values of one scalar: a code fits a signed 64-bit integer with room to spare."""

MAX_SET = 62
"""The most items of a set: it is coded as a bit mask."""

MAX_SLOTS = 1 << 14
"""The most slots of one field or constant."""


def parts(kind: Type, finite: Finite) -> Iterator[Type]:
    """The type and the types in it, records opened, innermost first."""
    match kind:
        case OptionType(item) | SetType(item) | SeqType(item, _):
            yield from parts(item, finite)
        case MapType(keys, value):
            for key in keys:
                yield from parts(key, finite)
            yield from parts(value, finite)
        case RecordType(name):
            for _, inner in finite.records[name].fields:
                yield from parts(inner, finite)
        case UnionType(variants):
            for variant in variants:
                yield from parts(RecordType(variant), finite)
        case BoolType() | IntType() | EnumType() | SortType() | OutcomeType() | NoneType():
            pass
    yield kind


def type_problem(kind: Type, finite: Finite, span: Span, stored: bool) -> Problem | None:
    """What is wrong with the size of a type; None if it can be coded. `stored` asks for bounds on every integer."""
    for part in parts(kind, finite):
        message = _part_message(part, finite, stored)
        if message:
            return Problem("type-size", span, message, "smaller sizes, tighter bounds, or another type")
    return None


def _part_message(kind: Type, finite: Finite, stored: bool) -> str:
    if _is_open(kind):
        return f"{show(kind)} has no bounds" if stored else ""
    match kind:
        case IntType():
            low, high = bounds(kind, finite)
            if high < low:
                return f"the bounds {low}..{high} hold no integer"
        case SeqType():
            if capacity(kind, finite) < 0:
                return f"{show(kind)} has a capacity below zero"
        case SetType(item) if cardinality(item, finite) > MAX_SET:
            return f"{show(kind)} can have {cardinality(item, finite)} items; {MAX_SET} is the most"
        case EnumType(name) if not finite.enums[name].members:
            return f"{name} has no members"
        case MapType() if key_count(kind, finite) > MAX_SLOTS:
            return f"{show(kind)} has more than {MAX_SLOTS} entries"
        case _:
            pass
    if isinstance(kind, MapType | SeqType):
        return f"{show(kind)} takes more than {MAX_SLOTS} slots" if _slots(kind, finite) > MAX_SLOTS else ""
    return "" if cardinality(kind, finite) <= MAX_CODES else f"{show(kind)} has more than 2**62 values"


def _is_open(kind: Type) -> bool:
    """True for outcomes, integers without bounds, and options of these."""
    match kind:
        case OutcomeType():
            return True
        case IntType(lo, hi):
            return lo is None or hi is None
        case OptionType(item) | SeqType(item, _) | SetType(item) | MapType(_, item):
            return _is_open(item)
        case _:
            return False


def _slots(kind: Type, finite: Finite) -> int:
    match kind:
        case MapType(_, value):
            return key_count(kind, finite) * _slots(value, finite)
        case SeqType():
            return 1 + capacity(kind, finite)
        case _:
            return len(leaves(kind, finite))


def function_problems(function: Function, finite: Finite) -> Iterator[Problem]:
    """What is wrong with the types of parameters, choices and locals of a function."""
    for choice in function.choices:
        problem = type_problem(choice.type, finite, choice.span, stored=True)
        if problem:
            yield problem
    for param in function.params:
        problem = type_problem(param.type, finite, param.span, stored=False)
        if problem:
            yield problem
    for kind in (*function.locals.values(), function.returns):
        problem = type_problem(kind, finite, function.span, stored=False)
        if problem:
            yield problem
