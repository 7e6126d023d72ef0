"""The meaning of expressions, one case per node, on plain Python values.

NOTE(checks): operands are evaluated left to right, and a value is checked for the place it enters right after it was
evaluated: keys of a map, items of a record, set or sequence, the value under an `Inject`. A sequence literal is
measured after its items, `SeqAppend` after its item, `SeqConcat` after both; the bounds of a slice are checked last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from checker.eval_rows import entry, piece, short_enough
from checker.eval_scalar import ask, calculate, compare, has_shape
from checker.eval_world import Fault, Frame, Part, World, belongs
from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.machine import Function
from spec.lang.spans import Span
from spec.lang.types import EnumType, IntType, MapType, OptionType, RecordType, SeqType, SetType, Type, show
from spec.lang.values import (
    Answer,
    Elem,
    MapValue,
    Member,
    Rec,
    Value,
    encode,
    key_count,
    key_index,
)

Caller = Callable[[World, Function, dict[str, Value], dict[str, Value]], Value]


class Expressions:
    """Evaluates expressions in a world; `caller` runs the body of a function."""

    def __init__(self, world: World, caller: Caller) -> None:
        self.world = world
        self.ground = world.ground
        self.caller = caller

    def value(self, node: Expr, frame: Frame) -> Value:
        """The value of an expression; `Fault` where it has none."""
        light = self.world.spotlight
        if light is None:
            return self._value(node, frame)
        part = Part(light.depth, node)
        light.parts.append(part)
        light.depth += 1
        part.value, part.known = self._value(node, frame), True
        light.depth -= 1
        return part.value

    def truth(self, node: Expr, frame: Frame) -> bool:
        """The value of a condition."""
        value = self.value(node, frame)
        assert isinstance(value, bool), f"{node.span}: not a bool"
        return value

    def number(self, node: Expr, frame: Frame) -> int:
        """The value of an integer expression."""
        value = self.value(node, frame)
        assert type(value) is int, f"{node.span}: not an int"
        return value

    def entering(self, node: Expr, kind: Type, frame: Frame) -> Value:
        """The value, checked for a place of this type."""
        return self.fit(self.value(node, frame), kind, node.span)

    def fit(self, value: Value, kind: Type, span: Span) -> Value:
        """The value itself; `Fault` if a place of this type cannot hold it."""
        if not belongs(value, kind, self.ground):
            raise Fault(f"the value is not one of {show(kind)}", span)
        return value

    def passed(self, node: Expr, kind: Type, frame: Frame) -> Value:
        """The value for a local, parameter or result: an integer there has no bounds."""
        value = self.value(node, frame)
        return value if isinstance(kind, IntType) else self.fit(value, kind, node.span)

    # --- leaves and structure -----------------------------------------------------------------------------------

    def _value(self, node: Expr, frame: Frame) -> Value:
        match node:
            case ir.Lit(_, _, value):
                return value
            case ir.NoneLit():
                return None
            case ir.EnumLit(kind, _, name):
                assert isinstance(kind, EnumType)
                return Member(kind.name, name, self.ground.enums[kind.name].members.index(name))
            case ir.Local(_, _, name):
                return frame.variables[name]
            case ir.ChoiceRead(_, _, name):
                return self._choice(name, frame)
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
            case ir.SeqLit() | ir.SeqAppend() | ir.SeqConcat():
                return self._longer(node, frame)
            case ir.SeqAt() | ir.SeqRemove() | ir.SeqTail() | ir.SeqSlice():
                return self._part(node, frame)
            case ir.Quant():
                return self._quantifier(node, frame)
            case ir.Call():
                return self.call(node, frame)
            case ir.OutcomeLit(_, _, site, outputs):
                answer = Answer(site, tuple((name, self.value(e, frame)) for name, e in outputs))
                self.world.log.sites.add(site)
                return answer
            case ir.OutcomeTest():
                return self._ask(node, frame)
            case _:
                assert_never(node)

    def _choice(self, name: str, frame: Frame) -> Value:
        if name not in frame.choices:
            choice = next(c for c in frame.function.choices if c.name == name)
            assert self.world.tape is not None, f"{frame.function.name} reads a choice where none is allowed"
            frame.choices[name] = self.world.tape.take(frame.function.name, frame.number, choice)
        return frame.choices[name]

    def _structure(
        self, node: ir.Index | ir.Attr | ir.MakeRecord | ir.Update | ir.Everywhere | ir.Listed, frame: Frame
    ) -> Value:
        match node:
            case ir.Index(_, _, base, keys):
                assert isinstance(base.type, MapType)
                entries = self.value(base, frame)
                assert isinstance(entries, MapValue)
                return entries.entries[self.place(keys, base.type, frame)]
            case ir.Attr(_, _, base, name):
                rec = self.value(base, frame)
                assert isinstance(rec, Rec)
                return rec.items[self._field_names(rec.name).index(name)]
            case ir.MakeRecord(kind, _, items):
                assert isinstance(kind, RecordType)
                places = zip(items, self.ground.records[kind.name].fields, strict=True)
                return Rec(kind.name, tuple([self.entering(item, t, frame) for item, (_, t) in places]))
            case ir.Update(_, _, base, items):
                rec = self.value(base, frame)
                assert isinstance(rec, Rec)
                return self._updated(rec, items, frame)
            case ir.Everywhere(kind, _, value):
                assert isinstance(kind, MapType)
                return MapValue((self.entering(value, kind.value, frame),) * key_count(kind, self.ground))
            case ir.Listed(kind, _, items):
                assert isinstance(kind, MapType)
                given = [self.entering(item, kind.value, frame) for item in items]
                count = key_count(kind, self.ground)
                return MapValue(tuple(given[min(i, len(given) - 1)] for i in range(count)))
            case _:
                assert_never(node)

    def _updated(self, rec: Rec, items: tuple[tuple[str, Expr], ...], frame: Frame) -> Rec:
        kinds = dict(self.ground.records[rec.name].fields)
        new = dict(zip(self._field_names(rec.name), rec.items, strict=True))
        for name, item in items:
            new[name] = self.entering(item, kinds[name], frame)
        return Rec(rec.name, tuple(new.values()))

    def _field_names(self, record: str) -> list[str]:
        return [name for name, _ in self.ground.records[record].fields]

    def place(self, keys: tuple[Expr, ...], kind: MapType, frame: Frame) -> int:
        """The place of an entry; a fault for an integer key that the map does not have."""
        return self.place_of(tuple([self.entering(k, t, frame) for k, t in zip(keys, kind.keys, strict=True)]), kind)

    def place_of(self, keys: tuple[Value, ...], kind: MapType) -> int:
        """The place of an entry whose keys are evaluated and checked."""
        return key_index(keys, kind, self.ground)

    def _shape(self, node: ir.Inject | ir.Project | ir.IsNone | ir.IsVariant, frame: Frame) -> Value:
        base = self.value(node.base, frame)
        match node:
            case ir.Inject(kind, span):
                return self.fit(base, kind, span)
            case ir.Project(kind, span):
                if not has_shape(base, kind):
                    raise Fault(f"this is {'None' if base is None else 'another record'}, not {show(kind)}", span)
                return base
            case ir.IsNone():
                return base is None
            case ir.IsVariant(_, _, _, variant):
                return isinstance(base, Rec) and base.name == variant
            case _:
                assert_never(node)

    # --- logic and numbers --------------------------------------------------------------------------------------

    def _logic(self, node: ir.Not | ir.And | ir.Or | ir.Ite | ir.Compare | ir.Arith, frame: Frame) -> Value:
        match node:
            case ir.Not(_, _, base):
                return not self.truth(base, frame)
            case ir.And(_, _, items):
                return all(self.truth(item, frame) for item in items)
            case ir.Or(_, _, items):
                return any(self.truth(item, frame) for item in items)
            case ir.Ite(_, _, test, then, other):
                return self.value(then if self.truth(test, frame) else other, frame)
            case ir.Compare(_, _, op, left, right):
                return compare(op, self.value(left, frame), self.value(right, frame))
            case ir.Arith(_, _, op, left, right):
                return calculate(op, self.number(left, frame), self.number(right, frame))
            case _:
                assert_never(node)

    # --- sets and sequences -------------------------------------------------------------------------------------

    def _set(self, node: ir.Member | ir.Length | ir.SetLit | ir.SetOp, frame: Frame) -> Value:
        match node:
            case ir.Member(_, _, item, base):
                wanted = self.value(item, frame)
                return wanted in self._many(base, frame)
            case ir.Length(_, _, base):
                return len(self._many(base, frame))
            case ir.SetLit(kind, _, items):
                assert isinstance(kind, SetType)
                return frozenset([self.entering(item, kind.item, frame) for item in items])
            case ir.SetOp(kind, _, op, left, right):
                first, second = self.entering(left, kind, frame), self.entering(right, kind, frame)
                assert isinstance(first, frozenset) and isinstance(second, frozenset)
                match op:
                    case "|":
                        return first | second
                    case "&":
                        return first & second
                    case "-":
                        return first - second
                    case _:
                        assert_never(op)
            case _:
                assert_never(node)

    def _many(self, node: Expr, frame: Frame) -> frozenset[Value] | tuple[Value, ...]:
        value = self.value(node, frame)
        assert isinstance(value, frozenset | tuple), f"{node.span}: neither set nor sequence"
        return value

    def _row(self, node: Expr, frame: Frame) -> tuple[Value, ...]:
        value = self.value(node, frame)
        assert isinstance(value, tuple), f"{node.span}: not a sequence"
        return value

    def _longer(self, node: ir.SeqLit | ir.SeqAppend | ir.SeqConcat, frame: Frame) -> Value:
        kind = node.type
        assert isinstance(kind, SeqType)
        match node:
            case ir.SeqLit(_, _, items):
                row = tuple([self.entering(i, kind.item, frame) for i in items])
            case ir.SeqAppend(_, _, base, item):
                row = (*self._row(base, frame), self.entering(item, kind.item, frame))
            case ir.SeqConcat(_, _, left, right):
                row = self._row(left, frame) + self._row(right, frame)
            case _:
                assert_never(node)
        return short_enough(row, kind, node.span, self.ground)

    def _part(self, node: ir.SeqAt | ir.SeqRemove | ir.SeqTail | ir.SeqSlice, frame: Frame) -> Value:
        match node:
            case ir.SeqAt(_, span, base, place):
                row = self._row(base, frame)
                return entry(row, self.number(place, frame), span)
            case ir.SeqRemove(_, _, base, item):
                row, gone = self._row(base, frame), self.value(item, frame)
                return tuple(entry for entry in row if entry != gone)
            case ir.SeqTail(_, _, base):
                return self._row(base, frame)[1:]
            case ir.SeqSlice(_, span, base, lo, hi):
                row, first = self._row(base, frame), self.number(lo, frame)
                return piece(row, first, None if hi is None else self.number(hi, frame), span)
            case _:
                assert_never(node)

    # --- domains and comprehensions -----------------------------------------------------------------------------

    def elements(self, domain: ir.Domain, frame: Frame) -> list[Value]:
        """What a variable runs over, in order; taken once."""
        match domain:
            case ir.SortDomain(sort):
                return [Elem(sort, i) for i in range(self.ground.sizes[sort])]
            case ir.EnumDomain(enum):
                return [Member(enum, name, i) for i, name in enumerate(self.ground.enums[enum].members)]
            case ir.RangeDomain(lo, hi):
                first = self.number(lo, frame)
                return list(range(first, self.number(hi, frame)))
            case ir.ElementsDomain(base):
                values = self._many(base, frame)
                if isinstance(values, tuple):
                    return list(values)
                assert isinstance(base.type, SetType)
                item = base.type.item
                return sorted(values, key=lambda v: encode(v, item, self.ground))
            case _:
                assert_never(domain)

    def _turns(self, node: ir.Quant, frame: Frame, depth: int = 0) -> Iterator[None]:
        """One turn per binding that passes the condition, the first variable outermost."""
        if depth == len(node.binders):
            if node.cond is None or self.truth(node.cond, frame):
                yield
            return
        binder = node.binders[depth]
        for value in self.elements(binder.domain, frame):
            frame.variables[binder.name] = value
            yield from self._turns(node, frame, depth + 1)

    def _quantifier(self, node: ir.Quant, frame: Frame) -> Value:
        light = self.world.spotlight
        if light is None:
            return self._fold(node, frame)
        whole, depth = light.parts[-1], light.depth
        kept = len(light.parts)
        result = self._fold(node, frame)
        light.depth = depth
        decided = {"all": result is False, "any": result is True, "first": result is not None}.get(node.kind, False)
        if decided:
            whole.binding = tuple((b.name, frame.variables[b.name]) for b in node.binders)
            del light.parts[kept : self.last_turn]
        else:
            del light.parts[kept:]
        return result

    last_turn = 0
    """Where the parts of the present turn of the innermost finished comprehension begin."""

    def _fold(self, node: ir.Quant, frame: Frame) -> Value:
        if node.body is None:
            assert node.kind == "count", "only a count has no body"
            return sum(1 for _ in self._turns(node, frame))
        bodies = self._bodies(node, node.body, frame)
        match node.kind:
            case "all":
                return all(bodies)
            case "any":
                return any(bodies)
            case "count":
                return sum(1 for body in bodies if body)
            case "first":
                assert isinstance(node.type, OptionType)
                return next((self.fit(body, node.type.item, node.span) for body in bodies), None)
            case "set":
                assert isinstance(node.type, SetType)
                kind = node.type.item
                return frozenset([self.fit(body, kind, node.span) for body in bodies])
            case "sum" | "min" | "max":
                return self._total(node, [body for body in bodies if type(body) is int])
            case _:
                assert_never(node.kind)

    def _bodies(self, node: ir.Quant, body: Expr, frame: Frame) -> Iterator[Value]:
        light = self.world.spotlight
        for _ in self._turns(node, frame):
            start = len(light.parts) if light is not None else 0
            value = self.value(body, frame)
            self.last_turn = start
            yield value

    def _total(self, node: ir.Quant, numbers: list[int]) -> int:
        if node.kind == "sum":
            return sum(numbers)
        if not numbers:
            raise Fault(f"the {node.kind} of nothing", node.span)
        return min(numbers) if node.kind == "min" else max(numbers)

    # --- calls and outcomes -------------------------------------------------------------------------------------

    def call(self, node: ir.Call, frame: Frame) -> Value:
        """What the function returns; its own choices are read afresh unless given."""
        function = self.ground.functions[node.function]
        places = zip(function.params, node.args, strict=True)
        args = {p.name: self.passed(e, p.type, frame) for p, e in places}
        kinds = {c.name: c.type for c in function.choices}
        given = {name: self.passed(e, kinds[name], frame) for name, e in node.given}
        return self.caller(self.world, function, args, given)

    def _ask(self, node: ir.OutcomeTest, frame: Frame) -> bool:
        answer = self.value(node.base, frame)
        assert isinstance(answer, Answer)
        return ask(self.ground.machine.sites[answer.site], node.aspect, node.value)
