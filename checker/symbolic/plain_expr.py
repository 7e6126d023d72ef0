"""The meaning of expressions as terms, one case per node; `checker.eval_expr` has the same on plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from checker.symbolic.plain_collections import Collections
from checker.symbolic.plain_numbers import Num
from checker.symbolic.plain_terms import Term
from checker.symbolic.plain_values import Opt, Outcome, Record, Sym, Table, Union
from checker.symbolic.plain_world import Frame, World
from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.machine import Function, Site
from spec.lang.types import EnumType, IntType, MapType, OptionType, RecordType, Type
from spec.lang.values import Member, key_count

Caller = Callable[[World, Function, dict[str, Sym], dict[str, Sym]], Sym]


class Expressions(Collections):
    """Turns expressions into terms; `caller` runs the body of a function."""

    def __init__(self, world: World, caller: Caller) -> None:
        super().__init__(world)
        self.caller = caller

    def passed(self, node: Expr, kind: Type, frame: Frame) -> Sym:
        """The value for a local, parameter or result: an integer there has no bounds."""
        return self.value(node, frame) if isinstance(kind, IntType) else self.entering(node, kind, frame)

    # --- leaves and structure -----------------------------------------------------------------------------------

    def value(self, node: Expr, frame: Frame) -> Sym:
        """The value of an expression; where it has none, a fault ends the run."""
        s, t = self.symbols, self.terms
        match node:
            case ir.Lit(_, _, value):
                return t.boolean(value) if isinstance(value, bool) else s.num(value)
            case ir.NoneLit(kind):
                return s.constant(None, kind) if isinstance(kind, OptionType) else None
            case ir.EnumLit(kind, _, name):
                assert isinstance(kind, EnumType)
                return s.constant(Member(kind.name, name, self.ground.enums[kind.name].members.index(name)), kind)
            case ir.Local(_, _, name):
                return frame.variables[name]
            case ir.ChoiceRead(_, _, name):
                return frame.given[name] if name in frame.given else self.world.choice(name, frame)
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
            case ir.Inject(kind, _, base):
                return self.entering(base, kind, frame)
            case ir.Project(kind, _, base):
                return self.world.fitted(self.shapes.shape(self.value(base, frame), kind))
            case ir.IsNone(_, _, base):
                held = self.value(base, frame)
                return held.none if isinstance(held, Opt) else t.boolean(held is None)
            case ir.IsVariant(_, _, base, variant):
                return self._is_variant(self.value(base, frame), variant)
            case ir.Not() | ir.And() | ir.Or() | ir.Ite() | ir.Compare() | ir.Arith():
                return self._logic(node, frame)
            case ir.Member() | ir.Length() | ir.SetLit() | ir.SetOp():
                return self._set(node, frame)
            case ir.SeqLit() | ir.SeqAppend() | ir.SeqConcat():
                return self._longer(node, frame)
            case ir.SeqAt() | ir.SeqRemove() | ir.SeqTail() | ir.SeqSlice():
                return self._part(node, frame)
            case ir.Quant():
                return self._quantifier(node, frame)
            case ir.Call():
                return self.call(node, frame)
            case ir.OutcomeLit(_, _, site, outputs):
                for _, output in outputs:
                    self.value(output, frame)
                return Outcome({site: t.true})
            case ir.OutcomeTest(_, _, base, aspect, wanted):
                answer = self.value(base, frame)
                assert isinstance(answer, Outcome)
                sites = self.ground.machine.sites
                return t.either(*(c for site, c in answer.sites.items() if answers(sites[site], aspect, wanted)))
            case _:
                assert_never(node)

    def _structure(
        self, node: ir.Index | ir.Attr | ir.MakeRecord | ir.Update | ir.Everywhere | ir.Listed, frame: Frame
    ) -> Sym:
        match node:
            case ir.Index(_, _, base, keys):
                assert isinstance(base.type, MapType)
                table = self.value(base, frame)
                assert isinstance(table, Table)
                tests = self.places(tuple(self.keys(keys, base.type, frame)), base.type)
                return self.one_of(tests, table.entries)
            case ir.Attr(_, _, base, name):
                record = self.value(base, frame)
                assert isinstance(record, Record)
                return record.items[[n for n, _ in self.ground.records[record.name].fields].index(name)]
            case ir.MakeRecord(kind, _, items):
                assert isinstance(kind, RecordType)
                places = zip(items, self.ground.records[kind.name].fields, strict=True)
                return Record(kind.name, tuple([self.entering(item, t, frame) for item, (_, t) in places]))
            case ir.Update(_, _, base, named):
                record = self.value(base, frame)
                assert isinstance(record, Record)
                kinds = dict(self.ground.records[record.name].fields)
                new = dict(zip(kinds, record.items, strict=True))
                for name, item in named:
                    new[name] = self.entering(item, kinds[name], frame)
                return Record(record.name, tuple(new.values()))
            case ir.Everywhere(kind, _, value):
                assert isinstance(kind, MapType)
                return Table((self.entering(value, kind.value, frame),) * key_count(kind, self.ground))
            case ir.Listed(kind, _, items):
                assert isinstance(kind, MapType)
                given = [self.entering(item, kind.value, frame) for item in items]
                return Table(tuple(given[min(i, len(given) - 1)] for i in range(key_count(kind, self.ground))))
            case _:
                assert_never(node)

    def keys(self, keys: tuple[Expr, ...], kind: MapType, frame: Frame) -> Iterator[Sym]:
        """The keys of an entry, each checked; a fault for an integer that the map does not have."""
        for key, key_kind in zip(keys, kind.keys, strict=True):
            yield self.entering(key, key_kind, frame)

    def places(self, keys: tuple[Sym, ...], kind: MapType) -> list[Term]:
        """For every entry of a map in key order whether these are its keys."""
        equal, both = self.symbols.equal, self.terms.both
        return [both(*map(equal, keys, wanted)) for wanted in self.symbols.keys(kind)]

    def _is_variant(self, value: Sym, variant: str) -> Term:
        match value:
            case Opt(none, item):
                return self.terms.both(self.terms.no(none), self._is_variant(item, variant))
            case Union():
                return self.symbols.is_tag(value, variant)
            case _:
                return self.terms.boolean(isinstance(value, Record) and value.name == variant)

    # --- logic and numbers --------------------------------------------------------------------------------------

    def _logic(self, node: ir.Not | ir.And | ir.Or | ir.Ite | ir.Compare | ir.Arith, frame: Frame) -> Sym:
        t = self.terms
        match node:
            case ir.Not(_, _, base):
                return t.no(self.truth(base, frame))
            case ir.And(_, _, items):
                return self._junction(items, t.true, frame)
            case ir.Or(_, _, items):
                return self._junction(items, t.false, frame)
            case ir.Ite(_, _, test, then, other):
                chosen = self.truth(test, frame)
                if chosen.op == "lit":
                    return self.value(then if chosen is t.true else other, frame)
                with self.world.under(chosen):
                    first = self.value(then, frame)
                with self.world.under(t.no(chosen)):
                    second = self.value(other, frame)
                return self.symbols.pick(chosen, first, second)
            case ir.Compare(_, _, op, left, right):
                return self._compare(op, self.value(left, frame), self.value(right, frame))
            case ir.Arith(_, _, op, left, right):
                return self.symbols.calculate(op, self.number(left, frame), self.number(right, frame))
            case _:
                assert_never(node)

    def _junction(self, items: tuple[Expr, ...], while_: Term, frame: Frame) -> Term:
        """The conjunction of the items, going on while they are true, or the disjunction, while they are false."""
        t = self.terms
        if not items:
            return while_
        first = self.truth(items[0], frame)
        goes_on = first if while_ is t.true else t.no(first)
        if goes_on is t.false:
            return first
        with self.world.under(goes_on):
            rest = self._junction(items[1:], while_, frame)
        return t.both(first, rest) if while_ is t.true else t.either(first, rest)

    def _compare(self, op: ir.CompareOp, left: Sym, right: Sym) -> Term:
        s, t = self.symbols, self.terms
        if op == "==":
            return s.equal(left, right)
        if op == "!=":
            return t.no(s.equal(left, right))
        assert isinstance(left, Num) and isinstance(right, Num), "only numbers, members and elements have an order"
        match op:
            case "<":
                return s.less(left, right)
            case "<=":
                return s.less(left, right, strict=False)
            case ">":
                return s.less(right, left)
            case ">=":
                return s.less(right, left, strict=False)
            case _:
                assert_never(op)

    # --- calls --------------------------------------------------------------------------------------------------

    def call(self, node: ir.Call, frame: Frame) -> Sym:
        """What the function returns; its own choices are read afresh unless given."""
        function = self.ground.functions[node.function]
        args = {p.name: self.passed(e, p.type, frame) for p, e in zip(function.params, node.args, strict=True)}
        kinds = {c.name: c.type for c in function.choices}
        given = {name: self.passed(e, kinds[name], frame) for name, e in node.given}
        return self.caller(self.world, function, args, given)


def answers(site: Site, aspect: ir.OutcomeAspect, wanted: str) -> bool:
    """A question to an outcome made at this site; one that is pending is nothing yet."""
    if site.kind == "pending":
        return False
    match aspect:
        case "refused":
            return site.kind in ("refused", "partial")
        case "errno":
            return site.errno == wanted
        case "reason":
            return site.reason == wanted
        case _:
            return site.kind == aspect
