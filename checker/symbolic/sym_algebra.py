"""Operations on values that depend on inputs: constants, merging, selection, equality, and what fits into a type."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from checker.eval_world import belongs
from checker.symbolic.circuit import FALSE, TRUE, Circuit, Lit
from checker.symbolic.sym_values import Cases, Row, SetOf, Sym, Table, Unsupported
from spec.lang.types import BoolType, MapType, SeqType, SetType, Type, show
from spec.lang.values import Finite, MapValue, Value, capacity, cardinality, decode, values

MOST_CASES = 4096
"""A scalar with more values than this is not spelled out."""


class Algebra:
    """Builds values over one circuit."""

    def __init__(self, circuit: Circuit, finite: Finite) -> None:
        self.circuit = circuit
        self.finite = finite
        self._bits: dict[int, tuple[Cases, Type, tuple[Lit, ...]]] = {}
        self._every: dict[Type, tuple[Value, ...]] = {}

    # --- making values ------------------------------------------------------------------------------------------

    def every(self, kind: Type) -> tuple[Value, ...]:
        """All values of a scalar type in code order. `Unsupported` if there are too many."""
        if kind not in self._every:
            if cardinality(kind, self.finite) > MOST_CASES:
                raise Unsupported(f"{show(kind)} has {cardinality(kind, self.finite)} values, more than {MOST_CASES}")
            self._every[kind] = tuple(values(kind, self.finite))
        return self._every[kind]

    def constant(self, value: Value, kind: Type) -> Sym:
        """A value that does not depend on anything."""
        match kind, value:
            case BoolType(), bool():
                return TRUE if value else FALSE
            case SetType(item), frozenset():
                return SetOf({v: TRUE if v in value else FALSE for v in self.every(item)})
            case MapType(_, item), MapValue(entries):
                return Table(tuple(self.constant(v, item) for v in entries))
            case SeqType(item, _), tuple():
                spare = (self.filler(item),) * (capacity(kind, self.finite) - len(value))
                return Row(Cases({len(value): TRUE}), (*(self.constant(v, item) for v in value), *spare))
            case _:
                return Cases({value: TRUE})

    def filler(self, kind: Type) -> Sym:
        """The value with code 0, for a place that is not in use."""
        return self.constant(decode(0, kind, self.finite), kind)

    def from_bits(self, bits: Sequence[Lit], kind: Type) -> Sym:
        """The scalar whose code is in these bits, the lowest first; nothing is said where they are no code."""
        match kind:
            case BoolType():
                return bits[0]
            case SetType(item):
                return SetOf(dict(zip(self.every(item), bits, strict=True)))
            case _:
                found = Cases({v: self.is_code(bits, code) for code, v in enumerate(self.every(kind))})
                self._bits[id(found)] = (found, kind, tuple(bits))
                return found

    def is_code(self, bits: Sequence[Lit], code: int) -> Lit:
        """True where the bits are this number."""
        return self.circuit.conj([bit if code >> place & 1 else bit ^ 1 for place, bit in enumerate(bits)])

    def in_range(self, bits: Sequence[Lit], kind: Type) -> Lit:
        """True where the bits are a code of the scalar type."""
        count = cardinality(kind, self.finite)
        if count == 1 << len(bits):
            return TRUE
        return self.circuit.disj([self.is_code(bits, code) for code in range(count, 1 << len(bits))]) ^ 1

    def to_bits(self, value: Sym, kind: Type) -> tuple[Lit, ...]:
        """The bits of the code of a scalar, the lowest first."""
        match value:
            case int():
                return (value,)
            case SetOf(of):
                assert isinstance(kind, SetType)
                return tuple(of.get(v, FALSE) for v in self.every(kind.item))
            case Cases(of):
                known = self._bits.get(id(value))
                if known is not None and known[1] == kind:
                    return known[2]
                width = max(0, cardinality(kind, self.finite) - 1).bit_length()
                code = {v: i for i, v in enumerate(self.every(kind))}
                return tuple(
                    self.circuit.disj([lit for v, lit in of.items() if code.get(v, 0) >> place & 1])
                    for place in range(width)
                )
            case _:
                raise TypeError("maps and sequences have slots, not one code")

    # --- shapes -------------------------------------------------------------------------------------------------

    def spelled(self, value: Sym, kind: Type) -> Cases:
        """The value as cases, also if it is a bool or a set."""
        match value:
            case Cases():
                return value
            case int():
                return cases({True: value, False: value ^ 1})
            case SetOf(of):
                found: dict[Value, Lit] = {}
                if 1 << len(of) > MOST_CASES:
                    raise Unsupported(f"{show(kind)} has too many values to stand inside another value")
                for chosen in itertools.product((False, True), repeat=len(of)):
                    key = frozenset(v for v, yes in zip(of, chosen, strict=True) if yes)
                    lits = [lit ^ (not yes) for lit, yes in zip(of.values(), chosen, strict=True)]
                    found[key] = self.circuit.conj(lits)
                return cases(found)
            case _:
                raise TypeError("maps and sequences never stand inside a scalar")

    def shaped(self, value: Cases, kind: Type) -> Sym:
        """Cases as a value of their type: the inverse of `spelled`."""
        match kind:
            case BoolType():
                return self.some(value, lambda v: v is True)
            case SetType(item):
                return SetOf({v: self.some(value, _has(v)) for v in self.every(item)})
            case _:
                return value

    def some(self, value: Cases, wanted: Callable[[Value], bool]) -> Lit:
        """True where the value is one of the wanted; see NOTE(cases)."""
        yes: list[Lit] = []
        no: list[Lit] = []
        for v, lit in value.of.items():
            (yes if wanted(v) else no).append(lit)
        if not yes:
            return FALSE
        if not no:
            return TRUE
        return self.circuit.disj(yes) if len(yes) <= len(no) else self.circuit.disj(no) ^ 1

    def gather(self, parts: Iterable[tuple[Value, Lit]]) -> Cases:
        """Cases from pairs; literals of equal values are joined."""
        found: dict[Value, list[Lit]] = {}
        for value, lit in parts:
            if lit != FALSE:
                found.setdefault(value, []).append(lit)
        return Cases({v: self.circuit.disj(lits) if len(lits) > 1 else lits[0] for v, lits in found.items()})

    def mapped(self, value: Cases, change: Callable[[Value], Value]) -> Cases:
        """Every case changed."""
        return self.gather((change(v), lit) for v, lit in value.of.items())

    def product(self, left: Cases, right: Cases, join: Callable[[Value, Value], Value]) -> Cases:
        """Every pair of cases joined."""
        if len(left.of) * len(right.of) > MOST_CASES:
            raise Unsupported("an expression has too many combinations of values")
        both = self.circuit.both
        return self.gather((join(a, b), both(x, y)) for a, x in left.of.items() for b, y in right.of.items())

    # --- merging ------------------------------------------------------------------------------------------------

    def merge(self, test: Lit, a: Sym, b: Sym) -> Sym:
        """`a` where the test is true, else `b`."""
        if a is b or test == TRUE:
            return a
        if test == FALSE:
            return b
        ite = self.circuit.ite
        match a, b:
            case int(), int():
                return ite(test, a, b)
            case Cases(), Cases():
                if a.of == b.of:
                    return b
                return cases({v: ite(test, a.of.get(v, FALSE), b.of.get(v, FALSE)) for v in {**a.of, **b.of}})
            case SetOf(), SetOf():
                return SetOf({v: ite(test, a.of.get(v, FALSE), b.of.get(v, FALSE)) for v in {**b.of, **a.of}})
            case Row(), Row():
                return self._merge_rows(test, a, b)
            case Table(), Table():
                pairs = zip(a.entries, b.entries, strict=True)
                return Table(tuple(self.merge(test, x, y) for x, y in pairs))
            case _:
                raise TypeError("values of two shapes do not meet")

    def _merge_rows(self, test: Lit, a: Row, b: Row) -> Row:
        length = self.merge(test, a.length, b.length)
        assert isinstance(length, Cases)
        pairs = itertools.zip_longest(a.items, b.items)
        return Row(length, tuple(y if x is None else x if y is None else self.merge(test, x, y) for x, y in pairs))

    def select(self, choices: Sequence[tuple[Lit, Sym]]) -> Sym:
        """The value whose literal is true, of which exactly one is."""
        choices = [(lit, v) for lit, v in choices if lit != FALSE] or list(choices[:1])
        first = choices[0][1]
        if all(v is first for _, v in choices):
            return first
        conj, disj = self.circuit.both, self.circuit.disj
        match first:
            case int():
                return disj([conj(lit, v) for lit, v in choices if isinstance(v, int)])
            case Cases():
                scalars = [(lit, v) for lit, v in choices if isinstance(v, Cases)]
                return self.gather((value, conj(lit, inner)) for lit, v in scalars for value, inner in v.of.items())
            case SetOf():
                return SetOf(
                    {i: disj([conj(lit, v.of[i]) for lit, v in choices if isinstance(v, SetOf)]) for i in first.of}
                )
            case Row():
                rows = [(lit, v) for lit, v in choices if isinstance(v, Row)]
                chosen = self.select([(lit, r.length) for lit, r in rows])
                assert isinstance(chosen, Cases)
                room = max(len(r.items) for _, r in rows)
                at = [[(lit, r.items[i]) for lit, r in rows if i < len(r.items)] for i in range(room)]
                return Row(chosen, tuple(self.select(each) for each in at))
            case Table():
                tables = [(lit, v) for lit, v in choices if isinstance(v, Table)]
                count = range(len(first.entries))
                return Table(tuple(self.select([(lit, t.entries[i]) for lit, t in tables]) for i in count))
            case _:
                assert_never(first)

    # --- questions ----------------------------------------------------------------------------------------------

    def equal(self, a: Sym, b: Sym) -> Lit:
        """True where two values of one type are equal."""
        both, conj = self.circuit.both, self.circuit.conj
        match a, b:
            case int(), int():
                return self.circuit.same(a, b)
            case Cases(), Cases():
                if a is b:
                    return TRUE
                for x, y in ((a, b), (b, a)):
                    if len(x.of) == 1:
                        value = next(iter(x.of))
                        return self.some(y, _is(value))
                return self.circuit.disj([both(lit, b.of[v]) for v, lit in a.of.items() if v in b.of])
            case SetOf(), SetOf():
                keys = {**a.of, **b.of}
                return conj([self.circuit.same(a.of.get(v, FALSE), b.of.get(v, FALSE)) for v in keys])
            case Row(), Row():
                same = [self.equal(a.length, b.length)]
                for place, (p, q) in enumerate(zip(a.items, b.items, strict=False)):
                    same.append(self.circuit.either(self.shorter(a, place), self.equal(p, q)))
                return conj(same)
            case Table(), Table():
                return conj([self.equal(x, y) for x, y in zip(a.entries, b.entries, strict=True)])
            case _:
                return FALSE

    def shorter(self, row: Row, place: int) -> Lit:
        """True where the sequence has no item at the place."""
        return self.some(row.length, lambda n: isinstance(n, int) and n <= place)

    def fits(self, value: Sym, kind: Type) -> Lit:
        """True where the value, of the right sort of type already, is within bounds and capacities of this one."""
        conj, either = self.circuit.conj, self.circuit.either
        match value, kind:
            case int(), _:
                return TRUE
            case Cases(), _:
                return self.some(value, lambda v: belongs(v, kind, self.finite))  # type: ignore[arg-type]
            case SetOf(of), SetType(item):
                return conj([lit ^ 1 for v, lit in of.items() if not belongs(v, item, self.finite)])  # type: ignore[arg-type]
            case Row(length, items), SeqType(item, _):
                room = capacity(kind, self.finite)
                fine = [self.some(length, lambda n: isinstance(n, int) and n <= room)]
                fine += [either(self.shorter(value, i), self.fits(x, item)) for i, x in enumerate(items)]
                return conj(fine)
            case Table(entries), MapType(_, item):
                return conj([self.fits(x, item) for x in entries])
            case _:
                return FALSE


def _has(item: Value) -> Callable[[Value], bool]:
    return lambda s: isinstance(s, frozenset) and item in s


def _is(value: Value) -> Callable[[Value], bool]:
    return lambda v: v == value


def cases(of: dict[Value, Lit]) -> Cases:
    """Cases without those that are never true."""
    return Cases({v: lit for v, lit in of.items() if lit != FALSE})
