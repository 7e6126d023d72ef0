"""Locks as state: the types behind `Mutex[T]` and `RwLock[T]`, their initial value, and the functions that try them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from spec.lang import elaborate
from spec.lang.codes import Code
from spec.lang.elab_locks import LockPlace, free_for, take
from spec.lang.errors import Problem
from spec.lang.ir import Everywhere, Expr, If, Lit, Local, MakeRecord, NoneLit, Return, SetLit
from spec.lang.machine import FieldDecl, Function, LockKind, Param, RecordDecl
from spec.lang.process_points import record_key
from spec.lang.scope import Names
from spec.lang.source import span_of
from spec.lang.spans import BUILTIN
from spec.lang.types import BOOL, MapType, OptionType, RecordType, SetType, SortType, Type

KINDS: dict[str, LockKind] = {"Mutex": "mutex", "RwLock": "rw"}


@dataclass(frozen=True, slots=True)
class LockText:
    """The annotation of a lock, or of a map of them, taken apart; `sort` is what stands in the brackets."""

    kind: LockKind
    sort: ast.expr
    key: ast.expr | None
    whole: ast.expr


def lock_in(annotation: ast.expr) -> LockText | None:
    """The lock in an annotation; None for a type that is no lock."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Mutex" | "RwLock" as word), slice=sort):
            return LockText(KINDS[word], sort, None, annotation)
        case ast.Subscript(
            value=ast.Name(id="Map"),
            slice=ast.Tuple(elts=[key, ast.Subscript(value=ast.Name(id="Mutex" | "RwLock" as word), slice=sort)]),
        ):
            return LockText(KINDS[word], sort, key, annotation)
    return None


def record_of(sort: str) -> RecordDecl:
    """The record that an rw lock is: who reads, and who alone writes."""
    fields: tuple[tuple[str, Type], ...] = (
        ("readers", SetType(SortType(sort))),
        ("writer", OptionType(SortType(sort))),
    )
    return RecordDecl(record_key(sort), fields, "A lock that many readers or one writer hold.", BUILTIN)


def lock_type(text: LockText, names: Names) -> Type | None:
    """The type of the field; None after a report."""
    sort = names.sort(text.sort.id) if isinstance(text.sort, ast.Name) else None
    if sort is None:
        where = span_of(text.sort, names.file)
        names.report(Problem(Code.LOCK.code, where, "a lock names the sort of its threads", "write Mutex[Thread]"))
        return None
    one: Type = OptionType(SortType(sort.name)) if text.kind == "mutex" else RecordType(record_key(sort.name))
    if text.key is None:
        return one
    stand_in = ast.copy_location(ast.Name("bool", ast.Load()), text.sort)
    pair = ast.copy_location(ast.Tuple([text.key, stand_in], ast.Load()), text.key)
    head = ast.copy_location(ast.Name("Map", ast.Load()), text.whole)
    kind = elaborate.read_type(ast.copy_location(ast.Subscript(head, pair, ast.Load()), text.whole), names)
    return MapType(kind.keys, one) if isinstance(kind, MapType) else None


def free_value(value: ast.expr | None, kind: Type, names: Names) -> Expr | None:
    """The initial value of a lock field, `FREE` or `everywhere(FREE)`; None after a report."""
    match value, kind:
        case ast.Name(id="FREE") as node, (OptionType() | RecordType()):
            return _free(kind, node, names)
        case ast.Call(func=ast.Name(id="everywhere"), args=[ast.Name(id="FREE")], keywords=[]) as node, MapType():
            return Everywhere(kind, span_of(node, names.file), _free(kind.value, node, names))
    if value is not None:
        hint = "write everywhere(FREE)" if isinstance(kind, MapType) else "write FREE"
        names.report(Problem(Code.LOCK.code, span_of(value, names.file), "a lock begins free", hint))
    return None


def _free(kind: Type, node: ast.expr, names: Names) -> Expr:
    span = span_of(node, names.file)
    if isinstance(kind, OptionType):
        return NoneLit(kind, span)
    assert isinstance(kind, RecordType)
    (_, readers), (_, writer) = names.record_by_key(kind.name).fields
    return MakeRecord(kind, span, (SetLit(readers, span, ()), NoneLit(writer, span)))


def try_function(key: str, field: FieldDecl, thread: Type, operation: str) -> Function:
    """The helper behind `try_acquire` and its kin: takes the lock if it is free, and says whether it did."""
    span = field.span
    kinds = field.type.keys if isinstance(field.type, MapType) else ()
    keys = tuple(Param(f"key_{place}", kind, span) for place, kind in enumerate(kinds))
    who = Param("thread", thread, span)
    place = LockPlace(field, tuple(Local(k.type, span, k.name) for k in keys), Local(thread, span, who.name), span)
    word = operation.removeprefix("try_")
    taken = (take(place, word), Return(Lit(BOOL, span, True), span))
    body = (If(free_for(place, word), taken, (), span), Return(Lit(BOOL, span, False), span))
    doc = f"Takes '{field.name}' if it is free."
    return Function(key, (*keys, who), (), BOOL, body, {}, doc, span, availability=field.availability)
