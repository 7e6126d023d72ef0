"""Sequences that depend on inputs, and the elements of sorts and enumerations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from checker.eval_rows import piece
from checker.symbolic.circuit import FALSE, TRUE, Lit
from checker.symbolic.sym_values import Cases, Row, Sym
from checker.symbolic.sym_world import SymFrame
from spec.lang import ir
from spec.lang.spans import BUILTIN
from spec.lang.types import SeqType, Type
from spec.lang.values import Elem, Member, Value, capacity

if TYPE_CHECKING:
    from checker.symbolic.sym_expr import SymExpressions

RowNode = ir.SeqLit | ir.SeqAppend | ir.SeqConcat | ir.SeqAt | ir.SeqRemove | ir.SeqTail | ir.SeqSlice


class Rows:
    """The nodes about sequences; `look` evaluates what is inside them."""

    def __init__(self, look: SymExpressions) -> None:
        self.look = look
        self.world, self.ground = look.world, look.ground
        self.algebra, self.circuit = look.algebra, look.circuit

    def elements(self, domain: ir.SortDomain | ir.EnumDomain) -> list[Value]:
        """The elements of a sort or an enumeration, in order."""
        match domain:
            case ir.SortDomain(sort):
                return [Elem(sort, i) for i in range(self.ground.sizes[sort])]
            case ir.EnumDomain(enum):
                return [Member(enum, name, i) for i, name in enumerate(self.ground.enums[enum].members)]
            case _:
                assert_never(domain)

    def value(self, node: RowNode, frame: SymFrame) -> Sym:
        """The value of an expression about a sequence."""
        look = self.look
        match node:
            case ir.SeqLit(kind, _, items):
                assert isinstance(kind, SeqType)
                made = tuple([look.entering(i, kind.item, frame) for i in items])
                return self._short_enough(Cases({len(made): TRUE}), made, kind)
            case ir.SeqAppend(kind, _, base, item):
                assert isinstance(kind, SeqType)
                before = look.row(base, frame)
                return self._appended(before, look.entering(item, kind.item, frame), kind)
            case ir.SeqConcat(kind, _, left, right):
                assert isinstance(kind, SeqType)
                first = look.row(left, frame)
                return self._joined(first, look.row(right, frame), kind)
            case ir.SeqAt(_, _, base, at):
                row = look.row(base, frame)
                return self._at(row, look.spelled(at, frame), node.type)
            case ir.SeqRemove(_, _, base, item):
                assert isinstance(base.type, SeqType)
                row = look.row(base, frame)
                return self._without(row, look.value(item, frame), base.type.item)
            case ir.SeqTail(_, _, base):
                row = look.row(base, frame)
                return Row(self.algebra.mapped(row.length, lambda n: max(_int(n) - 1, 0)), row.items[1:])
            case ir.SeqSlice(_, _, base, lo, hi):
                row = look.row(base, frame)
                start = look.spelled(lo, frame)
                return self._slice(row, start, None if hi is None else look.spelled(hi, frame))
            case _:
                assert_never(node)

    def contains(self, row: Row, kind: Type, wanted: Cases) -> Lit:
        """True where some item in use is the wanted value."""
        return self.circuit.disj(
            self.circuit.both(
                self.algebra.shorter(row, place) ^ 1, self.algebra.equal(self.algebra.spelled(item, kind), wanted)
            )
            for place, item in enumerate(row.items)
        )

    def _short_enough(self, length: Cases, items: Sequence[Sym], kind: SeqType) -> Row:
        """The sequence; a fault where the type has no room for it."""
        room = capacity(kind, self.ground)
        self.world.fault(self.algebra.some(length, lambda n: _int(n) > room))
        return Row(length, tuple(items[:room]))

    def _appended(self, row: Row, item: Sym, kind: SeqType) -> Row:
        items: list[Sym] = []
        for place in range(len(row.items) + 1):
            here = row.length.of.get(place, FALSE)
            items.append(item if place == len(row.items) else self.algebra.merge(here, item, row.items[place]))
        return self._short_enough(self.algebra.mapped(row.length, lambda n: _int(n) + 1), items, kind)

    def _joined(self, left: Row, right: Row, kind: SeqType) -> Row:
        length = self.algebra.product(left.length, right.length, lambda a, b: _int(a) + _int(b))
        items: list[Sym] = []
        for place in range(min(capacity(kind, self.ground), len(left.items) + len(right.items))):
            choices: list[tuple[Lit, Sym]] = []
            for number, lit in left.length.of.items():
                n = _int(number)
                if place < min(n, len(left.items)):
                    choices.append((lit, left.items[place]))
                elif n <= place < n + len(right.items):
                    choices.append((lit, right.items[place - n]))
            items.append(self.algebra.select(choices) if choices else self.algebra.filler(kind.item))
        return self._short_enough(length, items, kind)

    def _at(self, row: Row, at: Cases, kind: Type) -> Sym:
        choices: list[tuple[Lit, Sym]] = []
        inside: list[Lit] = []
        for number, lit in at.of.items():
            place = _int(number)
            if 0 <= place < len(row.items):
                choices.append((lit, row.items[place]))
                inside.append(self.circuit.both(lit, self.algebra.shorter(row, place) ^ 1))
        self.world.fault(self.circuit.disj(inside) ^ 1)
        return self.algebra.select(choices) if choices else self.algebra.filler(kind)

    def _without(self, row: Row, gone: Sym, kind: Type) -> Row:
        both = self.circuit.both
        count = Cases({0: TRUE})
        items: list[Sym] = [self.algebra.filler(kind)] * len(row.items)
        for place, item in enumerate(row.items):
            kept = both(self.algebra.shorter(row, place) ^ 1, self.algebra.equal(item, gone) ^ 1)
            for target in range(place + 1):
                items[target] = self.algebra.merge(both(kept, count.of.get(target, FALSE)), item, items[target])
            more = self.algebra.mapped(count, lambda n: _int(n) + 1)
            merged = self.algebra.merge(kept, more, count)
            assert isinstance(merged, Cases)
            count = merged
        return Row(count, tuple(items))

    def _slice(self, row: Row, lo: Cases, hi: Cases | None) -> Row:
        some, room = self.algebra.some, len(row.items)
        below = [some(bound, lambda n: _int(n) < 0) for bound in (lo, hi) if bound is not None]
        self.world.fault(self.circuit.disj(below))
        start = self.algebra.mapped(lo, lambda n: min(max(_int(n), 0), room))
        end = Cases({room: TRUE}) if hi is None else self.algebra.mapped(hi, lambda n: min(max(_int(n), 0), room))
        bounds = self.algebra.product(start, end, lambda a, b: (_int(a), _int(b)))
        length = self.algebra.product(bounds, row.length, _length_of_piece)
        items: list[Sym] = []
        for place in range(room):
            choices = [(lit, row.items[_int(n) + place]) for n, lit in start.of.items() if _int(n) + place < room]
            if not choices:
                break
            items.append(self.algebra.select(choices))
        return Row(length, tuple(items))


def _length_of_piece(bounds: Value, length: Value) -> Value:
    assert isinstance(bounds, tuple)
    low, high = map(_int, bounds)
    return len(piece((None,) * _int(length), low, high, BUILTIN))


def _int(value: Value) -> int:
    assert type(value) is int, f"{value!r} is no number"
    return value
