"""Values that are known before a search: folding of the operations that decide which entry a call touches."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from spec.lang.types import IntType, NoneType, OptionType, Type

ANY = object()
"""A value that is not known; anything that its type allows."""

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "min": min,
    "max": max,
}


def binary(op: str, left: Any, right: Any) -> Any:
    """The result of a comparison or of arithmetic on known values."""
    return _OPERATIONS[op](left, right)


def widen(value: Any, source: Type, target: Type) -> Any:
    """A known value as one of an option; `ANY` where the generated code would recode or check it."""
    if not isinstance(target, OptionType):
        return ANY
    return value if isinstance(source, NoneType) or (source == target.item and not isinstance(source, IntType)) else ANY


def project(value: Any, source: Type, target: Type) -> Any:
    """A known value out of an option; `ANY` where it would be a fault or is recoded."""
    same = isinstance(source, OptionType) and source.item == target
    return value if same and value is not None else ANY
