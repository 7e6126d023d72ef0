"""How the state keeps a local of a process while it waits: the type of its field, and the value when it is not needed.

NOTE(one-value): a field that nobody needs has one fixed value, so that two states differ only where it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spec.lang.ir import (
    Arith,
    Assign,
    EnumLit,
    Expr,
    FieldRead,
    Index,
    Inject,
    Ite,
    Length,
    Lit,
    Local,
    NoneLit,
    Project,
    SeqLit,
    SetLit,
    SortSize,
    Stmt,
    Write,
)
from spec.lang.machine import EnumDecl
from spec.lang.spans import Span
from spec.lang.types import (
    BOOL,
    INT,
    BoolType,
    EnumType,
    Extent,
    IntType,
    MapType,
    NoneType,
    OptionType,
    OutcomeType,
    RecordType,
    SeqType,
    SetType,
    SortType,
    Type,
    UnionType,
)
from spec.lang.walk import statements


@dataclass(frozen=True, slots=True)
class Kept:
    """A local of type `held` that the field `name`, of type `type` per thread, keeps; `dead` when nobody needs it.

    `checked` says that the author gave bounds, which hold at every assignment.
    """

    local: str
    name: str
    held: Type
    type: Type
    dead: Expr
    checked: bool = False

    def load(self, thread: Local | None, span: Span) -> Stmt:
        """The statement that gives the local its kept value."""
        kind = self.type if thread is None else MapType((thread.type,), self.type)
        value: Expr = FieldRead(kind, span, self.name)
        if thread is not None:
            value = Index(self.type, span, value, (thread,))
        if self.type != self.held and not isinstance(self.type, IntType):
            value = Project(self.held, span, value)
        return Assign(self.local, value, span)

    def save(self, thread: Local | None, span: Span) -> Stmt:
        """The write of the local's value."""
        value: Expr = Local(self.held, span, self.local)
        if self.type != self.held and not isinstance(self.type, IntType):
            value = Inject(self.type, span, value)
        return Write(self.name, () if thread is None else (thread,), value, span)

    def drop(self, thread: Local | None, span: Span) -> Stmt:
        """The write of the value that says nothing."""
        return Write(self.name, () if thread is None else (thread,), self.dead, span)


def kept(
    local: str, name: str, held: Type, bounds: IntType | None, checked: bool, enums: Mapping[str, EnumDecl], span: Span
) -> Kept | None:
    """How to keep a local; None if its type cannot be kept: a map, an outcome, an int without bounds."""
    match held:
        case BoolType():
            return Kept(local, name, held, held, Lit(BOOL, span, False))
        case IntType():
            if bounds is None or bounds.lo is None:
                return None
            return Kept(local, name, INT, bounds, number(bounds.lo, span), checked)
        case EnumType(key):
            return Kept(local, name, held, held, EnumLit(held, span, enums[key].members[0]))
        case OptionType():
            return Kept(local, name, held, held, NoneLit(held, span))
        case SetType():
            return Kept(local, name, held, held, SetLit(held, span, ()))
        case SeqType():
            return Kept(local, name, held, held, SeqLit(held, span, ()))
        case SortType() | RecordType() | UnionType():
            option = OptionType(held)
            return Kept(local, name, held, option, NoneLit(option, span))
        case MapType() | OutcomeType() | NoneType():
            return None


def number(extent: Extent, span: Span) -> Expr:
    """A constant with multiples of sort sizes as an expression."""
    total: Expr = Lit(INT, span, extent.constant)
    for sort, factor in extent.times:
        many = Arith(INT, span, "*", Lit(INT, span, factor), SortSize(INT, span, sort))
        total = Arith(INT, span, "+", total, many)
    return total


# --- bounds of integers ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Ranges:
    """Bounds of integer locals: those that the text gives, or what follows from everything assigned to them."""

    given: Mapping[str, IntType]
    assigned: dict[str, list[Expr]]
    counted: dict[str, tuple[Expr, Expr]]

    def of(self, name: str, asking: frozenset[str] = frozenset()) -> IntType | None:
        """The bounds of a local or parameter; None if they are not known."""
        if name in self.given:
            return self.given[name]
        if name in asking:
            return None
        asking |= {name}
        if name in self.counted:
            lo, hi = (self.value(end, asking) for end in self.counted[name])
            if lo is None or hi is None or lo.lo is None or hi.hi is None:
                return None
            last = Extent(hi.hi.constant - 1, hi.hi.times)
            return IntType(lo.lo, last if _least(lo.lo, last) == lo.lo else lo.lo)
        return self._hull([self.value(value, asking) for value in self.assigned.get(name, [])])

    def value(self, expr: Expr, asking: frozenset[str]) -> IntType | None:
        """The bounds of an expression as far as its form tells them."""
        match expr:
            case Lit(_, _, number) if not isinstance(number, bool):
                return IntType(Extent(number), Extent(number))
            case SortSize(_, _, sort):
                return IntType(Extent(0, ((sort, 1),)), Extent(0, ((sort, 1),)))
            case Ite(_, _, _, then, other):
                return self._hull([self.value(then, asking), self.value(other, asking)])
            case Length(_, _, base) if isinstance(base.type, SeqType):
                return IntType(Extent(0), base.type.capacity)
            case Length(_, _, base) if isinstance(base.type, SetType) and isinstance(base.type.item, SortType):
                return IntType(Extent(0), Extent(0, ((base.type.item.name, 1),)))
            case Local(IntType(None, _), _, name):
                return self.of(name, asking)
        return expr.type if isinstance(expr.type, IntType) and expr.type.lo is not None else None

    def _hull(self, found: list[IntType | None]) -> IntType | None:
        low, high = None, None
        for each in found:
            if each is None or each.lo is None or each.hi is None:
                return None
            low = each.lo if low is None else _least(low, each.lo)
            high = each.hi if high is None else _least(high, each.hi, most=True)
            if low is None or high is None:
                return None
        return None if low is None or high is None else IntType(low, high)


def _least(a: Extent, b: Extent, *, most: bool = False) -> Extent | None:
    """The smaller (or greater) at all sizes; None if that depends on the sizes."""
    times = dict(b.times)
    for sort, factor in a.times:
        times[sort] = times.get(sort, 0) - factor
    constant = b.constant - a.constant
    if all(f >= 0 for f in times.values()) and constant + sum(times.values()) >= 0:
        return b if most else a
    if all(f <= 0 for f in times.values()) and constant + sum(times.values()) <= 0:
        return a if most else b
    return None


def assignments(body: Iterable[Stmt]) -> dict[str, list[Expr]]:
    """Every value that some statement assigns, by local."""
    found: dict[str, list[Expr]] = {}
    for stmt in statements(body):
        if isinstance(stmt, Assign):
            found.setdefault(stmt.name, []).append(stmt.value)
    return found
