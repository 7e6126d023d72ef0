"""From the syntax tree of one function, annotation or value to the typed tree: the entry points of elaboration.

Every function here reports mistakes to `names` and goes on, so that one run shows all mistakes of a file. What it
answers after a mistake is only good for finding further mistakes; a machine is not built from it.
"""

from __future__ import annotations

import ast

from spec.lang.codes import Code
from spec.lang.elab_coerce import coerce
from spec.lang.elab_effects import check_purity, check_recursion, check_stateless, check_total
from spec.lang.elab_expr import read_expr
from spec.lang.elab_premise import build_premise
from spec.lang.elab_process import check_process
from spec.lang.elab_promise import check_promise, split_promise
from spec.lang.elab_scope import Scope, header_span, is_bad
from spec.lang.elab_signature import has_self, property_params, read_signature
from spec.lang.elab_stmts import read_block
from spec.lang.elab_types import is_known, read_extent, read_type
from spec.lang.elab_values import check_bounds
from spec.lang.ir import Expr, OutcomeLit, Return, Stmt
from spec.lang.machine import ActionKind, Availability, Function, Param, PropertyKind, Provenance
from spec.lang.process_tree import ProcessText
from spec.lang.scope import Names, Signature
from spec.lang.types import NONE, OUTCOME, Type, show

__all__ = [
    "Code",
    "check_purity",
    "check_recursion",
    "check_stateless",
    "check_total",
    "is_known",
    "read_extent",
    "read_function",
    "read_premise",
    "read_signature",
    "read_type",
    "read_value",
    "split_promise",
]


def read_function(
    fn: ast.FunctionDef,
    signature: Signature,
    names: Names,
    *,
    action_kind: ActionKind | None,
    property_kind: PropertyKind | None,
    provenance: Provenance,
    availability: Availability,
    action_params: dict[str, Param],
    process: ProcessText | None = None,
) -> Function:
    """The function that the text says; mistakes are reported to `names`.

    The body of a process may hold `While` and `Yield` (see `spec.lang.process_tree`); what is known of it beside its
    function is added to `process`. For an action property the parameters are `outcome` and then the arguments that the
    text asks for, whose types are in `action_params`; what is promised of whole runs has typed ones; every other
    property has none. The body of a `leads_to` property has both parts, until `split_promise` takes them apart.
    """
    params, old = signature.params, False
    if property_kind is not None:
        params, old = property_params(fn, names, property_kind, action_params)
    scope = _function_scope(fn, signature, names, provenance)
    scope.property_kind = property_kind
    scope.has_old = old
    scope.can_require = action_kind not in (None, "ioctl")
    scope.falls_off = action_kind not in (None, "ioctl")
    if action_kind == "ioctl" and signature.returns == NONE:
        scope.error(Code.RETURNS, header_span(fn, names.file), "an ioctl answers every call", "write '-> Outcome'")
    _declare(scope, params, signature.choices)
    if property_kind == "action" and not any(arg.arg == "outcome" for arg in fn.args.args):
        del scope.variables["outcome"]
    if property_kind is not None:
        check_promise(scope, fn, property_kind)
    scope.process = process
    if process is not None:
        check_process(scope, fn, process)
    body = _read_body(scope, fn)
    return Function(
        signature.function,
        params,
        signature.choices,
        signature.returns,
        body,
        dict(scope.locals),
        ast.get_docstring(fn) or "",
        header_span(fn, names.file),
        provenance,
        availability,
    )


def _function_scope(fn: ast.FunctionDef, signature: Signature, names: Names, provenance: Provenance) -> Scope:
    words = {node.id for node in ast.walk(fn) if isinstance(node, ast.Name)}
    words |= {node.arg for node in ast.walk(fn) if isinstance(node, ast.arg)}
    return Scope(
        names,
        read_expr,
        "action" if signature.kind == "process" else signature.kind,
        returns=signature.returns,
        provenance=provenance,
        has_self=has_self(fn),
        text_names=frozenset(words),
    )


def _declare(scope: Scope, params: tuple[Param, ...], choices: tuple[Param, ...]) -> None:
    """Bring parameters and choices into scope; they keep their names."""
    for param in params:
        scope.declare(param.name, "parameter", param.type)
    for choice in choices:
        scope.declare(choice.name, "choice", choice.type)


def _read_body(scope: Scope, fn: ast.FunctionDef) -> tuple[Stmt, ...]:
    nodes = fn.body[1:] if ast.get_docstring(fn) is not None else fn.body
    where = header_span(fn, scope.names.file)
    if not nodes and scope.returns not in (NONE, OUTCOME):
        scope.error(Code.EMPTY_BODY, where, f"'{fn.name}' has no body", "end every path with 'return ...'")
        return ()
    body = read_block(scope, nodes)
    if not scope.flow.alive or scope.returns == NONE:
        return body
    if scope.returns == OUTCOME and scope.falls_off:
        return (*body, Return(OutcomeLit(OUTCOME, where, 0), where))
    hint = "end it with 'return DONE'" if scope.returns == OUTCOME else "end every path with 'return ...'"
    message = f"some path through '{fn.name}' returns no value of type '{show(scope.returns)}'"
    if is_known(scope.returns):
        scope.error(Code.MISSING_RETURN, where, message, hint)
    return body


def read_premise(fn: ast.FunctionDef, function: Function, names: Names) -> Function | None:
    """When the property is not trivially true, as a function of the same parameters; None where it has no premise.

    Its key is that of `function` followed by `__premise`. The text must be assignments of locals and one `return`
    of `implies(p, q)`, `not p or q`, `all(q for x in D if p)`, or these inside each other.
    """
    return build_premise(function)


def read_value(node: ast.expr, expected: Type, names: Names) -> Expr:
    """A constant value for a place of type `expected`: the initial value of a field, the default of a switch.

    Literals, module constants, enum members, records, `set()`, `()`, `everywhere(v)`, `listed(v, ...)`,
    `since(Era.X)`, `until(Era.X)`, `axiom()` and `len(Sort)`, and expressions of these. Mistakes are reported.
    """
    words = frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
    scope = Scope(names, read_expr, "value", has_self=False, text_names=words)
    value = coerce(scope, scope.expr(node, expected), expected)
    if not is_bad(value):
        check_bounds(scope, value, expected)
    return value
