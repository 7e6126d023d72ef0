"""The text of processes: `while`, and every form of `yield`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from spec.lang.codes import Code
from spec.lang.elab_coerce import truth
from spec.lang.elab_locks import LockPlace, free_for, lock_of, take
from spec.lang.elab_scope import Flow, Scope, header_span, is_bad
from spec.lang.ir import Assign, ElementsDomain, Expr, For, Lit, Local, RangeDomain, Stmt
from spec.lang.process_points import LOCK_WAITS, points_of
from spec.lang.process_tree import ProcessText, Wait, While, Yield, text_yields
from spec.lang.types import BOOL, SeqType, SortType

BlockReader = Callable[[Scope, list[ast.stmt]], tuple[Stmt, ...]]

_FORMS = 'write `yield`, `yield "label"`, `yield until(test)` or `yield from self.lock[k].acquire(t)`'


def check_process(scope: Scope, fn: ast.FunctionDef, process: ProcessText) -> None:
    """Report what is wrong with a process as a whole: no yield, labels twice, a first parameter that is no thread."""
    where = header_span(fn, scope.names.file)
    points = points_of(fn)
    if not points:
        scope.error(Code.PROCESS, where, f"'{fn.name}' never yields", "a call in one step is a @kernel action")
    seen: set[str] = set()
    for point in points:
        if isinstance(point.node, ast.Yield) and point.label:
            if point.label in seen:
                scope.error(Code.LABEL, point.node, f"the label '{point.label}' is there twice", "give each its own")
            seen.add(point.label)
    if not process.info.thread:
        return
    params = [v for v in scope.variables.values() if v.kind == "parameter"]
    if not params or params[0].type != SortType(process.info.thread):
        hint = f"write def {fn.name}(self, t: {process.info.thread}, ...)"
        scope.error(Code.PROCESS, where, "the first parameter of this process must be its thread", hint)


def read_while(scope: Scope, node: ast.While, read_block: BlockReader) -> list[Stmt]:
    """`while test:`, in a process only."""
    process = scope.process
    if process is None:
        scope.error(
            Code.UNSUPPORTED, node, "'while' is no part of the language here",
            "write 'for x in D', with 'break' where it ends; 'while' belongs to a @process",
        )  # fmt: skip
        return []
    if node.orelse:
        scope.error(Code.UNSUPPORTED, node.orelse[0], "'else' of a loop is no part of the language", "use 'break'")
    if not text_yields(node.body):
        hint = "every turn of a 'while' passes a yield; write 'for x in D' for a loop in one block"
        scope.error(Code.TURN, node.test, "this loop never yields", hint)
    endless = isinstance(node.test, ast.Constant) and node.test.value is True
    before = scope.flow
    scope.flow = Flow(before.assigned)
    process.passed = True
    test = truth(scope, scope.expr(node.test))
    scope.loops += 1
    body = read_block(scope, node.body)
    scope.loops -= 1
    scope.flow = Flow(before.assigned, None, not endless or _breaks(node.body))
    return [] if is_bad(test) else [While(test, body, (), test.span)]


def _breaks(nodes: list[ast.stmt]) -> bool:
    """True if a `break` of the loop around these statements is among them."""
    for node in nodes:
        match node:
            case ast.Break():
                return True
            case ast.If(body=body, orelse=orelse) if _breaks(body) or _breaks(orelse):
                return True
    return False


def enter_loop(scope: Scope, body: list[ast.stmt]) -> None:
    """Note that the text of a loop that yields may come after a yield."""
    if scope.process is not None and text_yields(body):
        scope.process.passed = True


def check_loop(scope: Scope, node: ast.For, loop: For | None) -> None:
    """Report a `for` that yields over something whose turns have no order that the state could keep."""
    if scope.process is None or loop is None or not text_yields(node.body):
        return
    match loop.binder.domain:
        case RangeDomain():
            return
        case ElementsDomain(base) if isinstance(base.type, SeqType):
            return
        case _:
            message = "a loop over a sort, an enum or a set cannot wait between its turns"
            hint = "take what is left out of a set that you keep: 'while len(left) > 0:'; or run over a sequence"
            scope.error(Code.YIELD, node.iter, message, hint)


def read_yield(scope: Scope, node: ast.Yield | ast.YieldFrom) -> list[Stmt]:
    """A yield on a line of its own, and for a lock the statements that take it."""
    process = scope.process
    if process is None:
        what = "a helper cannot yield" if scope.kind == "helper" else "only a @process yields"
        scope.error(Code.YIELD, node, what, "an action is one step; write @process(...) and '-> Process'")
        return []
    process.passed = True
    scope.flow.written = None
    point = process.points.get(id(node), "")
    span = scope.span(node)
    go = Lit(BOOL, span, True)
    match node:
        case ast.Yield(value=None):
            return [Yield(go, span, point)]
        case ast.Yield(value=ast.Constant(value=str(text))):
            if not text.strip():
                scope.error(Code.LABEL, node, "an empty label", "write `yield` alone, or name the point")
            return [Yield(go, span, point)]
        case ast.Yield(value=ast.Call(func=ast.Name(id="until"), args=[test], keywords=[])):
            cond = truth(scope, scope.expr(test))
            if not scope.is_call_free(cond):
                hint = "read fields and locals here, or call a @pure function"
                scope.error(Code.YIELD, test, "the test of 'until' calls a function", hint)
            return [] if is_bad(cond) else [Yield(cond, span, point)]
        case ast.YieldFrom(value=ast.Call(func=ast.Attribute(value=owner, attr=word)) as call) if word in LOCK_WAITS:
            return _acquire(scope, node, call, owner, word, process)
    scope.error(Code.YIELD, node, "this is no form of yield", _FORMS)
    return []


def _acquire(
    scope: Scope, node: ast.YieldFrom, call: ast.Call, owner: ast.expr, word: str, process: ProcessText
) -> list[Stmt]:
    place = lock_of(scope, call, owner, word)
    if place is None:
        return []
    before = list(place.before)
    keys = tuple(_kept_key(scope, key, place, before) for key in place.keys)
    place = replace(place, keys=keys)
    names = tuple("" if key.name == process.thread else key.name for key in keys)
    wait = Wait(place.field.name, names, word != "acquire_read")
    parked = Yield(free_for(place, word), scope.span(node), process.points[id(node)], wait)
    return [*before, parked, take(place, word)]


def _kept_key(scope: Scope, key: Expr, place: LockPlace, before: list[Stmt]) -> Local:
    """The key as a local, which the state keeps while the process waits."""
    if isinstance(key, Local):
        return key
    name = scope.fresh(f"key_{place.field.name}")
    scope.locals[name] = key.type
    before.append(Assign(name, key, key.span))
    return Local(key.type, key.span, name)
