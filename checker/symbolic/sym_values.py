"""Values that depend on inputs of a circuit: for each value that may be there, the literal that says it is.

NOTE(shapes): a bool is a literal; a set is one literal per possible item; a map is a row of entries, a sequence its
length and a row of items; every other scalar is a `Cases`. Booleans and sets inside options and records are values of
a `Cases` like others.
NOTE(cases): where a value is in use exactly one of its cases is true. So the literal of a set of cases may be taken
from either side, the smaller, which makes a test and its opposite negations of each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.symbolic.circuit import Lit
from spec.lang.values import Value


class Unsupported(Exception):
    """The encoder cannot take this machine; the text says what and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """A scalar: the values that it may have, each with its literal; no value whose literal is FALSE."""

    of: dict[Value, Lit]


@dataclass(frozen=True, slots=True, eq=False)
class SetOf:
    """A set: for every possible item, in code order, whether it is in."""

    of: dict[Value, Lit]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A sequence: its length and as many items as there is room; items past the length mean nothing."""

    length: Cases
    items: tuple[Sym, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A map: its entries in key order."""

    entries: tuple[Sym, ...]


Sym = Lit | Cases | SetOf | Row | Table
"""A value that depends on inputs."""
