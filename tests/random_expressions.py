"""Random well-typed expressions for one function (see `random_machines`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from spec.lang import ir
from spec.lang.ir import Expr
from spec.lang.types import (
    BOOL,
    INT,
    OUTCOME,
    BoolType,
    EnumType,
    Extent,
    IntType,
    MapType,
    OptionType,
    OutcomeType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
)
from tests import words
from tests.build import Build
from tests.random_draw import Draw
from tests.words import AT

MAX_COST = 3
"""The most choices that one run reads, about."""


@dataclass(frozen=True, slots=True)
class Callee:
    """A function that later ones may call; `cost` is about how many choices a call reads."""

    key: str
    params: tuple[Type, ...]
    choices: Mapping[str, Type]
    returns: Type
    pure: bool
    cost: int


@dataclass(slots=True)
class Scope:
    """What all functions of the machine may refer to."""

    b: Build
    draw: Draw
    fields: list[ir.FieldRead] = field(default_factory=list)
    constants: list[ir.ConstRead] = field(default_factory=list)
    readable: list[ir.SwitchRead] = field(default_factory=list)
    callees: list[Callee] = field(default_factory=list)

    def kinds(self) -> list[Type]:
        """The scalar types that the machine's declarations use."""
        found: dict[Type, None] = {BOOL: None}
        for sort in self.b.sorts:
            found[SortType(sort)] = None
        for enum in self.b.enums:
            found[EnumType(enum)] = None
        for each in (*self.fields, *self.constants):
            found |= {t: None for t in scalars(each.type)}
        return list(found)


