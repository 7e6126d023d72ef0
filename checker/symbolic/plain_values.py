"""Values of the language as terms: a structure of Booleans and numbers for each type, and what is done with them whole.

A bool is a term. An integer, an enum member and an element of a sort are a `Num` (members and elements by index). An
option says whether it is None, a union which record it holds (by the record's place among all records); what they do
not hold has code 0 all the same, and so have unused entries of a sequence, so that equal values have equal terms.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.symbolic.plain_numbers import Num, Numbers
from checker.symbolic.plain_terms import CannotEncode, Term, Terms, width_of
from spec.lang.types import (
    BoolType,
    EnumType,
    IntType,
    MapType,
    OptionType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
    show,
)
from spec.lang.values import (
    Elem,
    Finite,
    MapValue,
    Member,
    Rec,
    Value,
    bounds,
    capacity,
    decode,
    element_name,
    map_keys,
    values,
)


@dataclass(frozen=True, slots=True)
class Opt:
    """An option."""

    none: Term
    item: Sym


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its items in declared order."""

    name: str
    items: tuple[Sym, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """A union: the tag, and the items of every record that it may hold."""

    tag: Num
    records: dict[str, tuple[Sym, ...]]


@dataclass(frozen=True, slots=True)
class Bag:
    """A set: for every item whether it is in; one that is not listed is not."""

    has: dict[Value, Term]


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence; `blank` stands in the entries from `length` on."""

    length: Num
    items: tuple[Sym, ...]
    blank: Sym


@dataclass(frozen=True, slots=True)
class Table:
    """A map: its entries in key order."""

    entries: tuple[Sym, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome: for every site whether that made it; exactly one, where it matters."""

    sites: dict[int, Term]


Sym = Term | Num | Opt | Record | Union | Bag | Row | Table | Outcome | None


class Symbols(Numbers):
    """Makes and compares values of one finite machine."""

    def __init__(self, terms: Terms, finite: Finite) -> None:
        super().__init__(terms)
        self.finite = finite
        self._tags = {name: place for place, name in enumerate(finite.records)}
        self._keys: dict[MapType, list[tuple[Sym, ...]]] = {}

    # --- making -------------------------------------------------------------------------------------------------

    def constant(self, value: Value, kind: Type) -> Sym:
        """A known value of a type."""
        match kind, value:
            case BoolType(), bool():
                return self.terms.boolean(value)
            case IntType(), int():
                return self.num(value)
            case (EnumType() | SortType()), (Member() | Elem()):
                return self.num(value.index)
            case OptionType(item), _:
                none = self.terms.boolean(value is None)
                return Opt(none, self.blank(item) if value is None else self.constant(value, item))
            case RecordType(name), Rec(_, items):
                return self._record(name, items)
            case UnionType(variants), Rec(name, _):
                held = {v: self._record(v, value.items).items if v == name else self.blanks(v) for v in variants}
                return Union(self.num(self._tags[name]), held)
            case SetType(item), frozenset():
                return Bag({v: self.terms.boolean(v in value) for v in values(item, self.finite)})
            case SeqType(item, _), tuple():
                blank, most = self.blank(item), capacity(kind, self.finite)
                used = tuple(self.constant(v, item) for v in value)
                return Row(self.num(len(value)), used + (blank,) * (most - len(value)), blank)
            case MapType(_, item), MapValue(entries):
                return Table(tuple(self.constant(v, item) for v in entries))
        raise CannotEncode(f"{value!r} is not a value of {show(kind)}")

    def _record(self, name: str, items: Sequence[Value]) -> Record:
        kinds = (kind for _, kind in self.finite.records[name].fields)
        return Record(name, tuple(self.constant(v, t) for v, t in zip(items, kinds, strict=True)))

    def blank(self, kind: Type) -> Sym:
        """The value with code 0; an integer without bounds is 0."""
        if isinstance(kind, IntType) and kind.lo is None:
            return self.num(0)
        return self.constant(decode(0, kind, self.finite), kind)

    def blanks(self, record: str) -> tuple[Sym, ...]:
        """The items of a record, all with code 0."""
        return tuple(self.blank(kind) for _, kind in self.finite.records[record].fields)

    def keys(self, kind: MapType) -> list[tuple[Sym, ...]]:
        """The keys of every entry of a map, in key order."""
        if kind not in self._keys:
            every = map_keys(kind, self.finite)
            self._keys[kind] = [tuple(map(self.constant, keys, kind.keys)) for keys in every]
        return self._keys[kind]

    def fresh(self, name: str, kind: Type) -> Sym:
        """A value of new variables, one or more per slot, with names that begin with this one."""
        match kind:
            case BoolType():
                return self.terms.variable(name, 0)
            case IntType() | EnumType() | SortType():
                low, high = self.range_of(kind)
                return Num(self.terms.variable(name, width_of(low, high)), low, high)
            case OptionType(item):
                return Opt(self.terms.variable(f"{name}.none", 0), self.fresh(name, item))
            case RecordType(record):
                return Record(record, self._fresh_items(name, record))
            case UnionType(variants):
                low, high = min(self._tags[v] for v in variants), max(self._tags[v] for v in variants)
                tag = Num(self.terms.variable(f"{name}.is", width_of(low, high)), low, high)
                return Union(tag, {v: self._fresh_items(f"{name}.{plain_name(v)}", v) for v in variants})
            case SetType(item):
                every = values(item, self.finite)
                return Bag({v: self.terms.variable(f"{name}.{self.name_of(v)}", 0) for v in every})
            case SeqType(item, _):
                most = capacity(kind, self.finite)
                length = Num(self.terms.variable(f"{name}.len", width_of(0, most)), 0, most)
                return Row(length, tuple(self.fresh(f"{name}.{i}", item) for i in range(most)), self.blank(item))
            case MapType(_, item):
                places = (".".join(self.name_of(k) for k in keys) for keys in map_keys(kind, self.finite))
                return Table(tuple(self.fresh(f"{name}.{place}", item) for place in places))
        raise CannotEncode(f"no variable can hold {show(kind)}")

    def _fresh_items(self, name: str, record: str) -> tuple[Sym, ...]:
        return tuple(self.fresh(f"{name}.{field}", kind) for field, kind in self.finite.records[record].fields)

    def name_of(self, value: Value) -> str:
        """A value as part of the name of a variable: `d0`, `LOW`, `3`, `Table.o0.t1`."""
        match value:
            case Elem(sort, index):
                return element_name(plain_name(sort), index, [plain_name(s) for s in self.finite.sizes])
            case Member(_, name, _):
                return name
            case Rec(name, items):
                return ".".join([plain_name(name), *(self.name_of(i) for i in items)])
            case frozenset():
                return "_".join(["set", *sorted(self.name_of(v) for v in value)])
            case _:
                return str(value).lower().replace("-", "minus")

    def range_of(self, kind: IntType | EnumType | SortType) -> tuple[int, int]:
        """The least and the greatest number that stands for a value."""
        match kind:
            case IntType(lo, hi) if lo is None or hi is None:
                raise CannotEncode(f"no variable can hold {show(kind)}")
            case IntType():
                return bounds(kind, self.finite)
            case EnumType(name):
                return 0, len(self.finite.enums[name].members) - 1
            case SortType(name):
                return 0, self.finite.sizes[name] - 1

    def parts(self, name: str, value: Sym, kind: Type) -> Iterator[tuple[str, Term | Num]]:
        """The Booleans and numbers that make up a value, with the names that `fresh` gives to such variables."""
        match value, kind:
            case Term() | Num(), _:
                yield name, value
            case Opt(none, held), OptionType(item):
                yield f"{name}.none", none
                yield from self.parts(name, held, item)
            case Record(record, items), _:
                yield from self._parts_of_items(name, record, items)
            case Union(tag, records), _:
                yield f"{name}.is", tag
                for record, items in records.items():
                    yield from self._parts_of_items(f"{name}.{plain_name(record)}", record, items)
            case Bag(has), _:
                yield from ((f"{name}.{self.name_of(v)}", test) for v, test in has.items())
            case Row(length, items, _), SeqType(item, _):
                yield f"{name}.len", length
                for i, entry in enumerate(items):
                    yield from self.parts(f"{name}.{i}", entry, item)
            case Table(entries), MapType(_, item):
                for keys, entry in zip(map_keys(kind, self.finite), entries, strict=True):
                    yield from self.parts(f"{name}.{'.'.join(self.name_of(k) for k in keys)}", entry, item)
            case _:
                raise CannotEncode(f"no variable can hold {show(kind)}")

    def _parts_of_items(self, name: str, record: str, items: Sequence[Sym]) -> Iterator[tuple[str, Term | Num]]:
        for (field, kind), item in zip(self.finite.records[record].fields, items, strict=True):
            yield from self.parts(f"{name}.{field}", item, kind)

    def label(self, name: str, value: Sym, kind: Type) -> None:
        """Gives names to what makes up a value, for the reader of the script."""
        for part_name, part in self.parts(name, value, kind):
            self.terms.label(part.term if isinstance(part, Num) else part, part_name)

    def identical(self, left: Sym, right: Sym, kind: Type) -> Term:
        """True where two values of one type have equal parts, also those that say nothing."""
        pairs = zip(self.parts("", left, kind), self.parts("", right, kind), strict=True)
        return self.terms.both(*(self.equal(a, b) for (_, a), (_, b) in pairs))

    # --- asking -------------------------------------------------------------------------------------------------

    def well_typed(self, value: Sym, kind: Type) -> Term:
        """True where the variables of `fresh` hold a value of the type, and what they do not hold has code 0."""
        match value, kind:
            case Num(term, _, _), IntType() | EnumType() | SortType():
                low, high = self.range_of(kind)
                ends = self.terms.number(low, term.width), self.terms.number(high, term.width)
                at_least = self.terms.less(ends[0], term, strict=False)
                return self.terms.both(at_least, self.terms.less(term, ends[1], strict=False))
            case Opt(none, item), OptionType(inner):
                return self.terms.both(
                    self.well_typed(item, inner), self.terms.implies(none, self.equal(item, self.blank(inner)))
                )
            case Record(name, items), _:
                return self._typed_items(name, items)
            case Union(_, records), _:
                parts = [self.terms.either(*(self.is_tag(value, v) for v in records))]
                for name, items in records.items():
                    empty = self.equal(Record(name, items), Record(name, self.blanks(name)))
                    parts += [self._typed_items(name, items), self.terms.either(self.is_tag(value, name), empty)]
                return self.terms.both(*parts)
            case Row(length, items, blank), SeqType(inner, _):
                most = self.terms.number(capacity(kind, self.finite), length.term.width)
                parts = [self.terms.less(self.terms.number(0, length.term.width), length.term, strict=False)]
                parts.append(self.terms.less(length.term, most, strict=False))
                for i, item in enumerate(items):
                    parts.append(self.well_typed(item, inner))
                    parts.append(self.terms.either(self.less(self.num(i), length), self.equal(item, blank)))
                return self.terms.both(*parts)
            case Table(entries), MapType(_, inner):
                return self.terms.both(*(self.well_typed(e, inner) for e in entries))
            case _:
                return self.terms.true

    def _typed_items(self, record: str, items: Sequence[Sym]) -> Term:
        fields = self.finite.records[record].fields
        return self.terms.both(*(self.well_typed(i, t) for i, (_, t) in zip(items, fields, strict=True)))

    def is_tag(self, value: Union, record: str) -> Term:
        """True where the union holds a record of this name."""
        return self.equal(value.tag, self.num(self._tags[record])) if record in value.records else self.terms.false

    def tag(self, record: str) -> Num:
        """What the tag is for a record of this name."""
        return self.num(self._tags[record])

    def equal(self, left: Sym, right: Sym) -> Term:
        """True where two values of one type are equal; only what they hold counts."""
        t = self.terms
        match left, right:
            case None, None:
                return t.true
            case Term(), Term():
                return t.same(left, right)
            case Num(), Num():
                return self.equal_numbers(left, right)
            case Opt(), Opt():
                some = t.both(t.no(left.none), t.no(right.none), self.equal(left.item, right.item))
                return t.either(t.both(left.none, right.none), some)
            case Record(), Record() if left.name == right.name:
                return t.both(*(self.equal(a, b) for a, b in zip(left.items, right.items, strict=True)))
            case Union(), Union():
                shared = [n for n in left.records if n in right.records]
                held = [(n, Record(n, left.records[n]), Record(n, right.records[n])) for n in shared]
                parts = [t.implies(self.is_tag(left, n), self.equal(a, b)) for n, a, b in held]
                return t.both(self.equal(left.tag, right.tag), *parts)
            case Bag(), Bag():
                every = dict.fromkeys([*left.has, *right.has])
                return t.both(*(t.same(left.has.get(v, t.false), right.has.get(v, t.false)) for v in every))
            case Row(), Row():
                parts = [self.equal(left.length, right.length)]
                for i, (a, b) in enumerate(zip(left.items, right.items, strict=False)):
                    parts.append(t.implies(self.less(self.num(i), left.length), self.equal(a, b)))
                return t.both(*parts)
            case Table(), Table():
                return t.both(*(self.equal(a, b) for a, b in zip(left.entries, right.entries, strict=True)))
            case Outcome(), Outcome():
                return t.either(*(t.both(c, right.sites[s]) for s, c in left.sites.items() if s in right.sites))
        raise CannotEncode(f"{type(left).__name__} and {type(right).__name__} cannot be compared")

    def pick(self, test: Term, then: Sym, other: Sym) -> Sym:
        """`then` where the test is true, else `other`, of the same type."""
        t = self.terms
        if then is other or test is t.true:
            return then
        if test is t.false:
            return other
        match then, other:
            case Term(), Term():
                return t.pick(test, then, other)
            case Num(), Num():
                return self.pick_number(test, then, other)
            case Opt(), Opt():
                return Opt(t.pick(test, then.none, other.none), self.pick(test, then.item, other.item))
            case Record(), Record() if then.name == other.name:
                return Record(then.name, self._pick_all(test, then.items, other.items))
            case Union(), Union() if then.records.keys() == other.records.keys():
                tag = self.pick_number(test, then.tag, other.tag)
                return Union(tag, {n: self._pick_all(test, then.records[n], other.records[n]) for n in then.records})
            case Bag(), Bag():
                every = dict.fromkeys([*then.has, *other.has])
                return Bag({v: t.pick(test, then.has.get(v, t.false), other.has.get(v, t.false)) for v in every})
            case Row(), Row():
                length = self.pick_number(test, then.length, other.length)
                pairs = itertools.zip_longest(then.items, other.items)
                items = tuple(
                    self.pick(test, then.blank if a is None else a, other.blank if b is None else b) for a, b in pairs
                )
                return Row(length, items, then.blank)
            case Table(), Table():
                return Table(self._pick_all(test, then.entries, other.entries))
            case Outcome(), Outcome():
                every_site = sorted({*then.sites, *other.sites})
                return Outcome(
                    {s: t.pick(test, then.sites.get(s, t.false), other.sites.get(s, t.false)) for s in every_site}
                )
        raise CannotEncode(f"no value can be {type(then).__name__} or {type(other).__name__}")

    def _pick_all(self, test: Term, then: Iterable[Sym], other: Iterable[Sym]) -> tuple[Sym, ...]:
        return tuple(self.pick(test, a, b) for a, b in zip(then, other, strict=True))


def plain_name(key: str) -> str:
    """The last part of a declaration's key, in letters that a symbol of SMT-LIB may have."""
    return re.sub(r"[^A-Za-z0-9_]", "_", re.split(r"[:.]", key)[-1])
