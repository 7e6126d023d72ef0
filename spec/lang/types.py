"""The types of the language: what a field, parameter or expression may hold.

Types are generic: sorts have no size yet and integer bounds may mention sizes (`Extent`). `spec.lang.values`
makes them finite. A *scalar* type has a finite set of values that an engine codes as one integer; records, maps
and sequences are *composite*, and only fields, locals, parameters of helpers and results may hold those.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extent:
    """A constant plus multiples of sort sizes, such as `2 * len(Device)`; `times` is sorted by sort name."""

    constant: int
    times: tuple[tuple[str, int], ...] = ()

    def at(self, sizes: dict[str, int]) -> int:
        """The number at these sizes; KeyError when a sort has no size."""
        return self.constant + sum(factor * sizes[sort] for sort, factor in self.times)


@dataclass(frozen=True, slots=True)
class BoolType:
    """True and False."""


@dataclass(frozen=True, slots=True)
class IntType:
    """An integer; exact inside expressions, `lo` and `hi` (inclusive) are checked where it is stored.

    Both bounds are None for the type of an arithmetic expression; a place that stores has both.
    """

    lo: Extent | None = None
    hi: Extent | None = None


@dataclass(frozen=True, slots=True)
class EnumType:
    """A declared enumeration, by its key in `Machine.enums`."""

    name: str


@dataclass(frozen=True, slots=True)
class SortType:
    """An element of a sort, by its key in `Machine.sorts`."""

    name: str


@dataclass(frozen=True, slots=True)
class RecordType:
    """A value of one declared record, by its key in `Machine.records`."""

    name: str


@dataclass(frozen=True, slots=True)
class UnionType:
    """A tagged union of at least two records, in the order written; each name is a key in `Machine.records`."""

    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OptionType:
    """A value of `item` or None; never nested."""

    item: Type


@dataclass(frozen=True, slots=True)
class SetType:
    """A set of scalars; `item` is a sort, an enum or a bool-like small scalar."""

    item: Type


@dataclass(frozen=True, slots=True)
class SeqType:
    """A sequence of at most `capacity` scalars; growing past it is a violation."""

    item: Type
    capacity: Extent


@dataclass(frozen=True, slots=True)
class MapType:
    """A total map; keys are sorts, enums, bools or bounded integers, the value is anything but a map."""

    keys: tuple[Type, ...]
    value: Type


@dataclass(frozen=True, slots=True)
class OutcomeType:
    """What a call answered; see `ir.OutcomeLit`."""


@dataclass(frozen=True, slots=True)
class NoneType:
    """The type of the literal None before it is given a place, and of a helper that returns nothing."""


Type = (
    BoolType
    | IntType
    | EnumType
    | SortType
    | RecordType
    | UnionType
    | OptionType
    | SetType
    | SeqType
    | MapType
    | OutcomeType
    | NoneType
)

BOOL = BoolType()
INT = IntType()
OUTCOME = OutcomeType()
NONE = NoneType()


def show(kind: Type) -> str:
    """The type as an author writes it."""
    match kind:
        case BoolType():
            return "bool"
        case IntType(None, _) | IntType(_, None):
            return "int"
        case IntType(lo, hi):
            assert lo is not None and hi is not None
            return f"int in {show_extent(lo)}..{show_extent(hi)}"
        case EnumType(name) | SortType(name) | RecordType(name):
            return name
        case UnionType(variants):
            return " | ".join(variants)
        case OptionType(item):
            return f"{show(item)} | None"
        case SetType(item):
            return f"Set[{show(item)}]"
        case SeqType(item, capacity):
            return f"Seq[{show(item)}, {show_extent(capacity)}]"
        case MapType(keys, value):
            shown = ", ".join(show(k) for k in keys)
            return f"Map[{shown if len(keys) == 1 else f'tuple[{shown}]'}, {show(value)}]"
        case OutcomeType():
            return "Outcome"
        case NoneType():
            return "None"


def show_extent(extent: Extent) -> str:
    """`2 * len(Device) + 1` and the like."""
    parts = [f"len({s})" if f == 1 else f"{f} * len({s})" for s, f in extent.times]
    if extent.constant or not parts:
        parts.append(str(extent.constant))
    return " + ".join(parts)
