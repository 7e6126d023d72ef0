"""Statements: what may stand in a body, in text order, and what is certain after each of them."""

from __future__ import annotations

import ast

from spec.lang.codes import Code
from spec.lang.elab_assign import assign_local, read_annotated, read_assign, read_augmented
from spec.lang.elab_coerce import coerce, truth
from spec.lang.elab_comp import read_domain
from spec.lang.elab_locks import is_lock_word, read_release
from spec.lang.elab_outcomes import read_warn
from spec.lang.elab_process import check_loop, enter_loop, read_while, read_yield
from spec.lang.elab_scope import UNKNOWN, Flow, Scope, is_bad
from spec.lang.ir import (
    Binder,
    Break,
    Call,
    Continue,
    Do,
    Expr,
    For,
    If,
    OutcomeLit,
    Require,
    Return,
    SortDomain,
    Stmt,
)
from spec.lang.spans import Span
from spec.lang.types import BOOL, NONE, OUTCOME, show
from spec.lang.walk import subexpressions

_UNSUPPORTED: dict[type[ast.stmt], tuple[str, str]] = {
    ast.AsyncFor: ("'async'", "write 'for x in D'"),
    ast.AsyncWith: ("'async'", "an action is one step"),
    ast.AsyncFunctionDef: ("'async'", "an action is one step"),
    ast.Try: ("'try'", "look at the outcome: 'if r.refused:'"),
    ast.TryStar: ("'try'", "look at the outcome: 'if r.refused:'"),
    ast.Raise: ("'raise'", 'write \'return refuse(EINVAL, "reason")\' or \'warn("...")\''),
    ast.With: ("'with'", "write the steps one after the other"),
    ast.FunctionDef: ("a function inside a function", "make it a method of the class"),
    ast.ClassDef: ("a class inside a function", "declare it at module level"),
    ast.Import: ("an import inside a function", "put it at the top of the file"),
    ast.ImportFrom: ("an import inside a function", "put it at the top of the file"),
    ast.Global: ("'global'", "what lasts is a state field: 'self.f'"),
    ast.Nonlocal: ("'nonlocal'", "what lasts is a state field: 'self.f'"),
    ast.Delete: ("'del'", "assign None, 'set()' or 's - {x}'"),
    ast.Match: ("'match'", "write 'if isinstance(x, R): ... elif ...'"),
    ast.Assert: ("'assert'", "write 'require(...)' in a partial action, or an @invariant"),
}


def read_block(scope: Scope, nodes: list[ast.stmt]) -> tuple[Stmt, ...]:
    """The statements of one block; `scope.flow` is afterwards what is certain at its end."""
    result: list[Stmt] = []
    cut = False
    for node in nodes:
        if not scope.flow.alive and not cut:
            scope.error(Code.UNREACHABLE, node, "this never runs", "the line before leaves for good; drop one of them")
            cut = True
        if cut:
            scope.flow = Flow(frozenset(scope.variables), None)
        result.extend(read_stmt(scope, node))
    if cut:
        scope.flow.alive = False
    return tuple(result)


def read_stmt(scope: Scope, node: ast.stmt) -> list[Stmt]:
    """One statement of the text, as the statements that it stands for."""
    span = scope.span(node)
    match node:
        case ast.Assign():
            return [*_lower_walrus(scope, node.value), *read_assign(scope, node)]
        case ast.AnnAssign():
            return read_annotated(scope, node)
        case ast.AugAssign():
            return read_augmented(scope, node)
        case ast.If():
            return _if(scope, node)
        case ast.For():
            return _for(scope, node)
        case ast.While():
            return read_while(scope, node, read_block)
        case ast.Return():
            return _return(scope, node)
        case ast.Pass():
            return []
        case ast.Expr():
            return _expression(scope, node)
        case ast.Break() | ast.Continue():
            if not scope.loops:
                word = "break" if isinstance(node, ast.Break) else "continue"
                scope.error(Code.OUTSIDE_LOOP, node, f"'{word}' outside a loop", "it belongs inside a 'for'")
                return []
            scope.flow.alive = False
            return [Break(span) if isinstance(node, ast.Break) else Continue(span)]
        case _:
            what, hint = _UNSUPPORTED.get(type(node), (f"'{type(node).__name__}'", "see docs/language.md"))
            scope.error(Code.UNSUPPORTED, node, f"{what} is no part of the language", hint)
            return []


# --- branches and loops -----------------------------------------------------------------------------------------


