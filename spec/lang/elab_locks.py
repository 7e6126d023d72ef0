"""Locks in the text of actions: which lock is meant, when it is free, and the writes that take and release it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce
from spec.lang.elab_names import read_keys
from spec.lang.elab_scope import Scope, bad, is_bad
from spec.lang.errors import nearest
from spec.lang.ir import (
    And,
    Assign,
    Attr,
    Call,
    Compare,
    EnumLit,
    Expr,
    FieldRead,
    If,
    Index,
    Inject,
    IsNone,
    Ite,
    Length,
    Lit,
    Local,
    Member,
    NoneLit,
    Not,
    Project,
    SetLit,
    SetOp,
    Stmt,
    Update,
    Write,
)
from spec.lang.machine import FieldDecl
from spec.lang.process_points import LOCK_WORDS
from spec.lang.spans import Span
from spec.lang.types import BOOL, INT, IntType, MapType, OptionType, RecordType, SetType, Type

WORDS = {
    "mutex": ("acquire", "try_acquire", "release"),
    "rw": ("acquire_read", "acquire_write", "try_acquire_read", "try_acquire_write", "release"),
}
"""The operations on each kind of lock."""


@dataclass(frozen=True, slots=True)
class LockPlace:
    """One lock and the thread that uses it. Keys and thread may be read again and again; `before` computes them."""

    field: FieldDecl
    keys: tuple[Expr, ...]
    thread: Expr
    span: Span
    before: tuple[Stmt, ...] = ()

    @property
    def entry(self) -> Expr:
        """What the lock holds now."""
        whole = FieldRead(self.field.type, self.span, self.field.name)
        return Index(self.type, self.span, whole, self.keys) if self.keys else whole

    @property
    def type(self) -> Type:
        """The type of one lock: the thread that holds a mutex or None, or the record of an rw lock."""
        return self.field.type.value if isinstance(self.field.type, MapType) else self.field.type

    @property
    def owner(self) -> Expr:
        """The thread that alone holds the lock, or None."""
        if self.field.lock == "mutex":
            return self.entry
        return Attr(OptionType(self.thread.type), self.span, self.entry, "writer")

    @property
    def readers(self) -> Expr:
        """The threads that hold an rw lock for reading."""
        return Attr(SetType(self.thread.type), self.span, self.entry, "readers")

    def store(self, value: Expr) -> Write:
        """The write of a new value."""
        return Write(self.field.name, self.keys, value, self.span)


def is_lock_word(scope: Scope, owner: ast.expr, word: str) -> bool:
    """True if `owner.word(...)` is an operation on a lock, or is meant as one."""
    field = _field(scope, owner)
    return field is not None and bool(field.lock) and (word in LOCK_WORDS or not isinstance(field.type, MapType))


def lock_of(scope: Scope, call: ast.Call, owner: ast.expr, word: str) -> LockPlace | None:
    """The lock and the thread of `self.lock[k].word(t)`; None after an error."""
    field, span = _field(scope, owner), scope.span(call)
    if field is None or not field.lock:
        scope.error(Code.LOCK, owner, f"'{word}' is for locks", "a lock is a field of type Mutex[T] or RwLock[T]")
        return None
    if word not in WORDS[field.lock]:
        hint = nearest(word, WORDS[field.lock])
        scope.error(Code.LOCK, call, f"'{field.name}' is no lock with '{word}'", hint)
        return None
    if scope.kind not in ("action", "helper"):
        scope.error(Code.NOT_PURE, call, "only actions and helpers use locks", "look at it: 'self.lock[k] == t'")
        return None
    keys = _keys(scope, owner, field)
    thread = _thread(scope, call, word, field)
    if keys is None or thread is None:
        return None
    before: list[Stmt] = []
    settled = tuple(_settled(scope, key, field, before) for key in keys)
    return LockPlace(field, settled, thread, span, tuple(before))


def _field(scope: Scope, owner: ast.expr) -> FieldDecl | None:
    held = owner.value if isinstance(owner, ast.Subscript) else owner
    match held:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if scope.has_self and scope.lookup("self") is None:
            return scope.names.field(name)
    return None


def _keys(scope: Scope, owner: ast.expr, field: FieldDecl) -> tuple[Expr, ...] | None:
    match owner, field.type:
        case ast.Subscript(slice=key), MapType():
            return read_keys(scope, field.type, key)
        case ast.Attribute(), MapType():
            hint = f"write self.{field.name}[k]"
            scope.error(Code.LOCK, owner, f"'{field.name}' is a map of locks", hint)
            return None
        case ast.Subscript(), _:
            scope.error(Code.LOCK, owner, f"'{field.name}' is a single lock", f"write self.{field.name}")
            return None
    return ()


def thread_type(scope: Scope, field: FieldDecl) -> Type:
    """The sort of the threads that use the lock."""
    held = field.type.value if isinstance(field.type, MapType) else field.type
    if isinstance(held, RecordType):
        held = dict(scope.names.record_by_key(held.name).fields)["writer"]
    assert isinstance(held, OptionType)
    return held.item


def _thread(scope: Scope, call: ast.Call, word: str, field: FieldDecl) -> Expr | None:
    if len(call.args) != 1 or call.keywords:
        scope.error(Code.ARGUMENTS, call, f"'{word}' takes the thread", f"write .{word}(t)")
        return None
    wanted = thread_type(scope, field)
    thread = coerce(scope, scope.expr(call.args[0], wanted), wanted)
    if is_bad(thread):
        return None
    own = scope.process.thread if scope.process is not None else ""
    if scope.process is not None and not (isinstance(thread, Local) and own and thread.name == own):
        hint = f"write .{word}({own})" if own else "declare the process with thread="
        scope.error(Code.LOCK, call.args[0], "a process uses locks for its own thread only", hint)
        return None
    if isinstance(thread, Local):
        return thread
    scope.error(Code.LOCK, call.args[0], "the thread is computed here", "bind it to a local first")
    return None


def _settled(scope: Scope, key: Expr, field: FieldDecl, before: list[Stmt]) -> Expr:
    """The key as something that may be read twice, at any time, with the same value."""
    if isinstance(key, Local | EnumLit | Lit):
        return key
    name = scope.fresh(f"key_{field.name}")
    scope.locals[name] = INT if isinstance(key.type, IntType) else key.type
    before.append(Assign(name, key, key.span))
    return Local(scope.locals[name], key.span, name)


# --- what it is to be free, taken and released -------------------------------------------------------------------


def free_for(place: LockPlace, word: str) -> Expr:
    """True if the thread can take the lock now. One that holds it for reading waits for itself."""
    span = place.span
    idle = IsNone(BOOL, span, place.owner)
    if place.field.lock == "mutex":
        return idle
    if word.endswith("read"):
        return And(BOOL, span, (idle, Not(BOOL, span, Member(BOOL, span, place.thread, place.readers))))
    nobody = Compare(BOOL, span, "==", Length(INT, span, place.readers), Lit(INT, span, 0))
    return And(BOOL, span, (idle, nobody))


def take(place: LockPlace, word: str) -> Write:
    """The write that takes a lock which is free."""
    span, kind = place.span, place.thread.type
    if word.endswith("read"):
        mine = SetLit(SetType(kind), span, (place.thread,))
        more = SetOp(SetType(kind), span, "|", place.readers, mine)
        return place.store(Update(place.type, span, place.entry, (("readers", more),)))
    held = Inject(OptionType(kind), span, place.thread)
    if place.field.lock == "mutex":
        return place.store(held)
    return place.store(Update(place.type, span, place.entry, (("writer", held),)))


def _release(scope: Scope, place: LockPlace) -> list[Stmt]:
    """The writes of a release; a fault where the thread does not hold the lock."""
    span, kind = place.span, place.thread.type
    option = OptionType(kind)
    nothing = NoneLit(option, span)
    mine = Compare(BOOL, span, "==", place.owner, Inject(option, span, place.thread))
    name = scope.fresh(f"holder_{place.field.name}")
    scope.locals[name] = kind
    checked = Assign(name, Project(kind, span, Ite(option, span, mine, place.owner, nothing)), span)
    if place.field.lock == "mutex":
        return [checked, place.store(nothing)]
    fewer = SetOp(SetType(kind), span, "-", place.readers, SetLit(SetType(kind), span, (place.thread,)))
    as_reader = place.store(Update(place.type, span, place.entry, (("readers", fewer),)))
    as_writer = place.store(Update(place.type, span, place.entry, (("writer", nothing),)))
    reads = Member(BOOL, span, place.thread, place.readers)
    return [If(reads, (as_reader,), (checked, as_writer), span)]


def read_release(scope: Scope, call: ast.Call, owner: ast.expr) -> list[Stmt]:
    """`self.lock[k].release(t)` on a line of its own."""
    place = lock_of(scope, call, owner, "release")
    if place is None:
        return []
    scope.flow.written = place.span
    return [*place.before, *_release(scope, place)]


def read_try(scope: Scope, call: ast.Call, owner: ast.expr, word: str) -> Expr:
    """`self.lock[k].try_acquire(t)`, a call that answers a bool; an error for the words that are no expressions."""
    if word.startswith("acquire"):
        hint = f"write 'yield from self.lock[k].{word}(t)' in a @process"
        return scope.fail(Code.LOCK, call, f"'{word}' waits, so it stands behind 'yield from'", hint)
    if word == "release":
        return scope.fail(Code.NO_VALUE, call, "a release answers nothing", "give it a line of its own")
    place = lock_of(scope, call, owner, word)
    if place is None:
        return bad(scope.span(call))
    if place.before:
        return scope.fail(Code.LOCK, owner, "the key of this lock is computed here", "bind it to a local first")
    key = scope.names.lock_function(place.field.name, word)
    return Call(BOOL, place.span, key, (*place.keys, place.thread))
