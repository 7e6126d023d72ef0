"""What is generated about locks: no threads that wait for each other, and a warning for a lock that is left held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from spec.lang.ir import (
    And,
    Arith,
    Assign,
    Attr,
    Binder,
    Compare,
    ElementsDomain,
    EnumDomain,
    EnumLit,
    Expr,
    FieldRead,
    For,
    If,
    Index,
    Inject,
    Length,
    Lit,
    Local,
    Member,
    Or,
    Project,
    Quant,
    RangeDomain,
    Return,
    SortDomain,
    SortSize,
    Stmt,
    Warn,
)
from spec.lang.machine import FieldDecl, Function, LockWait, Property, Warning
from spec.lang.process_points import NO_LOCK_CYCLE
from spec.lang.process_store import number
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT, BoolType, EnumType, IntType, MapType, OptionType, SetType, SortType, Type

Fields = Mapping[str, FieldDecl]


def _held(lock: FieldDecl) -> Type:
    return lock.type.value if isinstance(lock.type, MapType) else lock.type


def _entry(lock: FieldDecl, keys: tuple[Expr, ...], span: Span) -> Expr:
    whole = FieldRead(lock.type, span, lock.name)
    return Index(_held(lock), span, whole, keys) if keys else whole


def _holds(lock: FieldDecl, keys: tuple[Expr, ...], who: Expr, span: Span, *, reading: bool = True) -> Expr:
    """True if a thread holds a lock; with `reading` False only if it holds it alone."""
    option = OptionType(who.type)
    entry = _entry(lock, keys, span)
    if lock.lock == "mutex":
        return Compare(BOOL, span, "==", entry, Inject(option, span, who))
    writer = Attr(option, span, entry, "writer")
    alone = Compare(BOOL, span, "==", writer, Inject(option, span, who))
    if not reading:
        return alone
    readers = Attr(SetType(who.type), span, _entry(lock, keys, span), "readers")
    return Or(BOOL, span, (alone, Member(BOOL, span, who, readers)))


# --- cycles ------------------------------------------------------------------------------------------------------


def lock_cycle(waits: Iterable[LockWait], fields: Fields, key: str, span: Span) -> tuple[Property, Function]:
    """The promise that no threads wait for each other in a cycle, with its function.

    Threads that wait for a thread which itself waits, again and again: after as many rounds as there are threads only
    those that lead into a cycle are left. A thread that waits for its own lock is a cycle of one.
    """
    by_sort: dict[str, list[LockWait]] = {}
    for wait in waits:
        by_sort.setdefault(wait.thread, []).append(wait)
    body: list[Stmt] = []
    locals_: dict[str, Type] = {}
    parts: list[Expr] = []
    for place, (sort, found) in enumerate(by_sort.items(), start=1):
        stuck, turn = f"stuck_{place}", f"turn_{place}"
        locals_ |= {stuck: SetType(SortType(sort)), turn: INT}
        body += _rounds(sort, found, fields, stuck, turn, place, span)
        many = Length(INT, span, Local(SetType(SortType(sort)), span, stuck))
        parts.append(Compare(BOOL, span, "==", many, Lit(INT, span, 0)))
    whole: Expr = parts[0] if len(parts) == 1 else And(BOOL, span, tuple(parts))
    doc = "No threads wait for each other's locks in a cycle, and none waits for a lock of its own."
    function = Function(key, (), (), BOOL, (*body, Return(whole, span)), locals_, doc, span)
    return Property(NO_LOCK_CYCLE, "invariant", key, None, doc, span), function


def _rounds(
    sort: str, waits: list[LockWait], fields: Fields, stuck: str, turn: str, place: int, span: Span
) -> list[Stmt]:
    kind = SortType(sort)
    many = SetType(kind)
    now = Local(many, span, stuck)
    everyone = Quant(many, span, "set", (Binder(f"each_{place}", kind, SortDomain(sort)),), None,
                     Local(kind, span, f"each_{place}"))  # fmt: skip
    who, other = Local(kind, span, f"who_{place}"), Local(kind, span, f"other_{place}")
    tests = tuple(_waits_for(wait, fields, who, other, span) for wait in waits)
    test: Expr = tests[0] if len(tests) == 1 else Or(BOOL, span, tests)
    some = Quant(BOOL, span, "any", (Binder(other.name, kind, ElementsDomain(now)),), None, test)
    left = Quant(many, span, "set", (Binder(who.name, kind, ElementsDomain(now)),), some, who)
    turns = RangeDomain(Lit(INT, span, 0), SortSize(INT, span, sort))
    return [
        Assign(stuck, everyone, span),
        For(Binder(turn, INT, turns), (Assign(stuck, left, span),), span),
    ]


def _waits_for(wait: LockWait, fields: Fields, who: Local, other: Local, span: Span) -> Expr:
    """True if `who` is at this point and the lock it waits for is held by `other` in a way that keeps it out."""
    counter = EnumType(wait.counter)
    here = Index(counter, span, FieldRead(MapType((who.type,), counter), span, wait.counter), (who,))
    there = Compare(BOOL, span, "==", here, EnumLit(counter, span, wait.point))
    lock = fields[wait.lock]
    keys = tuple(_key(name, fields, who, span) for name in wait.keys)
    test = _holds(lock, keys, other, span, reading=wait.writes)
    if lock.lock == "rw" and not wait.writes:
        itself = Compare(BOOL, span, "==", who, other)
        test = Or(BOOL, span, (test, And(BOOL, span, (itself, _holds(lock, keys, other, span)))))
    return And(BOOL, span, (there, test))


def _key(name: str, fields: Fields, who: Local, span: Span) -> Expr:
    """The key that the state keeps for a thread; it is there, because the thread waits at the point."""
    if not name:
        return who
    kind = fields[name].type
    assert isinstance(kind, MapType), "a process that waits for a lock has a thread"
    value: Expr = Index(kind.value, span, FieldRead(kind, span, name), (who,))
    return Project(kind.value.item, span, value) if isinstance(kind.value, OptionType) else value


# --- locks at the end --------------------------------------------------------------------------------------------


def still_held(
    process: str, thread: Local, locks: Iterable[FieldDecl], warn: Callable[[Warning], int], span: Span
) -> tuple[Stmt, ...]:
    """Statements for the end of a process: a warning for every lock that its thread holds there."""
    made: list[Stmt] = []
    for lock in locks:
        kinds = lock.type.keys if isinstance(lock.type, MapType) else ()
        tests = tuple(_some(binders, _holds(lock, keys, thread, span), span) for binders, keys in _every(kinds, span))
        test: Expr = tests[0] if len(tests) == 1 else Or(BOOL, span, tests)
        place = warn(Warning(f"{process} ends and still holds {lock.name}", span))
        made.append(If(test, (Warn(place, span),), (), span))
    return tuple(made)


def _some(binders: tuple[Binder, ...], test: Expr, span: Span) -> Expr:
    return Quant(BOOL, span, "any", binders, None, test) if binders else test


def _every(kinds: tuple[Type, ...], span: Span) -> list[tuple[tuple[Binder, ...], tuple[Expr, ...]]]:
    """Binders and keys that together run over all keys of a map; a bool is written out."""
    found: list[tuple[tuple[Binder, ...], tuple[Expr, ...]]] = [((), ())]
    for place, kind in enumerate(kinds):
        name = f"key_{place}"
        if isinstance(kind, BoolType):
            both = (Lit(BOOL, span, False), Lit(BOOL, span, True))
            found = [(binders, (*keys, value)) for binders, keys in found for value in both]
            continue
        binder = _binder(name, kind, span)
        found = [((*binders, binder), (*keys, Local(binder.type, span, name))) for binders, keys in found]
    return found


def _binder(name: str, kind: Type, span: Span) -> Binder:
    match kind:
        case SortType(sort):
            return Binder(name, kind, SortDomain(sort))
        case EnumType(enum):
            return Binder(name, kind, EnumDomain(enum))
        case IntType(lo, hi) if lo is not None and hi is not None:
            above = Arith(INT, span, "+", number(hi, span), Lit(INT, span, 1))
            return Binder(name, INT, RangeDomain(number(lo, span), above))
    raise AssertionError("keys are sorts, enums, bools and bounded integers")
