"""Checks that need all functions at once: purity, the places of calls that write, `require` first, and recursion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from spec.lang.codes import Code
from spec.lang.errors import Problem
from spec.lang.ir import And, Call, ChoiceRead, Expr, FieldRead, For, Ite, Or, OutcomeLit, Quant, Require, Stmt, Warn
from spec.lang.ir import Write as WriteStmt
from spec.lang.machine import Function
from spec.lang.process_tree import While, Yield
from spec.lang.spans import Span
from spec.lang.walk import (
    blocks,
    children,
    domain_children,
    expressions,
    statements,
    stmt_expressions,
    subexpressions,
)

Effect = Literal["writes state", "takes a choice of nature", "makes an outcome", "warns", "requires"]
_IMPURE: tuple[Effect, ...] = ("writes state", "takes a choice of nature", "makes an outcome", "warns", "requires")


@dataclass(slots=True)
class _Summary:
    """What one function may do, itself or through calls; `where` is a place that does it."""

    where: dict[Effect, Span] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()

    def note(self, effect: Effect, span: Span) -> bool:
        """Add an effect; True if it is new."""
        if effect in self.where:
            return False
        self.where[effect] = span
        return True


def _calls(function: Function) -> Iterator[Call]:
    return (part for part in expressions(function.body) if isinstance(part, Call))


def _own_effects(function: Function) -> Iterator[tuple[Effect, Span]]:
    """What the text of a function does by itself, but for choices, which a caller may fix."""
    for stmt in statements(function.body):
        match stmt:
            case WriteStmt():
                yield "writes state", stmt.span
            case Require():
                yield "requires", stmt.span
            case Warn():
                yield "warns", stmt.span
            case _:
                pass
    for part in expressions(function.body):
        if isinstance(part, OutcomeLit):
            yield "makes an outcome", part.span


def _summaries(functions: dict[str, Function]) -> dict[str, _Summary]:
    result: dict[str, _Summary] = {}
    for key, function in functions.items():
        chosen = frozenset(part.name for part in expressions(function.body) if isinstance(part, ChoiceRead))
        summary = result[key] = _Summary(chosen=chosen)
        for effect, span in _own_effects(function):
            summary.note(effect, span)
    changed = True
    while changed:
        changed = False
        for key, function in functions.items():
            for call in _calls(function):
                for effect, span in _effects_of_call(call, result):
                    changed = result[key].note(effect, span) or changed
    return result


def _effects_of_call(call: Call, summaries: dict[str, _Summary]) -> list[tuple[Effect, Span]]:
    """What a call may do, with the place that does it."""
    callee = summaries.get(call.function)
    if callee is None:
        return []
    found = list(callee.where.items())
    if callee.chosen - {name for name, _ in call.given} and "takes a choice of nature" not in callee.where:
        found.append(("takes a choice of nature", call.span))
    return found


# --- purity -----------------------------------------------------------------------------------------------------


def check_purity(functions: dict[str, Function], pure_keys: set[str]) -> list[Problem]:
    """Everything about effects that only all functions together show.

    `pure_keys` are the functions of properties (with their premises) and of `@pure`: they write nothing, warn of
    nothing, require nothing, take no choice and make no outcome, themselves or through calls. In all functions a
    call that writes state stands only where it runs exactly once, and `require` comes before any write.
    """
    summaries = _summaries(functions)
    problems: list[Problem] = []
    for key in sorted(pure_keys & functions.keys()):
        problems.extend(_impurities(functions[key], summaries))
    for function in functions.values():
        problems.extend(_misplaced_calls(function, summaries))
        problems.extend(_late_requires(function.body, summaries))
    return list(dict.fromkeys(problems))


def _short(key: str) -> str:
    return key.rsplit(".", 1)[-1].partition(" ")[0]


def writers(functions: dict[str, Function]) -> dict[str, Span]:
    """The functions that write state, themselves or through calls, with a place that does it."""
    found = {key: summary.where.get("writes state") for key, summary in _summaries(functions).items()}
    return {key: span for key, span in found.items() if span is not None}


def _impurities(function: Function, summaries: dict[str, _Summary]) -> Iterator[Problem]:
    for effect, span in _own_effects(function):
        yield Problem(Code.NOT_PURE.code, span, f"'{_short(function.name)}' must be pure, but here it {effect}")
    for part in expressions(function.body):
        if isinstance(part, ChoiceRead):
            message = f"'{_short(function.name)}' must be pure, but here it takes a choice of nature"
            yield Problem(Code.NOT_PURE.code, part.span, message)
        if not isinstance(part, Call):
            continue
        for effect, span in _effects_of_call(part, summaries):
            at = "" if span == part.span else f" (line {span.line})"
            message = f"'{_short(function.name)}' must be pure, but '{_short(part.function)}' {effect}{at}"
            yield Problem(Code.NOT_PURE.code, part.span, message, "split what it computes from what it does")
            break


# --- places -----------------------------------------------------------------------------------------------------


def _misplaced_calls(function: Function, summaries: dict[str, _Summary]) -> Iterator[Problem]:
    for stmt in statements(function.body):
        for expr in stmt_expressions(stmt):
            for call, place in _conditional_calls(expr, ""):
                summary = summaries.get(call.function)
                if summary is not None and "writes state" in summary.where:
                    message = f"'{_short(call.function)}' writes state (line {summary.where['writes state'].line}), "
                    hint = "assign its result to a local on a line of its own, before"
                    yield Problem(Code.EFFECT_PLACE.code, call.span, message + f"but stands {place}", hint)


def _conditional_calls(expr: Expr, place: str) -> Iterator[tuple[Call, str]]:
    """Calls that may run not at all or several times, with the reason why."""
    if isinstance(expr, Call) and place:
        yield expr, place
    always, sometimes, reason = _split(expr)
    for part in always:
        yield from _conditional_calls(part, place)
    for part in sometimes:
        yield from _conditional_calls(part, reason)


def _split(expr: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...], str]:
    """The parts that are evaluated exactly once, and the others with the reason."""
    match expr:
        case And(_, _, items):
            return items[:1], items[1:], "to the right of 'and'"
        case Or(_, _, items):
            return items[:1], items[1:], "to the right of 'or'"
        case Ite(_, _, test, then, other):
            return (test,), (then, other), "in one arm of a conditional"
        case Quant(_, _, _, binders, cond, body):
            first, *later = binders
            inner = [e for e in (cond, body) if e is not None]
            nested = [e for binder in later for e in domain_children(binder.domain)]
            return domain_children(first.domain), (*nested, *inner), "inside a comprehension"
        case _:
            return children(expr), (), ""


def _late_requires(stmts: Iterable[Stmt], summaries: dict[str, _Summary]) -> list[Problem]:
    problems: dict[Problem, None] = {}
    _scan(stmts, False, summaries, problems)
    return list(problems)


def _scan(
    stmts: Iterable[Stmt], written: bool, summaries: dict[str, _Summary], problems: dict[Problem, None]
) -> bool:
    """True if something may have been written after the statements; a `require` that comes later is a problem."""
    for stmt in stmts:
        for expr in stmt_expressions(stmt):
            for part in subexpressions(expr):
                where = summaries[part.function].where if isinstance(part, Call) and part.function in summaries else {}
                if written and "requires" in where:
                    message = "this call may require something, but state was already written or others ran"
                    _late(problems, part.span, message)
                written = written or "writes state" in where
        if isinstance(stmt, Yield):
            written = True
        if isinstance(stmt, Require) and not isinstance(stmt, Yield) and written:
            _late(problems, stmt.span, "state was already written")
        written = written or isinstance(stmt, WriteStmt)
        after = [_scan(block, written, summaries, problems) for block in blocks(stmt)]
        if isinstance(stmt, For | While) and any(after) and not written:
            _scan(blocks(stmt)[0], True, summaries, problems)
        written = written or any(after)
    return written


def _late(problems: dict[Problem, None], span: Span, message: str) -> None:
    problems[Problem(Code.REQUIRE.code, span, message, "a guard comes before everything that it guards")] = None


def check_total(functions: dict[str, Function], total_keys: set[str]) -> list[Problem]:
    """Calls in functions of ioctls that lead to a `require`: an ioctl must answer every call."""
    summaries = _summaries(functions)
    problems: list[Problem] = []
    for key in sorted(total_keys & functions.keys()):
        for call in _calls(functions[key]):
            where = summaries[call.function].where if call.function in summaries else {}
            if "requires" in where:
                message = f"an ioctl is total, but '{_short(call.function)}' requires (line {where['requires'].line})"
                hint = "move what both share into a helper without 'require'"
                problems.append(Problem(Code.REQUIRE.code, call.span, message, hint))
    return list(dict.fromkeys(problems))


def check_stateless(functions: dict[str, Function], keys: set[str]) -> list[Problem]:
    """Calls in functions that may look at constants only (`@assume`, `@pure`) and that lead to reads of state."""
    reads: dict[str, Span] = {}
    for key, function in functions.items():
        for part in expressions(function.body):
            if isinstance(part, FieldRead):
                reads.setdefault(key, part.span)
    changed = True
    while changed:
        changed = False
        for key, function in functions.items():
            for call in _calls(function):
                if key not in reads and call.function in reads:
                    reads[key] = reads[call.function]
                    changed = True
    problems = []
    for key in sorted(keys & functions.keys()):
        for call in _calls(functions[key]):
            if call.function in reads:
                message = f"'{_short(call.function)}' reads the state (line {reads[call.function].line})"
                problems.append(Problem(Code.READS_STATE.code, call.span, message, "only constants may be read here"))
    return list(dict.fromkeys(problems))


# --- recursion --------------------------------------------------------------------------------------------------


def check_recursion(functions: dict[str, Function]) -> list[Problem]:
    """One problem per cycle of calls, at the call that closes it; functions in declared order."""
    done: set[str] = set()
    problems: list[Problem] = []
    for key in functions:
        if key not in done:
            _follow(key, functions, [], done, problems)
    return problems


def _follow(
    key: str, functions: dict[str, Function], path: list[str], done: set[str], problems: list[Problem]
) -> None:
    path.append(key)
    for call in _calls(functions[key]):
        if call.function in path:
            cycle = " -> ".join(_short(name) for name in (*path[path.index(call.function) :], call.function))
            hint = "the language has no recursion; write a loop"
            problems.append(Problem(Code.RECURSION.code, call.span, f"this call comes back to itself: {cycle}", hint))
        elif call.function in functions and call.function not in done:
            _follow(call.function, functions, path, done, problems)
    path.pop()
    done.add(key)
