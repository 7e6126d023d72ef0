"""Sets, sequences, domains and comprehensions as terms; `checker.eval_expr` has the same on plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from checker.symbolic.plain_numbers import Num
from checker.symbolic.plain_shapes import Shapes
from checker.symbolic.plain_terms import CannotEncode, Term
from checker.symbolic.plain_values import Bag, Opt, Row, Sym
from checker.symbolic.plain_world import Frame, World
from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.types import OptionType, SeqType, SetType, Type
from spec.lang.values import capacity, values

MAX_TURNS = 1 << 12
"""The most turns of one range of integers."""


class Collections:
    """The part of `Expressions` that is about many values; `value` is given there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ground = world.ground
        self.symbols = world.symbols
        self.terms = world.symbols.terms
        self.shapes = Shapes(world.symbols)

    def value(self, node: Expr, frame: Frame) -> Sym:
        """The value of an expression; where it has none, a fault ends the run."""
        raise NotImplementedError

    def truth(self, node: Expr, frame: Frame) -> Term:
        """The value of a condition."""
        value = self.value(node, frame)
        assert isinstance(value, Term), f"{node.span}: not a bool"
        return value

    def number(self, node: Expr, frame: Frame) -> Num:
        """The value of an integer expression."""
        value = self.value(node, frame)
        assert isinstance(value, Num), f"{node.span}: not an int"
        return value

    def row(self, node: Expr, frame: Frame) -> Row:
        """The value of a sequence."""
        value = self.value(node, frame)
        assert isinstance(value, Row), f"{node.span}: not a sequence"
        return value

    def entering(self, node: Expr, kind: Type, frame: Frame) -> Sym:
        """The value, checked for a place of this type."""
        return self.world.fitted(self.shapes.fit(self.value(node, frame), kind))

    def one_of(self, tests: list[Term], entries: tuple[Sym, ...]) -> Sym:
        """The entry whose test is true; one of them is, where it matters."""
        for test, entry in zip(tests, entries, strict=True):
            if test is self.terms.true:
                return entry
        found = entries[-1]
        for test, entry in zip(reversed(tests[:-1]), reversed(entries[:-1]), strict=True):
            found = self.symbols.pick(test, entry, found)
        return found

    # --- sets and sequences -------------------------------------------------------------------------------------

    def _set(self, node: ir.Member | ir.Length | ir.SetLit | ir.SetOp, frame: Frame) -> Sym:
        t = self.terms
        match node:
            case ir.Member(_, _, item, base):
                wanted, many = self.value(item, frame), self._many(base, frame)
                return self.shapes.contains(many, wanted, item_type(base.type))
            case ir.Length(_, _, base):
                many = self._many(base, frame)
                return many.length if isinstance(many, Row) else self.symbols.total(many.has.values())
            case ir.SetLit(kind, _, items):
                assert isinstance(kind, SetType)
                given = [self.entering(item, kind.item, frame) for item in items]
                return self._bag([(t.true, item) for item in given], kind)
            case ir.SetOp(kind, _, op, left, right):
                first, second = self.entering(left, kind, frame), self.entering(right, kind, frame)
                assert isinstance(first, Bag) and isinstance(second, Bag)
                match op:
                    case "|":
                        return Bag({v: t.either(has, second.has[v]) for v, has in first.has.items()})
                    case "&":
                        return Bag({v: t.both(has, second.has[v]) for v, has in first.has.items()})
                    case "-":
                        return Bag({v: t.both(has, t.no(second.has[v])) for v, has in first.has.items()})
                    case _:
                        assert_never(op)
            case _:
                assert_never(node)

    def _bag(self, items: list[tuple[Term, Sym]], kind: SetType) -> Bag:
        s, t = self.symbols, self.terms
        every = [(v, s.constant(v, kind.item)) for v in values(kind.item, self.ground)]
        return Bag({v: t.either(*(t.both(c, s.equal(item, known)) for c, item in items)) for v, known in every})

    def _many(self, node: Expr, frame: Frame) -> Bag | Row:
        value = self.value(node, frame)
        assert isinstance(value, Bag | Row), f"{node.span}: neither set nor sequence"
        return value

    def _longer(self, node: ir.SeqLit | ir.SeqAppend | ir.SeqConcat, frame: Frame) -> Sym:
        kind, used = node.type, self.shapes.used
        assert isinstance(kind, SeqType)
        match node:
            case ir.SeqLit(_, _, items):
                entries = [(self.terms.true, self.entering(i, kind.item, frame)) for i in items]
            case ir.SeqAppend(_, _, base, item):
                row = self.row(base, frame)
                entries = [*used(row), (self.terms.true, self.entering(item, kind.item, frame))]
            case ir.SeqConcat(_, _, left, right):
                entries = [*used(self.row(left, frame)), *used(self.row(right, frame))]
            case _:
                assert_never(node)
        return self._row(entries, kind)

    def _row(self, entries: list[tuple[Term, Sym]], kind: SeqType) -> Sym:
        """The sequence of the entries whose test is true; a fault where they are more than the type has room for."""
        row = self.shapes.collect(entries, self.symbols.blank(kind.item))
        most = capacity(kind, self.ground)
        self.world.fault_if(self.symbols.less(self.symbols.num(most), row.length))
        return self.shapes.cut(row, most)

    def _part(self, node: ir.SeqAt | ir.SeqRemove | ir.SeqTail | ir.SeqSlice, frame: Frame) -> Sym:
        s, t, used = self.symbols, self.terms, self.shapes.used
        row = self.row(node.base, frame)
        match node:
            case ir.SeqAt(kind, _, _, place):
                at = self.number(place, frame)
                self.world.fault_if(t.either(s.less(at, s.num(0)), s.less(row.length, at, strict=False)))
                found = [s.equal(at, s.num(i)) for i in range(len(row.items))]
                return self.one_of(found, row.items) if row.items else self.world.nothing(kind)
            case ir.SeqRemove(_, _, _, item):
                gone = self.value(item, frame)
                entries = [(t.both(test, t.no(s.equal(entry, gone))), entry) for test, entry in used(row)]
            case ir.SeqTail():
                entries = used(row)[1:]
            case ir.SeqSlice(_, _, _, lo, hi):
                first = self.number(lo, frame)
                last = row.length if hi is None else self.number(hi, frame)
                self.world.fault_if(t.either(s.less(first, s.num(0)), s.less(last, s.num(0))))
                places = [(s.num(i), test, entry) for i, (test, entry) in enumerate(used(row))]
                entries = [(t.both(s.less(first, i, strict=False), s.less(i, last), c), e) for i, c, e in places]
            case _:
                assert_never(node)
        return self.shapes.cut(self.shapes.collect(entries, row.blank), len(row.items))

    # --- domains and comprehensions -----------------------------------------------------------------------------

    def elements(self, domain: ir.Domain, frame: Frame) -> list[tuple[Term, Sym]]:
        """What a variable may run over, in order, and whether it does; taken once."""
        s, t = self.symbols, self.terms
        match domain:
            case ir.SortDomain(sort):
                return [(t.true, s.num(i)) for i in range(self.ground.sizes[sort])]
            case ir.EnumDomain(enum):
                return [(t.true, s.num(i)) for i in range(len(self.ground.enums[enum].members))]
            case ir.RangeDomain(lo, hi):
                first = self.number(lo, frame)
                end = self.number(hi, frame)
                if end.high - first.low > MAX_TURNS:
                    raise CannotEncode(f"a range may have {end.high - first.low} turns; {MAX_TURNS} is the most")
                turns = [s.num(i) for i in range(first.low, end.high)]
                return [(t.both(s.less(first, i, strict=False), s.less(i, end)), i) for i in turns]
            case ir.ElementsDomain(base):
                many = self._many(base, frame)
                if isinstance(many, Row):
                    return self.shapes.used(many)
                kind = item_type(base.type)
                every = [(many.has.get(v, t.false), s.constant(v, kind)) for v in values(kind, self.ground)]
                return [(has, item) for has, item in every if has is not t.false]
            case _:
                assert_never(domain)

    def _bind(
        self, node: ir.Quant, depth: int, frame: Frame, visit: Callable[[Term], Term], turn: Term, done: list[Term]
    ) -> None:
        """Calls `visit` for every turn, the first variable outermost, with the test that there is such a turn.

        Its answers are collected in `done`: where one is true there are no more turns.
        """
        t = self.terms
        if depth == len(node.binders):
            passes = t.true if node.cond is None else self.truth(node.cond, frame)
            if passes is not t.false:
                with self.world.under(passes):
                    done.append(visit(t.both(turn, passes)))
            return
        binder = node.binders[depth]
        for is_there, value in self.elements(binder.domain, frame):
            frame.variables[binder.name] = value
            with self.world.under(t.both(is_there, t.no(t.either(*done)))):
                if self.world.here is not t.false:
                    self._bind(node, depth + 1, frame, visit, t.both(turn, is_there), done)

    def _quantifier(self, node: ir.Quant, frame: Frame) -> Sym:
        """Every turn in order. The bodies of turns after the one that decides are not evaluated."""
        s, t = self.symbols, self.terms
        tests: list[Term] = []
        bodies: list[Sym] = []

        def visit(turn: Term) -> Term:
            body = None if node.body is None else self.value(node.body, frame)
            if node.kind == "first" or node.kind == "set":
                assert isinstance(node.type, OptionType | SetType)
                body = self.world.fitted(self.shapes.fit(body, node.type.item))
            tests.append(turn)
            bodies.append(body)
            match node.kind:
                case "all" | "any":
                    assert isinstance(body, Term)
                    return t.both(turn, t.no(body) if node.kind == "all" else body)
                case "first":
                    return turn
                case _:
                    return t.false

        self._bind(node, 0, frame, visit, t.true, [])
        turns = list(zip(tests, bodies, strict=True))
        match node.kind:
            case "all":
                return t.both(*(t.implies(turn, body) for turn, body in turns if isinstance(body, Term)))
            case "any":
                return t.either(*(t.both(turn, body) for turn, body in turns if isinstance(body, Term)))
            case "count":
                return s.total(t.both(turn, body) if isinstance(body, Term) else turn for turn, body in turns)
            case "first":
                return self._first(turns, node.type)
            case "set":
                assert isinstance(node.type, SetType)
                return self._bag(turns, node.type)
            case "sum" | "min" | "max":
                return self._fold(node.kind, [(turn, body) for turn, body in turns if isinstance(body, Num)])
            case _:
                assert_never(node.kind)

    def _first(self, turns: list[tuple[Term, Sym]], kind: Type) -> Sym:
        found: Sym = self.symbols.constant(None, kind)
        for turn, body in reversed(turns):
            found = self.symbols.pick(turn, Opt(self.terms.false, body), found)
        return found

    def _fold(self, kind: ir.QuantKind, turns: list[tuple[Term, Num]]) -> Sym:
        s, t = self.symbols, self.terms
        if kind == "sum":
            result: Sym = s.num(0)
            for turn, body in turns:
                assert isinstance(result, Num)
                result = s.pick(turn, s.calculate("+", result, body), result)
            return result
        self.world.fault_if(t.no(t.either(*(turn for turn, _ in turns))))
        best: Sym = s.num(0)
        some = t.false
        for turn, body in turns:
            assert isinstance(best, Num)
            better = s.less(body, best) if kind == "min" else s.less(best, body)
            best = s.pick(t.both(turn, t.either(t.no(some), better)), body, best)
            some = t.either(some, turn)
        return best


def item_type(kind: Type) -> Type:
    """The type of the items of a set or sequence."""
    assert isinstance(kind, SetType | SeqType)
    return kind.item