def _if(scope: Scope, node: ast.If) -> list[Stmt]:
    node = _split_test(node)
    before = _lower_walrus(scope, node.test)
    test = truth(scope, scope.expr(node.test))
    scope.settle(test)
    at_test = scope.flow
    scope.flow = at_test.copy()
    then = read_block(scope, node.body)
    after_then = scope.flow
    scope.flow = at_test.copy()
    other = read_block(scope, node.orelse)
    scope.flow = _merge(after_then, scope.flow)
    return [*before, If(test, then, other, test.span)]


def _merge(a: Flow, b: Flow) -> Flow:
    """What is certain where two branches meet; a branch that leaves does not arrive."""
    if not a.alive:
        return b
    if not b.alive:
        return a
    return Flow(a.assigned & b.assigned, None)


def _for(scope: Scope, node: ast.For) -> list[Stmt]:
    if node.orelse:
        hint = "set a local before 'break' and test it after the loop"
        scope.error(Code.UNSUPPORTED, node.orelse[0], "'else' of a loop is no part of the language", hint)
    found = read_domain(scope, node.iter)
    if not isinstance(node.target, ast.Name):
        scope.error(Code.UNSUPPORTED, node.target, "a loop has one variable", "write 'for x in D'")
        return []
    domain, kind = found if found is not None else (SortDomain("?"), UNKNOWN)
    text = node.target.id
    shadowed = _loop_name(scope, node.target)
    hidden = scope.variables.get(text)
    variable = scope.declare(text, "loop", kind)
    scope.ended.discard(text)
    before = scope.flow
    scope.flow = Flow(before.assigned)
    enter_loop(scope, node.body)
    scope.loops += 1
    body = read_block(scope, node.body)
    scope.loops -= 1
    scope.flow = Flow(before.assigned)
    del scope.variables[text]
    if shadowed and hidden is not None:
        scope.variables[text] = hidden
    else:
        scope.ended.add(text)
    start, end = scope.span(node), scope.span(node.iter)
    place = Span(start.file, start.line, start.col, end.end_line, end.end_col)
    loop = For(Binder(variable.name, kind, domain), body, place)
    check_loop(scope, node, loop if found is not None else None)
    return [loop]


def _loop_name(scope: Scope, target: ast.Name) -> bool:
    """True, with an error, if the loop variable has the name of something that lasts."""
    known = scope.variables.get(target.id)
    if known is None:
        return not scope.may_name(target.id, target)
    if known.kind in ("parameter", "choice"):
        scope.error(Code.ASSIGN_PARAMETER, target, f"the loop would assign '{target.id}', a {known.kind}", "rename it")
    else:
        what = "another loop's variable" if known.kind == "loop" else "a local"
        scope.error(Code.LOOP_VARIABLE, target, f"'{target.id}' is already {what}", "rename one of them")
    return True


# --- the walrus -------------------------------------------------------------------------------------------------


def _lower_walrus(scope: Scope, node: ast.expr) -> list[Stmt]:
    """The assignment for a walrus that is evaluated before everything else in the expression."""
    walrus = _first_evaluated(node)
    if walrus is None:
        return []
    known = scope.variables.get(walrus.target.id)
    expected = known.type if known is not None else None
    value = scope.expr(walrus.value, expected)
    scope.walruses.add(id(walrus))
    return assign_local(scope, walrus.target, value, scope.span(walrus), None)


def _split_test(node: ast.If) -> ast.If:
    """`if p and (r := ...).refused:` without an else is `if p:` around `if (r := ...).refused:`."""
    if node.orelse or not isinstance(node.test, ast.BoolOp) or not isinstance(node.test.op, ast.And):
        return node
    values = node.test.values
    for place in range(1, len(values)):
        if _first_evaluated(values[place]) is not None:
            inner = ast.copy_location(ast.If(_conjunction(values[place:]), node.body, []), values[place])
            return ast.copy_location(ast.If(_conjunction(values[:place]), [inner], []), node)
    return node


def _conjunction(values: list[ast.expr]) -> ast.expr:
    if len(values) == 1:
        return values[0]
    whole = ast.copy_location(ast.BoolOp(ast.And(), values), values[0])
    whole.end_lineno, whole.end_col_offset = values[-1].end_lineno, values[-1].end_col_offset
    return whole


def _first_evaluated(node: ast.expr) -> ast.NamedExpr | None:
    match node:
        case ast.NamedExpr():
            return node
        case ast.Attribute(value=inner) | ast.Compare(left=inner) | ast.UnaryOp(operand=inner):
            return _first_evaluated(inner)
        case ast.BinOp(left=inner) | ast.IfExp(test=inner) | ast.BoolOp(values=[inner, *_]):
            return _first_evaluated(inner)
        case ast.Call(func=ast.Name(id="isinstance" | "len"), args=[inner, *_]):
            return _first_evaluated(inner)
        case _:
            return None


