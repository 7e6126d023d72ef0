"""The meaning of expressions for any size; `checker/eval_expr.py` is the meaning for given sizes.

NOTE(faults): a step that goes wrong leads nowhere, so for steps a value that would be wrong is any value. A promise
that goes wrong is broken, so for promises every place that may go wrong is kept as a `fault` under its path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from checker.eval_scalar import ask
from checker.symbolic.unsized_quant import Comprehensions
from checker.symbolic.unsized_rows import appended, row_equal, set_equal, without_item
from checker.symbolic.unsized_scene import Frame, Scene
from checker.symbolic.unsized_terms import (
    Leaf,
    Number,
    Outside,
    Truth,
    at_most,
    conj,
    disj,
    less,
    neg,
    same,
    total,
)
from checker.symbolic.unsized_values import (
    Row,
    SetOf,
    Sum,
    Table,
    Value,
    cases,
    convert,
    empty_row,
    empty_set,
    equal,
    pick,
)
from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.machine import Function
from spec.lang.types import BoolType, EnumType, IntType, MapType, RecordType, SeqType, SetType, SortType, Type

Caller = Callable[[Scene, Frame, ir.Call, Function, dict[str, Value], dict[str, Value]], Value]


class Expressions:
    """Evaluates expressions in a scene; `caller` runs the body of a function."""

    def __init__(self, scene: Scene, caller: Caller) -> None:
        self.scene = scene
        self.world = scene.world
        self.facts = scene.world.facts
        self.machine = scene.world.machine
        self.caller = caller

    # --- by kind of value ---------------------------------------------------------------------------------------

    def truth(self, node: Expr, frame: Frame) -> Truth:
        """The value of a condition."""
        found = self.value(node, frame)
        assert not isinstance(found, int | Sum | SetOf | Row | Table | None) or isinstance(found, bool)
        return found

    def leaf(self, node: Expr, frame: Frame) -> Leaf:
        """The value of an expression of a plain type."""
        found = self.value(node, frame)
        if isinstance(found, Sum | SetOf | Row | Table | None):
            raise Outside(f"{node.span}: a record or option as an entry of a sequence")
        return found

    def number(self, node: Expr, frame: Frame) -> Number:
        """The value of an integer expression."""
        return self.leaf(node, frame)

    def row(self, node: Expr, frame: Frame) -> Row:
        """The value of a sequence."""
        found = self.value(node, frame)
        if not isinstance(found, Row):
            raise Outside(f"{node.span}: a sequence of this kind")
        return found

    def entering(self, node: Expr, kind: Type, frame: Frame) -> Value:
        """The value, checked for a place of this type."""
        found = self.value(node, frame)
        self.fault(neg(self.world.fits(found, kind)), frame)
        return found

    def fault(self, when: Truth, frame: Frame) -> None:
        """Evaluation goes wrong here."""
        if self.scene.strict and when is not False:
            self.scene.faults.append(conj([self.scene.guard(frame), when]))

    # --- leaves and structure -----------------------------------------------------------------------------------

    def value(self, node: Expr, frame: Frame) -> Value:
        """The value of an expression; `Outside` where the text has no summary."""
        match node:
            case ir.Lit(_, _, value):
                return value
            case ir.NoneLit():
                return None if cases(node.type, self.machine.records) is None else self._none(node)
            case ir.EnumLit(EnumType(name), _, member):
                return self.machine.enums[name].members.index(member)
            case ir.Local(_, _, name):
                return self._local(node, name, frame)
            case ir.ChoiceRead(_, _, name):
                return self._choice(name, frame)
            case ir.FieldRead(_, span, name, old):
                state = self.scene.old if old else self.scene.state
                assert state is not None, f"{span}: there is no state before"
                return state[name]
            case ir.ConstRead(_, _, name):
                return self.world.constants[name]
            case ir.SwitchRead(kind, _, name):
                found = self.world.switches[name]
                return self.machine.enums[kind.name].members.index(str(found)) if isinstance(kind, EnumType) else found
            case ir.Index(_, _, base, keys):
                table = self.value(base, frame)
                assert isinstance(table, Table) and isinstance(base.type, MapType)
                return table.at(self.keys(keys, base.type, frame))
            case ir.Attr() | ir.MakeRecord() | ir.Everywhere():
                return self._structure(node, frame)
            case ir.Inject() | ir.Project() | ir.IsNone() | ir.IsVariant():
                return self._shape(node, frame)
            case ir.Not() | ir.And() | ir.Or() | ir.Ite() | ir.Compare() | ir.Arith():
                return self._logic(node, frame)
            case ir.Member() | ir.Length() | ir.SetLit() | ir.SetOp() | ir.SeqLit() | ir.SeqAppend() | ir.SeqRemove():
                return self._many(node, frame)
            case ir.Quant():
                return Comprehensions(self).value(node, frame)
            case ir.Call():
                return self.call(node, frame)
            case ir.OutcomeLit(_, _, site, outputs):
                for _, item in outputs:
                    self.value(item, frame)
                return site
            case ir.OutcomeTest(_, _, base, aspect, value):
                answer = self.leaf(base, frame)
                hits = [i for i, site in enumerate(self.machine.sites) if ask(site, aspect, value)]
                return answer in hits if isinstance(answer, int) else disj(same(answer, i) for i in hits)
            case _:
                raise Outside(f"{node.span}: {type(node).__name__}")

    def _none(self, node: Expr) -> Sum:
        found = cases(node.type, self.machine.records)
        assert found is not None
        return Sum(0, tuple(() if i == 0 else None for i in range(len(found))))

    def _local(self, node: Expr, name: str, frame: Frame) -> Value:
        if name not in frame.variables or frame.assigned.get(name, True) is not True:
            raise Outside(f"{node.span}: the value of '{name}' is carried from turn to turn, or out of a loop")
        return frame.variables[name]

    def _choice(self, name: str, frame: Frame) -> Value:
        if name not in frame.choices:
            if self.scene.pure:
                raise Outside(f"{frame.function.name} reads a choice of nature in a comprehension")
            choice = next(c for c in frame.function.choices if c.name == name)
            frame.choices[name] = self.world.unknown(choice.type, f"{frame.path}?{name}", frame.scope)
        return frame.choices[name]

    def keys(self, nodes: tuple[Expr, ...], kind: MapType, frame: Frame) -> tuple[Leaf, ...]:
        """The keys of an entry."""
        if not all(isinstance(t, SortType | EnumType | BoolType) for t in kind.keys):
            raise Outside(f"{nodes[0].span}: a map with numbers as keys")
        return tuple(self.leaf(node, frame) for node in nodes)

    def _structure(self, node: ir.Attr | ir.MakeRecord | ir.Everywhere, frame: Frame) -> Value:
        records = self.machine.records
        match node:
            case ir.Attr(_, _, base, name):
                rec = self.value(base, frame)
                assert isinstance(rec, Sum) and isinstance(base.type, RecordType) and rec.parts[0] is not None
                return rec.parts[0][[n for n, _ in records[base.type.name].fields].index(name)]
            case ir.MakeRecord(kind, _, items):
                assert isinstance(kind, RecordType)
                places = zip(items, records[kind.name].fields, strict=True)
                return Sum(0, (tuple(self.entering(item, t, frame) for item, (_, t) in places),))
            case ir.Everywhere(kind, _, value):
                assert isinstance(kind, MapType)
                found = self.placed(value, kind.value, frame)
                return Table(lambda _: found, self.facts.cache)
            case _:
                assert_never(node)

    def placed(self, node: Expr, kind: Type, frame: Frame) -> Value:
        """The value as a place of this type holds it: an empty literal becomes what is empty there."""
        if isinstance(node, ir.NoneLit) and node.type != kind:
            return convert(None, node.type, kind, self.machine.records)[0]
        return self.entering(node, kind, frame)

    def _shape(self, node: ir.Inject | ir.Project | ir.IsNone | ir.IsVariant, frame: Frame) -> Value:
        records = self.machine.records
        base = self.value(node.base, frame)
        match node:
            case ir.Inject(kind) | ir.Project(kind):
                found, wrong = convert(base, node.base.type, kind, records)
                if found is None or (isinstance(found, Sum) and all(part is None for part in found.parts)):
                    found = self.world.unknown(kind, self.facts.fresh("nothing"), ())
                self.fault(wrong, frame)
                self.fault(neg(self.world.fits(found, kind)), frame)
                return found
            case ir.IsNone():
                return base is None or (isinstance(base, Sum) and same(base.tag, 0))
            case ir.IsVariant(_, _, _, variant):
                if base is None:
                    return False
                assert isinstance(base, Sum)
                names = [name for name, _ in cases(node.base.type, records) or ()]
                return same(base.tag, names.index(variant)) if variant in names else False
            case _:
                assert_never(node)

    # --- logic and numbers --------------------------------------------------------------------------------------

    def _logic(self, node: ir.Not | ir.And | ir.Or | ir.Ite | ir.Compare | ir.Arith, frame: Frame) -> Value:
        match node:
            case ir.Not(_, _, base):
                return neg(self.truth(base, frame))
            case ir.And(_, _, items):
                return self._junction(items, frame, stop=False)
            case ir.Or(_, _, items):
                return self._junction(items, frame, stop=True)
            case ir.Ite(_, _, test, then, other):
                return self._ite(self.truth(test, frame), then, other, frame)
            case ir.Compare(_, _, op, left, right):
                return self._compare(op, self.value(left, frame), self.value(right, frame), left.type, str(node.span))
            case ir.Arith(_, span, op, left, right):
                return self._calculate(op, self.number(left, frame), self.number(right, frame), str(span))
            case _:
                assert_never(node)

    def _junction(self, items: tuple[Expr, ...], frame: Frame, *, stop: bool) -> Truth:
        """`And` (which stops at False) and `Or` (at True); what comes later is evaluated only where nothing stopped."""
        going: list[Truth] = []
        for item in items:
            on = conj(going)
            if on is False:
                break
            before = self.scene.state
            with self.scene.under(on):
                found = self.truth(item, frame)
            if self.scene.state is not before and on is not True:
                raise Outside(f"{item.span}: a condition that writes where it is not always evaluated")
            going.append(neg(found) if stop else found)
        return neg(conj(going)) if stop else conj(going)

    def _ite(self, test: Truth, then: Expr, other: Expr, frame: Frame) -> Value:
        if isinstance(test, bool):
            return self.value(then if test else other, frame)
        before = self.scene.state
        with self.scene.under(test):
            first = self.value(then, frame)
        with self.scene.under(neg(test)):
            second = self.value(other, frame)
        if self.scene.state is not before:
            raise Outside(f"{then.span}: an arm of a conditional expression that writes")
        return pick(test, first, second)

    def _compare(self, op: ir.CompareOp, left: Value, right: Value, kind: Type, where: str) -> Truth:
        if op in ("==", "!="):
            if isinstance(left, Row) and isinstance(right, Row):
                found = row_equal(left, right, where)
            elif isinstance(left, SetOf) and isinstance(right, SetOf) and isinstance(kind, SetType):
                found = set_equal(self.world, left, right, kind.item)
            else:
                found = equal(left, right)
            return found if op == "==" else neg(found)
        if isinstance(kind, SortType) and self.world.is_open(kind.name):
            raise Outside(f"{where}: the order of the elements of {kind.name}")
        assert not isinstance(left, Sum | SetOf | Row | Table | None) and not isinstance(
            right, Sum | SetOf | Row | Table | None
        )
        match op:
            case "<":
                return less(left, right)
            case "<=":
                return at_most(left, right)
            case ">":
                return less(right, left)
            case ">=":
                return at_most(right, left)
            case _:
                raise AssertionError(f"no comparison {op}")

    def _calculate(self, op: ir.ArithOp, left: Number, right: Number, where: str) -> Number:
        match op:
            case "+":
                return total([left, right])
            case "-":
                return left - right
            case _:
                raise Outside(f"{where}: numbers joined by `{op}`")

    # --- sets and sequences -------------------------------------------------------------------------------------

    def _many(self, node: Expr, frame: Frame) -> Value:
        match node:
            case ir.Member(_, _, item, base):
                wanted = self.value(item, frame)
                found = self.value(base, frame)
                return self._is_in(wanted, found, str(node.span))
            case ir.Length(_, span, base):
                found = self.value(base, frame)
                if not isinstance(found, Row):
                    raise Outside(f"{span}: the size of a set")
                return found.size()
            case ir.SetLit(SetType(kind), _, items):
                made = [self.entering(item, kind, frame) for item in items]
                return SetOf(lambda v: disj(equal(v, m) for m in made)) if made else empty_set()
            case ir.SetOp(kind, span, op, left, right):
                if self.scene.strict and (left.type != kind or right.type != kind):
                    raise Outside(f"{span}: sets of different types in a promise")
                return self._set_op(op, self.value(left, frame), self.value(right, frame), str(span))
            case ir.SeqLit(_, _, ()):
                return empty_row()
            case ir.SeqAppend(kind, _, base, item):
                assert isinstance(kind, SeqType)
                if self.scene.strict:
                    raise Outside(f"{node.span}: a promise that goes wrong where a sequence has no room")
                return appended(self.world, self.row(base, frame), self.leaf(item, frame), kind, frame)
            case ir.SeqRemove(kind, _, base, item):
                assert isinstance(kind, SeqType)
                return without_item(self.world, self.row(base, frame), self.leaf(item, frame), frame)
            case _:
                raise Outside(f"{node.span}: {type(node).__name__}")

    def _is_in(self, wanted: Value, found: Value, where: str) -> Truth:
        match found:
            case SetOf():
                return found.has(wanted)
            case Row():
                if isinstance(wanted, Sum | SetOf | Row | Table | None):
                    raise Outside(f"{where}: a sequence of records or options")
                return found.has(wanted)
            case _:
                raise Outside(f"{where}: membership")

    def _set_op(self, op: ir.SetOperator, left: Value, right: Value, where: str) -> SetOf:
        assert isinstance(left, SetOf) and isinstance(right, SetOf)
        match op:
            case "|":
                return SetOf(lambda v: disj([left.has(v), right.has(v)]), left.known_empty and right.known_empty)
            case "-":
                return SetOf(lambda v: conj([left.has(v), neg(right.has(v))]), left.known_empty)
            case _:
                raise Outside(f"{where}: sets joined by `{op}`")

    # --- calls --------------------------------------------------------------------------------------------------

    def call(self, node: ir.Call, frame: Frame) -> Value:
        """What the function returns; its own choices are read afresh unless given."""
        function = self.machine.functions[node.function]
        places = zip(function.params, node.args, strict=True)
        args = {p.name: self.passed(e, p.type, frame) for p, e in places}
        kinds = {c.name: c.type for c in function.choices}
        given = {name: self.passed(e, kinds[name], frame) for name, e in node.given}
        return self.caller(self.scene, frame, node, function, args, given)

    def passed(self, node: Expr, kind: Type, frame: Frame) -> Value:
        """The value for a local, parameter or result: an integer there has no bounds."""
        found = self.value(node, frame)
        if found is None and cases(kind, self.machine.records) is not None:
            return convert(None, node.type, kind, self.machine.records)[0]
        if not isinstance(kind, IntType):
            self.fault(neg(self.world.fits(found, kind)), frame)
        return found
