"""A value as one of another type (stored, injected, projected), and sequences made entry by entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.symbolic.plain_numbers import Num
from checker.symbolic.plain_terms import Term, width_of
from checker.symbolic.plain_values import Bag, Opt, Record, Row, Sym, Symbols, Table, Union
from spec.lang.types import IntType, MapType, OptionType, RecordType, SeqType, SetType, Type, UnionType
from spec.lang.values import capacity, values


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value of the type asked for, and where there is none: there the value means nothing."""

    misfit: Term
    value: Sym


class Shapes:
    """Conversions between types, as `checker.eval_world.belongs` and `checker.eval_scalar.has_shape` allow them."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.terms = symbols.terms
        self.finite = symbols.finite

    # --- a value that enters a place ----------------------------------------------------------------------------

    def fit(self, value: Sym, kind: Type) -> Fitted:
        """The value in a place of this type; a misfit where it is out of bounds, too long, or another record."""
        t, never = self.terms, self.terms.false
        match kind, value:
            case IntType(lo, hi), Num():
                return Fitted(never, value) if lo is None or hi is None else self._bounded(value, kind)
            case OptionType(item), None:
                return Fitted(never, Opt(t.true, self.symbols.blank(item)))
            case OptionType(item), Opt(none, held):
                inner = self.fit(held, item)
                kept = self.symbols.pick(none, self.symbols.blank(item), inner.value)
                return Fitted(t.both(t.no(none), inner.misfit), Opt(none, kept))
            case OptionType(item), _:
                inner = self.fit(value, item)
                return Fitted(inner.misfit, Opt(t.false, inner.value))
            case (UnionType() | RecordType()), (Union() | Record()):
                return self._held(value, kind)
            case SetType(item), Bag(has):
                allowed = list(values(item, self.finite))
                bag = Bag({v: has.get(v, t.false) for v in allowed})
                return Fitted(t.either(*(c for v, c in has.items() if v not in bag.has)), bag)
            case SeqType(), Row():
                return self._row(value, kind)
            case MapType(_, item), Table(entries):
                fitted = [self.fit(e, item) for e in entries]
                return Fitted(t.either(*(f.misfit for f in fitted)), Table(tuple(f.value for f in fitted)))
            case _:
                return Fitted(never, value)

    def _bounded(self, value: Num, kind: IntType) -> Fitted:
        s = self.symbols
        low, high = s.range_of(kind)
        below, above = s.less(value, s.num(low)), s.less(s.num(high), value)
        width = min(value.term.width, width_of(low, high))
        inside = Num(self.terms.narrow(value.term, width), max(low, value.low), min(high, value.high))
        return Fitted(self.terms.either(below, above), inside if inside.low <= inside.high else s.num(low))

    def _row(self, row: Row, kind: SeqType) -> Fitted:
        s, most = self.symbols, capacity(kind, self.finite)
        blank = s.blank(kind.item)
        bad, items = [s.less(s.num(most), row.length)], []
        for i, item in enumerate(row.items[:most]):
            used, fitted = s.less(s.num(i), row.length), self.fit(item, kind.item)
            bad.append(self.terms.both(used, fitted.misfit))
            items.append(s.pick(used, fitted.value, blank))
        items += [blank] * (most - len(items))
        for i, item in enumerate(row.items[most:], most):
            bad.append(self.terms.both(s.less(s.num(i), row.length), self.fit(item, kind.item).misfit))
        return Fitted(self.terms.either(*bad), Row(self._short(row.length, most), tuple(items), blank))

    def _short(self, length: Num, most: int) -> Num:
        width = min(length.term.width, width_of(0, most))
        return Num(self.terms.narrow(length.term, width), min(length.low, most), min(length.high, most))

    # --- a union or an option seen as something narrower --------------------------------------------------------

    def shape(self, value: Sym, kind: Type) -> Fitted:
        """An option or union seen as this type; a misfit where it is None or another record. Bounds are not asked."""
        t = self.terms
        match kind, value:
            case OptionType(item), Opt(none, held):
                inner = self.shape(held, item)
                kept = self.symbols.pick(none, self.symbols.blank(item), inner.value)
                return Fitted(t.both(t.no(none), inner.misfit), Opt(none, kept))
            case OptionType(item), None:
                return Fitted(t.false, Opt(t.true, self.symbols.blank(item)))
            case _, Opt(none, held):
                inner = self.shape(held, kind)
                return Fitted(t.either(none, inner.misfit), inner.value)
            case OptionType(item), _:
                inner = self.shape(value, item)
                return Fitted(inner.misfit, Opt(t.false, inner.value))
            case (UnionType() | RecordType()), (Union() | Record()):
                return self._held(value, kind)
            case _:
                return Fitted(self.terms.boolean(value is None), value)

    def _held(self, value: Union | Record, kind: UnionType | RecordType) -> Fitted:
        """The record that a union holds, or the union with more or fewer records."""
        s = self.symbols
        held = value.records if isinstance(value, Union) else {value.name: value.items}
        tag = value.tag if isinstance(value, Union) else s.tag(value.name)
        wanted = kind.variants if isinstance(kind, UnionType) else (kind.name,)
        known = [name for name in wanted if name in held]
        misfit = self.terms.no(self.terms.either(*(s.equal(tag, s.tag(name)) for name in known)))
        records = {name: held.get(name) or s.blanks(name) for name in wanted}
        if isinstance(kind, RecordType):
            return Fitted(misfit, Record(kind.name, records[kind.name]))
        return Fitted(misfit, Union(tag, records))

    # --- sequences ----------------------------------------------------------------------------------------------

    def collect(self, entries: Iterable[tuple[Term, Sym]], blank: Sym) -> Row:
        """The sequence of those entries whose test is true, in order; as long as it takes."""
        s = self.symbols
        row = Row(s.num(0), (), blank)
        for test, entry in entries:
            if test is self.terms.false:
                continue
            items = [*row.items, blank]
            for place in range(row.length.low, row.length.high + 1):
                here = self.terms.both(test, s.equal(row.length, s.num(place)))
                items[place] = s.pick(here, entry, items[place])
            longer = s.pick(test, s.calculate("+", row.length, s.num(1)), row.length)
            assert isinstance(longer, Num)
            row = Row(longer, tuple(items), blank)
        return row

    def cut(self, row: Row, most: int) -> Row:
        """The sequence with exactly `most` entries; only where it is no longer than that it is the same."""
        items = row.items[:most] + (row.blank,) * (most - len(row.items))
        return Row(self._short(row.length, most), items, row.blank)

    def used(self, row: Row) -> list[tuple[Term, Sym]]:
        """The entries with a test that is true where they are part of the sequence."""
        s = self.symbols
        return [(s.less(s.num(i), row.length), item) for i, item in enumerate(row.items)]

    def contains(self, base: Bag | Row, item: Sym, constant: Type) -> Term:
        """True if the item is in a set (of items of the type `constant`) or a sequence."""
        s, t = self.symbols, self.terms
        if isinstance(base, Row):
            return t.either(*(t.both(used, s.equal(item, entry)) for used, entry in self.used(base)))
        return t.either(*(t.both(has, s.equal(item, s.constant(v, constant))) for v, has in base.has.items()))
