"""`at(t, "label")` and `idle(t)`: where the threads of processes are, for properties."""

from __future__ import annotations

import ast

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce
from spec.lang.elab_scope import Scope, is_bad
from spec.lang.errors import nearest
from spec.lang.ir import Compare, EnumLit, Expr, FieldRead, Index, Or
from spec.lang.process_points import IDLE
from spec.lang.scope import ProcessInfo
from spec.lang.spans import Span
from spec.lang.types import BOOL, EnumType, MapType, SortType


def read_at(scope: Scope, node: ast.Call) -> Expr:
    """`at(t, "label")`, `at(t, "process")`; without the thread for a process that has none."""
    if not _in_property(scope, node, "at"):
        return scope.fail_quietly(node)
    match node.args:
        case [ast.Constant(value=str(text))] if not node.keywords:
            thread: ast.expr | None = None
        case [thread, ast.Constant(value=str(text))] if not node.keywords:
            pass
        case _:
            form = 'write at(t, "label"), or at("label") for a process without thread'
            return scope.fail(Code.ARGUMENTS, node, "at takes a thread and a label", form)
    read = _thread(scope, thread) if thread is not None else None
    if read is not None and is_bad(read):
        return read
    sort = read.type.name if read is not None and isinstance(read.type, SortType) else ""
    about = [p for p in scope.names.processes() if p.thread == sort]
    if not about:
        what = f"no process has a thread of '{sort}'" if sort else "every process has a thread here"
        return scope.fail(Code.LABEL, node, what, 'write at(t, "label")' if not sort else "")
    found = _members(scope, node, text, about)
    return scope.fail_quietly(node) if found is None else _is_at(scope, *found, read, scope.span(node))


def read_idle(scope: Scope, node: ast.Call) -> Expr:
    """`idle(t)`: the thread is in no process."""
    if not _in_property(scope, node, "idle"):
        return scope.fail_quietly(node)
    if len(node.args) != 1 or node.keywords:
        return scope.fail(Code.ARGUMENTS, node, "idle takes a thread", "write idle(t)")
    read = _thread(scope, node.args[0])
    if is_bad(read):
        return read
    assert isinstance(read.type, SortType)
    about = [p for p in scope.names.processes() if p.thread == read.type.name]
    if not about:
        return scope.fail(Code.LABEL, node, f"no process has a thread of '{read.type.name}'")
    return _is_at(scope, about[0].counter, (IDLE,), read, scope.span(node))


def _in_property(scope: Scope, node: ast.Call, word: str) -> bool:
    if scope.kind == "property" and scope.property_kind != "assume":
        return True
    hint = "keep what the text needs to know in a field"
    scope.error(Code.NOT_CALLABLE, node, f"'{word}' is a word of properties", hint)
    return False


def _thread(scope: Scope, node: ast.expr) -> Expr:
    read = scope.expr(node)
    threads = {p.thread for p in scope.names.processes() if p.thread}
    if is_bad(read) or (isinstance(read.type, SortType) and read.type.name in threads):
        return read if is_bad(read) or scope.need_plain(read, read.span) else scope.fail_quietly(node)
    for sort in sorted(threads):
        if len(threads) == 1:
            return coerce(scope, read, SortType(sort))
    hint = f"threads are {', '.join(sorted(threads))}" if threads else "no process of this spec has a thread"
    return scope.fail(Code.MISMATCH, node, "this is no thread of a process", hint)


def _members(scope: Scope, node: ast.Call, text: str, about: list[ProcessInfo]) -> tuple[str, tuple[str, ...]] | None:
    """The counter and the members that a text stands for: a process, a label, or a point by its full name."""
    for process in about:
        if process.name == text:
            return process.counter, tuple(member for _, member in process.points)
    found = [(p, member) for p in about for label, member in p.points if text in (label, member)]
    if len(found) == 1:
        return found[0][0].counter, (found[0][1],)
    known = [p.name for p in about] + [word for p in about for label, m in p.points for word in (label, m) if word]
    if found:
        names = ", ".join(f'"{member}"' for _, member in found)
        scope.error(Code.LABEL, node, f"'{text}' is the label of several points", f"write one of {names}")
    else:
        scope.error(Code.LABEL, node, f"no process or point is '{text}'", nearest(text, known))
    return None


def _is_at(scope: Scope, counter: str, members: tuple[str, ...], thread: Expr | None, span: Span) -> Expr:
    kind = EnumType(counter)
    tests: list[Expr] = []
    for member in members:
        here: Expr = FieldRead(kind, span, counter)
        if thread is not None:
            whole = FieldRead(MapType((thread.type,), kind), span, counter)
            here = Index(kind, span, whole, (scope.copy(thread),))
        tests.append(Compare(BOOL, span, "==", here, EnumLit(kind, span, member)))
    return tests[0] if len(tests) == 1 else Or(BOOL, span, tuple(tests))