# --- return and calls -------------------------------------------------------------------------------------------


def _return(scope: Scope, node: ast.Return) -> list[Stmt]:
    span = scope.span(node)
    result = _returned(scope, node)
    scope.flow.alive = False
    if result is None:
        return [Return(None, span)]
    value, before = result
    if value is not None:
        _check_straight_line(scope, value)
    return [*before, Return(value, span)]


def _returned(scope: Scope, node: ast.Return) -> tuple[Expr | None, list[Stmt]] | None:
    """The value and what must run before it; None after an error."""
    span, wanted = scope.span(node), scope.returns
    nothing = node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
    if wanted == NONE and nothing:
        return None, []
    if node.value is None:
        if wanted == OUTCOME and scope.falls_off:
            return OutcomeLit(OUTCOME, span, 0), []
        scope.error(Code.RETURNS, node, f"a value of type '{show(wanted)}' must be returned", "write 'return v'")
        return None
    if wanted != NONE:
        value = scope.expr(node.value, wanted)
        value = truth(scope, value) if wanted == BOOL else coerce(scope, value, wanted)
        return None if is_bad(value) else (value, [])
    value = scope.expr(node.value)
    if is_bad(value):
        return None
    if isinstance(value, Call) and value.type == NONE:
        return None, [Do(value, span)]
    hint = f"write '-> {show(value.type)}'" if scope.kind in ("action", "helper") else "write 'return' alone"
    scope.error(Code.RETURNS, node, "this function returns nothing", hint)
    return None


def _check_straight_line(scope: Scope, value: Expr) -> None:
    """A refusal after a write with nothing between that could have undone it."""
    written = scope.flow.written
    if written is None or not scope.is_call_free(value) or (scope.process is not None and scope.process.passed):
        return
    for part in subexpressions(value):
        if isinstance(part, OutcomeLit) and scope.site_kinds.get(part.site) in ("refused", "blocked"):
            hint = "check before writing, or mark a real partial effect with partial=True"
            message = f"a refused call changes nothing, but line {written.line} has already written"
            scope.error(Code.WRITE_BEFORE_REFUSAL, part.span, message, hint)


def _expression(scope: Scope, node: ast.Expr) -> list[Stmt]:
    value, span = node.value, scope.span(node)
    if isinstance(value, ast.Yield | ast.YieldFrom):
        return read_yield(scope, value)
    match value:
        case ast.Call(func=ast.Attribute(value=owner, attr="release")) if is_lock_word(scope, owner, "release"):
            return read_release(scope, value, owner)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and scope.lookup(value.func.id) is None:
        match value.func.id:
            case "require":
                return _require(scope, value)
            case "warn":
                warning = read_warn(scope, value)
                return [] if warning is None else [warning]
            case "refuse" | "blocked" | "done" as word:
                scope.error(Code.NO_EFFECT, node, "this outcome goes nowhere", f"write 'return {word}(...)'")
                return []
    if isinstance(value, ast.Constant) and value.value is ...:
        scope.error(Code.EMPTY_BODY, node, "'...' stands for text that is missing", "write the body, or 'pass'")
        scope.flow.alive = scope.returns == NONE
        return []
    result = scope.expr(value)
    if is_bad(result):
        return []
    scope.settle(result)
    if isinstance(result, Call):
        return [Do(result, span)]
    hint = "use a comment for remarks" if isinstance(value, ast.Constant) else "assign it, test it or return it"
    scope.error(Code.NO_EFFECT, node, "the value goes nowhere", hint)
    return []


def _require(scope: Scope, node: ast.Call) -> list[Stmt]:
    if len(node.args) != 1 or node.keywords:
        scope.error(Code.ARGUMENTS, node, "require takes one test", "write require(test)")
        return []
    cond = truth(scope, scope.expr(node.args[0]))
    if scope.process is not None and scope.process.passed:
        message, hint = "the process may have begun here", "wait for it: 'yield until(test)'"
        scope.error(Code.REQUIRE, node, message, hint)
        return []
    if not scope.can_require:
        if scope.kind == "action":
            message, hint = "an ioctl is total: it answers every call", 'write \'return refuse(EINVAL, "reason")\''
        else:
            message, hint = "only @kernel, @hardware and @fault actions can require", "put it into the action"
        scope.error(Code.REQUIRE, node, message, hint)
        return []
    scope.settle(cond)
    return [] if is_bad(cond) else [Require(cond, scope.span(node))]
