"""Comparing, calculating and narrowing single values, and questions to an outcome."""

from __future__ import annotations

from typing import assert_never

from spec.lang import ir
from spec.lang.machine import Site
from spec.lang.types import OptionType, RecordType, Type, UnionType
from spec.lang.values import Elem, Member, Rec, Value


def has_shape(value: Value, kind: Type) -> bool:
    """True if an option or union that holds this value may be seen as the narrower type."""
    match kind:
        case OptionType(item):
            return value is None or has_shape(value, item)
        case RecordType(name):
            return isinstance(value, Rec) and value.name == name
        case UnionType(variants):
            return isinstance(value, Rec) and value.name in variants
        case _:
            return value is not None


def compare(op: ir.CompareOp, left: Value, right: Value) -> bool:
    """A comparison of two values of one type."""
    match op:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return _rank(left) < _rank(right)
        case "<=":
            return _rank(left) <= _rank(right)
        case ">":
            return _rank(left) > _rank(right)
        case ">=":
            return _rank(left) >= _rank(right)
        case _:
            assert_never(op)


def _rank(value: Value) -> int:
    match value:
        case Elem(_, index) | Member(_, _, index):
            return index
        case _:
            assert type(value) is int, f"{value!r} has no order"
            return value


def calculate(op: ir.ArithOp, left: int, right: int) -> int:
    """Exact arithmetic; `//` and `%` as Python does it."""
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "//":
            return left // right
        case "%":
            return left % right
        case "min":
            return min(left, right)
        case "max":
            return max(left, right)
        case _:
            assert_never(op)


def ask(site: Site, aspect: ir.OutcomeAspect, value: str) -> bool:
    """A question to an outcome made at this site; a partial refusal is refused too, a pending outcome nothing yet."""
    if site.kind == "pending":
        return False
    match aspect:
        case "refused":
            return site.kind in ("refused", "partial")
        case "done" | "blocked" | "partial":
            return site.kind == aspect
        case "errno":
            return site.errno == value
        case "reason":
            return site.reason == value
        case _:
            assert_never(aspect)
