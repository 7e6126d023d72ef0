"""`refuse(...)`, `blocked(...)`, `done(...)` and `warn(...)`: the places that make an outcome or record a warning."""

from __future__ import annotations

import ast
from typing import get_args

from spec.lang.codes import Code
from spec.lang.elab_coerce import is_scalar
from spec.lang.elab_compare import read_errno, read_reason
from spec.lang.elab_names import make_outcome
from spec.lang.elab_scope import Scope, is_bad
from spec.lang.errors import nearest
from spec.lang.ir import Expr, OutcomeLit, Warn
from spec.lang.machine import Provenance, Site, SiteKind, Sure, Warning
from spec.lang.types import NONE, OUTCOME, show

SURE: tuple[Sure, ...] = get_args(Sure)
Outputs = tuple[tuple[str, Expr], ...]


def read_refuse(scope: Scope, node: ast.Call) -> Expr:
    """`refuse(ERRNO, "reason", partial=False, cites=, sure=, **outputs)`."""
    if len(node.args) != 2:
        return scope.fail(
            Code.ARGUMENTS, node, "refuse takes an errno and a reason", 'write refuse(EBUSY, "already-held")'
        )
    errno = read_errno(scope, node.args[0])
    reason = read_reason(scope, node.args[1])
    partial = _partial(scope, node)
    if errno is None or reason is None:
        return scope.fail_quietly(node)
    return _make(scope, node, "partial" if partial else "refused", errno, reason, ("partial", "cites", "sure"))


def read_blocked(scope: Scope, node: ast.Call) -> Expr:
    """`blocked("reason")`."""
    if len(node.args) != 1:
        return scope.fail(Code.ARGUMENTS, node, "blocked takes a reason", 'write blocked("waits-for-the-copy")')
    if scope.process is not None:
        return scope.fail(Code.PROCESS, node, "a process that waits does not end", "write 'yield until(test)'")
    reason = read_reason(scope, node.args[0])
    if reason is None:
        return scope.fail_quietly(node)
    extra = [k for k in node.keywords if k.arg not in ("cites", "sure")]
    if extra:
        return scope.fail(Code.ARGUMENTS, scope.span(extra[0]), "a blocked call answers nothing", "drop the argument")
    return _make(scope, node, "blocked", "", reason, ("cites", "sure"))


def read_done(scope: Scope, node: ast.Call) -> Expr:
    """`done(**outputs)`; without outputs it is DONE."""
    if node.args:
        return scope.fail(Code.ARGUMENTS, node, "outputs have names", "write done(name=value)")
    if not node.keywords:
        return make_outcome(scope, OutcomeLit(OUTCOME, scope.span(node), 0))
    return _make(scope, node, "done", "", "", ("cites", "sure"))


def _make(
    scope: Scope, node: ast.Call, kind: SiteKind, errno: str, reason: str, reserved: tuple[str, ...]
) -> Expr:
    span = scope.span(node)
    provenance = read_provenance(scope, node)
    outputs = _outputs(scope, node, reserved)
    if outputs is None:
        return scope.fail_quietly(node)
    result = make_outcome(scope, OutcomeLit(OUTCOME, span, 0))
    if is_bad(result):
        return result
    site = scope.names.add_site(Site(kind, errno, reason, span, provenance))
    scope.site_kinds[site] = kind
    return OutcomeLit(OUTCOME, span, site, outputs)


def _partial(scope: Scope, node: ast.Call) -> bool:
    for keyword in node.keywords:
        if keyword.arg != "partial":
            continue
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, bool):
            return keyword.value.value
        scope.error(Code.ARGUMENTS, keyword, "partial is not a literal", "write partial=True, or leave it out")
    return False


def _outputs(scope: Scope, node: ast.Call, reserved: tuple[str, ...]) -> Outputs | None:
    outputs: dict[str, Expr] = {}
    fine = True
    for keyword in node.keywords:
        if keyword.arg in reserved:
            continue
        if keyword.arg is None:
            scope.error(Code.UNSUPPORTED, keyword, "'**' is no part of the language", "name every output")
            fine = False
            continue
        value = scope.expr(keyword.value)
        if is_bad(value):
            fine = False
        elif not is_scalar(value.type) or value.type == NONE:
            message = f"an output cannot be '{show(value.type)}'"
            scope.error(Code.NOT_SCALAR, keyword, message, "outputs are scalars of a known type")
            fine = False
        else:
            outputs[keyword.arg] = value
    return tuple(outputs.items()) if fine else None


def read_provenance(scope: Scope, node: ast.Call) -> Provenance:
    """What `cites=` and `sure=` of a call say; the function's own where they say nothing."""
    cites, sure = scope.provenance.cites, scope.provenance.sure
    for keyword in node.keywords:
        if keyword.arg not in ("cites", "sure"):
            continue
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if not isinstance(value, str):
            scope.error(Code.PROVENANCE, keyword, f"'{keyword.arg}' is no string literal", "write it out")
        elif keyword.arg == "cites":
            cites = value
        else:
            known = [word for word in SURE if word == value]
            if not known:
                scope.error(Code.PROVENANCE, keyword, f"'{value}' is no degree of certainty", nearest(value, SURE))
            sure = known[0] if known else sure
    return Provenance(sure, cites)


def read_warn(scope: Scope, node: ast.Call) -> Warn | None:
    """`warn("...", cites=, sure=)` as a statement; None after an error."""
    message = node.args[0].value if len(node.args) == 1 and isinstance(node.args[0], ast.Constant) else None
    if not isinstance(message, str) or not message.strip():
        scope.error(Code.WARNING, node, "a warning is one string literal", 'write warn("the domain is gone")')
        return None
    for keyword in node.keywords:
        if keyword.arg not in ("cites", "sure"):
            scope.error(Code.ARGUMENTS, keyword, f"warn has no '{keyword.arg}'", "it takes cites= and sure=")
            return None
    if scope.kind not in ("action", "helper", "initial"):
        scope.error(Code.NOT_PURE, node, "a warning belongs to an action or a helper", "return False instead")
        return None
    provenance = read_provenance(scope, node)
    return Warn(scope.names.add_warning(Warning(message, scope.span(node), provenance)), scope.span(node))
