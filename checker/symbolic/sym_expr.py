"""Expressions over values that depend on inputs, one case per node; the order and the faults are those of
`checker.eval_expr`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from checker.eval_scalar import ask, calculate, compare, has_shape
from checker.symbolic.circuit import FALSE, TRUE, Lit
from checker.symbolic.sym_quant import Quantifiers
from checker.symbolic.sym_rows import Rows
from checker.symbolic.sym_values import Cases, Row, SetOf, Sym, Table
from checker.symbolic.sym_world import Symbols, SymFrame, SymWorld
from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.machine import Function
from spec.lang.total import is_total
from spec.lang.types import EnumType, IntType, MapType, RecordType, SeqType, SetType, Type
from spec.lang.values import Answer, Member, Rec, Value, key_count, key_index, map_keys

Caller = Callable[[SymWorld, Function, Symbols, Symbols], Sym | None]


class SymExpressions:
    """Evaluates expressions in a world; `caller` runs the body of a function."""

    def __init__(self, world: SymWorld, caller: Caller) -> None:
        self.world = world
        self.ground = world.ground
        self.algebra = world.algebra
        self.circuit = world.circuit
        self.caller = caller
        self.rows = Rows(self)
        self.quantifiers = Quantifiers(self)

    def value(self, node: Expr, frame: SymFrame) -> Sym:
        """The value of an expression."""
        match node:
            case ir.Lit(_, _, value):
                return (TRUE if value else FALSE) if isinstance(value, bool) else Cases({value: TRUE})
            case ir.NoneLit():
                return Cases({None: TRUE})
            case ir.EnumLit(kind, _, name):
                assert isinstance(kind, EnumType)
                return Cases({Member(kind.name, name, self.ground.enums[kind.name].members.index(name)): TRUE})
            case ir.Local(_, _, name):
                return frame.variables[name]
            case ir.ChoiceRead(_, _, name):
                if name not in frame.choices:
                    choice = next(c for c in frame.function.choices if c.name == name)
                    frame.choices[name] = self.world.choice(choice)
                return frame.choices[name]
            case ir.FieldRead(_, _, name, old):
                state = self.world.old if old else self.world.now
                assert state is not None, f"{node.span}: there is no state before"
                return state[name]
            case ir.ConstRead(_, _, name):
                return self.world.constants[name]
            case ir.SwitchRead() | ir.SortSize():
                raise AssertionError("grounding leaves no switches and sizes")
            case ir.Index() | ir.Attr() | ir.MakeRecord() | ir.Update() | ir.Everywhere() | ir.Listed():
                return self._structure(node, frame)
            case ir.Inject() | ir.Project() | ir.IsNone() | ir.IsVariant():
                return self._shape(node, frame)
            case ir.Not() | ir.And() | ir.Or() | ir.Ite() | ir.Compare() | ir.Arith():
                return self._logic(node, frame)
            case ir.Member() | ir.Length() | ir.SetLit() | ir.SetOp():
                return self._set(node, frame)
            case (
                ir.SeqLit()
                | ir.SeqAppend()
                | ir.SeqConcat()
                | ir.SeqAt()
                | ir.SeqRemove()
                | ir.SeqTail()
                | ir.SeqSlice()
            ):
                return self.rows.value(node, frame)
            case ir.Quant():
                return self.quantifiers.value(node, frame)
            case ir.Call():
                return self._result(self.call(node, frame))
            case ir.OutcomeLit(_, _, site, outputs):
                for _, output in outputs:
                    self.value(output, frame)
                return Cases({Answer(site): TRUE})
            case ir.OutcomeTest(_, _, base, aspect, value):
                sites = self.ground.machine.sites
                return self.algebra.some(
                    self.spelled(base, frame),
                    lambda v: isinstance(v, Answer) and ask(sites[v.site], aspect, value),
                )
            case _:
                assert_never(node)

    @staticmethod
    def _result(value: Sym | None) -> Sym:
        return Cases({None: TRUE}) if value is None else value

    # --- typed forms of value -----------------------------------------------------------------------------------

    def truth(self, node: Expr, frame: SymFrame) -> Lit:
        """The literal of a condition."""
        value = self.value(node, frame)
        assert isinstance(value, int), f"{node.span}: not a bool"
        return value

    def spelled(self, node: Expr, frame: SymFrame) -> Cases:
        """The value as cases."""
        return self.algebra.spelled(self.value(node, frame), node.type)

    def row(self, node: Expr, frame: SymFrame) -> Row:
        """The value of a sequence."""
        value = self.value(node, frame)
        assert isinstance(value, Row), f"{node.span}: not a sequence"
        return value

    def set_of(self, node: Expr, frame: SymFrame) -> SetOf:
        """The value of a set."""
        value = self.value(node, frame)
        assert isinstance(value, SetOf), f"{node.span}: not a set"
        return value

    def fit(self, value: Sym, kind: Type) -> Sym:
        """The value itself; a fault where a place of this type cannot hold it."""
        self.world.fault(self.algebra.fits(value, kind) ^ 1)
        return value

    def entering(self, node: Expr, kind: Type, frame: SymFrame) -> Sym:
        """The value, checked for a place of this type."""
        return self.fit(self.value(node, frame), kind)

    def entering_spelled(self, node: Expr, kind: Type, frame: SymFrame) -> Cases:
        """The checked value as cases."""
        return self.algebra.spelled(self.entering(node, kind, frame), kind)

    def passed(self, node: Expr, kind: Type, frame: SymFrame) -> Sym:
        """The value for a local, parameter or result: an integer there has no bounds."""
        value = self.value(node, frame)
        return value if isinstance(kind, IntType) else self.fit(value, kind)

    def when(self, test: Lit, node: Expr, frame: SymFrame) -> Lit:
        """A condition that is only evaluated where the test is true, and taken for false elsewhere."""
        found = self.world.fork(frame, test, lambda: self.truth(node, frame), lambda: FALSE)
        assert isinstance(found, int)
        return found

    # --- structure ----------------------------------------------------------------------------------------------

    def _structure(
        self, node: ir.Index | ir.Attr | ir.MakeRecord | ir.Update | ir.Everywhere | ir.Listed, frame: SymFrame
    ) -> Sym:
        match node:
            case ir.Index(_, _, base, keys):
                assert isinstance(base.type, MapType)
                table = self.value(base, frame)
                assert isinstance(table, Table)
                places = self.places(self.keys(keys, base.type, frame), base.type)
                return self.algebra.select([(lit, table.entries[place]) for place, lit in places])
            case ir.Attr(kind, _, base, name):
                found = self.algebra.mapped(self.spelled(base, frame), lambda v: self._attribute(v, name))
                return self.algebra.shaped(found, kind)
            case ir.MakeRecord(kind, _, items):
                assert isinstance(kind, RecordType)
                decl = self.ground.records[kind.name]
                made = Cases({Rec(kind.name, ()): TRUE})
                for item, (_, item_kind) in zip(items, decl.fields, strict=True):
                    made = self.algebra.product(made, self.entering_spelled(item, item_kind, frame), _with_item)
                return made
            case ir.Update(kind, _, base, items):
                assert isinstance(kind, RecordType)
                kinds = dict(self.ground.records[kind.name].fields)
                return self._updated(self.spelled(base, frame), kinds, items, frame)
            case ir.Everywhere(kind, _, value):
                assert isinstance(kind, MapType)
                return Table((self.entering(value, kind.value, frame),) * key_count(kind, self.ground))
            case ir.Listed(kind, _, items):
                assert isinstance(kind, MapType)
                given = [self.entering(item, kind.value, frame) for item in items]
                return Table(tuple(given[min(i, len(given) - 1)] for i in range(key_count(kind, self.ground))))
            case _:
                assert_never(node)

    def _names(self, record: str) -> list[str]:
        return [name for name, _ in self.ground.records[record].fields]

    def _attribute(self, value: Value, name: str) -> Value:
        assert isinstance(value, Rec)
        return value.items[self._names(value.name).index(name)]

    def _updated(
        self, record: Cases, kinds: dict[str, Type], items: tuple[tuple[str, Expr], ...], frame: SymFrame
    ) -> Cases:
        for name, item in items:
            new = self.entering_spelled(item, kinds[name], frame)
            record = self.algebra.product(record, new, lambda r, v, n=name: self._replaced(r, n, v))  # type: ignore[misc]
        return record

    def _replaced(self, record: Value, name: str, item: Value) -> Value:
        assert isinstance(record, Rec)
        place = self._names(record.name).index(name)
        return Rec(record.name, (*record.items[:place], item, *record.items[place + 1 :]))

    def keys(self, keys: tuple[Expr, ...], kind: MapType, frame: SymFrame) -> list[Cases]:
        """The keys of an entry, checked; a fault for an integer key that the map does not have."""
        return [self.entering_spelled(k, t, frame) for k, t in zip(keys, kind.keys, strict=True)]

    def places(self, keys: list[Cases], kind: MapType) -> list[tuple[int, Lit]]:
        """The places that the keys may mean, each with its literal."""
        found: list[tuple[int, Lit]] = []
        for key in map_keys(kind, self.ground):
            lit = self.circuit.conj([given.of.get(part, FALSE) for given, part in zip(keys, key, strict=True)])
            if lit != FALSE:
                found.append((key_index(key, kind, self.ground), lit))
        return found or [(0, FALSE)]

    def _shape(self, node: ir.Inject | ir.Project | ir.IsNone | ir.IsVariant, frame: SymFrame) -> Sym:
        base, some = self.spelled(node.base, frame), self.algebra.some
        match node:
            case ir.Inject(kind):
                return self.fit(base, kind)
            case ir.Project(kind):
                self.world.fault(some(base, lambda v: has_shape(v, kind)) ^ 1)
                return self.algebra.shaped(Cases({v: x for v, x in base.of.items() if has_shape(v, kind)}), kind)
            case ir.IsNone():
                return some(base, lambda v: v is None)
            case ir.IsVariant(_, _, _, variant):
                return some(base, lambda v: isinstance(v, Rec) and v.name == variant)
            case _:
                assert_never(node)

    # --- logic and numbers --------------------------------------------------------------------------------------

    def _logic(self, node: ir.Not | ir.And | ir.Or | ir.Ite | ir.Compare | ir.Arith, frame: SymFrame) -> Sym:
        match node:
            case ir.Not(_, _, base):
                return self.truth(base, frame) ^ 1
            case ir.And(_, _, items):
                return self._every(items, frame)
            case ir.Or(_, _, items):
                return self._any(items, frame)
            case ir.Ite(_, _, test, then, other):
                found = self.world.fork(
                    frame,
                    self.truth(test, frame),
                    lambda: self.value(then, frame),
                    lambda: self.value(other, frame),
                )
                assert found is not None
                return found
            case ir.Compare(_, _, op, left, right):
                return self._compare(op, left, right, frame)
            case ir.Arith(_, _, op, left, right):
                first = self.spelled(left, frame)
                second = self.spelled(right, frame)
                return self.algebra.product(first, second, lambda a, b: calculate(op, _int(a), _int(b)))
            case _:
                assert_never(node)

    def _every(self, items: tuple[Expr, ...], frame: SymFrame) -> Lit:
        first = self.truth(items[0], frame)
        if len(items) == 1 or first == FALSE:
            return first
        if all(is_total(item, self.ground) for item in items[1:]):
            return self.circuit.conj([first, *(self.truth(item, frame) for item in items[1:])])
        found = self.world.fork(frame, first, lambda: self._every(items[1:], frame), lambda: FALSE)
        assert isinstance(found, int)
        return found

    def _any(self, items: tuple[Expr, ...], frame: SymFrame) -> Lit:
        first = self.truth(items[0], frame)
        if len(items) == 1 or first == TRUE:
            return first
        if all(is_total(item, self.ground) for item in items[1:]):
            return self.circuit.disj([first, *(self.truth(item, frame) for item in items[1:])])
        found = self.world.fork(frame, first, lambda: TRUE, lambda: self._any(items[1:], frame))
        assert isinstance(found, int)
        return found

    def _compare(self, op: ir.CompareOp, left: Expr, right: Expr, frame: SymFrame) -> Lit:
        a, b = self.value(left, frame), self.value(right, frame)
        if op in ("==", "!="):
            return self.algebra.equal(a, b) ^ (op == "!=")
        if isinstance(a, Cases) and isinstance(b, Cases) and len(b.of) == 1:
            bound = next(iter(b.of))
            return self.algebra.some(a, lambda v: compare(op, v, bound))
        pair = self.algebra.product(
            self.algebra.spelled(a, left.type), self.algebra.spelled(b, right.type), lambda v, w: compare(op, v, w)
        )
        return self.algebra.some(pair, lambda v: v is True)

    # --- sets ---------------------------------------------------------------------------------------------------

    def _set(self, node: ir.Member | ir.Length | ir.SetLit | ir.SetOp, frame: SymFrame) -> Sym:
        match node:
            case ir.Member(_, _, item, base):
                wanted, many = self.spelled(item, frame), self.value(base, frame)
                if isinstance(many, SetOf):
                    both = self.circuit.both
                    return self.circuit.disj([both(x, many.of.get(v, FALSE)) for v, x in wanted.of.items()])
                assert isinstance(many, Row) and isinstance(base.type, SeqType)
                return self.rows.contains(many, base.type.item, wanted)
            case ir.Length(_, _, base):
                many = self.value(base, frame)
                if isinstance(many, Row):
                    return many.length
                assert isinstance(many, SetOf)
                return self.quantifiers.count(list(many.of.values()))
            case ir.SetLit(kind, _, items):
                assert isinstance(kind, SetType)
                spelled = [self.entering_spelled(item, kind.item, frame) for item in items]
                return SetOf(
                    {v: self.circuit.disj([s.of.get(v, FALSE) for s in spelled]) for v in self.algebra.every(kind.item)}
                )
            case ir.SetOp(kind, _, op, left, right):
                assert isinstance(kind, SetType)
                one, other = self.entering(left, kind, frame), self.entering(right, kind, frame)
                assert isinstance(one, SetOf) and isinstance(other, SetOf)
                keys = self.algebra.every(kind.item)
                return SetOf({v: self._joined(op, one.of.get(v, FALSE), other.of.get(v, FALSE)) for v in keys})
            case _:
                assert_never(node)

    def _joined(self, op: ir.SetOperator, a: Lit, b: Lit) -> Lit:
        if op == "|":
            return self.circuit.either(a, b)
        return self.circuit.both(a, b ^ (op == "-"))

    # --- domains ------------------------------------------------------------------------------------------------

    def elements(self, domain: ir.Domain, frame: SymFrame) -> Iterator[tuple[Lit, Sym]]:
        """What a variable may run over, in order: each with the literal that says that there is such a turn."""
        match domain:
            case ir.SortDomain() | ir.EnumDomain():
                for value in self.rows.elements(domain):
                    yield TRUE, Cases({value: TRUE})
            case ir.RangeDomain(lo, hi):
                first, last = self.spelled(lo, frame), self.spelled(hi, frame)
                yield from self._range(first, last)
            case ir.ElementsDomain(base):
                many = self.value(base, frame)
                if isinstance(many, Row):
                    for place, item in enumerate(many.items):
                        yield self.algebra.shorter(many, place) ^ 1, item
                else:
                    assert isinstance(many, SetOf) and isinstance(base.type, SetType)
                    for value in self.algebra.every(base.type.item):
                        yield many.of.get(value, FALSE), self.algebra.constant(value, base.type.item)
            case _:
                assert_never(domain)

    def _range(self, first: Cases, last: Cases) -> Iterator[tuple[Lit, Sym]]:
        some = self.algebra.some
        for number in range(min(map(_int, first.of), default=0), max(map(_int, last.of), default=0)):
            begun, ended = some(first, _up_to(number)), some(last, _up_to(number))
            yield self.circuit.both(begun, ended ^ 1), Cases({number: TRUE})

    # --- calls --------------------------------------------------------------------------------------------------

    def call(self, node: ir.Call, frame: SymFrame) -> Sym | None:
        """What the function returns; its own choices are read afresh unless given."""
        function = self.ground.functions[node.function]
        places = zip(function.params, node.args, strict=True)
        args = {p.name: self.passed(e, p.type, frame) for p, e in places}
        kinds = {c.name: c.type for c in function.choices}
        given = {name: self.passed(e, kinds[name], frame) for name, e in node.given}
        return self.caller(self.world, function, args, given)


def _with_item(record: Value, item: Value) -> Value:
    assert isinstance(record, Rec)
    return Rec(record.name, (*record.items, item))


def _up_to(most: int) -> Callable[[Value], bool]:
    return lambda v: _int(v) <= most


def _int(value: Value) -> int:
    assert type(value) is int, f"{value!r} is no number"
    return value