class Expressions:
    """Draws the expressions of one function.

    pure: no writes, choices, warnings, outcomes or calls of what has such. closed: no state. old: may read the
    state before. initial: the initialiser.
    """

    def __init__(
        self,
        scope: Scope,
        params: Mapping[str, Type],
        choices: Mapping[str, Type],
        returns: Type,
        *,
        pure: bool = False,
        closed: bool = False,
        old: bool = False,
        initial: bool = False,
    ) -> None:
        self.scope = scope
        self.draw = scope.draw
        self.b = scope.b
        self.variables: list[tuple[str, Type]] = list(params.items())
        self.assignable: list[tuple[str, Type]] = []
        self.choices = dict(choices)
        self.returns = returns
        self.pure = pure or closed
        self.closed = closed
        self.old = old
        self.initial_only = initial
        self.moves = False
        self.cost = len(choices)
        self.times = 1
        self.in_loop = 0
        self.nodes = 15 * (1 + scope.draw.scale)
        self.fresh = 0

    # --- expressions --------------------------------------------------------------------------------------------

    def expression(self, kind: Type, depth: int = 3) -> Expr:
        """An expression of the type; for an integer type one without bounds."""
        self.nodes -= 1
        if depth <= 0 or self.nodes <= 0:
            return self._leaf(kind)
        leaf: Callable[[], Expr] = lambda: self._leaf(kind)  # noqa: E731
        options = [leaf, leaf, leaf, lambda: self._read(kind, depth - 1), *self._makers(kind, depth - 1)]
        if self.draw.chance(4):
            ite: Callable[[], Expr] = lambda: self._ite(kind, depth - 1)  # noqa: E731
            options = [ite, ite, ite, lambda: self._project(kind, depth - 1)]
            called = self._call(kind)
            if called is not None:
                return called
        return self.draw.pick(options)()

    def _leaf(self, kind: Type) -> Expr:
        known: list[Expr] = [words.var(n, t) for n, t in self.variables]
        known += self._wholes()
        if not self.closed:
            known += [words.choice(n, t) for n, t in self.choices.items()]
            known += self.scope.readable
        found = [expr for expr in known if same(expr.type, kind)]
        if not found or self.draw.chance(4):
            return self.smallest(kind)
        return self.draw.pick(found)

    def _wholes(self) -> list[Expr]:
        """Fields and constants that may be read here."""
        if self.closed:
            return [*self.scope.constants]
        before = [ir.FieldRead(f.type, AT, f.name, True) for f in self.scope.fields if self.old]
        return [*self.scope.fields, *before, *self.scope.constants]

    def smallest(self, kind: Type) -> Expr:
        """A value of the type that never faults, without reading anything."""
        draw = self.draw
        match kind:
            case BoolType():
                return words.lit(draw.chance(2))
            case IntType(lo, hi):
                first, last = (lo.constant, hi.constant) if lo is not None and hi is not None else (0, 2)
                return words.lit(first + draw.upto(last - first))
            case EnumType(name):
                return words.enum(name, draw.pick(self.b.enums[name].members))
            case SortType():
                name = self._name("b")
                return words.project(words.quant("first", words.over(name, kind), words.var(name, kind)), kind)
            case RecordType(name):
                return words.record(name, *(self.smallest(t) for _, t in self.b.records[name].fields))
            case UnionType(variants):
                return words.inject(self.smallest(RecordType(draw.pick(variants))), kind)
            case OptionType(item):
                return words.inject(self.smallest(item), kind) if draw.chance(2) else words.none(kind)
            case SetType():
                return ir.SetLit(kind, AT, ())
            case SeqType():
                return words.seq_of(kind)
            case MapType(_, value):
                return words.everywhere(self.smallest(value), kind)
            case OutcomeType():
                return words.outcome(draw.upto(len(self.b.sites) - 1))
            case _:
                return words.none(kind)

    def _read(self, kind: Type, depth: int) -> Expr:
        """An entry of a map, a field of a record, an entry of a sequence."""
        found: list[Callable[[], Expr]] = []
        for whole in (*self._wholes(), *(words.var(n, t) for n, t in self.variables)):
            match whole.type:
                case MapType(keys, value) if same(value, kind):
                    found.append(lambda w=whole, ks=keys: words.at(w, *(self.expression(k, depth) for k in ks)))  # type: ignore[misc]
                case SeqType(item, _) if same(item, kind):
                    found.append(lambda w=whole: words.seq_at(w, self.expression(INT, depth)))  # type: ignore[misc]
                case RecordType(name):
                    for label, inner in self.b.records[name].fields:
                        if same(inner, kind):
                            found.append(lambda w=whole, n=label, t=inner: words.attr(w, n, t))  # type: ignore[misc]
                case _:
                    pass
        for name, decl in self.b.records.items():
            for label, inner in decl.fields:
                if same(inner, kind):
                    found.append(lambda r=name, n=label, t=inner: self._attr(r, n, t, depth))  # type: ignore[misc]
        return self.draw.pick(found)() if found else self._leaf(kind)

    def _attr(self, rec: str, label: str, kind: Type, depth: int) -> Expr:
        return words.attr(self.expression(RecordType(rec), depth), label, kind)

    def _ite(self, kind: Type, depth: int) -> Expr:
        test = self.expression(BOOL, depth)
        then, other = self.expression(kind, depth), self.expression(kind, depth)
        return ir.Ite(INT if isinstance(kind, IntType) else kind, AT, test, then, other)

    def _project(self, kind: Type, depth: int) -> Expr:
        """From an option or union that has the type in it; often a fault."""
        unions: list[Type] = [t for t in self._kinds() if isinstance(t, UnionType)]
        match kind:
            case RecordType(name):
                wide = [u for u in unions if isinstance(u, UnionType) and name in u.variants]
                choices: list[Type] = [*wide, *(OptionType(u) for u in wide), OptionType(kind)]
                return words.project(self._wide(kind, self.draw.pick(choices), depth), kind)
            case BoolType() | IntType() | EnumType() | SortType() | UnionType() | SetType():
                if isinstance(kind, IntType) and kind.lo is None:
                    return self._leaf(kind)
                return words.project(self._wide(kind, OptionType(kind), depth), kind)
            case _:
                return self._leaf(kind)

    def _wide(self, kind: Type, wide: Type, depth: int) -> Expr:
        """Something of the wider type that is often what `_project` hopes for."""
        return self.expression(wide, depth) if self.draw.chance(4) else words.inject(self.expression(kind, depth), wide)

    def _makers(self, kind: Type, depth: int) -> list[Callable[[], Expr]]:
        more = self.expression
        match kind:
            case BoolType():
                return self._bool_makers(depth)
            case IntType():
                return self._int_makers(depth)
            case RecordType(name):
                fields = self.b.records[name].fields
                makers: list[Callable[[], Expr]] = [lambda: words.record(name, *(more(t, depth) for _, t in fields))]
                if fields:
                    label, inner = self.draw.pick(fields)
                    makers.append(lambda: words.update(more(kind, depth), **{label: more(inner, depth)}))
                return makers
            case UnionType(variants):
                return [lambda: words.inject(more(RecordType(self.draw.pick(variants)), depth), kind)]
            case OptionType(item):
                return self._option_makers(kind, item, depth)
            case SetType(item):
                return [
                    lambda: ir.SetLit(kind, AT, tuple(more(item, depth) for _ in range(1 + self.draw.upto(1)))),
                    lambda: ir.SetOp(kind, AT, self.draw.pick(("|", "&", "-")), more(kind, depth), more(kind, depth)),
                    lambda: self._quant("set", kind, item, depth),
                ]
            case SeqType(item, room):
                most = room.constant + (1 if self.draw.chance(8) else 0)
                return [
                    lambda: words.seq_of(kind, *(more(item, depth) for _ in range(self.draw.upto(most)))),
                    lambda: words.append(more(kind, depth), more(item, depth)),
                    lambda: words.remove(more(kind, depth), more(item, depth)),
                    lambda: words.tail(more(kind, depth)),
                    lambda: words.piece(more(kind, depth), self._bound(depth), self._bound(depth)),
                    lambda: words.piece(more(kind, depth), self._bound(depth)),
                    lambda: words.concat(more(kind, depth), more(self._of_some_length(item, room), depth)),
                ]
            case MapType(keys, value):
                makers = [lambda: words.everywhere(more(value, depth), kind)]
                if len(keys) == 1:
                    many = 1 + self.draw.upto(2)
                    makers.append(lambda: words.listed(kind, *(more(value, depth) for _ in range(many))))
                return makers
            case OutcomeType():
                site = self.draw.upto(len(self.b.sites) - 1)
                return [lambda: words.outcome(site, value=more(self.draw.pick(self._kinds()), depth))]
            case _:
                return []

    def _bound(self, depth: int) -> Expr:
        """A bound of a slice: mostly a place near the front, sometimes below 0 or read."""
        return self.expression(INT, depth) if self.draw.chance(4) else words.lit(self.draw.upto(3) - self._seldom())

    def _seldom(self) -> int:
        return 1 if self.draw.chance(8) else 0

    def _of_some_length(self, item: Type, room: Extent) -> SeqType:
        return SeqType(item, Extent(room.constant + self.draw.upto(1)) if self.draw.chance(3) else room)

    def _option_makers(self, kind: OptionType, item: Type, depth: int) -> list[Callable[[], Expr]]:
        makers: list[Callable[[], Expr]] = [
            lambda: words.inject(self.expression(item, depth), kind),
            lambda: self._quant("first", kind, item, depth),
        ]
        if isinstance(item, UnionType):
            makers.append(lambda: words.inject(self.expression(RecordType(self.draw.pick(item.variants)), depth), kind))
        return makers

    def _bool_makers(self, depth: int) -> list[Callable[[], Expr]]:
        more, draw = self.expression, self.draw
        return [
            lambda: words.no(more(BOOL, depth)),
            lambda: words.both(more(BOOL, depth), more(BOOL, depth)),
            lambda: words.either(more(BOOL, depth), more(BOOL, depth), more(BOOL, depth)),
            lambda: self._comparison(depth),
            lambda: self._comparison(depth),
            lambda: self._question(depth),
            lambda: self._question(depth),
            lambda: self._quant(draw.pick(("all", "any")), BOOL, BOOL, depth),
        ]

    def _comparison(self, depth: int) -> Expr:
        kind = self.draw.pick([INT, *self._kinds(), *(f.type for f in self.scope.fields)])
        ops: tuple[ir.CompareOp, ...] = ("==", "!=")
        if isinstance(kind, IntType | EnumType | SortType):
            ops = ("==", "!=", "<", "<=", ">", ">=")
        return words.compare(self.expression(kind, depth), self.draw.pick(ops), self.expression(kind, depth))

    def _question(self, depth: int) -> Expr:
        """Membership, None, which record, or how a call went."""
        more, draw = self.expression, self.draw
        kinds = self._kinds()
        options: list[Callable[[], Expr]] = []
        sets = [t for t in (*kinds, *(f.type for f in self.scope.fields)) if isinstance(t, SetType | SeqType)]
        if sets:
            many = draw.pick(sets)
            assert isinstance(many, SetType | SeqType)
            options.append(lambda: words.isin(more(many.item, depth), more(many, depth)))
        maybe = [t for t in kinds if isinstance(t, OptionType)]
        if maybe:
            options.append(lambda: words.is_none(more(draw.pick(maybe), depth)))
        for kind in kinds:
            union = kind.item if isinstance(kind, OptionType) else kind
            if isinstance(union, UnionType):
                options.append(lambda k=kind, u=union: words.is_variant(more(k, depth), draw.pick(u.variants)))  # type: ignore[misc]
        if any(t == OUTCOME for _, t in self.variables) or (not self.pure and not self.initial_only):
            options.append(lambda: self._ask(depth))
        return draw.pick(options)() if options else self._comparison(depth)

    def _ask(self, depth: int) -> Expr:
        known: list[Expr] = [words.var(n, t) for n, t in self.variables if t == OUTCOME]
        base = self.draw.pick(known) if known else self.expression(OUTCOME, depth)
        aspects: tuple[ir.OutcomeAspect, ...] = ("refused", "done", "blocked", "partial", "errno", "reason")
        aspect = self.draw.pick(aspects)
        value = {"errno": self.draw.pick(("EPERM", "EBUSY", "EIO")), "reason": "reason0"}.get(aspect, "")
        return words.ask(base, aspect, value)

    def _int_makers(self, depth: int) -> list[Callable[[], Expr]]:
        more, draw = self.expression, self.draw
        ops: tuple[ir.ArithOp, ...] = ("+", "-", "min", "max")
        by_number: tuple[ir.ArithOp, ...] = ("*", "//", "%")
        sized = [t for t in (*self._kinds(), *(f.type for f in self.scope.fields)) if isinstance(t, SetType | SeqType)]
        makers: list[Callable[[], Expr]] = [
            lambda: words.arith(more(INT, depth), draw.pick(ops), more(INT, depth)),
            lambda: words.arith(more(INT, depth), draw.pick(by_number), words.lit(1 + draw.upto(2))),
            lambda: words.size("Able"),
            lambda: self._quant(draw.pick(("count", "sum", "min", "max")), INT, INT, depth),
        ]
        if sized:
            makers.append(lambda: words.length(more(draw.pick(sized), depth)))
        return makers

    # --- comprehensions and calls -------------------------------------------------------------------------------

    @contextmanager
    def _binding(self, most: int) -> Iterator[list[ir.Binder]]:
        """Binders whose variables are known inside."""
        known = len(self.variables)
        binders: list[ir.Binder] = []
        for _ in range(1 + self.draw.upto(most - 1)):
            binder = self._binder()
            binders.append(binder)
            self.variables.append((binder.name, binder.type))
        times, self.times = self.times, self.times * 3
        yield binders
        self.times = times
        del self.variables[known:]

    def _binder(self) -> ir.Binder:
        name, kinds = self._name("b"), self._kinds()
        walkable = [t for t in (*kinds, *(f.type for f in self.scope.fields)) if isinstance(t, SetType | SeqType)]
        named = [t for t in kinds if isinstance(t, SortType | EnumType)]
        match self.draw.upto(3):
            case 0 | 1 if named:
                return words.over(name, self.draw.pick(named))
            case 2 if walkable:
                return words.over(name, self.expression(self.draw.pick(walkable), 1))
            case _:
                low = self.draw.upto(1)
                end = words.lit(low + self.draw.upto(2))
                return words.over(name, (words.lit(low), words.ite(self.expression(BOOL, 1), end, words.size("Able"))))

    def _quant(self, kind: ir.QuantKind, result: Type, item: Type, depth: int) -> Expr:
        with self._binding(2) as binders:
            cond = self.expression(BOOL, depth) if self.draw.chance(2) else None
            body = None if kind == "count" else self.expression(item, depth)
        return ir.Quant(result, AT, kind, tuple(binders), cond, body)

    def _call(self, kind: Type | None) -> ir.Call | None:
        """A call of something that returns the type (of anything for None), if there is one that may be called."""
        found = [c for c in self.scope.callees if self._may_call(c) and (kind is None or same(c.returns, kind))]
        if not found:
            return None
        callee = self.draw.pick(found)
        self.cost += callee.cost * self.times
        args = [self.expression(t, 1) for t in callee.params]
        given = {n: self.expression(t, 1) for n, t in callee.choices.items() if self.draw.chance(3)}
        return words.call(callee.key, *args, returns=callee.returns, **given)

    def _may_call(self, callee: Callee) -> bool:
        if self.closed or ((self.pure or self.initial_only) and not callee.pure):
            return False
        return self.cost + callee.cost * self.times <= MAX_COST

    def _kinds(self) -> list[Type]:
        return self.scope.kinds()

    def _name(self, letter: str) -> str:
        self.fresh += 1
        return f"{letter}{100 + self.fresh}"


def scalars(kind: Type) -> list[Type]:
    """The scalar types that a value of the type is made of, keys too."""
    match kind:
        case MapType(keys, value):
            return [*keys, *scalars(value)]
        case SeqType(item, _):
            return scalars(item)
        case SetType(item) | OptionType(item):
            return [kind, item]
        case _:
            return [kind]


def same(one: Type, two: Type) -> bool:
    """True if an expression of one type may stand for the other: equal, or integers both."""
    return one == two or (isinstance(one, IntType) and isinstance(two, IntType))
