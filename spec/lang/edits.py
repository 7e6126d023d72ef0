"""Edits of the text of one method: drop a check, answer another errno, check something first.

They work on the syntax tree, so that a parsed spec and the same text run by Python see the same method. Places of
the base's text are kept. A *check* is an `if` (or `elif`) whose body ends in `return refuse(ERRNO, "reason")` or
`return blocked("reason")`.
"""

from __future__ import annotations

import ast
import copy

from spec.lang.errors import UapiCheckError, nearest


class EditError(UapiCheckError):
    """The edit does not fit the text; `hint` says what does."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def without(fn: ast.FunctionDef, reason: str) -> ast.FunctionDef:
    """A copy without every check that answers `reason`; an `else` stays. Raises EditError when there is none."""
    edited = copy.deepcopy(fn)
    if not _cut(edited.body, reason):
        raise _no_check(fn, reason)
    _fill(edited)
    return edited


def with_errno(fn: ast.FunctionDef, reason: str, errno: str) -> ast.FunctionDef:
    """A copy in which every refusal for `reason` answers `errno` instead. Raises EditError when there is none."""
    edited = copy.deepcopy(fn)
    calls = [call for call in _answers(edited) if _reason(call) == reason]
    if not calls:
        raise _unknown_reason(fn, reason)
    for call in calls:
        if not _is_refuse(call):
            raise EditError(f"'{reason}' is a blocked call, which has no errno")
        call.args[0] = ast.copy_location(ast.Name(errno, ast.Load()), call.args[0])
    return edited


def checking_first(fn: ast.FunctionDef, reason: str) -> ast.FunctionDef:
    """A copy that makes the check for `reason` before everything else.

    Raises EditError when there is no such check, more than one, or when it stands inside a loop or another branch.
    """
    edited = copy.deepcopy(fn)
    found = _cut(edited.body, reason)
    if not found:
        raise _no_check(fn, reason)
    if len(found) > 1:
        raise EditError(f"'{fn.name}' checks '{reason}' in {len(found)} places; which one comes first is not clear")
    if not _in_chain(fn.body, reason):
        raise EditError(f"the check '{reason}' stands inside a loop or a branch of '{fn.name}'", "override the method")
    check = found[0]
    check.orelse = []
    edited.body.insert(1 if ast.get_docstring(edited) is not None else 0, check)
    _fill(edited)
    return edited


def reasons(fn: ast.FunctionDef) -> list[str]:
    """The reasons that the text of a method answers, in text order."""
    found = (_reason(call) for call in _answers(fn))
    return list(dict.fromkeys(reason for reason in found if reason is not None))


def _answers(fn: ast.FunctionDef) -> list[ast.Call]:
    calls = [node for node in ast.walk(fn) if isinstance(node, ast.Call) and _word(node) in ("refuse", "blocked")]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _word(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_refuse(call: ast.Call) -> bool:
    return _word(call) == "refuse"


def _reason(call: ast.Call) -> str | None:
    place = 1 if _is_refuse(call) else 0
    if len(call.args) <= place:
        return None
    match call.args[place]:
        case ast.Constant(value=str(text)):
            return text
    return None


def _is_check(stmt: ast.stmt, reason: str) -> bool:
    match stmt:
        case ast.If(body=[*_, ast.Return(value=ast.Call() as call)]):
            return _word(call) in ("refuse", "blocked") and _reason(call) == reason
    return False


def _cut(body: list[ast.stmt], reason: str) -> list[ast.If]:
    """Take every check for `reason` out of a block and the blocks inside it; the checks taken out."""
    found: list[ast.If] = []
    kept: list[ast.stmt] = []
    for stmt in body:
        for inner in _blocks(stmt):
            found += _cut(inner, reason)
        if isinstance(stmt, ast.If) and _is_check(stmt, reason):
            found.append(stmt)
            kept += stmt.orelse
        else:
            kept.append(stmt)
    body[:] = kept
    return found


def _blocks(stmt: ast.stmt) -> list[list[ast.stmt]]:
    match stmt:
        case ast.If() | ast.For() | ast.While():
            return [stmt.body, stmt.orelse]
    return []


def _in_chain(body: list[ast.stmt], reason: str) -> bool:
    """True if a check for `reason` is a statement of this block, or an `elif` after other checks of this block."""
    for stmt in body:
        if _is_check(stmt, reason):
            return True
        if isinstance(stmt, ast.If) and isinstance(stmt.body[-1], ast.Return) and _in_chain(stmt.orelse, reason):
            return True
    return False


def _fill(fn: ast.FunctionDef) -> None:
    """Put `pass` where a block lost its last statement."""
    for node in ast.walk(fn):
        if isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.While) and not node.body:
            node.body.append(ast.copy_location(ast.Pass(), node))


def _unknown_reason(fn: ast.FunctionDef, reason: str) -> EditError:
    return EditError(f"'{fn.name}' never answers '{reason}'", nearest(reason, reasons(fn)))


def _no_check(fn: ast.FunctionDef, reason: str) -> EditError:
    if reason not in reasons(fn):
        return _unknown_reason(fn, reason)
    hint = "a check is an `if` whose body ends in `return refuse(ERRNO, \"reason\")`"
    return EditError(f"'{fn.name}' answers '{reason}' outside any check of its own", hint)
