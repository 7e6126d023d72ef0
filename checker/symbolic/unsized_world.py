"""What a machine without sizes is about: its open sorts, its constants, and unknown values of each type."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from checker.symbolic.unsized_facts import Facts
from checker.symbolic.unsized_terms import (
    Leaf,
    Number,
    Outside,
    Truth,
    at_most,
    conj,
    disj,
    neg,
    same,
    total,
)
from checker.symbolic.unsized_values import Row, SetOf, Sum, Table, Value, cases, leaves
from spec.lang.ir import Call, Expr, FieldRead, Local
from spec.lang.machine import Machine
from spec.lang.types import (
    BoolType,
    EnumType,
    Extent,
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
from spec.lang.walk import expressions, subexpressions

State: TypeAlias = Mapping[str, Value]
Shape: TypeAlias = tuple[tuple[str, ...], Callable[[tuple[Leaf, ...]], Value]]
"""Open sorts, and the value that elements of these make: one of the forms that values of a type have."""

Reads: TypeAlias = frozenset[tuple[str, bool]]
"""Fields that a text may read, each with whether it is the state before the step."""


@dataclass(slots=True)
class World:
    """A machine with switches settled and open sorts without a size; `constants` are its rigid data."""

    machine: Machine
    switches: Mapping[str, bool | int | str]
    sizes: Mapping[str, int]
    facts: Facts
    constants: dict[str, Value] = field(default_factory=dict)
    reads_of: dict[str, Reads] = field(default_factory=dict)
    numbers: dict[object, int] = field(default_factory=dict)
    steps: dict[str, None] = field(default_factory=dict)

    # --- sorts --------------------------------------------------------------------------------------------------

    def is_open(self, sort: str) -> bool:
        """True if any number of elements is meant."""
        return sort not in self.sizes

    def size(self, sort: str) -> Number:
        """How many elements there are: at least one."""
        if not self.is_open(sort):
            return self.sizes[sort]
        if self.facts.elements is not None:
            return self.facts.elements[sort]
        number = self.facts.number(f"size of {sort}")
        self.facts.say(at_most(1, number), "a sort has an element")
        return number

    def extent(self, extent: Extent) -> Number:
        """A bound."""
        return total([extent.constant, *(self._times(factor, sort) for sort, factor in extent.times)])

    def _times(self, factor: int, sort: str) -> Number:
        size = self.size(sort)
        return factor * size

    def number_of(self, thing: object) -> int:
        """A small number for a thing, the same every time; the thing is kept."""
        if thing not in self.numbers:
            self.numbers[thing] = len(self.numbers)
        return self.numbers[thing]

    def used(self, step: str) -> None:
        """Notes that a summary was used; results name all of them."""
        self.steps[step] = None

    # --- what a text depends on ---------------------------------------------------------------------------------

    def reads(self, node: Expr) -> Reads:
        """The fields that an expression may read, also in the functions that it calls."""
        found: set[tuple[str, bool]] = set()
        for part in subexpressions(node):
            if isinstance(part, FieldRead):
                found.add((part.name, part.old))
            elif isinstance(part, Call):
                found |= self.reads_of_function(part.function)
        return frozenset(found)

    def reads_of_function(self, name: str) -> Reads:
        """The fields that a function may read; there is no recursion."""
        if name not in self.reads_of:
            found: set[tuple[str, bool]] = set()
            for part in expressions(self.machine.functions[name].body):
                if isinstance(part, FieldRead):
                    found.add((part.name, part.old))
                elif isinstance(part, Call):
                    found |= self.reads_of_function(part.function)
            self.reads_of[name] = frozenset(found)
        return self.reads_of[name]

    def free_locals(self, node: Expr) -> list[str]:
        """The variables that an expression mentions; its own bound ones among them."""
        return sorted({part.name for part in subexpressions(node) if isinstance(part, Local)})

    # --- values -------------------------------------------------------------------------------------------------

    def fits(self, value: Value, kind: Type) -> Truth:
        """True where the integers in a value are within the bounds of their places."""
        match kind, value:
            case IntType(lo, hi), _ if lo is not None and hi is not None:
                assert not isinstance(value, Sum | SetOf | Row | Table | None)
                return conj([at_most(self.extent(lo), value), at_most(value, self.extent(hi))])
            case ((RecordType() | UnionType() | OptionType()), Sum(tag, parts)):
                found = cases(kind, self.machine.records)
                assert found is not None
                return conj(
                    disj([neg(same(tag, i)), conj(self.fits(v, t) for v, t in zip(part, kinds, strict=True))])
                    for i, (part, (_, kinds)) in enumerate(zip(parts, found, strict=True))
                    if part is not None
                )
            case _:
                return True

    def unknown(self, kind: Type, name: str, args: Sequence[Leaf], *, rigid: bool = False) -> Value:
        """A value of the type that depends on these arguments and on nothing else that is known."""
        facts, records = self.facts, self.machine.records
        match kind:
            case BoolType():
                return facts.truth(name, args)
            case IntType(lo, hi):
                return self._between(name, args, lo, hi)
            case EnumType(enum):
                return self._code(name, args, len(self.machine.enums[enum].members))
            case OutcomeType():
                return self._code(name, args, len(self.machine.sites))
            case SortType(sort):
                if self.is_open(sort):
                    return facts.element(name, args, sort, far=0 if rigid else 2 if args else 1)
                return self._code(name, args, self.sizes[sort])
            case RecordType() | UnionType() | OptionType():
                found = cases(kind, records)
                assert found is not None
                tag = self._code(name, args, len(found)) if len(found) > 1 else 0
                return Sum(tag, tuple(self._items(case, kinds, name, args, rigid) for case, kinds in found))
            case SetType():
                return SetOf(lambda v: self.in_set(name, args, v))
            case SeqType(SortType(sort), _) if self.is_open(sort):
                return self._row(name, args, sort)
            case MapType(_, item):
                return Table(lambda keys: self.unknown(item, name, (*args, *keys), rigid=rigid), facts.cache)
            case NoneType():
                return None
            case _:
                raise Outside(f"a value of type {show(kind)}")

    def _items(
        self, case: str, kinds: tuple[Type, ...], name: str, args: Sequence[Leaf], rigid: bool
    ) -> tuple[Value, ...]:
        return tuple(self.unknown(t, f"{name}.{case}.{i}", args, rigid=rigid) for i, t in enumerate(kinds))

    def _between(self, name: str, args: Sequence[Leaf], lo: Extent | None, hi: Extent | None) -> Number:
        number = self.facts.number(name, args)
        if lo is not None:
            self.facts.say(at_most(self.extent(lo), number), "an integer is within its bounds")
        if hi is not None:
            self.facts.say(at_most(number, self.extent(hi)), "an integer is within its bounds")
        return number

    def _code(self, name: str, args: Sequence[Leaf], count: int) -> Number:
        number = self.facts.number(name, args)
        self.facts.say(conj([at_most(0, number), at_most(number, count - 1)]), "a code is one of its type")
        return number

    def in_set(self, name: str, args: Sequence[Leaf], value: Value) -> Truth:
        """Whether a value is in an unknown set; only the items of its own case matter."""
        if not isinstance(value, Sum):
            return self.facts.truth(name, [*args, *leaves(value)])
        return disj(
            conj([same(value.tag, i), self.facts.truth(f"{name}.{i}", [*args, *(x for v in part for x in leaves(v))])])
            for i, part in enumerate(value.parts)
            if part is not None and same(value.tag, i) is not False
        )

    def _row(self, name: str, args: Sequence[Leaf], sort: str) -> Row:
        facts = self.facts
        single = facts.truth(f"{name}.single", args)
        row = Row(
            lambda x: facts.truth(f"{name}.has", [*args, x]),
            lambda x: facts.number(f"{name}.rank", [*args, x]),
            lambda: self.sized(row, sort, f"{name}.size", args),
            lambda: single,
        )
        return row

    def sized(self, row: Row, sort: str, name: str, args: Sequence[Leaf]) -> Number:
        """The length of a sequence that is unknown otherwise."""
        from checker.symbolic.unsized_count import Tally, add_tally

        number = self.facts.number(name, args)
        key = ("sized", number.get_id())
        if key not in self.facts.cache:
            self.facts.cache[key] = number
            what = (name, *(leaf if isinstance(leaf, bool | int) else leaf.get_id() for leaf in args))
            shown = f"len({name.partition('.')[0]})"
            add_tally(self.facts, Tally(number, sort, row.has, row.single(), what, tuple(args), name, shown))
        return number

    # --- forms --------------------------------------------------------------------------------------------------

    def shapes(self, kind: Type) -> Iterator[Shape]:
        """The forms of the values of a type: together they are all its values, in the order of their codes."""
        match kind:
            case SortType(sort) if self.is_open(sort):
                yield ((sort,), lambda terms: terms[0])
            case BoolType():
                yield from (((), lambda _, v=v: v) for v in (False, True))
            case SortType(sort):
                yield from (((), lambda _, v=v: v) for v in range(self.sizes[sort]))
            case EnumType(enum):
                yield from (((), lambda _, v=v: v) for v in range(len(self.machine.enums[enum].members)))
            case IntType(Extent(lo, ()), Extent(hi, ())):
                yield from (((), lambda _, v=v: v) for v in range(lo, hi + 1))
            case RecordType() | UnionType() | OptionType():
                found = cases(kind, self.machine.records)
                assert found is not None
                for place, (_, kinds) in enumerate(found):
                    for row in itertools.product(*(tuple(self.shapes(t)) for t in kinds)):
                        yield self._case_shape(place, len(found), row)
            case _:
                raise Outside(f"a comprehension over values of type {show(kind)}")

    def _case_shape(self, place: int, count: int, row: tuple[Shape, ...]) -> Shape:
        def make(terms: tuple[Leaf, ...]) -> Value:
            items: list[Value] = []
            at = 0
            for sorts, build in row:
                items.append(build(terms[at : at + len(sorts)]))
                at += len(sorts)
            return Sum(place, tuple(tuple(items) if i == place else None for i in range(count)))

        return tuple(sort for sorts, _ in row for sort in sorts), make
